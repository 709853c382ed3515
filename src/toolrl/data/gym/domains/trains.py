"""Trains between cities; held out of training."""

from __future__ import annotations

from typing import Literal

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import entity, other_than, pool, whole
from toolrl.tools import ToolFailure


class Trains(Domain):
    """Every pair of cities has one train a day, known by a number like ``TR-482``."""

    heldout = True

    def build(self) -> None:
        """Number the pairs of cities."""
        pairs = [(a, b) for a in self.pools.cities for b in self.pools.cities if a != b]
        numbers = self.rng.sample(range(1000, 9999), len(pairs))
        self.routes = {pair: f"TR-{number}" for pair, number in zip(pairs, numbers, strict=True)}
        self.trains = {train: self.rng.randint(1, 14) for train in self.routes.values()}
        self.bookings: dict[str, int] = {}

    def _platform(self, train: str) -> int:
        if train not in self.trains:
            raise ToolFailure(f"no train '{train}'")
        return self.trains[train]

    @asked(
        "Which train goes from {start} to {end} on {date}?",
        "Find a train from {start} to {end} on {date}.",
        "I need a train on {date} from {start} to {end}.",
        "Look for a train to {end} from {start} on {date}.",
        goal="find a train",
        slots={
            "start": pool("cities"),
            "end": other_than("start", pool("cities")),
            "date": pool("dates"),
        },
        many=("Find trains {*}.", "from {start} to {end} on {date}"),
        missing={
            "date": ("Find a train from {start} to {end}.", "On which date?"),
            "start": ("Find a train to {end} on {date}.", "From which city?"),
        },
    )
    def find_train(self, start: str, end: str, date: str) -> str:
        """Train number between two cities."""
        if (start, end) not in self.routes:
            raise ToolFailure(f"no train from {start} to {end}")
        return self.routes[start, end]

    @asked(
        "Book a seat on train {train}[ for {seats} people].",
        "Reserve train {train}[, {seats} seats].",
        "I want to travel on train {train}, book it[ for {seats} people].",
        "Please book the train {train}[ with {seats} seats].",
        goal="book a train",
        slots={"train": entity("trains"), "seats": whole(2, 6)},
        missing={
            "train": (
                "Book a seat on the train.",
                "I want to travel by train, book a seat.",
                "Which train number?",
            )
        },
        acts=True,
    )
    def book_train(self, train: str, seats: int = 1) -> str:
        """Book seats on a train."""
        self._platform(train)
        if seats < 1:
            raise ToolFailure("book at least 1 seat")
        self.bookings[train] = seats
        return f"booked {seats} on {train}"

    @asked(
        "From which platform does train {train} leave?",
        "What is the platform of train {train}?",
        "Tell me the platform for {train}.",
        "Where in the station does train {train} leave?",
        goal="find a platform",
        slots={"train": entity("trains")},
        many=("From which platforms do the trains {*} leave?", "{train}"),
        missing={
            "train": (
                "From which platform does my train leave?",
                "Tell me the platform of my train.",
                "Which train number?",
            )
        },
    )
    def train_platform(self, train: str) -> int:
        """Platform of a train."""
        return self._platform(train)

    @asked(
        "Is train {train} on time?",
        "How late is train {train}?",
        "Check whether train {train} is delayed.",
        "Does {train} have a delay?",
        goal="check a delay",
        slots={"train": entity("trains")},
        many=("Are the trains {*} on time?", "{train}"),
        missing={"train": ("Is my train on time?", "How late is my train?", "Which train number?")},
    )
    def train_delay(self, train: str) -> int:
        """Delay of a train in minutes."""
        return self._platform(train) * 3 % 20

    @asked(
        "How much is a {travel_class} class ticket from {start} to {end}?",
        "What does a {travel_class} class ticket from {start} to {end} cost?",
        "Tell me the {travel_class} class fare from {start} to {end}.",
        "Find the price of going from {start} to {end} in {travel_class} class.",
        goal="find a fare",
        slots={"start": pool("cities"), "end": other_than("start", pool("cities"))},
        missing={
            "travel_class": ("What is the fare from {start} to {end}?", "First or second class?"),
            "end": ("What is the {travel_class} class fare from {start}?", "To which city?"),
        },
    )
    def train_fare(self, start: str, end: str, travel_class: Literal["first", "second"]) -> int:
        """Price of a train ticket in euros."""
        distance = 20 + 7 * abs(len(start) - len(end))
        return distance * (2 if travel_class == "first" else 1)
