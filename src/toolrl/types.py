"""The words of the house: read this file first.

Rows of tool-use data become an :class:`Example`; a format renders it to a prompt and parses what a
model writes into a :class:`Completion`; a reward compares the two and returns a ``Score``
(`toolrl.rewards.score`). Everything here is a small frozen value: build it, pass it around, never
change it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ROLES = ("system", "user", "assistant", "tool")
ROLE_NAMES = {"developer": "system", "function": "tool"}
"""Other names of the same roles, in newer and older chat rows."""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model sees it.

    Attributes:
        name: what a call must say, for example ``"get_weather"``; any text is allowed, real data
            sets have names with spaces and parentheses.
        description: one or two sentences for the model.
        parameters: a JSON Schema of type ``object`` (``properties``, ``required``).

    Example:
        >>> weather = ToolSpec("get_weather", "Weather of a city.",
        ...                    {"type": "object", "properties": {"city": {"type": "string"}},
        ...                     "required": ["city"]})
        >>> list(weather.properties), weather.required
        (['city'], ('city',))
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(
        default_factory=lambda: {"type": "object", "properties": {}}
    )

    @property
    def properties(self) -> Mapping[str, Any]:
        """Parameter name to its JSON Schema; empty when the tool takes none."""
        given = self.parameters.get("properties")
        return given if isinstance(given, Mapping) else {}

    @property
    def required(self) -> tuple[str, ...]:
        """Names that a call must give, in the schema's order."""
        return tuple(self.parameters.get("required") or ())

    def to_dict(self) -> dict[str, Any]:
        """The OpenAI function form, without the ``{"type": "function"}`` wrapper."""
        return {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.parameters),
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> ToolSpec:
        """Read the OpenAI form, wrapped in ``{"type": "function", "function": …}`` or bare."""
        inner = row.get("function", row)
        return cls(
            inner["name"],
            inner.get("description") or "",
            inner.get("parameters") or {"type": "object", "properties": {}},
        )


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call: a tool's name and its arguments, a JSON object.

    Attributes:
        name: the tool's name.
        arguments: parameter name to value.
        id: what a result refers to (:attr:`Message.tool_call_id`); empty where the source has none.
            Two calls with the same name and arguments are equal, whatever their ids, and look it.

    Example:
        >>> ToolCall("get_weather", {"city": "Paris"}).to_dict()
        {'name': 'get_weather', 'arguments': {'city': 'Paris'}}
        >>> ToolCall("now", {}, "call_1").to_dict()
        {'id': 'call_1', 'name': 'now', 'arguments': {}}
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default="", compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """``{"id": …, "name": …, "arguments": {…}}``; an empty id is left out."""
        row: dict[str, Any] = {"id": self.id} if self.id else {}
        return row | {"name": self.name, "arguments": dict(self.arguments)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> ToolCall:
        """Read our form or OpenAI's, whose ``arguments`` may be a JSON string."""
        inner = row.get("function", row)
        arguments = inner.get("arguments", {})
        if isinstance(arguments, str):
            arguments = json.loads(arguments or "{}")
        return cls(inner["name"], arguments, row.get("id") or "")


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message, in the OpenAI form plus the thought that came before it.

    Attributes:
        role: ``system``, ``user``, ``assistant`` or ``tool``; any other is a ValueError.
        content: the text; for ``tool`` what the tool returned.
        tool_calls: calls of an assistant message.
        thought: what the assistant wrote between its think tags; empty when there was none.
        name: for ``tool``, whose result it is.
        tool_call_id: for ``tool``, the id of the call that it is the result of; empty where the
            source has none, and then results belong to the calls before them in their order.
        raw: for ``assistant``, the very text that a model wrote, where it was sampled. A prompt
            shows it instead of what was read from it, so that nothing is lost or mended.
    """

    role: str
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    thought: str = ""
    name: str = ""
    tool_call_id: str = ""
    raw: str = ""

    def __post_init__(self) -> None:
        """Refuse a role that no format and no template knows."""
        if self.role not in ROLES:
            raise ValueError(f"unknown role {self.role!r}; a message has one of {', '.join(ROLES)}")

    def to_dict(self) -> dict[str, Any]:
        """A JSON object; empty fields are left out."""
        row: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.tool_calls:
            row["tool_calls"] = [call.to_dict() for call in self.tool_calls]
        if self.thought:
            row["thought"] = self.thought
        for key in ("name", "tool_call_id", "raw"):
            if value := getattr(self, key):
                row[key] = value
        return row

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Message:
        """The inverse of :meth:`to_dict`; OpenAI's message objects are read too."""
        calls = tuple(ToolCall.from_dict(call) for call in row.get("tool_calls") or ())
        thought = row.get("thought") or row.get("reasoning_content") or ""
        return cls(
            ROLE_NAMES.get(row["role"], row["role"]),
            row.get("content") or "",
            calls,
            thought,
            row.get("name") or "",
            row.get("tool_call_id") or "",
            row.get("raw") or "",
        )


@dataclass(frozen=True, slots=True)
class Example:
    """One step to learn: the tools, the conversation so far, and what should come next.

    Attributes:
        id: unique and stable within a data set.
        tools: what may be called in this step.
        messages: the conversation so far; the last one is the user's or a tool's.
        calls: the expected calls, in no meaningful order; empty when none should be made.
        reply: the expected text; when there are calls, usually empty.
        thought: a thought to learn from in supervised training; never compared.
        source: the data set it came from, for example ``"xlam"``.
        split: ``"train"``, ``"heldout"`` or empty.
        kind: the kind of task, for reports (``"parallel"``); it never decides behaviour.
        group: the conversation it was cut from; examples of one group are no independent
            observations. Empty where it stands alone.

    Example:
        >>> example = Example("gym-1", (ToolSpec("now", "The time."),), (Message("user", "Time?"),),
        ...                   calls=(ToolCall("now"),), source="gym")
        >>> Example.from_dict(example.to_dict()) == example
        True
    """

    id: str
    tools: tuple[ToolSpec, ...]
    messages: tuple[Message, ...]
    calls: tuple[ToolCall, ...] = ()
    reply: str = ""
    thought: str = ""
    source: str = ""
    split: str = ""
    kind: str = ""
    group: str = ""

    def tool(self, name: str) -> ToolSpec | None:
        """The offered tool of that name, the first if a data set offers two; else None."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """A JSON object, one line of an examples file; an empty group is left out."""
        row: dict[str, Any] = {
            "id": self.id,
            "tools": [tool.to_dict() for tool in self.tools],
            "messages": [message.to_dict() for message in self.messages],
            "calls": [call.to_dict() for call in self.calls],
            "reply": self.reply,
            "thought": self.thought,
            "source": self.source,
            "split": self.split,
            "kind": self.kind,
        }
        return row | {"group": self.group} if self.group else row

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Example:
        """The inverse of :meth:`to_dict`; KeyError when ``id`` or ``messages`` is missing."""
        return cls(
            id=row["id"],
            tools=tuple(ToolSpec.from_dict(tool) for tool in row.get("tools") or ()),
            messages=tuple(Message.from_dict(message) for message in row["messages"]),
            calls=tuple(ToolCall.from_dict(call) for call in row.get("calls") or ()),
            reply=row.get("reply") or "",
            thought=row.get("thought") or "",
            source=row.get("source") or "",
            split=row.get("split") or "",
            kind=row.get("kind") or "",
            group=row.get("group") or "",
        )


@dataclass(frozen=True, slots=True)
class Issue:
    """One way in which a model's text departs from its format.

    Attributes:
        code: which rule broke, one of `toolrl.formats.ISSUE_CODES`, for example ``"bad_json"``.
        message: the same for a person.
        position: offset in the text, in characters from 0.
        line: line of the text, from 1.
    """

    code: str
    message: str
    position: int = 0
    line: int = 1

    def __str__(self) -> str:
        """``line 3: bad_json: …``."""
        return f"line {self.line}: {self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote, parsed. A failed parse is a value with issues, never an exception.

    Attributes:
        thought: the text of the think block; None when there was none.
        calls: the calls that could be read, in the order written.
        reply: the text for the user; None when there was none.
        outside: text that stands in none of the format's blocks; an issue says so.
        issues: every departure from the format, by position; empty means well-formed.
    """

    thought: str | None = None
    calls: tuple[ToolCall, ...] = ()
    reply: str | None = None
    issues: tuple[Issue, ...] = ()
    outside: str = ""
