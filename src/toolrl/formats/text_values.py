"""Values written as plain text between tags, as Qwen3-Coder and GLM write them.

``3`` may be a number or a text there: only the tool's schema knows. Without a schema what reads as
JSON is JSON, and a text that would read so stands in double quotes, so every value comes back.
With a schema the value gets the type that is declared (`typed`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from toolrl.formats.tags import Tags
from toolrl.schema.alternatives import alternatives
from toolrl.schema.coerce import coerce_by
from toolrl.schema.json_values import BadJson, decode
from toolrl.schema.reading import SchemaReader, is_kind, kinds_of

_JSON_BEGINS = frozenset('{["-0123456789tfn')


def read_text(text: str) -> Any:
    """The value of a text: JSON where it is JSON as a whole, else the text itself.

    Example:
        >>> read_text("3"), read_text('"3"'), read_text("Oslo"), read_text(" [1, null] ")
        (3, '3', 'Oslo', [1, None])
    """
    inner = text.strip()
    if inner[:1] not in _JSON_BEGINS:
        return text
    try:
        value, end, doubled = decode(inner)
    except BadJson:
        return text
    return text if doubled or end != len(inner) else value


def write_text(value: Any, tags: Tags) -> str:
    """The text of a value: a string as it is, unless it would read as JSON or holds a tag.

    Example:
        >>> tags = Tags("parameter")
        >>> [write_text(value, tags) for value in (3, "3", "Oslo", [1, None])]
        ['3', '"3"', 'Oslo', '[1, null]']
    """
    if isinstance(value, str) and not tags.occurs(value) and read_text(value) is value:
        return value
    return tags.escape(json.dumps(value, ensure_ascii=False))


def typed(text: str, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """The value of a text by the schema of its parameter; ``root`` is where references point.

    Where only text is declared, the text is the value, JSON or not. Where something else is
    declared, a text that spells such a value is it.

    Example:
        >>> typed("007", {"type": "integer"}, {}), typed("7", {"type": "string"}, {})
        ('007', '7')
        >>> typed("True", {"type": "boolean"}, {}), typed("[1]", {"type": "array"}, {})
        (True, [1])
    """
    value = read_text(text)
    kinds = {kind for one in alternatives(schema, root) for kind in kinds_of(one)}
    if not kinds or None in kinds or any(is_kind(value, kind) for kind in kinds):
        return value
    if "string" in kinds:
        return text
    made, problems = coerce_by(SchemaReader(root), value, schema, "value")
    return value if problems else made
