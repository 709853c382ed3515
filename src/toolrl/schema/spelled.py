"""What a text spells where a schema declares something else: a number, a truth value, a list.

Data is mended by these readings and answers are compared by them, so both know the same values. A
reading is the text's own value or none: nothing is rounded, dropped or made up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite
from typing import Any

from toolrl.schema.json_values import BadJson, decode
from toolrl.schema.literals import CallSyntaxError, LiteralReader

UNREAD: Any = object()
"""What a reading returns for a text that spells no such value."""

_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[+-]?0_*[0-9_]*[1-9][0-9_]*")
# No measured value is longer, and the interpreter may refuse integers of more than 640 digits.
_LONGEST_NUMBER = 300
_TRUTH = {"true": True, "false": False}


def number(text: str) -> int | float:
    """The number that a text spells in JSON's way, blanks around it aside.

    Example:
        >>> number("3"), number(" 1e2 "), number("1e400") is UNREAD, number("007") is UNREAD
        (3, 100.0, True, True)
    """
    found = _NUMBER.fullmatch(text.strip()) if len(text) <= _LONGEST_NUMBER else None
    if not found:
        return UNREAD
    if not found[2] and not found[3]:
        return int(found[1])
    value = float(found[0])
    return value if isfinite(value) else UNREAD


def integer(text: str) -> int:
    """The whole number that a text spells, exact however long.

    Example:
        >>> integer("9007199254740993.0"), integer("1e2"), integer("1.5") is UNREAD
        (9007199254740993, 100, True)
    """
    found = _NUMBER.fullmatch(text.strip()) if len(text) <= _LONGEST_NUMBER else None
    if not found:
        return UNREAD
    if not found[3]:
        return UNREAD if (found[2] or "").strip(".0") else int(found[1])
    value = float(found[0])
    return int(value) if isfinite(value) and value.is_integer() else UNREAD


def boolean(text: str) -> bool:
    """``"True"``, ``"false"`` and the like."""
    return _TRUTH.get(text.strip().lower(), UNREAD)


def null(text: str) -> None:
    """``"null"`` and ``"None"``."""
    return None if text.strip() in ("null", "None") else UNREAD


def container(text: str) -> list[Any] | dict[str, Any]:
    """The list or object that a text spells, in JSON or in Python.

    One that gives a key twice, holds NaN or a number too large, or nests beyond a hundred is none.

    Example:
        >>> container("[1, true]"), container("{'a': (1, None)}"), container("[1, NaN]") is UNREAD
        ([1, True], {'a': [1, None]}, True)
    """
    text = text.strip()
    if text[:1] not in ("[", "{", "("):
        return UNREAD
    try:
        value, end, doubled = decode(text)
        if end == len(text):
            return UNREAD if doubled else value
    except BadJson:
        pass
    value = python_value(text)
    return value if isinstance(value, list | dict) else UNREAD


def python_value(text: str) -> Any:
    """The Python literal that a text is, as JSON has it, or :data:`UNREAD`; nothing is evaluated.

    Example:
        >>> python_value("{2, 1}"), python_value("'a'"), python_value("{[1]: 2}") is UNREAD
        ([1, 2], 'a', True)
    """
    reader = _PythonReader(text)
    try:
        value = reader.value(reader.skip(0))
    except CallSyntaxError:
        return UNREAD
    return value if reader.position == len(text) else UNREAD


class _PythonReader(LiteralReader):
    """Literals as Python has them: with sets, without numbers such as 007; ``(1)`` is 1."""

    def _number(self, digits: str, start: int) -> int | float:
        if _LEADING_ZERO.fullmatch(digits):
            raise CallSyntaxError("a number begins with 0", start)
        return super()._number(digits, start)

    def _items(self, start: int, closing: str, depth: int) -> Any:
        items = super()._items(start, closing, depth)
        if closing == ")" and len(items) == 1:
            inside = self.text[start : self.text.rindex(")", start, self.position)]
            return items if inside.rstrip().endswith(",") else items[0]
        return items

    def _object(self, start: int, depth: int) -> dict[str, Any] | list[Any]:
        """An object, or a set as the sorted list of what is in it."""
        first = self.skip(start)
        mark = self.text[first : first + 1]
        if mark in ("", "}"):
            return super()._object(start, depth)
        if mark in "[({":
            raise CallSyntaxError("a container is no key, and no member of a set", first)
        self.value(first, depth + 1)
        if self.text.startswith(":", self.position):
            return super()._object(start, depth)
        return sorted_set(self._items(start, "}", depth))


def sorted_set(items: list[Any]) -> list[Any]:
    """Each of the items once, in an order that depends on nothing but them."""
    return [item for _, item in sorted({repr(item): item for item in items}.items())]


SPELLED: dict[str, Callable[[str], Any]] = {
    "integer": integer,
    "number": number,
    "boolean": boolean,
    "null": null,
    "array": container,
    "object": container,
}
"""A JSON type to its reading; declared text is read as it stands."""
