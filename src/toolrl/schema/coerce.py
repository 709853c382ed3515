"""Give argument values the type their schema asks for, without ever losing data.

Data sets write numbers as text (``"page": "1"``), objects as JSON text and lists as Python tuples.
:func:`coerce` mends what can be mended and says what can't; it never invents a value: ``"007"``
for an integer stays text, since the number 7 would not be the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from toolrl.schema.resolve import ANY, Schema, members
from toolrl.schema.spelled import (
    json_value,
    spelled_boolean,
    spelled_container,
    spelled_number,
    spells_null,
)


def coerce(
    value: Any, schema: Schema, where: str = "value", root: Schema | None = None
) -> tuple[Any, list[str]]:
    """The value in its schema's type, and what could not be mended; it never raises.

    Args:
        value: any JSON value, or a Python tuple or set.
        schema: JSON Schema; ``{}`` takes anything.
        where: how to name the value in a problem, for example ``"page"``.
        root: the schema into which references point; ``schema`` itself if not given.

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
    try:
        return _coerce(json_value(value), schema, where, schema if root is None else root)
    except RecursionError:
        return value, [f"{where}: nested too deeply"]
    except ValueError as error:
        return value, [f"{where}: {error}"]


def _coerce(value: Any, schema: Schema, where: str, root: Schema) -> tuple[Any, list[str]]:
    kinds = alternatives(schema, root)
    tries = [coerce_as(kind, value, member, where, root) for kind, member in kinds]
    if not tries:
        return value, []
    unchanged = next((t for t in tries if not t[1] and same(t[0], value)), None)
    return unchanged or next((t for t in tries if not t[1]), tries[0])


def coerce_arguments(
    arguments: Mapping[str, Any], parameters: Schema
) -> tuple[dict[str, Any], list[str]]:
    """Coerce every argument of a call by its tool's parameters; unknown names stay as they are.

    Example:
        >>> coerce_arguments({"n": "2"}, {"properties": {"n": {"type": "integer"}}})
        ({'n': 2}, [])
    """
    properties = schemas(parameters.get("properties"))
    done, problems = {}, []
    for name, value in arguments.items():
        done[name], found = coerce(value, properties.get(name, ANY), name, parameters)
        problems += found
    return done, problems


def schemas(properties: Any) -> dict[str, Schema]:
    """The properties that are schemas; data sets put other things there too."""
    table = properties if isinstance(properties, Mapping) else {}
    return {name: schema for name, schema in table.items() if isinstance(schema, Mapping)}


def alternatives(schema: Schema, root: Schema) -> list[tuple[str, Schema]]:
    """The types that a schema allows, each with the plain schema that describes it."""
    return [pair for member in members(schema, root) for pair in _kinds_of(member)]


def _kinds_of(schema: Schema) -> list[tuple[str, Schema]]:
    kind = schema.get("type")
    if kind is None:
        kind = "object" if schema.get("properties") else "array" if schema.get("items") else None
    kinds = [k for k in (kind if isinstance(kind, list) else [kind]) if isinstance(k, str)]
    # Text comes last: in ["string", "null"] the value null must not become the text "null".
    return [(k, schema) for k in sorted(kinds, key="string".__eq__) if k in COERCERS]


def coerce_as(
    kind: str, value: Any, schema: Schema, where: str, root: Schema
) -> tuple[Any, list[str]]:
    """The value as one JSON type."""
    made = COERCERS[kind](value)
    if not is_kind(made, kind):
        return value, [f"{where}: {type_word(value)} where {kind} is declared: {value!r:.60}"]
    if kind == "array":
        return coerce_items(made, schema, where, root)
    if kind == "object":
        return coerce_members(made, schema, where, root)
    return made, []


def coerce_items(
    values: list[Any], schema: Schema, where: str, root: Schema
) -> tuple[list, list[str]]:
    """Every item of an array by the schema of its items."""
    items = schema.get("items")
    if not isinstance(items, Mapping):
        return values, []
    done = [_coerce(value, items, f"{where}[{i}]", root) for i, value in enumerate(values)]
    return [value for value, _ in done], [problem for _, found in done for problem in found]


def coerce_members(
    given: dict[str, Any], schema: Schema, where: str, root: Schema
) -> tuple[dict, list[str]]:
    """Every member of an object by its property, or by ``additionalProperties``."""
    properties = schemas(schema.get("properties"))
    others = schema.get("additionalProperties")
    others = others if isinstance(others, Mapping) else {}
    done = {
        name: _coerce(value, properties.get(name, others), f"{where}.{name}", root)
        for name, value in given.items()
    }
    problems = [problem for _, found in done.values() for problem in found]
    return {name: value for name, (value, _) in done.items()}, problems


def to_integer(value: Any) -> Any:
    """Whole numbers, also as ``3.0`` or ``"3"``."""
    number = spelled_number(value) if isinstance(value, str) else value
    if isinstance(number, float) and number.is_integer() and abs(number) < EXACT:
        return int(number)
    return number if isinstance(number, int) else value


def to_number(value: Any) -> Any:
    """JSON numbers written as text; ``3`` stays the integer 3."""
    number = spelled_number(value) if isinstance(value, str) else None
    return value if number is None else number


def to_boolean(value: Any) -> Any:
    """``"True"``, ``"false"`` and the like; 0 and 1 stay numbers."""
    truth = spelled_boolean(value) if isinstance(value, str) else None
    return value if truth is None else truth


def to_null(value: Any) -> Any:
    """``"null"`` and ``"None"``."""
    return None if isinstance(value, str) and spells_null(value) else value


def to_container(value: Any) -> Any:
    """Arrays and objects written as JSON or Python text."""
    found = spelled_container(value) if isinstance(value, str) else None
    return value if found is None else found


EXACT = 2**53  # floats below it are whole numbers exactly
COERCERS: dict[str | None, Callable[[Any], Any]] = {
    "integer": to_integer,
    "number": to_number,
    "boolean": to_boolean,
    "null": to_null,
    "array": to_container,
    "object": to_container,
    "string": lambda value: value,
}
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
    "string": (str,),
}


def is_kind(value: Any, kind: str) -> bool:
    """Whether a value is of a JSON type; True is no number here, as in JSON Schema."""
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, PYTHON_TYPES[kind])


def type_word(value: Any) -> str:
    """The JSON type of a value, in a word; ``text`` for strings.

    Example:
        >>> [type_word(v) for v in (1, 1.5, True, None, "a", [], {})]
        ['integer', 'number', 'boolean', 'null', 'text', 'array', 'object']
    """
    kind = next((kind for kind in PYTHON_TYPES if is_kind(value, kind)), type(value).__name__)
    return "text" if kind == "string" else kind


def same(made: Any, value: Any) -> bool:
    """Whether coercing changed nothing, types included."""
    return type(made) is type(value) and made == value
