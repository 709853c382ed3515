"""Cut a conversation into examples: one per assistant turn, everything before it as history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from toolrl.data.rejects import Outcome, RejectedRow, Rejection
from toolrl.data.sources.common import check_calls, kind_of, type_calls
from toolrl.data.sources.results import UNASSIGNED, Turn, assigned
from toolrl.types import Example, Message, ToolSpec

EARLIER = Rejection("an earlier turn of the conversation can't be read")


def cut_into_steps(
    turns: Iterable[Turn], tools: tuple[ToolSpec, ...], key: str, source: str
) -> Iterator[Outcome]:
    """One outcome per assistant turn.

    Results belong to the calls with their ids, or without any ids to the calls before them in
    order (:mod:`toolrl.data.sources.results`). An unreadable turn is rejected, and so are the turns
    after it, since their history would hold something that never was. A readable turn whose calls
    merely don't fit the tools is rejected
    alone: it did happen. So is an empty one, and the history goes on without it.

    Example:
        >>> turns = [Message("user", "Hi"), Message("assistant", "Hello!")]
        >>> [step.reply for step in cut_into_steps(turns, (), "chat-1", "openai")]
        ['Hello!']
    """
    history: list[Message] = []
    broken: Rejection | None = None
    number = 0
    for turn in assigned(list(turns)):
        if isinstance(turn, Message) and turn.role != "assistant":
            history.append(turn)
            continue
        if isinstance(turn, Rejection) and turn.reason in UNASSIGNED:
            broken = broken or turn
            continue
        number += 1
        if broken:
            yield broken
            broken = EARLIER
        elif isinstance(turn, Rejection):
            broken = EARLIER
            yield turn
        else:
            yield step(turn, history, tools, key, number, source)
            if turn.tool_calls or turn.content.strip():
                history.append(replace(turn, tool_calls=type_calls(turn.tool_calls, tools)))


def step(
    turn: Message,
    history: list[Message],
    tools: tuple[ToolSpec, ...],
    key: str,
    number: int,
    source: str,
) -> Outcome:
    """The assistant turn as what should come after its history; ``key`` is the conversation's."""
    try:
        if not history or history[-1].role not in ("user", "tool"):
            raise RejectedRow("an assistant turn that answers nobody")
        if not turn.tool_calls and not turn.content.strip():
            raise RejectedRow("empty assistant turn")
        calls = check_calls(turn.tool_calls, tools)
    except RejectedRow as error:
        return Rejection.of(error)
    kind = kind_of(calls, turn.content)
    messages = tuple(history)
    return Example(
        f"{key}-{number}",
        tools,
        messages,
        calls,
        turn.content,
        turn.thought,
        source,
        kind=kind,
        group=key,
    )


def reject_every(turns: int, error: RejectedRow) -> Iterator[Rejection]:
    """One rejection per assistant turn, for a conversation that is unusable as a whole."""
    for _ in range(max(1, turns)):
        yield Rejection.of(error)
