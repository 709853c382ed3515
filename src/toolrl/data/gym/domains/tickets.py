"""Support tickets."""

from __future__ import annotations

from typing import Literal

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import Draw, entity, pool, where
from toolrl.tools import ToolFailure

_PROBLEMS = {
    "train": (
        "printer jam,broken screen,slow login,lost password,no sound,blank page,dead battery,"
        "loud fan,missing cable,wrong invoice,red error light,mail delay,frozen mouse,full disk"
    ),
    "heldout": (
        "cracked keyboard,blurry camera,empty toner,no network,locked account,late update,"
        "noisy microphone,stuck lift,torn badge,silent alarm,lost headset,cold server room"
    ),
}


def _new_title(draw: Draw) -> list[str]:
    return [title for title in draw.domain.problems if title not in draw.domain.titles]


class Tickets(Domain):
    """A help desk; a ticket is known by its number, like ``TK-4821``."""

    def build(self) -> None:
        """A ticket for two in three of the problems, and more by number."""
        self.problems = _PROBLEMS[self.pools.split].split(",")
        numbers = iter(self.rng.sample(range(1000, 9999), 40))
        known = self.rng.sample(self.problems, len(self.problems) * 2 // 3)
        self.titles = {title: f"TK-{next(numbers)}" for title in known}
        others = [f"TK-{number}" for number in numbers]
        self.tickets = {ticket: {"status": "open"} for ticket in [*self.titles.values(), *others]}

    def _ticket(self, ticket: str) -> dict[str, str]:
        if ticket not in self.tickets:
            raise ToolFailure(f"no ticket '{ticket}'")
        return self.tickets[ticket]

    @asked(
        "Open a {priority} priority ticket called '{title}'.",
        "Create a ticket '{title}' with {priority} priority.",
        "I need a new ticket '{title}', priority {priority}.",
        "Make a {priority} priority ticket with the title '{title}'.",
        goal="open a ticket",
        slots={"title": where(_new_title)},
        many=("Create the tickets {*}.", "'{title}' with {priority} priority"),
        missing={
            "priority": ("Open a ticket called '{title}'.", "What priority should it have?"),
            "title": (
                "Open a {priority} priority ticket.",
                "I need a new ticket with {priority} priority.",
                "What is the ticket about?",
            ),
        },
        acts=True,
    )
    def create_ticket(self, title: str, priority: Literal["low", "medium", "high"]) -> str:
        """Open a new ticket."""
        ticket = f"TK-{len(self.tickets) + 100}"
        self.tickets[ticket] = {"status": "open", "priority": priority}
        self.titles[title] = ticket
        return ticket

    @asked(
        "Close ticket {ticket}.",
        "Ticket {ticket} is solved, close it.",
        "Mark the ticket {ticket} as closed.",
        "We are done with {ticket}, close that ticket.",
        goal="close a ticket",
        slots={"ticket": entity("tickets")},
        many=("Close the tickets {*}.", "{ticket}"),
        missing={
            "ticket": (
                "Close the ticket.",
                "The problem is solved, close its ticket.",
                "Which ticket should I close?",
            )
        },
        acts=True,
    )
    def close_ticket(self, ticket: str) -> str:
        """Close a ticket."""
        self._ticket(ticket)["status"] = "closed"
        return f"{ticket} is closed"

    @asked(
        "Assign ticket {ticket} to {person}.",
        "Give {ticket} to {person}.",
        "{person} should take care of ticket {ticket}, assign it.",
        "Make {person} responsible for ticket {ticket}.",
        goal="assign a ticket",
        slots={"ticket": entity("tickets"), "person": pool("people")},
        many=("Assign {*}.", "{ticket} to {person}"),
        missing={
            "person": ("Assign ticket {ticket}.", "To whom?"),
            "ticket": ("Assign a ticket to {person}.", "Which ticket?"),
        },
        acts=True,
    )
    def assign_ticket(self, ticket: str, person: str) -> str:
        """Give a ticket to a person."""
        self._ticket(ticket)["person"] = person
        return f"{ticket} is with {person}"

    @asked(
        "What is the status of ticket {ticket}?",
        "Is ticket {ticket} still open?",
        "Check the status of {ticket}.",
        "How far is ticket {ticket}?",
        goal="check a ticket",
        slots={"ticket": entity("tickets")},
        many=("What is the status of the tickets {*}?", "{ticket}"),
        missing={
            "ticket": (
                "What is the status of my ticket?",
                "Is my ticket still open?",
                "Which ticket?",
            )
        },
    )
    def ticket_status(self, ticket: str) -> str:
        """Status of a ticket."""
        return self._ticket(ticket)["status"]

    @asked(
        "What is the number of the ticket '{title}'?",
        "Find the ticket called '{title}'.",
        "Which number has the ticket '{title}'?",
        "Look up the ticket number of '{title}'.",
        goal="find a ticket",
        slots={"title": entity("titles")},
        many=("Find the numbers of the tickets {*}.", "'{title}'"),
        missing={
            "title": (
                "Find a ticket number for me.",
                "I need the number of a ticket.",
                "What is the ticket called?",
            )
        },
    )
    def find_ticket(self, title: str) -> str:
        """Number of a ticket by its title."""
        if title not in self.titles:
            raise ToolFailure(f"no ticket '{title}'")
        return self.titles[title]

    @asked(
        "Set the priority of ticket {ticket} to {priority}.",
        "Change {ticket} to {priority} priority.",
        "Ticket {ticket} should have {priority} priority.",
        "Make {ticket} a {priority} priority ticket.",
        goal="set a priority",
        slots={"ticket": entity("tickets")},
        many=("Set the priority of {*}.", "{ticket} to {priority}"),
        missing={
            "priority": ("Change the priority of {ticket}.", "To low, medium or high?"),
            "ticket": ("Set the ticket to {priority} priority.", "Which ticket?"),
        },
        acts=True,
        heldout=True,
    )
    def set_priority(self, ticket: str, priority: Literal["low", "medium", "high"]) -> str:
        """Set the priority of a ticket."""
        self._ticket(ticket)["priority"] = priority
        return f"{ticket} has {priority} priority"

    @asked(
        "Add the comment '{text}' to ticket {ticket}.",
        "Comment '{text}' on {ticket}.",
        "Write '{text}' as a comment on ticket {ticket}.",
        "I want to comment on {ticket}: '{text}'.",
        goal="comment on a ticket",
        slots={"ticket": entity("tickets"), "text": pool("sentences")},
        missing={
            "text": ("Add a comment to ticket {ticket}.", "What should the comment say?"),
            "ticket": ("Add the comment '{text}'.", "To which ticket?"),
        },
        acts=True,
        heldout=True,
    )
    def add_comment(self, ticket: str, text: str) -> str:
        """Add a comment to a ticket."""
        self._ticket(ticket)["comment"] = text
        return f"comment added to {ticket}"
