"""BFCL's items, as its own loaders give them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolrl.envs.bfcl_wheel import module
from toolrl.evals.bfcl.categories import any_call_will_do, needs_no_call
from toolrl.types import Message

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One test.

    Attributes:
        id: BFCL's, for example ``"live_simple_19-3-15"``.
        category: BFCL's.
        turns: the user's messages of each turn (system messages among those of the first); empty
            for a turn in which tools are added.
        shown: function documents as a model sees them, with the note on their language.
        documents: function documents as the checker wants them.
        key: the official ``ground_truth``; None where there is none.
        entry: the row of a conversation: ``initial_config``, ``involved_classes`` and, by turn,
            the documents of the tools that are added (``missed_function``).
        wants_no_call: whether the right answer is to call nothing.
    """

    id: str
    category: str
    turns: tuple[tuple[Message, ...], ...]
    shown: tuple[Document, ...]
    documents: tuple[Document, ...]
    key: Any
    entry: Mapping[str, Any]
    wants_no_call: bool = False

    def added(self, turn: int) -> Sequence[Document]:
        """Documents of the tools that are added at a turn."""
        return self.entry.get("missed_function", {}).get(str(turn), ())


def items_of(category: str, limit: int | None = None, seed: int = 0) -> list[Item]:
    """The items of a category, or a seeded sample of them, in BFCL's order.

    Raises:
        MissingExtraError: BFCL's package is not installed.
    """
    load = module("utils")
    shown = load.load_dataset_entry(category, include_prereq=False)
    entries = load.load_dataset_entry(
        category, include_prereq=False, include_language_specific_hint=False
    )
    keyless = needs_no_call(category) or any_call_will_do(category)
    keys = [None] * len(shown) if keyless else load.load_ground_truth_entry(category)
    items = [
        item_of(category, *three) for three in zip(shown, entries, keys, strict=True)
    ]  # the key's rows are in the order of the entries
    if limit is None or limit >= len(items):
        return items
    kept = random.Random(f"{seed} {category}").sample(range(len(items)), limit)
    return [items[i] for i in sorted(kept)]


def item_of(category: str, shown: Document, entry: Document, key: Document | None) -> Item:
    """An item of the two forms of its row and of its key's."""
    return Item(
        id=entry["id"],
        category=category,
        turns=tuple(tuple(map(Message.from_dict, turn)) for turn in entry["question"]),
        shown=tuple(shown["function"]),
        documents=tuple(entry["function"]),
        key=key and key["ground_truth"],
        entry=entry,
        wants_no_call=needs_no_call(category),
    )
