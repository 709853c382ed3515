"""One raw data set a file; :data:`SOURCES` is the table of them.

A converter takes a raw row and an id, and yields one :data:`~toolrl.data.rejects.Outcome` per
expected answer; a row that is unusable as a whole raises
:class:`~toolrl.data.rejects.RejectedRow`. :func:`convert_row` turns both into outcomes.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from toolrl.data.rejects import Outcome, RejectedRow, Rejection
from toolrl.errors import NotFoundError, did_you_mean

Converter = Callable[[Mapping[str, Any], str], Iterator[Outcome]]


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of raw data.

    Attributes:
        name: as recipes and the command line write it.
        unit: what is counted as read: ``"row"``, or ``"assistant turn"`` for conversations.
        summary: one line.
        hub: where the full data set lies on the Hugging Face hub; empty where it isn't there.
        licence: as its publishers state it; the data card quotes it unless the recipe says more.
    """

    name: str
    unit: str
    summary: str
    hub: str = ""
    licence: str = ""


# Hub locations and licences are the publishers'; xLAM is gated: accept its terms on the hub first.
SOURCES = {
    source.name: source
    for source in (
        Source("rlla", "row", "ToolRL's rows: instruction, input, output (or its parquet form)",
               "RamAnanth1/toolrl-rlla4k", "mixed: Apache-2.0 (ToolACE), CC-BY-4.0 (xLAM, Hammer)"),
        Source("xlam", "row", "xLAM function-calling-60k: query, tools, answers",
               "Salesforce/xlam-function-calling-60k", "CC-BY-4.0, gated for research"),
        Source("toolace", "assistant turn", "ToolACE: system with tools, conversations",
               "Team-ACE/ToolACE", "Apache-2.0"),
        Source("hammer", "row", "Hammer's masked rows in Alpaca form", "",
               "Apache-2.0 code, rows derived from xLAM (CC-BY-4.0)"),
        Source("sharegpt", "assistant turn", "ShareGPT form with tools (Glaive, LLaMA-Factory)",
               "llamafactory/glaive_toolcall_en", "Apache-2.0"),
        Source("hermes", "assistant turn", "Hermes function calling: tags inside messages",
               "NousResearch/hermes-function-calling-v1", "Apache-2.0"),
        Source("openai", "assistant turn", "chat rows: messages and tools"),
        Source("examples", "row", "toolrl's own examples, JSON lines or parquet"),
    )
}  # fmt: skip


def get_source(name: str) -> Source:
    """The source of that name.

    Raises:
        NotFoundError: there is none; the message has the nearest.
    """
    if name not in SOURCES:
        raise NotFoundError(f"unknown source '{name}'{did_you_mean(name, SOURCES)}")
    return SOURCES[name]


def get_converter(name: str) -> Converter:
    """The ``convert`` function of a source, imported now."""
    return importlib.import_module(f"{__name__}.{get_source(name).name}").convert


def writable(outcome: Outcome) -> Outcome:
    """The outcome, or a rejection where JSON can't write it: NaN, a date, half a surrogate pair.

    Such an example could be read here and nowhere else.
    """
    if isinstance(outcome, Rejection):
        return outcome
    try:
        json.dumps(outcome.to_dict(), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        return Rejection("a value that JSON can't hold", str(error)[:200])
    return outcome


def convert_row(convert: Converter, row: Any, key: str) -> Iterator[Outcome]:
    """Everything a row yields, a raised rejection included.

    Example:
        >>> list(convert_row(get_converter("xlam"), {"query": "Hi"}, "xlam-1"))
        [Rejection(reason="no 'tools' field", detail='fields: query', source='', file='', row=0)]
    """
    if isinstance(row, Rejection):
        yield row
        return
    try:
        if not isinstance(row, Mapping):
            raise RejectedRow("a row is not an object", str(row)[:80])
        yield from map(writable, convert(row, key))
    except RejectedRow as error:
        yield Rejection.of(error)
    except RecursionError:
        yield Rejection("nested too deeply")
