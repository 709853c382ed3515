"""Calls written as JSON objects: read from a text, good ones beside bad ones, and written to it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from toolrl.formats.issues import IssueLog
from toolrl.formats.tags import Tags
from toolrl.schema.json_values import BadJson, decode
from toolrl.schema.literals import CallSyntaxError, parse_literal
from toolrl.types import ToolCall

ARGUMENT_KEYS = ("parameters", "arguments")
_space = re.compile(r"[ \t\r\n]*").match
_blank = re.compile(r"[ \t\r]*").match
_left_of_list = re.compile(r"[\],]+").match  # what is left over of one that is read call by call
# How much text may be decoded in vain beyond its line, and how many marks of broken objects are
# looked at, in one text: enough for any answer, and a bound on what a hostile one costs.
_VAIN_CHARACTERS = 2_000_000
_MOST_MARKS = 100_000

_LONGEST_START = 300
_LOOK_BACK = 200
_CALL_START = r"""\{\s*"name"\s*:\s*"[^"\n]{1,200}"\s*,\s*"(?:parameters|arguments)"\s*:"""
_call_start = re.compile(_CALL_START).match
_call_start_in = re.compile(_CALL_START).search
_call_starts = re.compile(_CALL_START).finditer
_any_break = re.compile(r"[;\n}]").search
_ends_in_break = re.compile(r"(?:[;\n]|\}[ \t]*,?)\s*\Z").search
_mark = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\]]', re.DOTALL).finditer
# What begins like an object or a list of them, if a broken one; other text is just text.
_BEGINNING = r"\[\s*(?:[\[{]|\])|\{\s*(?:[\"'“{}<]|\w+\s*:|\Z)"
_begins = re.compile(_BEGINNING).match
_beginning = re.compile(_BEGINNING).search


class CallReader:
    """Reads call objects out of a text, keeping the good ones and logging the bad ones.

    Attributes:
        key: the key that this dialect gives to the arguments.
        one_per_line: whether an object must stand on one line.
        separators: marks that may stand after an object besides a line break.
        harmless: keys that a call may have besides its name and arguments.
        calls: what was read so far.
        cut: whether the last object broke off at the end of the text.
    """

    def __init__(
        self,
        text: str,
        log: IssueLog,
        key: str,
        one_per_line: bool = True,
        separators: str = "",
        harmless: Collection[str] = (),
    ):
        self.text = text
        self.log = log
        self.key = key
        self.one_per_line = one_per_line
        self.separators = separators
        self.harmless = harmless
        self.calls: list[ToolCall] = []
        self.cut = False
        self._vain = _VAIN_CHARACTERS
        self._marks = _MOST_MARKS
        self._line = 0, ""
        self._in_list = False

    def read_until(self, position: int, closing: str) -> tuple[int, bool]:
        """Read objects up to a closing tag; returns where the reading ended and whether it closed.

        A closing tag inside a JSON string does not close, unless the object is broken.
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
        """Read what starts here, an object, a list or other text; returns where the next may start.

        A broken object is one issue, whatever is in it: reading goes on behind it as a whole, so
        nothing inside becomes a call, and the calls before and after it are read in any order.
        """
        if not _begins(self.text, position):
            return self._pass_over(position, closing)
        try:
            value, end, doubled = self._value(position)
        except BadJson as error:
            if self._opens_list(position):
                self._in_list = True
                self.log.add("bad_layout", "the calls stand in a list", position)
                return _space(self.text, position + 1).end()
            self.log.add("bad_json", f"not valid JSON: {error}", error.position)
            unfinished = str(error).startswith("Unterminated string")
            is_last_line = self.text.find("\n", error.position) < 0
            self.cut = (unfinished and is_last_line) or error.position >= len(self.text.rstrip())
            end = self._end_of_broken(position, closing)
            return end if self.text.startswith("{", end) else self._after(end, closing)
        if doubled:
            self.log.add("duplicate_key", "an object gives one key twice", position)
        self._take(value, position)
        if self.one_per_line and self.text.find("\n", position, end) >= 0:
            self.log.add("bad_layout", "a call must stand on one line", position)
        return self._after(end, closing)

    def _pass_over(self, position: int, closing: str) -> int:
        """Text that is no object: up to the next one, the closing tag or the end of the text."""
        if self._in_list and (left := _left_of_list(self.text, position)):
            return left.end()
        self.log.add("extra_text", "text that is no call", position)
        closed = self.text.find(closing, position) if closing else -1
        stop = len(self.text) if closed < 0 else closed
        opening = _beginning(self.text, position + 1, stop)
        return opening.start() if opening else stop

    def _opens_list(self, position: int) -> bool:
        """Whether a list that can't be read as a whole begins with an object."""
        first = _space(self.text, position + 1).end()
        return self.text[position] == "[" and self.text.startswith("{", first)

    def _value(self, position: int) -> tuple[Any, int, bool]:
        """Decode within the line first: retrying whole texts at every line could take for ever."""
        start, line = self._line_at(position)
        try:
            value, end, doubled = decode(line, position - start)
            return value, start + end, doubled
        except BadJson as error:
            error.position += start
            in_line = error
        if self._vain > 0 and self._may_go_on(start, line):
            try:
                return decode(self.text, position)
            except BadJson as error:
                self._vain -= error.position - position
                raise
        raise in_line

    def _may_go_on(self, start: int, line: str) -> bool:
        """Whether a value that breaks off here can go on below: beside the break is a mark."""
        after = _space(self.text, start + len(line)).end()
        return line.rstrip()[-1:] in ",:[{" or self.text[after : after + 1] in tuple(",:]}")

    def _end_of_broken(self, start: int, closing: str) -> int:
        """Where a broken object ends: the first of several signs.

        Its last brace; the closing tag, in a string or not; or a call that begins where no value
        can (a brace is missing then), or behind a line break or a semicolon (a quote is missing).
        In a list a comma may be missing instead: then the call is inside, if the object closes.
        """
        first, line = self._line_at(start)
        below = _space(self.text, first + len(line)).end()
        if (
            (_call_start(self.text, below) or (closing and self.text.startswith(closing, below)))
            and not self._may_go_on(first, line)
            and not _call_start_in(line, start - first + 1)
        ):
            return first + len(line)  # the common case, without a scan: it ends with its line
        stop = self.text.find(closing, start) if closing else -1
        stop = len(self.text) if stop < 0 else stop
        inside: list[str] = []
        doubtful = -1
        for mark in _mark(self.text, start, stop):
            self._marks -= 1
            sign = mark.group()
            if sign[0] == '"':
                lone = len(sign) == 1
                last = stop if lone else mark.end()
                again = self._call_after_break(mark.start(), last, stop)
                if again is not None:
                    return again
                if lone:
                    break
            elif sign in "{[":
                if sign == "{" and inside and self._begins_anew(mark.start(), inside[-1]):
                    if inside[-1] == "{":
                        return mark.start()
                    doubtful = mark.start() if doubtful < 0 else doubtful
                inside.append(sign)
            else:
                del inside[_last(inside, "{" if sign == "}" else "[") :]
                if not inside:
                    return mark.end()
            if self._marks <= 0:
                break
        return stop if doubtful < 0 else doubtful

    def _begins_anew(self, position: int, inside: str) -> bool:
        """Whether a call begins here, where no value of a broken object or list can."""
        ahead = self.text[max(0, position - _LOOK_BACK) : position].rstrip()[-1:]
        doubled = self.text[position - 1] == "{"  # {{"name": …}}
        may_nest = doubled or ahead in ":[" or (ahead == "," and inside == "[")
        return not may_nest and bool(_call_start(self.text, position))

    def _call_after_break(self, start: int, last: int, stop: int) -> int | None:
        """The first call behind a break that begins before ``last``; a string is broken there."""
        if self.text.find("{", start, last) < 0 or not _any_break(self.text, start, last):
            return None  # as nearly always, and cheaply told
        for call in _call_starts(self.text, start, min(stop, last + _LONGEST_START)):
            if call.start() >= last:
                break
            if _ends_in_break(self.text[max(start, call.start() - _LOOK_BACK) : call.start()]):
                return call.start()
        return None

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
        return end

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
        call = read_call(value, self.key, self.log, position, self.harmless)
        if call is not None:
            self.calls.append(call)


def _last(inside: list[str], sign: str) -> int:
    """The index of the last such mark, 0 without one."""
    return next((i for i in range(len(inside) - 1, -1, -1) if inside[i] == sign), 0)


def read_call(
    value: Any, key: str, log: IssueLog, position: int, harmless: Collection[str] = ()
) -> ToolCall | None:
    """A decoded object as a call, its departures logged; None when it names no tool.

    OpenAI's ``{"type": "function", "function": {…}}`` is read, too. ``harmless`` are keys that the
    dialect allows besides.

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
    if isinstance(value.get("function"), dict):
        log.add("bad_layout", "the call stands inside another object", position)
        value = value["function"]
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
    extra = [k for k in value if k not in ("name", found, *harmless)]
    if extra:
        log.add("extra_key", f"keys besides name and {key}: {', '.join(extra)[:80]}", position)
    return ToolCall(name, _arguments(value[found], log, position))


def _arguments(value: Any, log: IssueLog, position: int) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    log.add("bad_arguments", "the arguments are not an object", position)
    if not isinstance(value, str):
        return {}
    for read in (lambda text: decode(text)[0], parse_literal):
        try:
            inner = read(value)
        except (BadJson, CallSyntaxError):
            continue
        return inner if isinstance(inner, dict) else {}
    return {}


def write_call(call: ToolCall, key: str, tags: Tags) -> str:
    r"""One line of JSON, the format's tags inside strings escaped so that no reader meets them.

    Example:
        >>> call = ToolCall("say", {"text": "</tool_call>"})
        >>> print(write_call(call, "parameters", Tags("tool_call")))
        {"name": "say", "parameters": {"text": "\u003c/tool_call>"}}
    """
    row: Mapping[str, Any] = {"name": call.name, key: dict(call.arguments)}
    return tags.escape(json.dumps(row, ensure_ascii=False))
