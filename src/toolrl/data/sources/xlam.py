"""xLAM function-calling-60k and its kin: one question, its tools, its calls.

Raw row: ``{"id", "query", "answers", "tools"}``; answers and tools are lists or their JSON text,
``answers`` of ``[]`` means that no tool fits. Parameters are flat or wrapped. The same reader
takes Hammer's evaluation files, whose calls may be spelled ``tool`` and ``parameters``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toolrl.data.rejects import Outcome
from toolrl.data.sources.common import field_of, read_calls, read_tools, single_turn


def convert(row: Mapping[str, Any], key: str = "xlam-1") -> Iterator[Outcome]:
    """One example per row.

    Args:
        row: the raw row.
        key: the example's id where the row has none.

    Raises:
        RejectedRow: the row can't be an example.

    Example:
        >>> row = {"query": "Two plus two?", "answers": '[{"name": "add", "arguments": {"a": 2}}]',
        ...        "tools": '[{"name": "add", "parameters": {"a": {"type": "int"}}}]'}
        >>> next(convert(row)).calls
        (ToolCall(name='add', arguments={'a': 2}),)
    """
    tools = read_tools(field_of(row, "tools"))
    calls = read_calls(field_of(row, "answers", "answer"))
    name = f"xlam-{row['id']}" if row.get("id") is not None else key
    yield single_turn(name, "xlam", tools, field_of(row, "query", "question"), calls)
