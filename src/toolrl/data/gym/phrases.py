"""How people ask for a tool: request templates, and how they are filled.

A template is a sentence with ``{parameter}`` slots. ``{on:Turn on|Turn off}`` says a boolean in
words, true first. A part in square brackets is said only when the optional parameter in it is
given. A template that ends with ``.`` is an order ("Send …"), so it can be made polite.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from toolrl.data.gym.slots import Draw, Fill, default_fill

_Method = TypeVar("_Method", bound=Callable[..., Any])
_SLOT = re.compile(r"\{(\w+)(?::([^}|]*)\|([^}]*))?\}")
_OPTIONAL = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Asked:
    """How a tool is asked for.

    Attributes:
        requests: templates, four or more; each has a slot for every required parameter.
        goal: what the user wants, after "wants to": ``"send money"``.
        slots: parameter to what draws its value; booleans and enums need none.
        many: a request for several at once, with ``{*}``, and the template of one item.
        missing: parameter to requests that leave it out and, last, the question to ask then.
        rivals: tools of other domains that might serve too, so they are not offered beside it.
        acts: whether it changes the world; a tool that acts never answers a question.
        once: asking for it twice makes no sense.
        heldout: never in a training task.
    """

    requests: tuple[str, ...]
    goal: str
    slots: Mapping[str, Fill] = field(default_factory=dict)
    many: tuple[str, str] | None = None
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rivals: tuple[str, ...] = ()
    acts: bool = False
    once: bool = False
    heldout: bool = False


def asked(*requests: str, goal: str, **how: Any) -> Callable[[_Method], _Method]:
    """Mark a domain's method as a tool, with how it is asked for (fields of `Asked`)."""

    def mark(method: _Method) -> _Method:
        method.asked = Asked(requests, goal, **how)  # type: ignore[attr-defined]
        return method

    return mark


def settle(template: str, rng: random.Random) -> str:
    """Keep or drop each optional part, evenly.

    Example:
        >>> settle("Weather in {city}[ for {days} days]?", random.Random(2))
        'Weather in {city}?'
    """
    return _OPTIONAL.sub(lambda part: part[1] if rng.random() < 0.5 else "", template)


def slot_names(template: str) -> list[str]:
    """Parameters that a template says.

    Example:
        >>> slot_names("{on:Turn on|Turn off} the light in the {room}.")
        ['on', 'room']
    """
    return [slot[1] for slot in _SLOT.finditer(template)]


def fill(template: str, arguments: Mapping[str, Any]) -> str:
    """Say the arguments in a settled template.

    Example:
        >>> fill("{on:Turn on|Turn off} the lamp.", {"on": False})
        'Turn off the lamp.'
        >>> fill("Add {numbers}.", {"numbers": [1, 2.5, 3]})
        'Add 1, 2.5 and 3.'
    """

    def word(slot: re.Match[str]) -> str:
        value = arguments[slot[1]]
        if slot[2] is not None:
            return slot[2] if value else slot[3]
        return say(value)

    return _SLOT.sub(word, template)


def say(value: Any) -> str:
    """A value as a person writes it."""
    if isinstance(value, list):
        return and_list([say(item) for item in value])
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def and_list(items: list[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else items[0]


def draw(
    slots: Mapping[str, Fill], properties: Mapping[str, Any], names: list[str], now: Draw
) -> dict[str, Any]:
    """Values for the named parameters, drawn in the order of the schema's properties."""
    for name, schema in properties.items():
        if name in names:
            source = slots.get(name) or default_fill(schema)
            now.arguments[name] = source(now)
    return dict(now.arguments)
