"""Parcels and letters; held out of training."""

from __future__ import annotations

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import decimal, entity, pool
from toolrl.tools import ToolFailure


class Parcels(Domain):
    """Parcels on their way, each with a code like ``PX-70431``."""

    heldout = True

    def build(self) -> None:
        """A parcel each from twenty-four people."""
        senders = self.rng.sample(self.pools.people, 24)
        numbers = self.rng.sample(range(10000, 99999), 24)
        self.senders = {name: f"PX-{n}" for name, n in zip(senders, numbers, strict=True)}
        self.parcels = {code: self.rng.choice(self.pools.cities) for code in self.senders.values()}

    def _place(self, parcel: str) -> str:
        if parcel not in self.parcels:
            raise ToolFailure(f"no parcel '{parcel}'")
        return self.parcels[parcel]

    @asked(
        "What is the code of the parcel from {sender}?",
        "Find the parcel that {sender} sent me.",
        "Look up the parcel code for {sender}'s parcel.",
        "Which code has the parcel from {sender}?",
        goal="find a parcel",
        slots={"sender": entity("senders")},
        many=("Find the parcels from {*}.", "{sender}"),
        missing={
            "sender": (
                "Find my parcel's code.",
                "Look up the code of a parcel for me.",
                "Who sent the parcel?",
            )
        },
    )
    def find_parcel(self, sender: str) -> str:
        """Code of the parcel from a sender."""
        if sender not in self.senders:
            raise ToolFailure(f"no parcel from '{sender}'")
        return self.senders[sender]

    @asked(
        "Where is parcel {parcel}?",
        "Track the parcel {parcel}.",
        "In which city is {parcel} now?",
        "Tell me where my parcel {parcel} is.",
        goal="track a parcel",
        slots={"parcel": entity("parcels")},
        many=("Where are my parcels {*}?", "{parcel}"),
        missing={"parcel": ("Where is my parcel?", "Track my parcel.", "What is the parcel code?")},
    )
    def track_parcel(self, parcel: str) -> str:
        """City where a parcel is."""
        return self._place(parcel)

    @asked(
        "Send parcel {parcel} to {city} instead.",
        "Redirect {parcel} to {city}.",
        "My parcel {parcel} should go to {city} now, redirect it.",
        "Change the destination of parcel {parcel} to {city}.",
        goal="redirect a parcel",
        slots={"parcel": entity("parcels"), "city": pool("cities")},
        many=("Redirect {*}.", "{parcel} to {city}"),
        missing={
            "city": ("Redirect parcel {parcel}.", "To which city?"),
            "parcel": ("Redirect my parcel to {city}.", "What is the parcel code?"),
        },
        acts=True,
    )
    def redirect_parcel(self, parcel: str, city: str) -> str:
        """Send a parcel to another city."""
        self._place(parcel)
        self.parcels[parcel] = city
        return f"{parcel} goes to {city}"

    @asked(
        "How much is it to ship {weight} kilograms to {city}[ {express:by express|by post}]?",
        "What does shipping {weight} kilograms to {city} cost[ {express:by express|by post}]?",
        "Give me the[ {express:express|normal}] shipping price of {weight} kilograms to {city}.",
        "I want to ship {weight} kilograms to {city}[ {express:by express|}], what is the price?",
        goal="find a shipping price",
        slots={"weight": decimal(2, 40), "city": pool("cities")},
        missing={
            "weight": ("What does it cost to ship a parcel to {city}?", "How heavy is it in kg?"),
            "city": ("What does it cost to ship {weight} kilograms?", "To which city?"),
        },
    )
    def shipping_price(self, weight: float, city: str, express: bool = False) -> float:
        """Price of shipping a parcel."""
        if weight <= 0:
            raise ToolFailure("weight must be above 0")
        return round((4 + 1.5 * weight + len(city) / 10) * (2 if express else 1), 2)

    @asked(
        "Pick up a parcel at my home on {date} at {time}.",
        "Send someone to collect my parcel on {date} at {time}.",
        "I want a parcel collected on {date}, {time}.",
        "Have my parcel picked up on {date} at {time}.",
        goal="order a pick-up",
        slots={"date": pool("dates"), "time": pool("times")},
        many=("Collect my parcels {*}.", "on {date} at {time}"),
        missing={
            "time": ("Pick up a parcel at my home on {date}.", "At what time?"),
            "date": ("Pick up a parcel at my home at {time}.", "On which date?"),
        },
        acts=True,
    )
    def order_pickup(self, date: str, time: str) -> str:
        """Have a parcel collected at home."""
        return f"pick-up on {date} at {time}"
