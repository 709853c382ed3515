"""Changes of API-Bank's items that change what is due: no tool that fits, other numbers."""

from __future__ import annotations

import random
from dataclasses import replace

from toolrl.data.augment import remove_tools
from toolrl.evals.variants.numbers import changed_numbers, in_text, in_value
from toolrl.evals.variants.settings import Variant
from toolrl.types import Example


def changed(item: Example, variant: Variant) -> Example | None:
    """The item as the variant has it; None where one of the changes can't be made."""
    if variant.numbers:
        item = with_other_numbers(item, variant.seed)
    if item and variant.remove:
        left = remove_tools(item, random.Random(variant.seed))
        item = None if left.calls or left.tools == item.tools else replace(left, kind=item.kind)
    return item


def with_other_numbers(item: Example, seed: int) -> Example | None:
    """The item with other numbers in conversation and call; None where none can be changed."""
    said = [one.content for one in item.messages]
    before = [call for one in item.messages for call in one.tool_calls]
    kept = [str(value) for call in before for value in call.arguments.values()]
    options = [[value] for call in item.calls for value in call.arguments.values()]
    changes = changed_numbers(said, options, random.Random(f"{seed} {item.id}"), kept)
    if not changes:
        return None
    messages = tuple(replace(one, content=in_text(one.content, changes)) for one in item.messages)
    calls = tuple(
        replace(call, arguments={k: in_value(v, changes) for k, v in call.arguments.items()})
        for call in item.calls
    )
    return replace(item, messages=messages, calls=calls)
