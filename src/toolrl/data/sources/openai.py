"""OpenAI and Hugging Face chat rows: ``{"messages": […], "tools": […]}``, one example per turn.

``tools`` is a list or its JSON text; a call's arguments are an object or its JSON text; content is
text or a list of typed parts, in OpenAI's form (``{"type": "text", "text"}``) or with ``value``,
as data sets with thoughts have it (``{"type": "reasoning" | "tool_call" | "text", "value"}``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toolrl.data.rejects import Outcome, RejectedRow, Rejection
from toolrl.data.sources.common import (
    field_of,
    from_json,
    read_call,
    read_calls,
    read_id,
    read_role,
    read_tools,
)
from toolrl.data.sources.conversation import cut_into_steps, reject_every
from toolrl.data.sources.results import Turn
from toolrl.types import Message, ToolCall

THOUGHT_PARTS = ("reasoning", "thinking", "thought")


def convert(
    row: Mapping[str, Any], key: str = "openai-1", source: str = "openai"
) -> Iterator[Outcome]:
    """One outcome per assistant turn.

    Example:
        >>> row = {"messages": [{"role": "user", "content": "Hi"},
        ...                     {"role": "assistant", "content": "Hello!"}]}
        >>> next(convert(row)).reply
        'Hello!'
    """
    messages = from_json(field_of(row, "messages"), "messages")
    if not isinstance(messages, list):
        raise RejectedRow("the messages are not a list")
    try:
        tools = read_tools(row.get("tools") or row.get("functions"))
        turns = [read_turn(message) for message in messages]
    except RejectedRow as error:
        yield from reject_every(count_assistant(messages), error)
        return
    yield from cut_into_steps(turns, tools, key, source)


def count_assistant(messages: list[Any]) -> int:
    """How many turns of a raw conversation are the assistant's."""
    return sum(isinstance(m, Mapping) and m.get("role") == "assistant" for m in messages)


def read_turn(row: Any) -> Turn:
    """One raw message; an assistant's that can't be read becomes a rejection."""
    if not isinstance(row, Mapping) or not isinstance(row.get("role"), str):
        raise RejectedRow("a message without a role", str(row)[:80])
    role = read_role(row["role"])
    if role != "assistant":
        name, id_ = str(row.get("name") or ""), read_id(row.get("tool_call_id"))
        is_result = role == "tool"
        return Message(
            role,
            text_of(row.get("content")),
            name=name if is_result else "",
            tool_call_id=id_ if is_result else "",
        )
    try:
        return read_assistant(row)
    except RejectedRow as error:
        return Rejection.of(error)


def read_assistant(row: Mapping[str, Any]) -> Message:
    """Text, calls and thought of an assistant message."""
    content = row.get("content")
    calls = list(read_calls(row.get("tool_calls")))
    if row.get("function_call"):
        calls.append(read_call(row["function_call"]))
    calls += part_calls(content)
    thought = row.get("reasoning_content") or row.get("thought") or text_of(content, THOUGHT_PARTS)
    return Message("assistant", text_of(content), tuple(calls), str(thought))


def part_calls(content: Any) -> list[ToolCall]:
    """The calls among typed content parts."""
    parts = content if isinstance(content, list) else []
    return [
        read_call(part_value(part))
        for part in parts
        if isinstance(part, Mapping) and part.get("type") == "tool_call"
    ]


def part_value(part: Mapping[str, Any]) -> Any:
    """What a typed part holds."""
    return part.get("value", part.get("text", ""))


def text_of(content: Any, kinds: tuple[str, ...] = ("text",)) -> str:
    """The text of a content: itself, or its parts of these kinds, a line each.

    Example:
        >>> text_of([{"type": "text", "text": "a"}, {"type": "image_url"}])
        'a'
    """
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, Mapping)]
        return "\n".join(str(part_value(part)) for part in parts if part.get("type") in kinds)
    return str(content or "") if "text" in kinds else ""
