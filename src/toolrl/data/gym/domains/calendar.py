"""Events and reminders."""

from __future__ import annotations

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import Draw, entity, pick, pool, where
from toolrl.tools import ToolFailure


def _new_title(draw: Draw) -> list[str]:
    return [title for title in draw.domain.pools.titles if title not in draw.domain.events]


class Calendar(Domain):
    """Events by title; dates are year-month-day."""

    def build(self) -> None:
        """Twenty events."""
        self.events = {
            title: (self.rng.choice(self.pools.dates), self.rng.choice(self.pools.times))
            for title in self.rng.sample(self.pools.titles, 20)
        }
        self.reminders: list[str] = []

    def _event(self, title: str) -> tuple[str, str]:
        if title not in self.events:
            raise ToolFailure(f"no event '{title}'")
        return self.events[title]

    @asked(
        "Add '{title}' to my calendar on {date} at {time}[, {minutes} minutes long].",
        "Plan '{title}' for {date} at {time}[, lasting {minutes} minutes].",
        "I have '{title}' on {date} at {time}[ for {minutes} minutes], put it in my calendar.",
        "Schedule '{title}' on {date}, {time}[, for {minutes} minutes].",
        goal="add an event",
        slots={
            "title": where(_new_title),
            "date": pool("dates"),
            "time": pool("times"),
            "minutes": pick(15, 20, 30, 45, 90, 120),
        },
        missing={
            "date": ("Add '{title}' to my calendar at {time}.", "On which date?"),
            "time": ("Add '{title}' to my calendar on {date}.", "At what time?"),
        },
        acts=True,
    )
    def add_event(self, title: str, date: str, time: str, minutes: int = 60) -> str:
        """Add an event to the calendar."""
        if minutes < 1:
            raise ToolFailure("an event lasts at least 1 minute")
        self.events[title] = (date, time)
        return f"added '{title}' on {date} at {time}"

    @asked(
        "What is in my calendar on {date}?",
        "Which events do I have on {date}?",
        "Show me my events of {date}.",
        "Do I have anything planned on {date}? List it.",
        goal="see a day's events",
        slots={"date": pool("dates")},
        many=("Show me my events on {*}.", "{date}"),
        missing={
            "date": (
                "Which events do I have that day?",
                "What is in my calendar that day?",
                "Which date do you mean?",
            )
        },
    )
    def list_events(self, date: str) -> list[str]:
        """Events on a date."""
        return [f"{at} {title}" for title, (day, at) in self.events.items() if day == date]

    @asked(
        "When is '{title}'?",
        "On which date is '{title}'?",
        "Find the date of '{title}' in my calendar.",
        "Which day is my '{title}'?",
        goal="find an event",
        slots={"title": entity("events")},
        many=("When are {*}?", "'{title}'"),
        missing={
            "title": (
                "When is my event?",
                "Look up the date of an event for me.",
                "Which event do you mean?",
            )
        },
    )
    def find_event(self, title: str) -> str:
        """Date of an event."""
        return self._event(title)[0]

    @asked(
        "Cancel '{title}'.",
        "Remove '{title}' from my calendar.",
        "I can't make it to '{title}', take it off my calendar.",
        "Delete my event '{title}'.",
        goal="cancel an event",
        slots={"title": entity("events")},
        many=("Cancel {*}.", "'{title}'"),
        missing={
            "title": (
                "Cancel my event.",
                "Take an event off my calendar.",
                "Which event should I cancel?",
            )
        },
        acts=True,
    )
    def cancel_event(self, title: str) -> str:
        """Remove an event from the calendar."""
        self._event(title)
        del self.events[title]
        return f"cancelled '{title}'"

    @asked(
        "Remind me at {time} to buy {thing}.",
        "Set a reminder for {time} to buy {thing}.",
        "At {time}, remind me to buy {thing}.",
        "I must buy {thing}, remind me at {time}.",
        goal="set a reminder",
        slots={"thing": pool("foods"), "time": pool("times")},
        missing={
            "time": (
                "Remind me to buy {thing}.",
                "I must buy {thing}, set a reminder.",
                "At what time should I remind you?",
            )
        },
        acts=True,
    )
    def remind_to_buy(self, thing: str, time: str) -> str:
        """Remind to buy something at a time."""
        self.reminders.append(f"{time} {thing}")
        return f"reminder at {time}"

    @asked(
        "Move '{title}' to {date}.",
        "Shift '{title}' to {date}.",
        "'{title}' has to be on {date} now, move it.",
        "Put off '{title}' until {date}.",
        goal="move an event",
        slots={"title": entity("events"), "date": pool("dates")},
        many=("Move {*}.", "'{title}' to {date}"),
        missing={
            "date": ("Move '{title}' to another day.", "To which date?"),
            "title": ("Move my event to {date}.", "Which event should I move?"),
        },
        acts=True,
        heldout=True,
    )
    def move_event(self, title: str, date: str) -> str:
        """Move an event to another date."""
        self.events[title] = (date, self._event(title)[1])
        return f"moved '{title}' to {date}"

    @asked(
        "Am I free on {date} at {time}?",
        "Check whether I am free on {date} at {time}.",
        "Do I have time on {date} at {time}?",
        "Is there a free slot on {date} at {time}?",
        goal="check free time",
        slots={"date": pool("dates"), "time": pool("times")},
        missing={
            "time": ("Am I free on {date}?", "At what time?"),
            "date": ("Am I free at {time}?", "On which date?"),
        },
        heldout=True,
    )
    def check_free(self, date: str, time: str) -> bool:
        """Whether nothing is planned at a date and time."""
        return (date, time) not in self.events.values()
