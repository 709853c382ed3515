"""Give argument values the type their schema asks for, without ever losing data.

Data sets write numbers as text (``"page": "1"``), objects as JSON text and lists as Python tuples.
:func:`coerce` mends what can be mended and says what can't; it never invents a value: ``"007"``
for an integer stays text, since the number 7 would not be the same thing.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

WHOLE = re.compile(r"-?(0|[1-9]\d*)(\.0+)?$")
BOOLEANS = {"true": True, "false": False}


def coerce(value: Any, schema: Mapping[str, Any], where: str = "value") -> tuple[Any, list[str]]:
    """The value in its schema's type, and what could not be mended.

    Args:
        value: any JSON value, or a Python tuple or set.
        schema: JSON Schema; ``{}`` takes anything.
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
    value = plain_containers(value)
    tries = [coerce_as(kind, value, member, where) for kind, member in alternatives(schema)]
    if not tries:
        return value, []
    unchanged = next((t for t in tries if not t[1] and same(t[0], value)), None)
    return unchanged or next((t for t in tries if not t[1]), tries[0])


def coerce_arguments(
    arguments: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Coerce every argument of a call by its tool's parameters; unknown names stay as they are.

    Example:
        >>> coerce_arguments({"n": "2"}, {"properties": {"n": {"type": "integer"}}})
        ({'n': 2}, [])
    """
    properties = schemas(parameters.get("properties"))
    done, problems = {}, []
    for name, value in arguments.items():
        done[name], found = coerce(value, properties.get(name, {}), name)
        problems += found
    return done, problems


def schemas(properties: Any) -> dict[str, Mapping[str, Any]]:
    """The properties that are schemas; data sets put other things there too."""
    table = properties if isinstance(properties, Mapping) else {}
    return {name: schema for name, schema in table.items() if isinstance(schema, Mapping)}


def alternatives(schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The types that a schema allows, each with the schema that describes it."""
    for union in ("anyOf", "oneOf"):
        if isinstance(schema.get(union), list):
            members = [member for member in schema[union] if isinstance(member, Mapping)]
            return [pair for member in members for pair in alternatives(member)]
    kind = schema.get("type")
    if kind is None:
        kind = "object" if schema.get("properties") else "array" if schema.get("items") else None
    kinds = [k for k in (kind if isinstance(kind, list) else [kind]) if isinstance(k, str)]
    # Text comes last: in ["string", "null"] the value null must not become the text "null".
    return [(k, schema) for k in sorted(kinds, key="string".__eq__) if k in COERCERS]


def coerce_as(
    kind: str, value: Any, schema: Mapping[str, Any], where: str
) -> tuple[Any, list[str]]:
    """The value as one JSON type."""
    made = COERCERS[kind](value)
    if not is_kind(made, kind):
        return value, [f"{where}: {type_word(value)} where {kind} is declared: {value!r:.60}"]
    if kind == "array":
        return coerce_items(made, schema, where)
    if kind == "object":
        return coerce_members(made, schema, where)
    return made, []


def coerce_items(
    values: list[Any], schema: Mapping[str, Any], where: str
) -> tuple[list, list[str]]:
    """Every item of an array by the schema of its items."""
    items = schema.get("items")
    if not isinstance(items, Mapping):
        return values, []
    done = [coerce(value, items, f"{where}[{i}]") for i, value in enumerate(values)]
    return [value for value, _ in done], [problem for _, found in done for problem in found]


def coerce_members(
    members: dict[str, Any], schema: Mapping[str, Any], where: str
) -> tuple[dict, list[str]]:
    """Every member of an object by its property, or by ``additionalProperties``."""
    properties = schemas(schema.get("properties"))
    others = schema.get("additionalProperties")
    others = others if isinstance(others, Mapping) else {}
    done = {
        name: coerce(value, properties.get(name, others), f"{where}.{name}")
        for name, value in members.items()
    }
    problems = [problem for _, found in done.values() for problem in found]
    return {name: value for name, (value, _) in done.items()}, problems


def to_integer(value: Any) -> Any:
    """Whole numbers, also as ``3.0`` or ``"3"``."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and WHOLE.match(value.strip()):
        return int(value.strip().partition(".")[0])
    return value


def to_number(value: Any) -> Any:
    """JSON numbers written as text; ``3`` stays the integer 3."""
    if not isinstance(value, str):
        return value
    parsed = parse_json(value.strip())
    return parsed if is_kind(parsed, "number") else value


def to_boolean(value: Any) -> Any:
    """``"True"``, ``"false"`` and the like; 0 and 1 stay numbers."""
    return BOOLEANS.get(value.strip().lower(), value) if isinstance(value, str) else value


def to_null(value: Any) -> Any:
    """``"null"`` and ``"None"``."""
    return None if isinstance(value, str) and value.strip() in ("null", "None") else value


def to_container(value: Any) -> Any:
    """Arrays and objects written as JSON or Python text."""
    if not isinstance(value, str) or value.strip()[:1] not in ("[", "{", "("):
        return value
    parsed = parse_json(value)
    if parsed is None:
        try:
            parsed = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return value
    return plain_containers(parsed)


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


def plain_containers(value: Any) -> Any:
    """Tuples and sets as lists, all the way down; sets in sorted order."""
    if isinstance(value, set | frozenset):
        return sorted((plain_containers(item) for item in value), key=repr)
    if isinstance(value, list | tuple):
        return [plain_containers(item) for item in value]
    if isinstance(value, Mapping):
        return {name: plain_containers(item) for name, item in value.items()}
    return value


def parse_json(text: str) -> Any:
    """The JSON value of a text, or None; NaN and Infinity are no JSON."""
    try:
        return json.loads(text, parse_constant=lambda word: None)
    except (ValueError, RecursionError):
        return None
