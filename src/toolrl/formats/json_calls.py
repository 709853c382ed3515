"""Calls written as JSON objects: read from a text, good ones beside bad ones, and written to it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from toolrl.formats.issues import IssueLog
from toolrl.formats.json_values import BadJson, decode
from toolrl.formats.tags import Tags
from toolrl.types import ToolCall

ARGUMENT_KEYS = ("parameters", "arguments")
_MULTILINE_FAILURES = 8
_space = re.compile(r"[ \t\r\n]*").match
_blank = re.compile(r"[ \t\r]*").match

_NAME = r"""["']name["']\s*:\s*["'][^"'\n]{1,200}["']\s*,\s*"""
_ARGUMENTS = r"""["'](?:parameters|arguments)["']\s*:"""
_TYPE = r"""["']type["']\s*:\s*["']function["']\s*,\s*"""
_hidden_call = re.compile(
    rf"\{{\s*(?:(?:{_TYPE})?{_NAME})?{_ARGUMENTS}|\[[^\W\d][\w.]*\((?:[^\W\d]\w*\s*=|\)\])"
).search


def note_hidden_call(text: str, start: int, end: int, log: IssueLog) -> None:
    """Note the first call in a reply, in JSON or as a Python list: it is not read, nor a reply.

    Example:
        >>> log = IssueLog("")
        >>> note_hidden_call('Sure: {"name": "f", "arguments": {}}', 0, 36, log)
        >>> log.finish()[0].code
        'call_in_reply'
    """
    hidden = _hidden_call(text, start, end)
    if hidden:
        log.add("call_in_reply", "a call inside the reply is not read", hidden.start())


class CallReader:
    """Reads call objects out of a text, keeping the good ones and logging the bad ones.

    Attributes:
        key: the key that this dialect gives to the arguments.
        one_per_line: whether an object must stand on one line.
        separators: marks that may stand after an object besides a line break.
        calls: what was read so far.
        cut: whether the last object broke off at the end of the text.
    """

    def __init__(
        self, text: str, log: IssueLog, key: str, one_per_line: bool = True, separators: str = ""
    ):
        self.text = text
        self.log = log
        self.key = key
        self.one_per_line = one_per_line
        self.separators = separators
        self.calls: list[ToolCall] = []
        self.cut = False
        self._failures = 0
        self._line = 0, ""

    def read_until(self, position: int, closing: str) -> tuple[int, bool]:
        """Read objects up to a closing tag; returns where the reading ended and whether it closed.

        A closing tag inside a JSON string does not close. After a bad object reading goes on at
        the next line, or at the closing tag when that comes first.
        """
        while not self.log.full:
            position = _space(self.text, position).end()
            if position == len(self.text):
                return position, False
            if self.text.startswith(closing, position):
                return position + len(closing), True
            position = self.read_item(position, closing)
        return len(self.text), True

    def read_item(self, position: int, closing: str = "") -> int:
        """Read the object that starts here; returns where the next one may start."""
        try:
            value, end, doubled = self._value(position)
        except BadJson as error:
            self.log.add("bad_json", f"not valid JSON: {error}", error.position)
            unfinished = str(error).startswith("Unterminated string")
            self.cut = unfinished or error.position >= len(self.text.rstrip())
            return self._next_line(position, closing)
        if doubled:
            self.log.add("duplicate_key", "an object gives one key twice", position)
        self._take(value, position)
        if self.one_per_line and self.text.find("\n", position, end) >= 0:
            self.log.add("bad_layout", "a call must stand on one line", position)
        return self._after(end, closing)

    def _value(self, position: int) -> tuple[Any, int, bool]:
        """Decode within the line first: retrying whole texts at every line could take for ever."""
        if self.text[position] not in "{[":
            raise BadJson("a call must be an object", position)
        start, line = self._line_at(position)
        try:
            value, end, doubled = decode(line, position - start)
            return value, start + end, doubled
        except BadJson as error:
            in_line = BadJson(str(error), start + error.position)
        if start + len(line) == len(self.text) or self._failures >= _MULTILINE_FAILURES:
            raise in_line
        if self._may_go_on(start, line):
            try:
                return decode(self.text, position)
            except BadJson:
                pass
        self._failures += 1
        raise in_line

    def _may_go_on(self, start: int, line: str) -> bool:
        """Whether a value that breaks off here can go on below: beside the break is a mark."""
        after = _space(self.text, start + len(line)).end()
        return line.rstrip()[-1:] in ",:[{" or self.text[after : after + 1] in ",:]}"

    def _line_at(self, position: int) -> tuple[int, str]:
        """A line that holds the position, kept so that many objects on it cost one copy."""
        start, line = self._line
        if not start <= position < start + len(line):
            stop = self.text.find("\n", position)
            self._line = position, self.text[position:] if stop < 0 else self.text[position:stop]
        return self._line

    def _after(self, end: int, closing: str) -> int:
        """What may follow an object on its line: nothing, or the closing tag."""
        end = _blank(self.text, end).end()
        if end == len(self.text) or self.text[end] == "\n":
            return end
        if closing and self.text.startswith(closing, end):
            return end
        if self.text[end] in self.separators:
            return end + 1
        if self.text[end] in "{,;":
            self.log.add("bad_layout", "each call must stand on a line of its own", end)
            return end if self.text[end] == "{" else end + 1
        self.log.add("bad_json", "text after the call on its line", end)
        return self._next_line(end, closing)

    def _next_line(self, position: int, closing: str) -> int:
        stop = self.text.find("\n", position)
        stop = len(self.text) if stop < 0 else stop
        closed = self.text.find(closing, position, stop) if closing else -1
        return stop if closed < 0 else closed

    def _take(self, value: Any, position: int) -> None:
        if isinstance(value, list):
            self.log.add("bad_layout", "the calls stand in a list", position)
            for item in value:
                self._take_object(item, position)
                if self.log.full:
                    break
        else:
            self._take_object(value, position)

    def _take_object(self, value: Any, position: int) -> None:
        call = read_call(value, self.key, self.log, position)
        if call is not None:
            self.calls.append(call)


def read_call(value: Any, key: str, log: IssueLog, position: int) -> ToolCall | None:
    """A decoded object as a call, its departures logged; None when it names no tool.

    Example:
        >>> log = IssueLog("")
        >>> read_call({"name": "now", "arguments": {}}, "parameters", log, 0)
        ToolCall(name='now', arguments={})
        >>> [issue.code for issue in log.finish()]
        ['wrong_key']
    """
    if not isinstance(value, dict):
        log.add("bad_json", "a call must be an object", position)
        return None
    name = value.get("name")
    if not isinstance(name, str) or not name.strip():
        log.add("missing_name", "a call needs a name, a non-empty string", position)
        return None
    found = key if key in value else next((k for k in ARGUMENT_KEYS if k in value), None)
    if found is None:
        log.add("missing_parameters", f'the call has no "{key}" object', position)
        return ToolCall(name, {})
    if found != key:
        log.add("wrong_key", f'"{found}" should be "{key}"', position)
    extra = [k for k in value if k not in ("name", found)]
    if extra:
        log.add("extra_key", f"keys besides name and {key}: {', '.join(extra)[:80]}", position)
    return ToolCall(name, _arguments(value[found], log, position))


def _arguments(value: Any, log: IssueLog, position: int) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    log.add("bad_arguments", "the arguments are not an object", position)
    if not isinstance(value, str):
        return {}
    try:
        inner = decode(value)[0]
    except BadJson:
        return {}
    return inner if isinstance(inner, dict) else {}


def write_call(call: ToolCall, key: str, tags: Tags) -> str:
    r"""One line of JSON, the format's tags inside strings escaped so that no reader meets them.

    Example:
        >>> call = ToolCall("say", {"text": "</tool_call>"})
        >>> print(write_call(call, "parameters", Tags("tool_call")))
        {"name": "say", "parameters": {"text": "\u003c/tool_call>"}}
    """
    row: Mapping[str, Any] = {"name": call.name, key: dict(call.arguments)}
    return tags.escape(json.dumps(row, ensure_ascii=False))
