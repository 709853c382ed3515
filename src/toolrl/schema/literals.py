"""Python and JSON literals, read without evaluating them.

Nothing recurses deeper than `MAX_DEPTH`, so any text is safe to read.
Both languages' words are read (``True`` and ``true``, ``None`` and ``null``), tuples become lists,
and the keys of objects become strings, because arguments are JSON.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from typing import Any

from toolrl.types import ToolCall

MAX_DEPTH = 100
MAX_VALUES = 50_000
UNCLOSED_STRING = "a string is never closed"

_space = re.compile(r"\s*").match
_DIGITS = "[0-9]+(?:_[0-9]+)*"
_number = re.compile(rf"[+-]?(?:{_DIGITS}\.?(?:{_DIGITS})?|\.{_DIGITS})(?:[eE][+-]?[0-9]+)?").match
_raw_string = re.compile(r"[rR][\"']").match
_word = re.compile(r"\w+").match
_HEX = "[0-9a-fA-F]"
_escape = re.compile(
    rf"\\(u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}|u{_HEX}{{4}}|x{_HEX}{{2}}|U{_HEX}{{8}}"
    r"|[0-3]?[0-7]{1,2}|.)",
    re.DOTALL,
)
_plain = {q: re.compile(rf"[^\\{q}]*").match for q in "\"'"}
_WORDS = {"True": True, "true": True, "False": False, "false": False, "None": None, "null": None}
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "a": "\a",
    "v": "\v",
    "\n": "",
} | {mark: mark for mark in "\\\"'/"}


class CallSyntaxError(ValueError):
    """A literal or a call list that can't be read.

    Attributes:
        position: offset in the text where reading ended.
        code: the issue that a format reports for it.
        calls: the calls that were read before it.
    """

    def __init__(
        self, message: str, position: int, code: str = "bad_call", calls: Sequence[ToolCall] = ()
    ):
        super().__init__(message)
        self.position = position
        self.code = code
        self.calls = list(calls)

    def __str__(self) -> str:
        """The message and the offset."""
        return f"{self.args[0]} (at character {self.position})"


def parse_literal(text: str) -> Any:
    r"""One Python or JSON value, and nothing after it.

    Raises:
        CallSyntaxError: anything else, with the position.

    Example:
        >>> parse_literal("{'a': (1, -2.5), 'b': [true, None]}")
        {'a': [1, -2.5], 'b': [True, None]}
    """
    reader = LiteralReader(text)
    value = reader.value(reader.skip(0))
    if reader.position != len(text):
        raise CallSyntaxError("text after the value", reader.position)
    return value


class LiteralReader:
    """Reads values at a position of a text; after each, ``position`` is past it and its space."""

    def __init__(self, text: str):
        self.text = text
        self.position = 0
        self._values = 0

    def skip(self, position: int) -> int:
        """Past white space."""
        return _space(self.text, position).end()

    def value(self, start: int, depth: int = 0) -> Any:
        """The value that starts here."""
        self._values += 1
        if depth > MAX_DEPTH or self._values > MAX_VALUES:
            raise CallSyntaxError("nested too deeply or too long", start)
        first = self.text[start : start + 1]
        if first in ("'", '"') or _raw_string(self.text, start):
            return self._strings(start)
        if first == "{":
            return self._object(start + 1, depth)
        if first and first in "[(":
            return self._items(start + 1, "]" if first == "[" else ")", depth)
        return self._scalar(start)

    def go_to(self, end: int) -> None:
        """Stand at an offset, or at what follows the white space there."""
        self.position = self.skip(end)

    def _scalar(self, start: int) -> Any:
        digits = _number(self.text, start)
        if digits:
            self.go_to(digits.end())
            return self._number(digits.group(), start)
        word = _word(self.text, start)
        if word and word.group() in _WORDS:
            self.go_to(word.end())
            return _WORDS[word.group()]
        found = word.group()[:40] if word else self.text[start : start + 1] or "the end"
        raise CallSyntaxError(f"expected a value, found {found}", start)

    def _number(self, digits: str, start: int) -> int | float:
        try:
            return int(digits)
        except ValueError:
            number = float(digits)
        if not isfinite(number):
            raise CallSyntaxError("the number is too large", start)
        return number

    def _strings(self, start: int) -> str:
        """A string, and those beside it, which Python joins."""
        text = self._string(start)
        while self.text.startswith(("'", '"'), self.position) or _raw_string(
            self.text, self.position
        ):
            text += self._string(self.position)
        return text

    def _string(self, start: int) -> str:
        raw = self.text[start] in "rR"
        start += raw
        quote = self.text[start]
        triple = quote * 3
        mark = triple if self.text.startswith(triple, start) else quote
        position = start + len(mark)
        body = position
        while True:
            position = _plain[quote](self.text, position).end()
            if position >= len(self.text):
                raise CallSyntaxError(UNCLOSED_STRING, start)
            if self.text[position] == "\\":
                position += 2
            elif self.text.startswith(mark, position):
                break
            else:
                position += 1
        self.go_to(position + len(mark))
        inner = self.text[body:position]
        return inner if raw else _unescape(inner, start)

    def _items(self, start: int, closing: str, depth: int) -> list[Any]:
        items = []
        self.go_to(start)
        while not self.closes(closing):
            items.append(self.value(self.position, depth + 1))
            self.comma(closing)
        return items

    def _object(self, start: int, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self.go_to(start)
        while not self.closes("}"):
            at = self.position
            key = _as_key(self.value(at, depth + 1), at)
            if key in members:
                raise CallSyntaxError(f"the key {key[:40]!r} comes twice", at, "duplicate_key")
            self.expect(":")
            members[key] = self.value(self.position, depth + 1)
            self.comma("}")
        return members

    def closes(self, closing: str) -> bool:
        """Whether a mark stands here; if so, go past it."""
        if not self.text.startswith(closing, self.position):
            return False
        self.go_to(self.position + len(closing))
        return True

    def comma(self, closing: str) -> None:
        """A comma, or the closing mark ahead."""
        if not self.closes(",") and not self.text.startswith(closing, self.position):
            found = self.text[self.position : self.position + 1] or "the end"
            raise CallSyntaxError(f"expected , or {closing}, found {found}", self.position)

    def expect(self, mark: str) -> None:
        """Go past a mark that must stand here."""
        if not self.closes(mark):
            found = self.text[self.position : self.position + 1] or "the end"
            raise CallSyntaxError(f"expected {mark}, found {found}", self.position)


def _as_key(value: Any, position: int) -> str:
    """A key as JSON writes it: ``{1: 2}`` has the key ``"1"``."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        raise CallSyntaxError("a list or an object can't be a key", position)
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unescape(body: str, position: int) -> str:
    """Python's and JSON's escapes; a backslash before anything else stays, as in Python."""
    if "\\" not in body:
        return body
    try:
        text = _escape.sub(_replace, body)
        text.encode()
    except (ValueError, OverflowError):  # no such character, or half of one
        raise CallSyntaxError("an escape that is not a character", position) from None
    return text


def _replace(found: re.Match[str]) -> str:
    escape = found.group(1)
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    if len(escape) == 1:
        return _ESCAPES.get(escape, "\\" + escape)
    if len(escape) == 11:
        high, low = int(escape[1:5], 16), int(escape[7:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)
    return chr(int(escape[1:], 16))
