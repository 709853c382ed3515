"""Calls whose arguments stand between tags as plain text, typed by the tools' schemas."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from toolrl.formats.marked import MarkedFormat, Scan, parameters_of
from toolrl.formats.text_values import read_text, typed, write_text
from toolrl.formats.words import read_word
from toolrl.types import ToolCall, ToolSpec


class TaggedFormat(MarkedFormat):
    """A format whose values are text; without the tools' schemas JSON is read as JSON."""

    types_by_tools = True

    @abstractmethod
    def write_argument(self, name: str, text: str) -> str:
        """An argument, its value written as text already."""

    def write_arguments(self, arguments: Mapping[str, Any]) -> str:
        """All arguments, one after the other."""
        return "".join(
            self.write_argument(name, write_text(value, self.tags))
            for name, value in arguments.items()
        )

    def as_read(self, calls: Sequence[ToolCall], tools: Sequence[ToolSpec]) -> tuple[ToolCall, ...]:
        """The calls with each value as the schema of its parameter reads its text."""
        parameters = parameters_of(tools)
        return tuple(
            ToolCall(
                call.name,
                {
                    key: value_of(write_text(value, self.tags), key, parameters.get(call.name))
                    for key, value in call.arguments.items()
                },
                call.id,
            )
            for call in calls
        )

    def take(self, scan: Scan, name: str, pairs: Sequence[tuple[str, str]], position: int) -> None:
        """Keep a call from its name and the texts of its arguments, as they were written."""
        name = read_word(name)
        parameters = scan.parameters.get(name)
        arguments: dict[str, Any] = {}
        for written, text in pairs:
            key = read_word(written)
            if key in arguments:
                scan.log.add("duplicate_key", f"the argument {key[:40]} comes twice", position)
            arguments[key] = value_of(text, key, parameters)
        scan.take(name, arguments, position)


def value_of(text: str, key: str, parameters: Mapping[str, Any] | None) -> Any:
    """The value of a parameter's text; without a schema what reads as JSON is JSON."""
    properties = (parameters or {}).get("properties")
    schema = properties.get(key) if isinstance(properties, Mapping) else None
    return typed(text, schema, parameters or {}) if isinstance(schema, Mapping) else read_text(text)
