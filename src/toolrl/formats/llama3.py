"""Llama 3's format: bare JSON objects, a semicolon or a line break between them.

The object's keys follow Meta's published prompt format for Llama 3.1 and 3.2 with custom tools;
the wording is our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from toolrl.formats.chat import ChatFormat, render_thought, split_thought
from toolrl.formats.issues import MAX_ISSUES, IssueLog
from toolrl.formats.json_calls import ARGUMENT_KEYS, CallReader, write_call
from toolrl.formats.tags import Tags
from toolrl.schema.json_values import BadJson, decode
from toolrl.types import Completion, Message, ToolCall, ToolSpec

_PYTHON_TAG = "<|python_tag|>"
_TAGS = Tags("think", special=(_PYTHON_TAG,))
_begins_object = re.compile(r"\[?\s*\{").match
_begins_broken_call = re.compile(
    r"\[?\s*(?:\{+\s*[\"'“]?(?:name|type|function)|[\"“]name)[\"'”]?\s*[:=\"]"
).match
_argument_key = re.compile("|".join(ARGUMENT_KEYS)).search
_separator = re.compile(r"\s*;?\s*").match
_space = re.compile(r"\s*").match
_SYSTEM = """\
You can call the functions below when they help with what the user asks. To call one, write only \
a JSON object such as {{"name": "function name", "parameters": {{"parameter": "value"}}}}; for \
several calls write several objects with ; between them. If no function fits, answer the user in \
plain words.

Functions:
{tools}"""


class Llama3Format(ChatFormat):
    """JSON objects when there are calls, else the reply as plain text; never both.

    Example:
        >>> text = '{"name": "f", "parameters": {"a": 1}}; {"name": "g", "parameters": {}}'
        >>> [call.name for call in Llama3Format().parse(text).calls]
        ['f', 'g']
    """

    name = "llama3"
    markers = _TAGS.markers
    result_role = "tool"
    reply_beside_calls = False

    def render_system(self, tools: Sequence[ToolSpec]) -> str:
        """The tools as one JSON object a line; nothing when there are none."""
        lines = (json.dumps(tool.to_dict(), ensure_ascii=False) for tool in tools)
        return _SYSTEM.format(tools="\n".join(lines)) if tools else ""

    def render_results(self, results: Sequence[Message]) -> str:
        """One result a line."""
        return "\n".join(one.content for one in results)

    def render_answer(self, thought: str, calls: Sequence[ToolCall], reply: str) -> str:
        """A thought if there is one, then the calls, else the reply: the format can't have both."""
        said = "; ".join(write_call(call, "parameters", _TAGS) for call in calls)
        return render_thought(thought) + (said or self.as_reply(_TAGS.drop(reply).strip(), "json"))

    def read(self, text: str) -> Completion:
        """Read the objects at the beginning or behind the tag; any other text is a reply.

        JSON that is no call, without a tool's name, is a reply as well: users ask for JSON.
        """
        log = IssueLog(text)
        thought, start = split_thought(text, log)
        tag = -1 if _begins_call(text, start) else text.find(_PYTHON_TAG, start)
        if tag >= 0 and text[start:tag].strip():
            log.add("extra_text", f"text before {_PYTHON_TAG}", start)
        if tag >= 0:
            start = tag + len(_PYTHON_TAG)
        if tag >= 0 or _begins_call(text, start):
            return Completion(thought, _read_objects(text, start, log), None, log.finish())
        reply = text[start:].strip()
        if not reply and not log.count:
            log.add("empty_answer", "there is neither a call nor a reply", len(text))
        return Completion(thought, (), reply or None, log.finish())


def _begins_call(text: str, start: int) -> bool:
    """Whether a call stands here, or a broken one, first or behind other objects in a row."""
    for _ in range(MAX_ISSUES):
        if not _begins_object(text, start):
            break
        try:
            value, end, _ = decode(text, start)
        except BadJson:
            break
        if any(_is_call(one) for one in (value if isinstance(value, list) else [value])):
            return True
        start = _separator(text, end).end()
    return bool(_begins_broken_call(text, start) and _argument_key(text, start))


def _is_call(value: Any) -> bool:
    """Whether a decoded value has a tool's name, and arguments or nothing besides."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("function"), dict):
        return _is_call(value["function"])
    others = value.keys() - {"name", "type"}
    return "name" in value and (not others or bool(others.intersection(ARGUMENT_KEYS)))


def _read_objects(text: str, position: int, log: IssueLog) -> tuple[ToolCall, ...]:
    reader = CallReader(
        text, log, "parameters", one_per_line=False, separators=";", harmless=("type",)
    )
    position = _space(text, position).end()
    if position == len(text):
        log.add("no_call", "nothing follows the tag", position)
    while position < len(text) and not log.full:
        position = _space(text, reader.read_item(position)).end()
    if reader.cut:
        log.add("truncated", "the last object is never closed", position)
    return tuple(reader.calls)
