"""Changes of BFCL's items that change their keys: no tool that fits, other numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from toolrl.evals.bfcl.categories import GROUPS
from toolrl.evals.bfcl.items import Document, Item, items_of
from toolrl.evals.variants.numbers import Changes, changed_numbers, in_text, in_value
from toolrl.evals.variants.settings import Variant

LIMITS = {"enum", "minimum", "maximum"}
RANGE = re.compile(
    r"\d\s*(?:-|–|to|and)\s*\d|\b(?:range|between|at (?:most|least)|m(?:ax|in)imum|up to)\b",
    re.IGNORECASE,
)
"""How a description says which numbers a parameter takes."""


def changed(item: Item, variant: Variant) -> Item | None:
    """The item as the variant has it; None where one of the changes can't be made.

    Where no call is due there are no distractors, since one of them might fit. Conversations keep
    their keys: they have a category of their own for tools that are missing.
    """
    if variant.distractors and item.wants_no_call:
        return None
    if not variant.changes_key:
        return item
    if item.category in GROUPS["multi_turn"] or not item.key:
        return None
    renumbered = with_other_numbers(item, variant.seed) if variant.numbers else item
    return without_due_tools(renumbered) if renumbered and variant.remove else renumbered


def without_due_tools(item: Item) -> Item | None:
    """The item without the tools of its key; None where none would be left."""
    due = {name for call in item.key for name in call}
    shown = tuple(one for one in item.shown if one["name"] not in due)
    documents = tuple(one for one in item.documents if one["name"] not in due)
    if not documents:
        return None
    return replace(item, shown=shown, documents=documents, key=None, wants_no_call=True)


def with_other_numbers(item: Item, seed: int) -> Item | None:
    """The item with other numbers in question and key; None where none can be changed safely."""
    messages = item.turns[0]
    options = [values for call in item.key for given in call.values() for values in given.values()]
    chance = random.Random(f"{seed} {item.id}")
    changes = changed_numbers([one.content for one in messages], options, chance)
    if not changes or any(limited(item, name, changes) for name in argument_names(item)):
        return None
    said = tuple(replace(one, content=in_text(one.content, changes)) for one in messages)
    key = [
        {
            tool: {name: [in_value(v, changes) for v in values] for name, values in given.items()}
            for tool, given in call.items()
        }
        for call in item.key
    ]
    return replace(item, turns=(said,), key=key)


def argument_names(item: Item) -> Iterator[tuple[str, str, list[Any]]]:
    """Tool, parameter and the values that count, for each argument of the key."""
    for call in item.key:
        for tool, given in call.items():
            for name, values in given.items():
                yield tool, name, values


def limited(item: Item, argument: tuple[str, str, list[Any]], changes: Changes) -> bool:
    """Whether a changed argument takes only certain values, or only those of a range."""
    tool, name, values = argument
    if all(in_value(value, changes) == value for value in values):
        return False
    found = next((one for one in item.documents if one["name"] == tool), None)
    schema = found["parameters"].get("properties", {}).get(name, {}) if found else {}
    return bool(LIMITS & schema.keys()) or bool(RANGE.search(schema.get("description", "")))


@cache
def documents_of(category: str) -> list[Document]:
    """The tools of a whole category, each name once, as they are shown."""
    found = {one["name"]: one for item in items_of(category) for one in item.shown}
    return list(found.values())
