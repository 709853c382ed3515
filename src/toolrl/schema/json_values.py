"""JSON values at a place of a text, decoded strictly.

Limits that JSON itself leaves open are drawn here: NaN, Infinity and numbers that overflow are
not JSON, half of a surrogate pair is not text, and what nests deeper than `MAX_DEPTH` can't be read
(whoever writes it again would meet the interpreter's limit).
"""

from __future__ import annotations

import json
from json import JSONDecodeError, JSONDecoder
from math import isfinite
from typing import Any

MAX_DEPTH = 100


class BadJson(ValueError):
    """A value that can't be decoded; the position is an offset in the whole text."""

    def __init__(self, message: str, position: int):
        super().__init__(message)
        self.position = position


class _DuplicateKey(ValueError):
    """Two members of one object share a key."""


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"the number {digits[:20]} is too large")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _DuplicateKey("a key comes twice")
    return members


DECODER = JSONDecoder(parse_constant=_refuse, parse_float=_finite)
_UNIQUE_DECODER = JSONDecoder(
    parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique
)


def has_doubled_key(valid: str) -> bool:
    """Whether an object in a valid JSON text gives a key twice.

    Example:
        >>> has_doubled_key('{"a": {"b": 1, "b": 2}}')
        True
    """
    try:
        _UNIQUE_DECODER.raw_decode(valid)
    except _DuplicateKey:
        return True
    return False


def decode(text: str, position: int = 0) -> tuple[Any, int, bool]:
    """The JSON value at a position, where it ends, and whether an object gives a key twice.

    Raises:
        BadJson: there is no value that can be decoded.

    Example:
        >>> decode('say {"a": 1, "a": 2}', 4)
        ({'a': 2}, 20, True)
    """
    try:
        value, end, doubled = _decode(text, position)
        written = text[position:end]
        if written.count("[") + written.count("{") > MAX_DEPTH and _is_too_deep(value):
            raise RecursionError
        if "\\u" in written:
            json.dumps(value, ensure_ascii=False).encode()
    except JSONDecodeError as error:
        raise BadJson(error.msg, error.pos) from None
    except RecursionError:
        raise BadJson("nested too deeply", position) from None
    except UnicodeEncodeError:
        raise BadJson("half of a surrogate pair is not text", position) from None
    except ValueError as error:
        raise BadJson(str(error).partition(";")[0], position) from None
    return value, end, doubled


def _decode(text: str, position: int) -> tuple[Any, int, bool]:
    try:
        return *_UNIQUE_DECODER.raw_decode(text, position), False
    except _DuplicateKey:
        return *DECODER.raw_decode(text, position), True


def _is_too_deep(value: Any) -> bool:
    """Whether containers nest beyond the limit, found level by level."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for one in level
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True
