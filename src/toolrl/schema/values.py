"""Equality of argument values by the type that their schema declares.

Two values are the same when their *canonical* forms are. A canonical form is hashable, so whole
calls can be compared, counted and indexed at once, and equality stays an equivalence (what is
equal to the same thing is equal to each other).

The choices: without a declared type values are compared as typed JSON, where ``1`` is ``1.0`` but
``true`` is never ``1``; a declared number may be written as text (``"1"``), and declared text may
be written as a number; an argument that says the default, and an optional one that says null, are
the same as one left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Canonical = Any  # None, a number, text, or a tuple whose first item tells bool, list, object

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_LONGEST_NUMBER = 40  # no measured value is longer, and reading huge ones takes quadratic time
_TRUTH = {"true": True, "false": False}
_NO_SCHEMA: Mapping[str, Any] = {}


def same_value(first: Any, second: Any, schema: Mapping[str, Any] | None = None) -> bool:
    """Whether two values mean the same under a schema.

    Example:
        >>> same_value(1, "1.0", {"type": "integer"}), same_value(1, "1")
        (True, False)
        >>> same_value(True, 1), same_value(1, 1.0)
        (False, True)
    """
    return canonical(first, schema) == canonical(second, schema)


def canonical(value: Any, schema: Mapping[str, Any] | None = None) -> Canonical:
    """The hashable form of a value under a schema; it never raises, whatever a model wrote.

    Example:
        >>> canonical("3", {"type": "integer"}), canonical(3.0), canonical("3")
        (3, 3.0, '3')
        >>> canonical([1, True])
        ('list', 1, ('bool', True))
    """
    try:
        return _canonical(value, schema)
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

    __slots__ = ("_rules",)

    def __init__(self, parameters: Mapping[str, Any] | None):
        """Prepare a JSON Schema of type object; what is no schema in it counts as any type."""
        required = (parameters or {}).get("required") or ()
        required = required if isinstance(required, list | tuple) else ()
        self._rules = {
            name: _rule(_schema(schema), name in required)
            for name, schema in _schema((parameters or {}).get("properties")).items()
        }

    def read(self, arguments: Mapping[str, Any]) -> dict[str, Canonical]:
        """The canonical forms of the arguments that say something; never raises."""
        done = {}
        rules = self._rules
        for name, value in arguments.items():
            plain, schema, silent = rules.get(name, _ANY)
            kind = value.__class__
            if kind in plain:
                form = value
            elif kind is bool and str not in plain:
                form = _TRUE if value else _FALSE
            else:
                form = canonical(value, schema)
            if not silent or form not in silent:
                done[name] = form
        return done


# What a parameter does with a value: the classes that are canonical as they are, the schema for
# the others, and the canonical forms that say nothing.
_Rule = tuple[frozenset[type], Mapping[str, Any], tuple[Canonical, ...]]
_ANY: _Rule = (frozenset((str, int, float)), _NO_SCHEMA, ())
_TRUE = ("bool", True)
_FALSE = ("bool", False)
_NULL = (None,)


def _rule(schema: Mapping[str, Any], required: bool) -> _Rule:
    kinds = _kinds(schema)
    default = schema.get("default")
    silent = (canonical(default, schema),) if "default" in schema else ()
    # A null where the schema has another default and allows null does say something.
    if not required and (default is None or "null" not in kinds):
        silent = (*silent, None) if silent else _NULL
    return _plain_classes(kinds), schema, silent


@lru_cache(maxsize=256)
def _plain_classes(kinds: tuple[str, ...]) -> frozenset[type]:
    """Kept, as thousands of parameters have one of a few types."""
    if not kinds:
        return _ANY[0]
    text = {str} if "string" in kinds else set()
    return frozenset(text if _text_only(kinds) else text | {int, float})


def _canonical(value: Any, schema: Mapping[str, Any] | None) -> Canonical:
    kinds = _kinds(schema) if schema else ()
    if type(value) is str:
        return _text(value, kinds) if kinds and "string" not in kinds else value
    if value is None:
        return None
    if value is True or value is False:
        return _as_text(value) if _text_only(kinds) else (_TRUE if value else _FALSE)
    if isinstance(value, Mapping):
        return _object(value, schema or _NO_SCHEMA)
    if isinstance(value, list | tuple):
        items = _schema((schema or _NO_SCHEMA).get("items"))
        return ("list", *(_canonical(item, items) for item in value))
    if _text_only(kinds):
        return _as_text(value)
    return value


def _object(value: Mapping[str, Any], schema: Mapping[str, Any]) -> Canonical:
    if not isinstance(schema.get("properties"), Mapping):
        return ("object", frozenset((k, _canonical(v, None)) for k, v in value.items()))
    return ("object", frozenset(canonical_arguments(value, schema).items()))


def _text(text: str, kinds: tuple[str, ...]) -> Canonical:
    """Text where the schema declares something else: the number or truth value it spells."""
    if "boolean" in kinds and text.lower() in _TRUTH:
        return ("bool", _TRUTH[text.lower()])
    if ("integer" in kinds or "number" in kinds) and len(text) <= _LONGEST_NUMBER:
        found = _NUMBER.fullmatch(text)
        if found:
            return float(text) if found[1] or found[2] else int(text)
    return text


def _as_text(value: Any) -> str:
    """A truth value or a number where the schema declares text, as JSON would spell it."""
    if value is True or value is False:
        return "true" if value else "false"
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return str(int(value) if whole else value)


def _kinds(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The JSON types a schema allows, null left out unless it is listed; () means any."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return (kind,)
    if isinstance(kind, list):
        return tuple(one for one in kind if isinstance(one, str))
    members = schema.get("anyOf") or schema.get("oneOf") or ()
    if not isinstance(members, list):
        return ()
    return tuple(k for one in members if isinstance(one, Mapping) for k in _kinds(one))


def _text_only(kinds: tuple[str, ...]) -> bool:
    return "string" in kinds and all(kind in ("string", "null") for kind in kinds)


def _schema(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else _NO_SCHEMA
