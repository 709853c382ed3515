"""Other numbers in a question, and with them in its key.

A number is changed where that is safe: it stands once in the texts, and one value of the key is it
and nothing else. Its last digit becomes another one, so it keeps its size and its decimals.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

# A number by itself: no part of a word, a date, a time, a version, a percentage or 1,000.
NUMBER = re.compile(r"(?<![\w.,:/+\-#])\d+(?:\.\d+)?(?![\w%°]|[.,:/\-]\w)")

Changes = Mapping[str, str]
"""Old number to new, as written in the text."""


def changed_numbers(
    texts: Sequence[str],
    values: Sequence[Sequence[Any]],
    chance: random.Random,
    kept: Sequence[str] = (),
) -> dict[str, str]:
    """The numbers to change, with what they become; empty where none can be.

    Args:
        texts: all that is said.
        kept: what else the model sees, and is not changed: numbers in it stay.
        values: for each argument of the key, the values that count; an empty text among them
            means that it may be left out. Only plain numbers and texts are looked at.
        chance: the source of chance.

    Example:
        >>> changed_numbers(["Base 10, height 5."], [[10], [5]], random.Random(0))
        {'10': '17', '5': '8'}
        >>> changed_numbers(["Twice 10 is?"], [[10], [20]], random.Random(0))  # 20 follows from 10
        {}
    """
    found = [number for text in texts for number in NUMBER.findall(text)]
    due = [options for options in values if only_numbers(options)]
    if not all(any(number_of(one) in found for one in options) for options in due):
        return {}
    fixed = {number for text in kept for number in NUMBER.findall(text)}
    changes: dict[str, str] = {}
    for number in found:
        if number in fixed:
            continue
        holders = [options for options in values if any(holds(one, number) for one in options)]
        if found.count(number) == 1 and len(holders) == 1 and alone(holders[0], number):
            new = other(number, {*found, *fixed, *changes.values()}, chance)
            changes |= {number: new} if new else {}
    return changes


def only_numbers(options: Sequence[Any]) -> bool:
    """Whether a key wants a number: not where it may be left out."""
    return bool(options) and all(number_of(one) for one in options)


def number_of(value: Any) -> str:
    """A value as a question writes it; empty if it is no number.

    Example:
        >>> number_of(3), number_of(2.50), number_of(4.0), number_of("7"), number_of(True)
        ('3', '2.5', '4', '7', '')
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    text = value if isinstance(value, str) else repr(value)
    text = text.removesuffix(".0")
    return text if NUMBER.fullmatch(text) else ""


def holds(value: Any, number: str) -> bool:
    """Whether a value has this number in it, alone or within a text, a list or an object."""
    if number_of(value) == number:
        return True
    return re.search(rf"(?<![\d.]){re.escape(number)}(?!\d|\.\d)", str(value)) is not None


def alone(options: Sequence[Any], number: str) -> bool:
    """Whether a key's values are this number, or nothing."""
    return all(one == "" or number_of(one) == number for one in options)


def other(number: str, taken: set[str], chance: random.Random) -> str:
    """The number with another last digit, not 0, that stands nowhere else; empty if none is."""
    digits = [digit for digit in "123456789" if number[:-1] + digit not in taken]
    return number[:-1] + chance.choice(digits) if digits else ""


def in_text(text: str, changes: Changes) -> str:
    """A text with its numbers changed.

    Example:
        >>> in_text("Base 10 on 2010-10-10.", {"10": "17"})
        'Base 17 on 2010-10-10.'
    """
    return NUMBER.sub(lambda found: changes.get(found[0], found[0]), text)


def in_value(value: Any, changes: Changes) -> Any:
    """A value of the key, of the same type, changed if it is one of the numbers.

    Example:
        >>> in_value(10, {"10": "17"}), in_value(10.0, {"10": "17"}), in_value("ten", {"10": "17"})
        (17, 17.0, 'ten')
    """
    new = changes.get(number_of(value))
    return value if new is None else type(value)(new)
