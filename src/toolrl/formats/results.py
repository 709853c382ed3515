"""What tools returned, assigned to the calls it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from toolrl.types import Message, ToolCall


def in_call_order(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages with the results of parallel calls in the order of their calls, and named.

    A format that shows no ids tells results apart by their order alone. Results without an id stay
    where they are.

    Example:
        >>> calls = (ToolCall("sky", {}, "a"), ToolCall("clock", {}, "b"))
        >>> said = (Message("assistant", "", calls), Message("tool", "12:00", tool_call_id="b"),
        ...         Message("tool", "clear", tool_call_id="a"))
        >>> [(one.name, one.content) for one in in_call_order(said)[1:]]
        [('sky', 'clear'), ('clock', '12:00')]
    """
    if not any(one.tool_call_id for one in messages):
        return tuple(messages)
    ordered: list[Message] = []
    calls: tuple[ToolCall, ...] = ()
    for is_result, run in groupby(messages, key=lambda one: one.role == "tool"):
        turns = list(run)
        ordered += _sorted(turns, calls) if is_result else turns
        calls = turns[-1].tool_calls
    return tuple(ordered)


def _sorted(results: list[Message], calls: Sequence[ToolCall]) -> list[Message]:
    places = {call.id: place for place, call in enumerate(calls) if call.id}
    if any(one.tool_call_id not in places for one in results):
        return results
    named = [
        one if one.name else replace(one, name=calls[places[one.tool_call_id]].name)
        for one in results
    ]
    return sorted(named, key=lambda one: places[one.tool_call_id])
