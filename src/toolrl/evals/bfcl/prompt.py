"""BFCL's own prompting mode: its system prompt, its list of calls, its reader."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from toolrl.envs.bfcl_wheel import module
from toolrl.evals.bfcl.categories import language
from toolrl.evals.bfcl.decode import Undecodable, decode
from toolrl.evals.prompting import Prompting, Reading, prompting
from toolrl.models.answers import Answer, Request
from toolrl.types import Message, ToolCall

NAME = "bfcl"


def bfcl_prompting(name: str, category: str) -> Prompting:
    """The prompting for a category: ``bfcl``, or one that every benchmark knows.

    Raises:
        ConfigError: no such prompting.
    """
    return BFCLPrompting(language(category)) if name == NAME else prompting(name)


class BFCLPrompting(Prompting):
    """As the official harness asks models that have no tool calling of their own.

    Its tools are BFCL's function documents, shown as they are.
    """

    name = NAME
    tools_in_messages = True

    def __init__(self, tongue: str) -> None:
        self.tongue = tongue

    def tool(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The document itself."""
        return document

    def ask(self, tools: Sequence[Mapping[str, Any]], messages: Sequence[Message]) -> Request:
        """The official system prompt before the conversation's own, then the turns."""
        official = module("model_handler.utils")
        default = module("constants.default_prompts").DEFAULT_SYSTEM_PROMPT_FORMAT
        system = [official.formulate_system_prompt(default, list(tools))]
        system += [one.content for one in messages if one.role == "system"]
        spoken = [one for one in messages if one.role != "system"]
        chat = [Message("system", "\n\n".join(system)), *spoken]
        return Request(tuple({"role": one.role, "content": one.content} for one in chat))

    def read(self, answer: Answer, tools: Sequence[Any]) -> Reading:
        """By the official decoder's rules; a text that it can't read is a reply."""
        said = Message("assistant", answer.text)
        try:
            calls = decode(answer.text, self.tongue)
        except Undecodable:
            return Reading((), is_prose(answer.text), said)
        return Reading(calls, bool(calls), said)

    def gold(self, calls: Sequence[ToolCall], reply: str) -> Answer:
        """A list of calls, else the reply."""
        listed = ", ".join(write_call(call, self.tongue) for call in calls)
        return Answer(f"[{listed}]" if calls else reply)

    def results(self, calls: Sequence[ToolCall], results: Sequence[str]) -> list[Message]:
        """One user message with what each call returned."""
        rows = [
            {"role": "tool", "name": write_call(call, "python"), "content": result}
            for call, result in zip(calls, results, strict=True)
        ]
        return [Message("user", repr(rows))]


def with_more(
    how: Prompting, tools: Sequence[Any], documents: Sequence[Mapping[str, Any]]
) -> tuple[list[Any], Message]:
    """The tools and the user's message of a turn that adds tools, as the official harness does.

    Its own prompting shows them in the message; otherwise they join the tools.
    """
    texts = module("constants.default_prompts")
    more = how.offer([how.tool(document) for document in documents], more=True)
    if how.tools_in_messages:
        text = texts.DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_PROMPTING
        return list(tools), Message("user", text.format(functions=more))
    return [*tools, *more], Message("user", texts.DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_FC)


def is_prose(text: str) -> bool:
    """Whether a text that holds no calls is a reply: not empty, and no broken list of calls.

    Example:
        >>> is_prose("No function fits."), is_prose("[f(a="), is_prose("  ")
        (True, False, False)
    """
    text = text.strip("`\n ")
    return bool(text) and not text.startswith("[") and not text.endswith(")")


def write_call(call: ToolCall, tongue: str) -> str:
    """A call as the official reader wants it.

    Example:
        >>> write_call(ToolCall("f", {"a": "x", "b": 1}), "python")
        "f(a='x', b=1)"
    """
    write = repr if tongue == "python" else source_text
    return f"{call.name}({', '.join(f'{k}={write(v)}' for k, v in call.arguments.items())})"


def source_text(value: Any) -> str:
    """Source text of another language in quotes, which its reader takes off, where it can be.

    Example:
        >>> source_text("SELECT 1"), source_text('new String[]{"a"}'), source_text(3)
        ('"SELECT 1"', 'new String[]{"a"}', '3')
    """
    if not isinstance(value, str):
        return json.dumps(value)
    return value if set(value) & set('"\\\n') or not value else f'"{value}"'
