"""Hermes function-calling rows: tools, calls and results stand in tags inside the messages.

Raw row: ``{"conversations": [{"from": system | human | gpt | tool, "value"}], "tools"?}``. The
system message holds ``<tools>[…]</tools>`` (a list, or one object a line) and nothing else worth
keeping; calls are ``<tool_call>`` blocks with JSON, sometimes with a Python literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from toolrl.data.rejects import Outcome, RejectedRow
from toolrl.data.sources import openai
from toolrl.data.sources.common import field_of, from_json
from toolrl.data.sources.sharegpt import as_openai

TOOLS = re.compile(r"<tools>(.*?)</tools>", re.DOTALL)
CALL = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)
RESULT = re.compile(r"<tool_response>(.*?)</tool_response>", re.DOTALL)
THOUGHT = re.compile(r"<(think|scratch_pad)>(.*?)</\1>", re.DOTALL)


def convert(row: Mapping[str, Any], key: str = "hermes-1") -> Iterator[Outcome]:
    """One outcome per assistant turn.

    Example:
        >>> row = {"conversations": [
        ...     {"from": "system", "value": '<tools>[{"name": "now"}]</tools>'},
        ...     {"from": "human", "value": "Time?"},
        ...     {"from": "gpt", "value": '<tool_call>{"name": "now"}</tool_call>'}]}
        >>> next(convert(row)).calls
        (ToolCall(name='now', arguments={}),)
    """
    turns = from_json(field_of(row, "conversations", "messages"), "conversation")
    if not isinstance(turns, list) or not all(isinstance(turn, Mapping) for turn in turns):
        raise RejectedRow("no conversation")
    messages = [as_openai(turn) for turn in turns]
    system = "\n".join(str(m.get("content")) for m in messages if m.get("role") == "system")
    tools = row.get("tools") or tools_in(system)
    kept = [m for m in messages if m.get("role") != "system" or not TOOLS.search(system)]
    read = [one for message in kept for one in untag(message)]
    yield from openai.convert({"messages": read, "tools": tools}, key, "hermes")


def tools_in(system: str) -> Any:
    """The tools of a system message: a JSON list, or one object a line."""
    found = TOOLS.search(system)
    if not found:
        return []
    text = found[1].strip()
    try:
        return from_json(text, "tool list")
    except RejectedRow:
        return [from_json(line, "tool list") for line in text.splitlines() if line.strip()]


def untag(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A message without tags, calls and thought in their own fields; each result is a message."""
    text = openai.text_of(message.get("content"))
    if message.get("role") == "tool":
        found = [one.strip() for one in RESULT.findall(text)] or [text.strip()]
        keys = ("name", "tool_call_id") if len(found) == 1 else ()
        whose = {key: message[key] for key in keys if key in message}
        return [{"role": "tool", "content": one, **whose} for one in found]
    if message.get("role") != "assistant":
        return [{"role": message.get("role"), "content": text}]
    thought = "\n".join(match[1].strip() for match in THOUGHT.findall(text))
    text = THOUGHT.sub("", text)
    calls = [block.strip() for block in CALL.findall(text)]
    rest = CALL.sub("", text).strip()
    if "<tool_call>" in rest:
        # An unclosed block: hand it on as a call that can't be read, never as a reply.
        calls.append(rest)
        rest = ""
    return [
        {"role": "assistant", "content": rest, "tool_calls": calls, "reasoning_content": thought}
    ]
