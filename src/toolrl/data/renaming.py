"""Give the tools and parameters of an example other names, everywhere at once.

The names change in the tool list, in the expected calls, in the calls of the history and wherever
a tool's name stands quoted in what the assistant or a tool says. A renaming can be inverted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from toolrl.types import Example, Message, ToolCall, ToolSpec


@dataclass(frozen=True, slots=True)
class Renaming:
    """New names.

    Attributes:
        tools: old tool name to new; what isn't there keeps its name.
        parameters: old tool name to ``{old parameter: new parameter}``.
    """

    tools: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def inverse(self) -> Renaming:
        """The way back; ``rename(rename(e, r), r.inverse()) == e`` when no two names collide."""
        return Renaming(
            {new: old for old, new in self.tools.items()},
            {
                self.tools.get(tool, tool): {new: old for old, new in names.items()}
                for tool, names in self.parameters.items()
            },
        )


def rename(example: Example, renaming: Renaming) -> Example:
    """The example under the new names.

    A text that a model wrote (:attr:`Message.raw`) has the old ones, so it gives way to what was
    read from it.

    Example:
        >>> example = Example("1", (ToolSpec("now"),), (Message("user", "?"),), (ToolCall("now"),))
        >>> rename(example, Renaming({"now": "x9"})).calls
        (ToolCall(name='x9', arguments={}),)
    """
    retell = quoted_names(renaming.tools)
    return replace(
        example,
        tools=tuple(rename_tool(tool, renaming) for tool in example.tools),
        calls=tuple(rename_call(call, renaming) for call in example.calls),
        messages=tuple(
            replace(rename_message(m, renaming, retell), raw="") for m in example.messages
        ),
        reply=retell(example.reply),
        thought=retell(example.thought),
    )


def rename_tool(tool: ToolSpec, renaming: Renaming) -> ToolSpec:
    """A tool with new names; its description stays."""
    names = renaming.parameters.get(tool.name, {})
    schema = dict(tool.parameters)
    if "properties" in schema:
        schema["properties"] = {names.get(k, k): v for k, v in tool.properties.items()}
    if schema.get("required") is not None:
        schema["required"] = [names.get(name, name) for name in tool.required]
    return ToolSpec(renaming.tools.get(tool.name, tool.name), tool.description, schema)


def rename_call(call: ToolCall, renaming: Renaming) -> ToolCall:
    """A call with new names; its values stay."""
    names = renaming.parameters.get(call.name, {})
    arguments = {names.get(name, name): value for name, value in call.arguments.items()}
    return replace(call, name=renaming.tools.get(call.name, call.name), arguments=arguments)


def rename_message(message: Message, renaming: Renaming, retell: Callable[[str], str]) -> Message:
    """A message of the history; what the user says stays as it is."""
    if message.role not in ("assistant", "tool"):
        return message
    return replace(
        message,
        content=retell(message.content),
        thought=retell(message.thought),
        tool_calls=tuple(rename_call(call, renaming) for call in message.tool_calls),
        name=renaming.tools.get(message.name, message.name),
    )


def quoted_names(names: Mapping[str, str]) -> Callable[[str], str]:
    """A function that replaces names in quotes or backticks; bare words may be plain English.

    Example:
        >>> quoted_names({"search": "x9"})('I search with "search".')
        'I search with "x9".'
    """
    if not names:
        return lambda text: text
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"([\"'`])(" + "|".join(map(re.escape, longest_first)) + r")\1")
    return lambda text: pattern.sub(lambda m: m[1] + names[m[2]] + m[1], text)
