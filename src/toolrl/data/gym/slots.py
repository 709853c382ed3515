"""Where the values in a request come from: small functions that draw one value each."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolrl.data.gym.domain import Domain


@dataclass(frozen=True, slots=True)
class Draw:
    """What a slot may look at: the dice, the domain's world, the arguments drawn before it."""

    rng: random.Random
    domain: Domain
    arguments: dict[str, Any] = field(default_factory=dict)


Fill = Callable[[Draw], Any]


def pool(name: str) -> Fill:
    """One of the split's pool of that name (`pools.Pools`)."""
    return lambda draw: draw.rng.choice(getattr(draw.domain.pools, name))


def entity(name: str) -> Fill:
    """One of the things in the domain's world: a list, or the keys of a dict."""
    return lambda draw: draw.rng.choice(list(getattr(draw.domain, name)))


def pick(*values: Any) -> Fill:
    """One of the values."""
    return lambda draw: draw.rng.choice(values)


def where(choose: Callable[[Draw], Any]) -> Fill:
    """One of the values that a function finds in the world, given the arguments so far."""
    return lambda draw: draw.rng.choice(list(choose(draw)))


def whole(low: int, high: int) -> Fill:
    """A whole number from low to high; of a wide range each split has its own numbers."""
    return lambda draw: draw.rng.choice(_numbers(draw, low, high))


def decimal(low: int, high: int) -> Fill:
    """A number, whole or with one or two decimals."""

    def one(draw: Draw) -> int | float:
        number = draw.rng.choice(_numbers(draw, low, high))
        tail = draw.rng.choice((0, 0, 5, 25, 75, 99))
        return number + (tail / 10 if tail == 5 else tail / 100) if tail else number

    return one


def several(one: Fill, low: int, high: int) -> Fill:
    """A list of low to high different values."""

    def many(draw: Draw) -> list[Any]:
        count, found = draw.rng.randint(low, high), []
        while len(found) < count:
            value = one(draw)
            if value not in found:
                found.append(value)
        return found

    return many


def other_than(name: str, one: Fill) -> Fill:
    """A value different from an argument drawn before."""

    def different(draw: Draw) -> Any:
        value = one(draw)
        while value == draw.arguments.get(name):
            value = one(draw)
        return value

    return different


def default_fill(schema: Mapping[str, Any]) -> Fill:
    """For an enum or a boolean: one of its values, not the default, which would go without saying.

    Raises:
        LookupError: the parameter is neither; give it a slot.
    """
    values = [True, False] if schema.get("type") == "boolean" else schema.get("enum", ())
    said = [value for value in values if value != schema.get("default")]
    if not said:
        raise LookupError(f"no slot fills {schema}")
    return pick(*said)


def _numbers(draw: Draw, low: int, high: int) -> list[int]:
    """Of a range over 30, every third number is held out of training."""
    numbers = list(range(low, high + 1))
    if len(numbers) <= 30:
        return numbers
    held = draw.domain.pools.split == "heldout"
    return [number for number in numbers if (number % 3 == 0) == held]
