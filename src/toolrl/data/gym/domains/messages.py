"""Contacts, e-mail and short messages."""

from __future__ import annotations

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import Draw, entity, pool, where
from toolrl.tools import ToolFailure

_HOSTS = {"train": ("oak.org", "mailbox.net", "blue.com"), "heldout": ("fern.io", "postal.eu")}


def _stranger(draw: Draw) -> list[str]:
    return [name for name in draw.domain.pools.people if name not in draw.domain.contacts]


class Messages(Domain):
    """An address book and an outbox."""

    def build(self) -> None:
        """Forty people with e-mail and phone."""
        hosts = _HOSTS[self.pools.split]
        self.contacts = {
            name: {"email": self._address(name, hosts), "phone": self._phone()}
            for name in self.rng.sample(self.pools.people, 40)
        }
        self.emails = [card["email"] for card in self.contacts.values()]
        self.phones = [self._phone() for _ in range(40)]
        self.outbox: list[dict[str, str]] = []
        self.blocked: set[str] = set()

    def _address(self, name: str, hosts: tuple[str, ...]) -> str:
        first, last = name.lower().split()
        number = self.rng.choice(("", self.rng.randint(2, 99)))
        return f"{first}.{last}{number}@{self.rng.choice(hosts)}"

    def _phone(self) -> str:
        return f"555-{self.rng.randint(1000, 9999)}"

    def _contact(self, person: str) -> dict[str, str]:
        if person not in self.contacts:
            raise ToolFailure(f"no contact '{person}'")
        return self.contacts[person]

    @asked(
        "What is {person}'s email address?",
        "Find the email address of {person}.",
        "Look up the email of {person}.",
        "Which email address does {person} have?",
        goal="find an email address",
        slots={"person": entity("contacts")},
        many=("Find the email addresses of {*}.", "{person}"),
        missing={
            "person": (
                "Find an email address for me.",
                "I need somebody's email address.",
                "Whose address do you need?",
            )
        },
    )
    def find_email(self, person: str) -> str:
        """Email address of a contact."""
        return self._contact(person)["email"]

    @asked(
        "What is {person}'s phone number?",
        "Find the phone number of {person}.",
        "Look up the number I can call {person} on.",
        "Which phone number does {person} have?",
        goal="find a phone number",
        slots={"person": entity("contacts")},
        many=("Find the phone numbers of {*}.", "{person}"),
        missing={
            "person": (
                "I need a phone number.",
                "Look up a phone number for me.",
                "Whose number do you need?",
            )
        },
    )
    def find_phone(self, person: str) -> str:
        """Phone number of a contact."""
        return self._contact(person)["phone"]

    @asked(
        "Email {address} with the subject '{subject}' and the text '{text}'.",
        "Write an email to {address}: subject '{subject}', text '{text}'.",
        "Send an email to {address}, subject '{subject}', saying '{text}'.",
        "I want to email {address}. The subject is '{subject}', the text '{text}'.",
        goal="send an email",
        slots={
            "address": entity("emails"),
            "subject": pool("titles"),
            "text": pool("sentences"),
        },
        missing={
            "address": ("Send an email about '{subject}' saying '{text}'.", "To which address?"),
            "text": ("Email {address} about '{subject}'.", "What should the email say?"),
        },
        acts=True,
    )
    def send_email(self, address: str, subject: str, text: str) -> str:
        """Send an email."""
        if "@" not in address:
            raise ToolFailure(f"'{address}' is no email address")
        self.outbox.append({"to": address, "subject": subject, "text": text})
        return "email sent"

    @asked(
        "Text {phone}: '{text}'.",
        "Send a text message to {phone} saying '{text}'.",
        "Message the number {phone} that '{text}'.",
        "I want to text '{text}' to {phone}.",
        goal="send a text message",
        slots={"phone": entity("phones"), "text": pool("notes")},
        many=("Send the text messages {*}.", "'{text}' to {phone}"),
        missing={
            "phone": ("Send a text message saying '{text}'.", "To which number?"),
            "text": (
                "Send a text message to {phone}.",
                "I want to text {phone}.",
                "What should it say?",
            ),
        },
        acts=True,
    )
    def send_text(self, phone: str, text: str) -> str:
        """Send a text message to a phone number."""
        self.outbox.append({"to": phone, "text": text})
        return "message sent"

    @asked(
        "Save {person} with the number {phone} in my contacts.",
        "Add {person}, phone {phone}, to my contacts.",
        "New contact: {person}, {phone}.",
        "Can you save {person}'s number {phone} as a contact?",
        goal="save a contact",
        slots={"person": where(_stranger), "phone": entity("phones")},
        many=("Save these contacts: {*}.", "{person} with number {phone}"),
        missing={
            "phone": ("Save {person} in my contacts.", "What is the phone number?"),
            "person": ("Save the number {phone} in my contacts.", "Whose number is it?"),
        },
        acts=True,
    )
    def add_contact(self, person: str, phone: str) -> str:
        """Save a new contact."""
        if person in self.contacts:
            raise ToolFailure(f"'{person}' is a contact already")
        self.contacts[person] = {"email": "", "phone": phone}
        return f"saved {person}"

    @asked(
        "Block {person}.",
        "I don't want messages from {person} any more, block them.",
        "Block all messages from {person}.",
        "Can you block my contact {person}?",
        goal="block a contact",
        slots={"person": entity("contacts")},
        many=("Block {*}.", "{person}"),
        missing={
            "person": (
                "Block a contact for me.",
                "Somebody keeps writing to me, block that contact.",
                "Whom should I block?",
            )
        },
        acts=True,
        heldout=True,
    )
    def block_contact(self, person: str) -> str:
        """Block messages from a contact."""
        self._contact(person)
        self.blocked.add(person)
        return f"{person} is blocked"
