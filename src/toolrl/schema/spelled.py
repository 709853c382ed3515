"""Values spelled as text: what a number, a truth value, an array or an object in quotes means.

One rule for two readers: data is mended by it (:mod:`toolrl.schema.coerce`), answers are compared
by it (:mod:`toolrl.schema.values`).
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Mapping
from math import isfinite
from typing import Any

_number = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.0+)?(\.[0-9]+)?([eE][+-]?[0-9]+)?").fullmatch
_LONGEST_NUMBER = 40  # no measured value is longer, and reading huge ones takes quadratic time
_LONGEST_TEXT = 1_000_000
_TRUTH = {"true": True, "false": False}
_NULLS = ("null", "None")


def spelled_number(text: str) -> int | float | None:
    """The number that a text spells as JSON would, white space around it aside; else None.

    Whole numbers come as integers, exactly. ``007`` and ``1,000`` are no numbers, nor is what
    overflows: two of those would be the same infinity.

    Example:
        >>> [spelled_number(text) for text in (" 3 ", "3.0", "1e2", "007", "1e999", "0.5")]
        [3, 3, 100.0, None, None, 0.5]
    """
    if len(text) > _LONGEST_NUMBER:
        return None
    text = text.strip()
    found = _number(text)
    if not found:
        return None
    if not found[3] and not found[4]:
        return int(found[1])
    number = float(text)
    return number if isfinite(number) else None


def spelled_boolean(text: str) -> bool | None:
    """True or False in any case, white space aside; else None."""
    return _TRUTH.get(text.strip().lower()) if len(text) < _LONGEST_NUMBER else None


def spells_null(text: str) -> bool:
    """Whether a text says null, as JSON or Python."""
    return len(text) < _LONGEST_NUMBER and text.strip() in _NULLS


def spelled_container(text: str) -> list[Any] | dict[str, Any] | None:
    """The array or object that a text spells as JSON or as a Python literal; else None.

    Example:
        >>> spelled_container("[1, null]"), spelled_container("{'a': (1, True)}")
        ([1, None], {'a': [1, True]})
        >>> spelled_container("[1, NaN]") is None
        True
    """
    text = text.strip()
    if text[:1] not in ("[", "{", "(") or len(text) > _LONGEST_TEXT:
        return None
    for read in (_from_json, _from_python):
        try:
            value = json_value(read(text))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        return value if isinstance(value, list | dict) else None
    return None


def _from_json(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse)


def _from_python(text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd escapes in a raw value are nothing to tell the user
        return ast.literal_eval(text)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def json_value(value: Any) -> Any:
    """A value with tuples and sets as lists, sets in sorted order.

    Raises:
        ValueError: something in it that JSON does not have: NaN, bytes, complex numbers.
        RecursionError: it nests too deeply.
    """
    if isinstance(value, set | frozenset):
        return sorted((json_value(item) for item in value), key=repr)
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, Mapping):
        return {_as_key(name): json_value(item) for name, item in value.items()}
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("NaN and infinity are not JSON")
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"{type(value).__name__} is not JSON")


def _as_key(name: Any) -> Any:
    """A key as JSON writes it: Python's ``{1: 2}`` has the key ``"1"``."""
    if isinstance(name, str):
        return name
    if name is None or isinstance(name, bool | int | float):
        return json.dumps(name)
    raise ValueError("a key that is no text")
