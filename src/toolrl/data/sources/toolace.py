"""ToolACE: a system text with the tool list, then user, assistant and tool turns.

Raw row: ``{"system", "conversations": [{"from", "value"}]}``. The tool list stands inside the
system text, as JSON, as a Python literal, or as objects one after another. A call turn is
``[Name(arg=value), Other()]``; names hold spaces, dots, apostrophes and parentheses, values are
Python or JSON literals. What looks like a call and can't be read is rejected with its reason; it
is never taken for "no call".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from toolrl.data.rejects import Outcome, RejectedRow, Rejection
from toolrl.data.sources.common import field_of, from_json, read_calls, read_tools
from toolrl.data.sources.conversation import cut_into_steps, reject_every
from toolrl.data.sources.results import Turn
from toolrl.formats import CallSyntaxError, parse_call_list
from toolrl.schema.literals import LiteralReader
from toolrl.types import Message, ToolCall

BRACKETS = {"[": "]", "<": ">", "(": ")", "{": "}"}
OBJECT_START = re.compile(r"\{\s*['\"]")
LIST_START = re.compile(r"\[\s*\{")
# A name and an opening parenthesis right after the bracket: someone meant a call.
CALL_START = re.compile(r"\[\s*[\w./' -]{1,80}\(")
ASSISTANT = ("assistant", "gpt")
# After so many brackets that open nothing readable a text has no tool list.
MOST_UNREAD = 1000


def convert(row: Mapping[str, Any], key: str = "toolace-1") -> Iterator[Outcome]:
    """One outcome per assistant turn.

    Example:
        >>> row = {"system": 'Functions: [{"name": "Get Time", "parameters": {}}]. Go.',
        ...        "conversations": [{"from": "user", "value": "Time?"},
        ...                          {"from": "assistant", "value": "[Get Time()]"}]}
        >>> next(convert(row)).calls
        (ToolCall(name='Get Time', arguments={}),)
    """
    turns = from_json(field_of(row, "conversations"), "conversation")
    if not isinstance(turns, list) or not all(isinstance(turn, Mapping) for turn in turns):
        raise RejectedRow("no conversation")
    try:
        tools = read_tools(tool_list(str(field_of(row, "system"))))
        names = tuple(tool.name for tool in tools)
        messages = [read_turn(turn, names) for turn in turns]
    except RejectedRow as error:
        yield from reject_every(sum(t.get("from") in ASSISTANT for t in turns), error)
        return
    yield from cut_into_steps(messages, tools, key, "toolace")


def tool_list(system: str) -> list[Any]:
    """The tools inside a system text: the first list of objects, or all objects with a name.

    Raises:
        RejectedRow: there are none that can be read.

    Example:
        >>> tool_list("Use [these]: [{'name': 'f', 'parameters': None}]. Go.")
        [{'name': 'f', 'parameters': None}]
    """
    for start in islice(LIST_START.finditer(system), MOST_UNREAD):
        found, _ = read_value(system, start.start())
        if isinstance(found, list) and all(isinstance(item, Mapping) for item in found):
            return found
    objects, at, unread = [], 0, 0
    while unread < MOST_UNREAD and (start := OBJECT_START.search(system, at)):
        found, at = read_value(system, start.start())
        unread += found is None
        if isinstance(found, Mapping) and ("name" in found or "tool_name" in found):
            objects.append(found)
    if not objects:
        raise RejectedRow("the tool list can't be read", system[-80:])
    return objects


def read_value(text: str, start: int) -> tuple[Any, int]:
    """The JSON value or Python literal that starts here, or None, and where it ends."""
    try:
        return json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        pass
    reader = LiteralReader(text)
    try:
        return reader.value(start), reader.position
    except CallSyntaxError:
        return None, start + 1


def read_turn(turn: Mapping[str, Any], names: tuple[str, ...]) -> Turn:
    """One raw turn; an assistant's that can't be read becomes a rejection."""
    speaker, text = turn.get("from"), str(turn.get("value") or "")
    if speaker in ("user", "human"):
        return Message("user", text)
    if speaker in ("tool", "observation"):
        return Message("tool", text)
    if speaker not in ASSISTANT:
        raise RejectedRow("a turn of an unknown speaker", str(speaker))
    try:
        calls = read_call_turn(text.strip(), names)
    except RejectedRow as error:
        return Rejection.of(error)
    return Message("assistant", "", calls) if calls else Message("assistant", text)


def read_call_turn(text: str, names: tuple[str, ...]) -> tuple[ToolCall, ...] | None:
    """The calls of an assistant turn, or None for prose.

    Raises:
        RejectedRow: it is meant as a call and can't be read.

    Example:
        >>> read_call_turn("[Note] It rains.", ("Get Weather",)) is None
        True
    """
    if not is_call_like(text, names):
        return None
    if LIST_START.match(text):
        return read_calls(text)
    try:
        calls = parse_call_list(text, names)
    except CallSyntaxError as error:
        raise RejectedRow("a call that can't be read", f"{error}: {text}") from None
    if not calls:
        raise RejectedRow("a call that can't be read", text)
    return tuple(calls)


def is_call_like(text: str, names: tuple[str, ...]) -> bool:
    """Whether a turn is meant as calls: one bracket around it all, or one that opens a call."""
    if any(f"[{name}(" in text for name in names) or CALL_START.match(text):
        return True
    return text[:1] in BRACKETS and text.endswith(BRACKETS[text[:1]])
