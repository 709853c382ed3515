"""What an evaluation asks of a model, and what comes back, wherever the text comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from toolrl.types import ToolCall

FLAGS = ("cut", "broken", "too_long", "thought_open")


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt.

    Attributes:
        messages: chat messages in OpenAI's form.
        tools: tools for the chat template or the server, in OpenAI's form; empty where the prompt
            text lists them itself.
    """

    messages: tuple[Mapping[str, Any], ...]
    tools: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote.

    Attributes:
        text: the text.
        beside: the thought and the text beside the calls, where ``text`` holds the calls, too;
            None elsewhere.
        calls: calls that a server read out of the text for us; None where there is only text.
        cut: the answer reached the limit of tokens.
        broken: the text departs from the syntax of its calls, as far as whoever read it says.
        thought_open: the prompt ended in an opened thought, so the text begins in it.
        too_long: the prompt did not fit into the model's context, so nothing was written.
    """

    text: str
    calls: tuple[ToolCall, ...] | None = None
    cut: bool = False
    broken: bool = False
    too_long: bool = False
    beside: str | None = None
    thought_open: bool = False

    def to_dict(self) -> dict[str, Any]:
        """A JSON object, without what is not there.

        Example:
            >>> Answer("Hi", cut=True).to_dict()
            {'text': 'Hi', 'cut': True}
        """
        row: dict[str, Any] = {"text": self.text}
        if self.calls is not None:
            row["calls"] = [call.to_dict() for call in self.calls]
        if self.beside is not None:
            row["beside"] = self.beside
        return row | {name: True for name in FLAGS if getattr(self, name)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Answer:
        """The inverse of :meth:`to_dict`."""
        calls = row.get("calls")
        return cls(
            row["text"],
            None if calls is None else tuple(ToolCall.from_dict(call) for call in calls),
            **{name: row.get(name, False) for name in FLAGS},
            beside=row.get("beside"),
        )


class NoAnswer(Exception):
    """A server gave none, after all retries; the text says why. The item is marked as failed."""


class Writer(Protocol):
    """Where answers come from."""

    def write(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer a request, in order.

        Raises:
            NoAnswer: there is none to be had for these.
        """
        ...
