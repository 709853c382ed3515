"""A schema without its wrappers: local ``$ref``, ``allOf``, ``anyOf`` and ``oneOf`` taken off.

Schemas from pydantic, zod and MCP servers name their types elsewhere (``$defs``) and put unions
around them. :func:`alternatives` lists the plain schemas that a value may fit; whoever compares or
mends a value then needs to know ``type``, ``properties``, ``items`` and the like only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any
from urllib.parse import unquote

Schema = Mapping[str, Any]

WRAPPERS = frozenset({"$ref", "allOf", "anyOf", "oneOf"})
# Beyond these a schema is no tool's any more; what is left of it then says nothing.
_MOST_ALTERNATIVES = 64
_MOST_STEPS = 1000
_DEEPEST = 40
_NOTHING: Schema = {}


def alternatives(schema: Schema, root: Schema) -> list[Schema]:
    """The plain schemas that a schema stands for; more than one for a union.

    What stands beside a wrapper holds for each of its members. A reference that leads nowhere,
    outside or back to itself says nothing; a schema with a thousand wrappers is read so far and no
    further.

    Args:
        schema: a JSON Schema.
        root: the document that its references (``#/$defs/Name``) point into.

    Example:
        >>> root = {"$defs": {"Day": {"type": "string", "format": "date"}}}
        >>> alternatives({"anyOf": [{"$ref": "#/$defs/Day"}, {"type": "null"}], "title": "D"}, root)
        [{'title': 'D', 'type': 'string', 'format': 'date'}, {'title': 'D', 'type': 'null'}]
    """
    return [schema] if schema.keys().isdisjoint(WRAPPERS) else _Unwrapping(root).of(schema, ())


class _Unwrapping:
    """One walk through the wrappers of a schema, with an end however they point at each other."""

    def __init__(self, root: Schema):
        self.root = root
        self.left = _MOST_STEPS

    def of(self, schema: Any, trail: tuple[str, ...]) -> list[Schema]:
        """The plain schemas; ``trail`` holds the wrappers, and the references, that led here."""
        self.left -= 1
        if not isinstance(schema, Mapping) or self.left < 0 or len(trail) > _DEEPEST:
            return [_NOTHING]
        found: list[Schema] = [{k: v for k, v in schema.items() if k not in WRAPPERS}]
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in trail:
            target = look_up(reference, self.root)
            found = combined(found, self.of(target, (*trail, reference)))
        for part in listed(schema, "allOf"):
            found = combined(found, self.of(part, (*trail, "allOf")))
        for word in ("anyOf", "oneOf"):
            members = [one for one in listed(schema, word) if not leads_back(one, trail)]
            if members:
                union = (one for member in members for one in self.of(member, (*trail, word)))
                found = combined(found, list(islice(union, _MOST_ALTERNATIVES)))
        return found


def leads_back(schema: Any, trail: tuple[str, ...]) -> bool:
    """Whether a member of a union is the union itself."""
    return isinstance(schema, Mapping) and schema.get("$ref") in trail


def listed(schema: Schema, word: str) -> list[Any]:
    """The members under a wrapper's word; none where it holds no list."""
    members = schema.get(word)
    return members if isinstance(members, list) else []


def look_up(reference: str, root: Schema) -> Any:
    """What a local reference (a JSON pointer after ``#``) points at; ``{}`` if it leads nowhere.

    Example:
        >>> look_up("#/$defs/a~1b", {"$defs": {"a/b": {"type": "null"}}}), look_up("x.json", {})
        ({'type': 'null'}, {})
    """
    document, _, pointer = reference.partition("#")
    if document or (pointer and not pointer.startswith("/")):
        return _NOTHING
    found: Any = root
    for step in unquote(pointer).split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and step.isdecimal() and len(step) < 9:
            found = found[int(step)] if int(step) < len(found) else None
        elif isinstance(found, Mapping):
            found = found.get(step)
        else:
            return _NOTHING
    return found


def combined(outer: Iterable[Schema], inner: list[Schema]) -> list[Schema]:
    """Each of the outer schemas with each of the inner."""
    pairs = (merged(one, other) for one in outer for other in inner)
    return list(islice(pairs, _MOST_ALTERNATIVES))


def merged(outer: Schema, inner: Schema) -> Schema:
    """Two schemas that both hold; where they differ the inner says more, but for the default.

    Example:
        >>> merged({"default": 1, "required": ["a"]}, {"type": "object", "required": ["b"]})
        {'default': 1, 'required': ['a', 'b'], 'type': 'object'}
    """
    both = {**outer, **inner}
    if "default" in outer:
        both["default"] = outer["default"]
    if isinstance(outer.get("required"), list) and isinstance(inner.get("required"), list):
        both["required"] = [*outer["required"], *inner["required"]]
    ours, theirs = outer.get("properties"), inner.get("properties")
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        both["properties"] = {**ours, **theirs} | {
            name: {**ours[name], **theirs[name]}
            for name in ours
            if isinstance(ours[name], Mapping) and isinstance(theirs.get(name), Mapping)
        }
    return both
