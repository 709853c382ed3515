"""How an evaluation shows tools to a model and reads its calls."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolrl.errors import ConfigError, did_you_mean
from toolrl.formats import FORMAT_NAMES, Format, get_format
from toolrl.formats.attempts import find_attempts
from toolrl.formats.results import with_ids
from toolrl.models.answers import Answer, Request
from toolrl.models.native_syntax import openai_tool
from toolrl.schema.dialects import parameters_schema
from toolrl.types import Example, Message, ToolCall, ToolSpec


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer, read.

    Attributes:
        calls: the calls that could be read.
        well_formed: whether the answer keeps to its format; an answer that doesn't can't be a
            deliberate abstention.
        said: the answer as a message of the conversation, with the text that the model wrote.
    """

    calls: tuple[ToolCall, ...]
    well_formed: bool
    said: Message


class Prompting(ABC):
    """One way to ask.

    Attributes:
        name: what ``prompt=`` says.
        tools_in_messages: tools that a later turn adds stand in the user's message, not among the
            tools.
    """

    name: str
    tools_in_messages = False

    def tool(self, document: Mapping[str, Any]) -> Any:
        """A tool of a benchmark's function document, as :meth:`ask` wants it."""
        return ToolSpec(
            document["name"],
            document.get("description") or "",
            parameters_schema(document.get("parameters")),
        )

    def offer(self, tools: Sequence[Any], *, more: bool = False) -> list[Any]:
        """An item's tools as they are shown from now on; ``more`` are those of a later turn."""
        return list(tools)

    @abstractmethod
    def ask(self, tools: Sequence[Any], messages: Sequence[Message]) -> Request:
        """The prompt after a conversation with these tools."""

    @abstractmethod
    def read(self, answer: Answer, tools: Sequence[Any]) -> Reading:
        """The calls of an answer to a prompt with these tools; nothing raises."""

    @abstractmethod
    def gold(self, calls: Sequence[ToolCall], reply: str) -> Answer:
        """What a model that knows the answer would write."""

    def shown_call(self, call: ToolCall) -> ToolCall:
        """A call of the benchmark as this prompt names it."""
        return call

    def results(self, calls: Sequence[ToolCall], results: Sequence[str]) -> list[Message]:
        """What the tools returned, as messages."""
        return [
            Message("tool", result, name=call.name, tool_call_id=call.id)
            for call, result in zip(calls, results, strict=True)
        ]

    def notes(self) -> dict[str, Any]:
        """What else an item's row should say."""
        return {}


class FormatPrompting(Prompting):
    """One of our formats: the prompt text lists the tools and explains how to call them."""

    def __init__(self, form: Format) -> None:
        self.name = form.name
        self.form = form

    def ask(self, tools: Sequence[Any], messages: Sequence[Message]) -> Request:
        """The format's own prompt."""
        example = Example("", tuple(tools), tuple(messages))
        return Request(tuple(self.form.render_prompt(example)))

    def read(self, answer: Answer, tools: Sequence[Any]) -> Reading:
        """By the format's parser."""
        done = self.form.parse(
            answer.text, thought_open=answer.thought_open, tools=[spec_of(tool) for tool in tools]
        )
        opening = self.form.opening_of(answer.text) + "\n" if answer.thought_open else ""
        raw = (
            opening + answer.text
        )  # the prompt held the opening tag, and so did what the model saw
        said = Message("assistant", done.reply or "", done.calls, done.thought or "", raw=raw)
        hidden = calls_elsewhere(done.reply, tools)
        return Reading(done.calls, not done.issues and not hidden, said)

    def gold(self, calls: Sequence[ToolCall], reply: str) -> Answer:
        """As the format renders expected answers."""
        return Answer(
            self.form.render_expected(Example("", (), (), calls=tuple(calls), reply=reply))
        )


class NativePrompting(Prompting):
    """The model's own chat template, or the server's, with its own syntax of calls.

    Names of tools are those that servers take: letters, digits, ``_`` and ``-``, at most 64; others
    are replaced (``math.area`` is ``math_area``) and put back in the calls.
    """

    name = "native"

    def ask(self, tools: Sequence[ToolSpec], messages: Sequence[Message]) -> Request:
        """The messages as they are, the tools beside them."""
        safe = safe_names([tool.name for tool in tools])
        shown = [openai_tool(replace(tool, name=safe[tool.name])) for tool in tools]
        return Request(tuple(openai_messages(messages, safe)), tuple(shown))

    def read(self, answer: Answer, tools: Sequence[ToolSpec]) -> Reading:
        """The calls that the server or the model's own syntax gave.

        What was said has the calls and the text beside them. A text of which only some calls could
        be read stays whole, so that the model sees the broken ones as it wrote them.
        """
        own = {safe: name for name, safe in safe_names([tool.name for tool in tools]).items()}
        calls = tuple(
            replace(call, name=own.get(call.name, call.name))
            for call in with_distinct_ids(answer.calls or ())
        )
        well_formed = not answer.broken and bool(calls or answer.text.strip())
        hidden = not calls and calls_elsewhere(answer.text, tools)
        in_text = answer.broken and answer.beside is not None
        beside = answer.text if in_text or answer.beside is None else answer.beside
        said = Message("assistant", beside, () if in_text else calls, raw=answer.text)
        return Reading(calls, well_formed and not hidden, said)

    def gold(self, calls: Sequence[ToolCall], reply: str) -> Answer:
        """Calls as a server gives them."""
        return Answer("" if calls else reply, tuple(calls))


def calls_elsewhere(reply: str | None, tools: Sequence[Any]) -> bool:
    """Whether a reply calls an offered tool in a syntax that was not read: no abstention.

    Example:
        >>> calls_elsewhere("Action: now", [ToolSpec("now")])
        True
    """
    specs = [spec_of(tool) for tool in tools]
    return next(find_attempts(reply or "", specs), None) is not None


def safe_names(names: Sequence[str]) -> dict[str, str]:
    """Names that every server takes, one for each.

    Example:
        >>> safe_names(["math.area", "math_area", "now"])
        {'math.area': 'math_area', 'math_area': 'math_area_2', 'now': 'now'}
    """
    safe: dict[str, str] = {}
    for name in names:
        short = re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64]
        taken = set(safe.values())
        number = 2
        candidate = short
        while candidate in taken:
            candidate, number = f"{short[:60]}_{number}", number + 1
        safe.setdefault(name, candidate)
    return safe


def with_distinct_ids(calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """A server's calls; without ids where one is missing or there twice, so that new ones are made.

    Example:
        >>> calls = [ToolCall("f", {}, "1"), ToolCall("g", {}, "1")]
        >>> [call.id for call in with_distinct_ids(calls)]
        ['', '']
    """
    ids = {call.id for call in calls} - {""}
    return tuple(calls if len(ids) == len(calls) else (replace(call, id="") for call in calls))


def openai_messages(
    messages: Sequence[Message], safe: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Messages in OpenAI's form; a result has the id of its call, and stands in the calls' order.

    Ids that the messages have are kept; where they have none, they get new ones.
    """
    for message in with_ids(messages):
        row: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            row["tool_calls"] = [openai_call(call, safe) for call in message.tool_calls]
        elif message.role == "tool":
            name = safe.get(message.name, message.name)
            row |= {"name": name, "tool_call_id": message.tool_call_id}
        yield row


def openai_call(call: ToolCall, safe: Mapping[str, str]) -> dict[str, Any]:
    """A call in OpenAI's form, its arguments an object."""
    function = {"name": safe.get(call.name, call.name), "arguments": dict(call.arguments)}
    return {"id": call.id, "type": "function", "function": function}


def spec_of(tool: Any) -> ToolSpec:
    """A prompting's tool as a spec; a benchmark's document has the same keys."""
    return tool if isinstance(tool, ToolSpec) else ToolSpec.from_dict(tool)


def prompting(name: str) -> Prompting:
    """``native``, or the prompting of a format's name.

    Raises:
        ConfigError: no such format.
    """
    if name == NativePrompting.name:
        return NativePrompting()
    if name not in FORMAT_NAMES:
        known = (NativePrompting.name, *FORMAT_NAMES)
        raise ConfigError(f"no prompt is named '{name}'{did_you_mean(name, known)}")
    return FormatPrompting(get_format(name))
