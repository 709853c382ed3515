"""Equality of argument values by the type that their schema declares.

Two values are the same when their *canonical* forms are. A canonical form is hashable, so whole
calls can be compared, counted and indexed at once, and equality stays an equivalence (what is
equal to the same thing is equal to each other).

The choices: without a declared type values are compared as typed JSON, where ``1`` is ``1.0`` but
``true`` is never ``1``; a declared number, truth value, array or object may be written as text
(:mod:`toolrl.schema.spelled`), and declared text may be written as a number; an optional argument
that says the default or null is the same as one left out; numbers agree to 15 digits; text agrees
in any normal form of Unicode, and a ``date-time`` with ``Z`` or ``+00:00``; the items of an array
with ``uniqueItems`` have no order. References and unions are opened (:mod:`toolrl.schema.resolve`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from toolrl.schema.resolve import ANY, Schema, as_schema, fitting, members, plain
from toolrl.schema.spelled import (
    spelled_boolean,
    spelled_container,
    spelled_number,
    spells_null,
)

Canonical = Any  # None, a number, text, or a tuple whose first item tells bool, list, object

_in_utc = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]+[Zz]").fullmatch


def same_value(first: Any, second: Any, schema: Mapping[str, Any] | None = None) -> bool:
    """Whether two values mean the same under a schema.

    Example:
        >>> same_value(1, "1.0", {"type": "integer"}), same_value(1, "1")
        (True, False)
        >>> same_value(True, 1), same_value(1, 1.0)
        (False, True)
    """
    return canonical(first, schema) == canonical(second, schema)


def canonical(value: Any, schema: Schema | None = None, root: Schema | None = None) -> Canonical:
    """The hashable form of a value under a schema; it never raises, whatever a model wrote.

    References of the schema point into ``root``, into the schema itself if not given.

    Example:
        >>> canonical("3", {"type": "integer"}), canonical(3.0), canonical("3")
        (3, 3.0, '3')
        >>> canonical([1, True])
        ('list', 1, ('bool', True))
    """
    try:
        return _canonical(value, schema or ANY, root or schema or ANY)
    except RecursionError:
        return ("too deep", id(value))


def canonical_arguments(
    arguments: Mapping[str, Any], parameters: Mapping[str, Any] | None = None
) -> dict[str, Canonical]:
    """The arguments of a call in canonical form, without those that say nothing.

    Args:
        arguments: argument name to value.
        parameters: the tool's JSON Schema of type object; None compares strictly.

    Example:
        >>> schema = {"properties": {"city": {"type": "string"},
        ...                          "unit": {"type": "string", "default": "C"}}}
        >>> canonical_arguments({"city": "Paris", "unit": "C"}, schema)
        {'city': 'Paris'}
    """
    return ArgumentTypes(parameters).read(arguments)


class ArgumentTypes:
    """A tool's parameters prepared for reading the arguments of many calls.

    Example:
        >>> types = ArgumentTypes({"properties": {"n": {"type": "integer", "default": 5}}})
        >>> types.read({"n": "5"}), types.read({"n": "6"}), types.read({"m": True})
        ({}, {'n': 6}, {'m': ('bool', True)})
    """

    __slots__ = ("_others", "_root", "_rules")

    def __init__(self, parameters: Schema | None, root: Schema | None = None):
        """Prepare a JSON Schema of type object; what is no schema in it counts as any type."""
        self._root = root if root is not None else parameters or ANY
        schema = plain(parameters or ANY, self._root)
        required = schema.get("required") or ()
        required = required if isinstance(required, list | tuple) else ()
        self._rules = {
            name: _rule(as_schema(one), name in required, self._root)
            for name, one in as_schema(schema.get("properties")).items()
        }
        others = schema.get("additionalProperties")
        self._others = _rule(others, True, self._root) if isinstance(others, Mapping) else _ANY

    def read(self, arguments: Mapping[str, Any]) -> dict[str, Canonical]:
        """The canonical forms of the arguments that say something; never raises."""
        done = {}
        rule_of, others = self._rules.get, self._others
        for name, value in arguments.items():
            at_once, schema, silent = rule_of(name, others)
            kind = value.__class__
            if kind in at_once:
                form = value
                if kind is float:
                    if not (value * 64.0).is_integer():
                        form = _rounded(value)
                elif kind is str and not value.isascii():
                    form = normalize("NFC", value)
            elif kind is bool and str not in at_once:
                form = _TRUE if value else _FALSE
            else:
                form = canonical(value, schema, self._root)
            if not silent or form not in silent:
                done[name] = form
        return done


# What a parameter does with a value: the classes that are canonical as they are, the schema for
# the others, and the canonical forms that say nothing.
_Rule = tuple[frozenset[type], Mapping[str, Any], tuple[Canonical, ...]]
_ANY: _Rule = (frozenset((str, int, float)), ANY, ())
_TRUE = ("bool", True)
_FALSE = ("bool", False)
_NULL = (None,)


def _rule(schema: Schema, required: bool, root: Schema) -> _Rule:
    schema = plain(schema, root)
    kinds = _kinds(schema, root)
    at_once = frozenset() if schema.get("format") == "date-time" else _plain_classes(kinds)
    if required:  # a call without it is refused by any tool, whatever the schema's default
        return at_once, schema, ()
    default = schema.get("default")
    silent = (canonical(default, schema, root),) if "default" in schema else ()
    # A null where the schema has another default and allows null does say something.
    if default is None or "null" not in kinds:
        silent = (*silent, None) if silent else _NULL
    return at_once, schema, silent


@lru_cache(maxsize=256)
def _plain_classes(kinds: tuple[str, ...]) -> frozenset[type]:
    """Kept, as thousands of parameters have one of a few types."""
    if not kinds:
        return _ANY[0]
    text = {str} if "string" in kinds else set()
    return frozenset(text if _text_only(kinds) else text | {int, float})


def _canonical(value: Any, schema: Schema, root: Schema) -> Canonical:
    schema = plain(schema, root)
    kinds = _kinds(schema, root) if schema else ()
    if type(value) is str:
        if kinds and "string" not in kinds:
            return _spelled(value, kinds, schema, root)
        if _in_utc(value) and schema.get("format") == "date-time":
            value = value[:-1].replace("t", "T") + "+00:00"
        return _as_text_form(value)
    if value is None:
        return None
    if value is True or value is False:
        return _as_text(value) if _text_only(kinds) else (_TRUE if value else _FALSE)
    if isinstance(value, Mapping):
        return _object(value, fitting(value, "object", schema, root), root)
    if isinstance(value, list | tuple):
        return _list(value, fitting(value, "array", schema, root), root)
    if _text_only(kinds):
        return _as_text(value)
    return _rounded(value) if isinstance(value, float) else value


def _list(value: list[Any] | tuple[Any, ...], schema: Schema, root: Schema) -> Canonical:
    items = as_schema(schema.get("items"))
    forms = [_canonical(item, items, root) for item in value]
    if schema.get("uniqueItems") is True:
        return ("set", frozenset(Counter(forms).items()))
    return ("list", *forms)


def _object(value: Mapping[str, Any], schema: Schema, root: Schema) -> Canonical:
    return ("object", frozenset(ArgumentTypes(schema, root).read(value).items()))


def _spelled(text: str, kinds: tuple[str, ...], schema: Schema, root: Schema) -> Canonical:
    """Text where the schema declares something else: the value that it spells."""
    if "boolean" in kinds and (truth := spelled_boolean(text)) is not None:
        return ("bool", truth)
    if "integer" in kinds or "number" in kinds:
        number = spelled_number(text)
        if number is not None:
            return _rounded(number) if isinstance(number, float) else number
    if "null" in kinds and spells_null(text):
        return None
    if "array" in kinds or "object" in kinds:
        found = spelled_container(text)
        if found is not None and ("array" if isinstance(found, list) else "object") in kinds:
            return _canonical(found, schema, root)
    return _as_text_form(text)


def _as_text_form(text: str) -> str:
    """The same characters in one normal form: an accent may be written in two ways."""
    return text if text.isascii() else normalize("NFC", text)


def _rounded(number: float) -> float:
    """A float to 15 digits, all that a decimal keeps on its way through a float and back.

    Whole numbers and fractions of 64 are exact in a float and stay as they are, which is faster.
    """
    return number if (number * 64.0).is_integer() else float(f"{number:.15g}")


def _as_text(value: Any) -> str:
    """A truth value or a number where the schema declares text, as JSON would spell it."""
    if value is True or value is False:
        return "true" if value else "false"
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return str(int(value) if whole else value)


def _kinds(schema: Schema, root: Schema) -> tuple[str, ...]:
    """The JSON types a schema allows, null left out unless it is listed; () means any."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return (kind,)
    if isinstance(kind, list):
        return tuple(one for one in kind if isinstance(one, str))
    if "anyOf" not in schema and "oneOf" not in schema:
        return ()
    inner = (one for one in members(schema, root) if one is not schema)
    return tuple(kind for one in inner for kind in _kinds(one, root))


def _text_only(kinds: tuple[str, ...]) -> bool:
    return "string" in kinds and all(kind in ("string", "null") for kind in kinds)
