"""Equality of argument values by the type that their schema declares.

Two values are the same when their *canonical* forms are. A canonical form is hashable, so whole
calls can be compared, counted and indexed at once, and equality stays an equivalence (what is
equal to the same thing is equal to each other).

A value is read as :func:`toolrl.schema.coerce.coerce` mends it, so what is mended in data without a
problem is the same value for the reward. What is the same beyond that, and what is not, is listed
for users in ``docs/rewards.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolrl.schema.reading import (
    ANY,
    FALSE,
    PLAIN,
    TRUE,
    Canonical,
    Rule,
    SchemaReader,
    as_schema,
    float_form,
    plain_form,
)

__all__ = ["ArgumentTypes", "Canonical", "canonical", "canonical_arguments", "same_value"]


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
    schema = as_schema(schema)
    return SchemaReader(schema).form(value, schema)


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

    __slots__ = ("_others", "_reader", "_rules")

    def __init__(self, parameters: Mapping[str, Any] | None):
        """Prepare a JSON Schema of type object; what is no schema in it counts as any type."""
        root = as_schema(parameters)
        self._reader = SchemaReader(root)
        self._rules, others = self._reader.parameters(root)
        self._others: Rule = (PLAIN[None] if others is ANY else frozenset(), others, ())

    def read(self, arguments: Mapping[str, Any]) -> dict[str, Canonical]:
        """The canonical forms of the arguments that say something; never raises."""
        done = {}
        rule_of, others = self._rules.get, self._others
        for name, value in arguments.items():
            plain, schema, silent = rule_of(name, others)
            kind = value.__class__
            if kind in plain:
                form = value
                if kind is str:  # the most common first
                    if not value.isascii():
                        form = plain_form(value)
                elif kind is float:
                    if not (value * 64.0).is_integer():
                        form = float_form(value)
                elif kind is bool:
                    form = TRUE if value else FALSE
            else:
                form = self._reader.form(value, schema)
            if not silent or form not in silent:
                done[name] = form
        return done
