"""Pairs of tools where the second call needs what the first returned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from toolrl.data.gym.catalogue import gym_tool
from toolrl.data.gym.slots import Fill, pick


@dataclass(frozen=True, slots=True)
class Chain:
    """Two calls in a row.

    Attributes:
        first: the tool that finds a value; its whole result is the value.
        second: the tool that needs it.
        takes: the second tool's parameter that gets the value.
        requests: templates with slots of both tools, but for ``takes``.
        slots: parameter to what draws it here, over the tools' own slots.
        also: second arguments that go with the words of the request.
    """

    first: str
    second: str
    takes: str
    requests: tuple[str, ...]
    slots: Mapping[str, Fill] = field(default_factory=dict)
    also: Mapping[str, Any] = field(default_factory=dict)


_CHAINS = (
    Chain(
        "find_email",
        "send_email",
        "address",
        (
            "Email {person} with the subject '{subject}' and the text '{text}'.",
            "Send {person} an email, subject '{subject}', saying '{text}'.",
        ),
    ),
    Chain(
        "find_phone",
        "send_text",
        "phone",
        ("Send {person} a text message saying '{text}'.", "Text {person} '{text}'."),
    ),
    Chain(
        "get_capital",
        "get_weather",
        "city",
        (
            "What is the weather in the capital of {country}[ for the next {days} days]?",
            "Show me the weather in {country}'s capital[ for {days} days].",
        ),
    ),
    Chain(
        "get_capital",
        "get_air_quality",
        "city",
        (
            "How clean is the air in the capital of {country}?",
            "Check the air quality in {country}'s capital.",
        ),
    ),
    Chain(
        "get_balance",
        "convert_currency",
        "amount",
        (
            "What is the EUR balance of my {account} account in {target}?",
            "Convert what I have in my {account} account from EUR to {target}.",
        ),
        slots={"target": pick("USD", "GBP", "JPY", "CHF")},
        also={"source": "EUR"},
    ),
    Chain(
        "room_temperature",
        "convert_temperature",
        "degrees",
        (
            "How warm is the {room} in fahrenheit?",
            "Tell me the temperature of the {room} in fahrenheit.",
        ),
        also={"target": "fahrenheit"},
    ),
    Chain(
        "get_currency",
        "convert_currency",
        "target",
        (
            "How much is {amount} {source} in the currency of {country}?",
            "I have {amount} {source} and travel to {country}. What is it in their currency?",
        ),
        slots={
            "country": pick("Japan", "Norway", "Canada", "Australia", "Poland", "Turkey"),
            "source": pick("EUR", "USD", "GBP", "CHF"),
        },
    ),
    Chain(
        "find_file",
        "read_file",
        "path",
        (
            "What does the file {name} say? I don't know its folder.",
            "Find the file {name} and read it to me.",
        ),
    ),
    Chain(
        "find_file",
        "delete_file",
        "path",
        (
            "Delete the file {name}, I forgot its folder.",
            "Find the file {name} and delete it.",
        ),
    ),
    Chain(
        "read_file",
        "count_words",
        "text",
        ("How many words are in the file {path}?", "Count the words in the file {path}."),
    ),
    Chain(
        "read_file",
        "upper_case",
        "text",
        (
            "Show me the text of {path} in capital letters.",
            "Read {path} and put the text in upper case.",
        ),
    ),
    Chain(
        "find_event",
        "list_events",
        "date",
        (
            "What else is on the day of '{title}'?",
            "Show me all my events on the date of '{title}'.",
        ),
    ),
    Chain(
        "find_event",
        "get_sun_time",
        "date",
        (
            "When does the sun {event} in {city} on the day of '{title}'?",
            "On the date of my '{title}', when will the sun {event} in {city}?",
        ),
    ),
    Chain(
        "find_ticket",
        "close_ticket",
        "ticket",
        ("Close the ticket called '{title}'.", "The ticket '{title}' is solved, close it."),
    ),
    Chain(
        "find_ticket",
        "assign_ticket",
        "ticket",
        (
            "Assign the ticket '{title}' to {person}.",
            "{person} should take the ticket '{title}', assign it.",
        ),
    ),
    Chain(
        "find_ticket",
        "ticket_status",
        "ticket",
        ("Is the ticket '{title}' still open?", "Check the status of the ticket '{title}'."),
    ),
    Chain(
        "find_order",
        "cancel_order",
        "order",
        ("Cancel my order of the {product}.", "I don't want the {product} I ordered, cancel it."),
    ),
    Chain(
        "find_order",
        "order_status",
        "order",
        ("Has my {product} been sent yet?", "Where is the {product} that I ordered?"),
    ),
    Chain(
        "find_artist",
        "songs_by",
        "artist",
        (
            "What else has the singer of '{song}' sung?",
            "List all songs by the artist of '{song}'.",
        ),
    ),
    Chain(
        "get_price",
        "transfer_money",
        "amount",
        (
            "Send {person} the price of the {product}.",
            "{person} bought me the {product}, pay back what it costs in the shop.",
        ),
    ),
    Chain(
        "find_train",
        "book_train",
        "train",
        (
            "Book the train from {start} to {end} on {date}[ for {seats} people].",
            "I want to go from {start} to {end} on {date}, book[ {seats} seats on] the train.",
        ),
    ),
    Chain(
        "find_train",
        "train_platform",
        "train",
        (
            "From which platform does the train from {start} to {end} on {date} leave?",
            "Tell me the platform of the train from {start} to {end} on {date}.",
        ),
    ),
    Chain(
        "cooking_time",
        "set_timer",
        "minutes",
        (
            "Set a timer for the cooking time of {dish}.",
            "I am making {dish}, set a timer that fits.",
        ),
    ),
    Chain(
        "find_book",
        "reserve_book",
        "book",
        ("Reserve the book '{title}'.", "Please hold '{title}' for me at the library."),
    ),
    Chain(
        "find_book",
        "renew_book",
        "book",
        (
            "Renew my library book '{title}'[ for {weeks} weeks].",
            "I need '{title}' longer, renew it[ for {weeks} weeks].",
        ),
    ),
    Chain(
        "find_parcel",
        "track_parcel",
        "parcel",
        ("Where is the parcel from {sender}?", "Track the parcel that {sender} sent me."),
    ),
    Chain(
        "find_parcel",
        "redirect_parcel",
        "parcel",
        (
            "Redirect the parcel from {sender} to {city}.",
            "Send the parcel from {sender} to {city} instead.",
        ),
    ),
)


def chains(split: str) -> list[Chain]:
    """The chains whose two tools are of the split.

    Example:
        >>> chains("train")[0].second
        'send_email'
    """
    return [
        chain
        for chain in _CHAINS
        if gym_tool(chain.first).split == gym_tool(chain.second).split == split
    ]
