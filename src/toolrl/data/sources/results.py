"""Results of a raw conversation, each with the name and the id of the call that it belongs to.

By id where there are ids, whatever the order. Without any, the results that follow some calls
belong to them in order, if there are as many; fewer or more can't be told apart, and stay nameless
unless there was one call only. What ids contradict is never guessed: the conversation can't be
used from there on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from toolrl.data.rejects import Rejection
from toolrl.types import Message, ToolCall

Turn = Message | Rejection
"""A message, or the rejection of an assistant turn that could not be read."""

NOBODYS = "a result whose tool_call_id no call before it has"
WITHOUT_ID = "a result without a tool_call_id, where the calls have ids"
DOUBLED = "two calls of one message with the same id"
TWICE = "two results for one call"
UNASSIGNED = frozenset({NOBODYS, WITHOUT_ID, DOUBLED, TWICE})


def assigned(turns: Sequence[Turn]) -> Iterator[Turn]:
    """The turns, results with their calls' names; a rejection stands for those that have no call.

    Example:
        >>> turns = [Message("assistant", "", (ToolCall("now", {}, "c1"),)),
        ...          Message("tool", "12:00", tool_call_id="c1")]
        >>> [one.name for one in assigned(turns)]
        ['', 'now']
    """
    calls: tuple[ToolCall, ...] = ()
    for is_result, run in groupby(turns, key=_is_result):
        group = list(run)
        yield from _assign(group, calls) if is_result else group
        last = group[-1]
        if not is_result:
            calls = last.tool_calls if isinstance(last, Message) else ()


def _is_result(turn: Turn) -> bool:
    return isinstance(turn, Message) and turn.role == "tool"


def _assign(results: list[Message], calls: tuple[ToolCall, ...]) -> list[Turn]:
    """The results of one message's calls."""
    ids = [call.id for call in calls if call.id]
    if len(set(ids)) < len(ids):
        return [Rejection(DOUBLED, ", ".join(ids)[:80])]
    if ids or any(one.tool_call_id for one in results):
        return _by_id(results, calls)
    if len(calls) == 1:
        return [replace(one, name=calls[0].name) for one in results]
    if len(calls) == len(results):
        named = zip(results, calls, strict=True)
        return [replace(one, name=one.name or call.name) for one, call in named]
    return list(results)


def _by_id(results: list[Message], calls: tuple[ToolCall, ...]) -> list[Turn]:
    found: list[Turn] = []
    open_calls = list(calls)
    for one in results:
        same = [call for call in open_calls if call.id == one.tool_call_id]
        if not one.tool_call_id and one.name:  # OpenAI's older form names the function instead
            same = [call for call in open_calls if call.name == one.name]
        if not same and len(calls) == len(results) == 1 and not (calls[0].id and one.tool_call_id):
            same = list(open_calls)  # one call, one result, and an id on one side only
        if not same:
            answered = any(call.id == one.tool_call_id for call in calls)
            reason = TWICE if answered else NOBODYS if one.tool_call_id else WITHOUT_ID
            return [*found, Rejection(reason, one.tool_call_id or one.content[:80])]
        if len(same) > 1:
            return [*found, Rejection(WITHOUT_ID, one.content[:80])]
        open_calls.remove(same[0])
        found.append(replace(one, name=same[0].name, tool_call_id=same[0].id or one.tool_call_id))
    return found
