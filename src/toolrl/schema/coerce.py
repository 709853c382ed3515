"""Give argument values the type their schema asks for, without ever losing data.

Data sets write numbers as text (``"page": "1"``), objects as JSON text and lists as Python tuples.
:func:`coerce` mends what can be mended and says what can't; it never invents a value: ``"007"``
for an integer stays text, since the number 7 would not be the same thing, and so does ``[1, NaN]``
for an array. Whatever it mends without a problem is the same value for the reward
(:mod:`toolrl.schema.values`), before and after.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from toolrl.schema.reading import PYTHON_TYPES, Problem, SchemaReader, as_schema, is_kind
from toolrl.schema.spelled import sorted_set


def coerce(value: Any, schema: Mapping[str, Any], where: str = "value") -> tuple[Any, list[str]]:
    """The value in its schema's type, and what could not be mended; it never raises.

    Args:
        value: any JSON value, or a Python tuple or set.
        schema: JSON Schema, whose references point into itself; ``{}`` takes anything.
        where: how to name the value in a problem, for example ``"page"``.

    Returns:
        ``(value, problems)``; with a problem that part of the value is as it came.

    Example:
        >>> coerce("1", {"type": "integer"}), coerce(3.0, {"type": "integer"})
        ((1, []), (3, []))
        >>> coerce("[1, 2]", {"type": "array"}), coerce("1", {"type": "string"})
        (([1, 2], []), ('1', []))
        >>> coerce("soon", {"type": "integer"}, "page")
        ('soon', ["page: text where integer is declared: 'soon'"])
    """
    schema = as_schema(schema)
    return coerce_by(SchemaReader(schema), value, schema, where)


def coerce_arguments(
    arguments: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Coerce every argument of a call by its tool's parameters; unknown names stay as they are.

    Example:
        >>> coerce_arguments({"n": "2"}, {"properties": {"n": {"type": "integer"}}})
        ({'n': 2}, [])
    """
    reader = SchemaReader(as_schema(parameters))
    rules, others = reader.parameters(reader.root)
    done, problems = {}, []
    for name, value in arguments.items():
        schema = rules[name][1] if name in rules else others
        done[name], found = coerce_by(reader, value, schema, name)
        problems += found
    return done, problems


def coerce_by(
    reader: SchemaReader, value: Any, schema: Mapping[str, Any], where: str
) -> tuple[Any, list[str]]:
    """The value by a schema of the reader's document, and its problems as sentences."""
    try:
        reading = reader.read(json_value(value), schema)
    except RecursionError:
        return value, [f"{where}: nested too deeply"]
    except ValueError as error:
        return value, [f"{where}: {error}"]
    return reading.value, [sentence(problem, where) for problem in reading.problems]


def sentence(problem: Problem, where: str) -> str:
    """A problem for a person."""
    shown = type_word(problem.value)
    try:
        text = f"{problem.value!r:.60}"
    except (RecursionError, ValueError):  # an integer of more digits than may be written
        text = "too large to be shown"
    return f"{where}{problem.place}: {shown} where {problem.kind} is declared: {text}"


def type_word(value: Any) -> str:
    """The JSON type of a value, in a word; ``text`` for strings.

    Example:
        >>> [type_word(v) for v in (1, 1.5, True, None, "a", [], {})]
        ['integer', 'number', 'boolean', 'null', 'text', 'array', 'object']
    """
    kind = next((kind for kind in PYTHON_TYPES if is_kind(value, kind)), type(value).__name__)
    return "text" if kind == "string" else kind


def json_value(value: Any) -> Any:
    """A value with tuples and sets as lists, sets in sorted order.

    Raises:
        ValueError: something in it that JSON does not have: NaN, bytes, complex numbers.
        RecursionError: it nests too deeply.
    """
    if isinstance(value, set | frozenset):
        return sorted_set([json_value(item) for item in value])
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, Mapping):
        return {as_key(name): json_value(item) for name, item in value.items()}
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("NaN and infinity are not JSON")
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"{type(value).__name__} is not JSON")


def as_key(name: Any) -> str:
    """A key as JSON writes it: Python's ``{1: 2}`` has the key ``"1"``."""
    if isinstance(name, str):
        return name
    if name is None or isinstance(name, bool | int | float):
        return json.dumps(name)
    raise ValueError("a key that is no text")
