"""Results of a raw conversation, each with the name and the id of the call that it belongs to.

By id where there are ids, whatever the order; else by name, and without either in order, if there
are as many results as calls (:mod:`toolrl.formats.results`). Fewer results than calls, as data sets
have that put them all into one, can't be told apart and stay nameless. What contradicts itself is
never guessed: the conversation can't be used from there on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from toolrl.data.rejects import RejectedRow, Rejection
from toolrl.formats.results import (
    DOUBLED,
    NOBODYS,
    TOO_MANY,
    TWICE,
    WITHOUT_ID,
    assign,
    named_results,
)
from toolrl.types import Message

Turn = Message | Rejection
"""A message, or the rejection of an assistant turn that could not be read."""

WRONG_IDS = frozenset({NOBODYS, WITHOUT_ID, DOUBLED, TWICE})
UNASSIGNED = WRONG_IDS | {TOO_MANY}


def assigned(turns: Sequence[Turn]) -> Iterator[Turn]:
    """The turns, results with their calls' names; behind what is wrong stands a rejection.

    Example:
        >>> from toolrl.types import ToolCall
        >>> turns = [Message("assistant", "", (ToolCall("now", {}, "c1"),)),
        ...          Message("tool", "12:00", tool_call_id="c1")]
        >>> [one.name for one in assigned(turns)]
        ['', 'now']
    """
    read = list(takewhile(lambda turn: isinstance(turn, Message), turns))
    known = assign(read)
    for number, message in enumerate(named_results(read, known)):
        yield message
        if number in known.faults:
            reason, detail = known.faults[number]
            yield Rejection(reason, detail[:80])
    yield from turns[len(read) :]


def all_assigned(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages of one example, results with their calls' names.

    Raises:
        RejectedRow: a result can't be assigned.
    """
    known = assign(messages)
    for reason, detail in known.faults.values():
        raise RejectedRow(reason, detail[:80])
    return named_results(messages, known)


def check_ids(messages: Sequence[Message]) -> None:
    """Refuse ids that contradict each other; data without ids, as older versions wrote, passes.

    Raises:
        RejectedRow: an id is missing, unknown or there twice.
    """
    for reason, detail in assign(messages).faults.values():
        if reason in WRONG_IDS:
            raise RejectedRow(reason, detail[:80])
