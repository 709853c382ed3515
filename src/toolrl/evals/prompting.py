"""How an evaluation shows tools to a model and reads its calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolrl.formats import Format, get_format
from toolrl.models.answers import Answer, Request
from toolrl.schema.dialects import parameters_schema
from toolrl.types import Example, Message, ToolCall, ToolSpec


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer, read.

    Attributes:
        calls: the calls that could be read.
        well_formed: whether the answer keeps to its format; an answer that doesn't can't be a
            deliberate abstention.
        said: the answer as a message of the conversation.
    """

    calls: tuple[ToolCall, ...]
    well_formed: bool
    said: Message


class Prompting(ABC):
    """One way to ask.

    Attributes:
        name: what ``prompt=`` says.
    """

    name: str

    def tool(self, document: Mapping[str, Any]) -> Any:
        """A tool of a benchmark's function document, as :meth:`ask` wants it."""
        return ToolSpec(
            document["name"],
            document.get("description") or "",
            parameters_schema(document.get("parameters")),
        )

    @abstractmethod
    def ask(self, tools: Sequence[Any], messages: Sequence[Message]) -> Request:
        """The prompt after a conversation with these tools."""

    @abstractmethod
    def read(self, answer: Answer) -> Reading:
        """The calls of an answer; nothing raises."""

    @abstractmethod
    def gold(self, calls: Sequence[ToolCall], reply: str) -> Answer:
        """What a model that knows the answer would write."""

    def results(self, calls: Sequence[ToolCall], results: Sequence[str]) -> list[Message]:
        """What the tools returned, as messages."""
        return [
            Message("tool", result, name=call.name)
            for call, result in zip(calls, results, strict=True)
        ]


class FormatPrompting(Prompting):
    """One of our formats: the prompt text lists the tools and explains how to call them."""

    def __init__(self, form: Format) -> None:
        self.name = form.name
        self.form = form

    def ask(self, tools: Sequence[Any], messages: Sequence[Message]) -> Request:
        """The format's own prompt."""
        example = Example("", tuple(tools), tuple(messages))
        return Request(tuple(self.form.render_prompt(example)))

    def read(self, answer: Answer) -> Reading:
        """By the format's parser."""
        done = self.form.parse(answer.text)
        said = Message("assistant", done.reply or "", done.calls, done.thought or "")
        return Reading(done.calls, not done.issues, said)

    def gold(self, calls: Sequence[ToolCall], reply: str) -> Answer:
        """As the format renders expected answers."""
        return Answer(
            self.form.render_expected(Example("", (), (), calls=tuple(calls), reply=reply))
        )


def prompting(name: str) -> Prompting:
    """The prompting of a format's name.

    Raises:
        ConfigError: no such format.
    """
    return FormatPrompting(get_format(name))
