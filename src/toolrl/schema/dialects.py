"""The many ways in which data sets write a parameter's type, all read into JSON Schema.

Tool-use data names types in Python (``str, optional``, ``Callable[[float], float]``), in BFCL's
words (``dict``, ``float``, ``tuple``), in JSON Schema (``string``, ``["string", "null"]``) or not
at all. :func:`read_type` reads one type, :func:`parameters_schema` a tool's whole parameter
table, flat (xLAM) or wrapped in ``{"type": "dict", "properties": …}`` (ToolACE, BFCL).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from toolrl.schema.alternatives import alternatives
from toolrl.schema.spelled import UNREAD, python_value

SCALARS = {
    "string": "str string text char character date datetime time bytes url uri enum regex",
    "integer": "int integer long short byte bigint",
    "number": "float number double decimal numeric num",
    "boolean": "bool boolean",
    "array": "list array arraylist set frozenset tuple sequence iterable collection",
    "object": "dict object map mapping hashmap json dictionary",
    "null": "none null nonetype",
}
JSON_TYPE = {word: kind for kind, words in SCALARS.items() for word in words.split()}
ANY_WORDS = frozenset({"any", "", "unknown", "mixed"})
NAMED_BRACKETS = re.compile(r"([\w.]+)\s*\[(.*)\]$", re.DOTALL)
MOST_BRACKETS = 200  # no data set's types have more, and each level is split again
SCHEMA_TABLES = ("properties", "patternProperties", "$defs", "definitions")
SCHEMA_WORDS = (
    *SCHEMA_TABLES,
    "items",
    "additionalProperties",
    "anyOf",
    "oneOf",
    "allOf",
    "prefixItems",
)


class TypeReading(NamedTuple):
    """A type text, read.

    Attributes:
        schema: JSON Schema; ``{}`` (anything) for a type that says nothing or isn't known.
        optional: the text says so: ``, optional``, ``Optional[…]`` or a ``default=``.
        known: False when no rule read the text.
    """

    schema: dict[str, Any]
    optional: bool = False
    known: bool = True


def read_type(source: Any) -> TypeReading:
    """Read a type in any dialect; never raises. One that nests too deeply is not known.

    Args:
        source: the type as a data set writes it: text, a list of texts, or None.

    Example:
        >>> read_type("List[int], optional").schema
        {'type': 'array', 'items': {'type': 'integer'}}
        >>> read_type(["string", "null"]).schema
        {'type': ['string', 'null']}
        >>> read_type("str, default='x'")
        TypeReading(schema={'type': 'string', 'default': 'x'}, optional=True, known=True)
    """
    try:
        if isinstance(source, list | tuple):
            return any_of([read_type(item) for item in source])
        if isinstance(source, Mapping):
            return TypeReading(property_schema(source)[0])
        text = "" if source is None else str(source).strip()
        if text.count("[") > MOST_BRACKETS:
            return TypeReading({}, known=False)
        head, *notes = split_top(text)
        return read_notes(read_type_text(head), notes)
    except RecursionError:
        return TypeReading({}, known=False)


def read_notes(reading: TypeReading, notes: Iterable[str]) -> TypeReading:
    """What follows the type after a comma: ``optional``, ``required``, ``default=…``."""
    schema, optional = dict(reading.schema), reading.optional
    for note in (note.strip() for note in notes):
        word, equals, value = note.partition("=")
        if word.strip().lower() in ("default", "defaults to") and equals:
            schema["default"] = read_literal(value.strip())
        optional = optional or word.strip().lower() in ("optional", "default")
    return TypeReading(schema, optional, reading.known)


def read_type_text(text: str) -> TypeReading:
    """One type without its notes: a word, ``Name[…]``, or a union with ``|`` or ``or``."""
    members = split_top(text, "|")
    if len(members) > 1:
        return any_of([read_type_text(member) for member in members])
    bracketed = NAMED_BRACKETS.match(text.strip())
    if bracketed:
        return read_generic(bracketed[1].rpartition(".")[2].lower(), bracketed[2])
    word = text.strip().rpartition(".")[2].lower()
    if word in JSON_TYPE:
        return TypeReading({"type": JSON_TYPE[word]})
    if word == "callable":
        return TypeReading({"type": "string"})
    return TypeReading({}, known=word in ANY_WORDS)


def read_generic(name: str, inside: str) -> TypeReading:
    """``List[int]`` and its kin; ``name`` is in lower case."""
    if name in GENERICS:
        return GENERICS[name](inside)
    kind = JSON_TYPE.get(name)
    if kind == "array":
        return TypeReading({"type": "array", **items_of([read_type_text(inside)])})
    if kind == "object":
        values = split_top(inside)[1:]
        more = {"additionalProperties": read_type_text(values[0]).schema} if values else {}
        return TypeReading({"type": "object", **{k: v for k, v in more.items() if v}})
    return TypeReading({}, known=False)


def tuple_type(inside: str) -> TypeReading:
    """``Tuple[float, float]`` is an array of that length; ``Tuple[int, ...]`` of any."""
    parts = [part.strip() for part in split_top(inside)]
    members = [read_type_text(part) for part in parts if part != "..."]
    length = {} if "..." in parts else {"minItems": len(members), "maxItems": len(members)}
    return TypeReading({"type": "array", **items_of(members), **length})


def optional_type(inside: str) -> TypeReading:
    """``Optional[X]``: may be left out or null."""
    schema = any_of([read_type_text(inside), TypeReading({"type": "null"})]).schema
    return TypeReading(schema, optional=True)


def literal_type(inside: str) -> TypeReading:
    """``Literal['a', 'b']`` is an enumeration."""
    return TypeReading({"enum": [read_literal(part.strip()) for part in split_top(inside)]})


GENERICS: dict[str, Callable[[str], TypeReading]] = {
    "tuple": tuple_type,
    "optional": optional_type,
    "literal": literal_type,
    "union": lambda inside: any_of([read_type_text(part) for part in split_top(inside)]),
    # A function can't travel in JSON; xLAM writes such values as text ("sin(x)").
    "callable": lambda inside: TypeReading({"type": "string"}),
}


def items_of(members: list[TypeReading]) -> dict[str, Any]:
    """``{"items": …}`` for an array whose members have these types; empty when anything goes."""
    schema = any_of(members).schema
    return {"items": schema} if schema else {}


def any_of(members: list[TypeReading]) -> TypeReading:
    """The union: a list of type names where that says it all, else ``anyOf``.

    ``number`` takes in ``integer``, so ``Union[int, float]`` is just a number.
    """
    schemas = [member.schema for member in members]
    optional = any(member.optional for member in members)
    known = all(member.known for member in members)
    if not schemas or {} in schemas:
        return TypeReading({}, optional, known)
    unique = [schema for i, schema in enumerate(schemas) if schema not in schemas[:i]]
    if {"type": "number"} in unique:
        unique = [schema for schema in unique if schema != {"type": "integer"}]
    if len(unique) == 1:
        return TypeReading(unique[0], optional, known)
    if all(list(schema) == ["type"] and isinstance(schema["type"], str) for schema in unique):
        return TypeReading({"type": [schema["type"] for schema in unique]}, optional, known)
    return TypeReading({"anyOf": unique}, optional, known)


def property_schema(entry: Any) -> tuple[dict[str, Any], bool]:
    """One parameter's entry as JSON Schema, and whether the entry itself says it is optional.

    Example:
        >>> property_schema({"type": "int, optional", "description": "A page.", "default": ""})
        ({'type': 'integer', 'description': 'A page.'}, True)
    """
    if not isinstance(entry, Mapping):
        reading = read_type(entry)
        return dict(reading.schema), reading.optional
    source = entry.get("type")
    reading = read_type(source) if source is not None else TypeReading({})
    schema = {**reading.schema, **{k: v for k, v in entry.items() if k not in ("type", "default")}}
    if not isinstance(schema.get("required"), list):
        schema.pop("required", None)  # a flag of the entry itself, or null
    for word in SCHEMA_WORDS:
        if word in schema:
            schema[word] = nested_schema(word, schema[word])
    flag = entry.get("required")
    may_lack = reading.optional or "default" in entry
    optional = not flag if isinstance(flag, bool) else may_lack
    # Data sets write empty text for "no default", also where the type is text.
    if "default" in entry and entry["default"] != "":
        schema["default"] = entry["default"]
    return schema, optional


def nested_schema(word: str, value: Any) -> Any:
    """The schemas below ``properties``, ``items`` and the like, read by the same rules."""
    if word in SCHEMA_TABLES and isinstance(value, Mapping):
        return {name: property_schema(entry)[0] for name, entry in value.items()}
    if isinstance(value, list):
        return [property_schema(entry)[0] for entry in value]
    return property_schema(value)[0] if isinstance(value, Mapping | str) else value


def parameters_schema(raw: Any, required: Any = None) -> dict[str, Any]:
    """A tool's parameter table as a JSON Schema of type ``object``.

    Args:
        raw: flat ``{name: entry}``, wrapped ``{"type", "properties", "required"}``, or None.
        required: names that the tool itself requires, where a data set puts them outside.

    Returns:
        ``type``, ``properties`` and ``required``. Where nobody lists the required names, a flat
        parameter with neither a default nor the word optional is required (xLAM's rule), and a
        wrapped table says nothing: no ``required`` then.

    Example:
        >>> schema = parameters_schema({"city": {"type": "str"}, "days": {"type": "int, optional"}})
        >>> schema["properties"], schema["required"]
        ({'city': {'type': 'string'}, 'days': {'type': 'integer'}}, ['city'])
    """
    if not isinstance(raw, Mapping):
        return {"type": "object", "properties": {}}
    if isinstance(raw.get("$ref"), str) or isinstance(raw.get("allOf"), list):
        raw = alternatives(raw, raw)[0]
    wrapped = is_wrapped(raw)
    table = raw.get("properties") if wrapped else raw
    table = table if isinstance(table, Mapping) else {}
    read = {str(name): property_schema(entry) for name, entry in table.items()}
    listed = [raw.get("required") if wrapped else None, required]
    needed = max((names for names in listed if isinstance(names, list)), key=len, default=None)
    if not wrapped and not needed:
        needed = [name for name, (_, optional) in read.items() if not optional]
    properties = {name: schema for name, (schema, _) in read.items()}
    rest = {k: nested_schema(k, v) if k in SCHEMA_WORDS else v for k, v in raw.items() if wrapped}
    rest.pop("required", None)
    schema = {**rest, "type": "object", "properties": properties}
    if needed is not None:
        schema["required"] = [name for name in needed if isinstance(name, str) and name in read]
    return schema


def is_wrapped(raw: Mapping[str, Any]) -> bool:
    """Tell ``{"type": "dict", "properties": …}`` from a flat table with a parameter ``type``.

    Example:
        >>> is_wrapped({"type": {"type": "str"}, "properties": {"type": "str", "description": "p"}})
        False
    """
    table = raw.get("properties")
    if isinstance(table, Mapping):
        entries_inside = all(isinstance(entry, Mapping) for entry in table.values())
        return entries_inside and not isinstance(raw.get("type"), Mapping)
    return JSON_TYPE.get(str(raw.get("type")).lower()) == "object"


def split_top(text: str, comma: str = ",") -> list[str]:
    """Split at commas that stand outside brackets and quotes.

    Example:
        >>> split_top("Dict[str, int], default='a,b'")
        ['Dict[str, int]', " default='a,b'"]
    """
    parts, depth, quote = [""], 0, ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        depth += 0 if quote else (char in "[({") - (char in "])}")
        if char == comma and depth == 0 and not quote:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def read_literal(text: str) -> Any:
    """The JSON value of a Python literal, or the text itself."""
    value = python_value(text)
    return text if value is UNREAD else value
