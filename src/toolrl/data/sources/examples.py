"""Our own JSON lines: every line is an :class:`toolrl.types.Example`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from toolrl.data.rejects import Outcome, RejectedRow
from toolrl.data.sources.common import check_calls, kind_of
from toolrl.data.sources.results import check_ids
from toolrl.types import Example

JSON_COLUMNS = ("tools", "messages", "calls")


def convert(row: Mapping[str, Any], key: str = "example-1") -> Iterator[Outcome]:
    """One example per row, its calls checked as those of any other source.

    Raises:
        RejectedRow: not an example, or a call that doesn't fit the offered tools.
    """
    example = from_columns(row, key)
    calls = check_calls(example.calls, example.tools)
    if not calls and not example.reply.strip():
        raise RejectedRow("neither calls nor a reply are expected")
    kind = example.kind or kind_of(calls, example.reply)
    yield replace(example, calls=calls, kind=kind)


def from_columns(row: Mapping[str, Any], key: str = "example-1") -> Example:
    """An example from a row whose tools, messages and calls are lists or their JSON text.

    Raises:
        RejectedRow: a field is missing or of the wrong form, or ids contradict each other.
    """
    plain = {"id": key, **{name: value for name, value in row.items() if value is not None}}
    try:
        for name in JSON_COLUMNS:
            if isinstance(plain.get(name), str):
                plain[name] = json.loads(plain[name])
        example = well_formed(Example.from_dict(plain))
    except KeyError as error:
        raise RejectedRow(f"no {error} field", f"fields: {', '.join(map(str, row))}"[:80]) from None
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise RejectedRow("not an example", str(error)[:80]) from None
    check_ids(example.messages)
    return example


def well_formed(example: Example) -> Example:
    """The example, if its fields are of the types that they promise.

    Raises:
        TypeError: a field isn't.
    """
    calls = [*example.calls, *(call for m in example.messages for call in m.tool_calls)]
    texts = [example.id, example.reply, example.thought, example.source, example.split]
    texts += [
        example.kind,
        example.group,
        *(call.id for call in calls),
        *(tool.name for tool in example.tools),
        *(c.name for c in calls),
    ]
    texts += [
        text
        for m in example.messages
        for text in (m.role, m.content, m.thought, m.name, m.tool_call_id, m.raw)
    ]
    objects = [*(tool.parameters for tool in example.tools), *(c.arguments for c in calls)]
    objects += [tool.properties for tool in example.tools]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a name or a text is not text")
    if not all(isinstance(one, Mapping) for one in objects):
        raise TypeError("parameters or arguments are not an object")
    return example


def to_columns(example: Example) -> dict[str, str]:
    """The inverse of :func:`from_columns`: every value text, as a parquet column wants it."""
    row = example.to_dict()
    for name in JSON_COLUMNS:
        row[name] = json.dumps(row[name], ensure_ascii=False)
    return row
