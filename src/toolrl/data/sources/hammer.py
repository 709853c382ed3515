"""Hammer's masked rows in Alpaca form: everything lies between markers of one instruction text.

Raw row: ``{"instruction", "input", "output"}``. The tools stand between ``[BEGIN OF AVAILABLE
TOOLS]`` and its end, the question likewise; the output is a fenced JSON list, ``[]`` for no call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toolrl.data.rejects import Outcome, RejectedRow
from toolrl.data.sources.common import field_of, read_calls, read_tools, single_turn


def convert(row: Mapping[str, Any], key: str = "hammer-1") -> Iterator[Outcome]:
    """One example per row; see :func:`toolrl.data.sources.xlam.convert`."""
    text = str(field_of(row, "instruction"))
    tools = read_tools(between(text, "AVAILABLE TOOLS"))
    query = between(text, "QUERY")
    calls = read_calls(unfence(str(field_of(row, "output"))))
    yield single_turn(key, "hammer", tools, query, calls)


def between(text: str, title: str) -> str:
    """The text between ``[BEGIN OF title]`` and the last ``[END OF title]``.

    Example:
        >>> between("[BEGIN OF QUERY] Hi? [END OF QUERY]", "QUERY")
        'Hi?'
    """
    _, start, rest = text.partition(f"[BEGIN OF {title}]")
    inside, end, _ = rest.rpartition(f"[END OF {title}]")
    if not start or not end:
        raise RejectedRow(f"no [BEGIN OF {title}] section")
    return inside.strip()


def unfence(text: str) -> str:
    """The text inside a code fence, or the text itself."""
    text = text.strip()
    if text.startswith("```"):
        text = text.removeprefix("```").removeprefix("json").removesuffix("```")
    return text.strip()
