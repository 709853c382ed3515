"""Schemas as tools of today have them: ``$ref``, ``allOf`` and members of unions, made plain.

MCP servers and pydantic write nested parameters as references to ``$defs``. Only references into
the tool's own parameters are followed; any other counts as a schema that takes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]

_MOST_HOPS = 16
ANY: Schema = {}


def as_schema(found: Any) -> Schema:
    """What is no object in a schema's place counts as a schema that takes anything."""
    return found if isinstance(found, Mapping) else ANY


def plain(schema: Schema, root: Schema, hops: int = 0) -> Schema:
    """The schema without ``$ref`` and ``allOf`` at its top; what is nested in it stays as it is.

    Args:
        schema: any part of a tool's parameters.
        root: the parameters as a whole, into which references point.
        hops: how many references were followed so far; a circle ends as "anything".

    Example:
        >>> root = {"$defs": {"when": {"type": "string"}}}
        >>> plain({"$ref": "#/$defs/when", "description": "Day."}, root)
        {'type': 'string', 'description': 'Day.'}
    """
    if "$ref" not in schema and "allOf" not in schema:
        return schema
    if hops > _MOST_HOPS:
        return ANY
    parts = [_target(schema.get("$ref"), root)] if "$ref" in schema else []
    members = schema.get("allOf")
    parts += [as_schema(one) for one in members] if isinstance(members, list) else []
    own = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
    return _merged([*(plain(part, root, hops + 1) for part in parts), own])


def _target(reference: Any, root: Schema) -> Schema:
    """What a reference such as ``#/$defs/Place`` points to."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return ANY
    found: Any = root
    for step in reference[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, Mapping) else None
    return as_schema(found)


def _merged(parts: Sequence[Schema]) -> Schema:
    """One schema that asks what all ask; of contradictions the last one counts."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            if key == "properties" and isinstance(value, Mapping):
                value = {**as_schema(whole.get(key)), **value}
            elif key == "required" and isinstance(value, list):
                value = [*(whole.get(key) or []), *value]
            whole[key] = value
    return whole


def members(schema: Schema, root: Schema, depth: int = 0) -> Iterator[Schema]:
    """The plain schemas that a union offers, nested unions opened; one that is none is itself.

    Example:
        >>> list(members({"anyOf": [{"type": "integer"}, {"oneOf": [{"type": "null"}]}]}, {}))
        [{'type': 'integer'}, {'type': 'null'}]
    """
    schema = plain(schema, root)
    union = schema.get("anyOf") or schema.get("oneOf")
    if not isinstance(union, list) or depth > _MOST_HOPS:
        yield schema
        return
    for one in union:
        if isinstance(one, Mapping):
            yield from members(one, root, depth + 1)


def fitting(value: Any, kind: str, schema: Schema, root: Schema) -> Schema:
    """The member of a union that describes an array or an object: that which has all its keys.

    Example:
        >>> first, second = ({"type": "object", "properties": {k: {}}} for k in "ab")
        >>> fitting({"b": 1}, "object", {"anyOf": [first, second]}, {}) is second
        True
    """
    found = [one for one in members(schema, root) if describes(one, kind)]
    if len(found) > 1 and kind == "object":
        keys = value.keys()
        named = (one for one in found if keys <= as_schema(one.get("properties")).keys())
        return next(named, found[0])
    return found[0] if found else ANY


def describes(schema: Schema, kind: str) -> bool:
    """Whether a plain schema is one of an array or an object, by its type or by what it lists."""
    declared = schema.get("type")
    if declared is None:
        return ("items" if kind == "array" else "properties") in schema or not schema
    return declared == kind or (isinstance(declared, list) and kind in declared)
