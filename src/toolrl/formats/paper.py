"""The paper's format, behind three prompts: ``paper``, ``paper-brief`` and ``paper-example``.

Section 3.2 of the paper and its figure of the prompt set the tags and the order of the parts; the
wording is our own. An answer is a thought, then calls, one JSON object a line, or a reply, or both.
"""

from __future__ import annotations

from collections.abc import Sequence

from toolrl.formats.base import Format
from toolrl.formats.paper_history import HEADER, TAGS, pack_history, write_calls
from toolrl.formats.paper_parser import parse_paper
from toolrl.formats.paper_tools import list_tools_briefly, number_tools
from toolrl.types import Completion, Example, ToolCall, ToolSpec

_FULL = """\
You are an assistant in a conversation of several turns. You help the user by calling tools where \
they are needed and by answering in words where they are not.

**Available Tools**
{tools}

**Steps for Each Turn**
1. **Think:** Say to yourself what the user wants now and what the conversation already gives.
2. **Choose:** Where a tool is needed, pick it and find a value for each parameter it needs.
3. **Answer:** Where no tool is needed, or none fits, write to the user, in keeping with what was \
said before.

**Output Format**
```plaintext
<think> what you think </think>
<tool_call>
{{"name": "a tool's name", "parameters": {{"a parameter": "its value", "another": 2}}}}
{{"name": "the next tool's name", "parameters": {{}}}}
</tool_call>
<response> what you say to the user </response>
```

**Important Notes**
1. Begin with `<think>`, always. After it write `<tool_call>`, or `<response>`, or both in this \
order, and nothing outside the tags.
2. In `<tool_call>` every call is a JSON object on a line of its own with "name" and "parameters"; \
write as many lines as there are calls to make. Parameters are a JSON object, empty if there are \
none, and each value has the type that the tool asks for.
3. The conversation so far is in the user's message: `<user>` is what the user said, `<think>`, \
`<tool_call>` and `<response>` are what you wrote, `<obs>` is what a tool returned."""

_BRIEF = """\
Think, then call tools, one JSON object a line, or answer:
<think> why </think>
<tool_call>
{{"name": "tool", "parameters": {{"key": "value"}}}}
</tool_call>
or, if no tool fits:
<think> why </think>
<response> answer </response>
Tools:
{tools}"""

_SHOWN = (
    (
        "What time is it in Oslo?",
        "<think> The time of a city is asked for, and clock tells it. </think>\n"
        '<tool_call>\n{"name": "clock", "parameters": {"city": "Oslo"}}\n</tool_call>',
    ),
    (
        "Write me a poem about the sea.",
        "<think> No tool writes poems. </think>\n"
        "<response> I have no tool for that; I can help with what my tools do. </response>",
    ),
)

_NO_TOOLS = "(none)"


class PaperFormat(Format):
    """The paper's tags behind a full prompt; the whole conversation is one user message.

    Example:
        >>> from toolrl.types import Message
        >>> example = Example("1", (ToolSpec("now"),), (Message("user", "Time?"),))
        >>> system, user = PaperFormat().render_prompt(example)
        >>> print(user["content"])
        **Dialogue Records History**
        <user> Time? </user>
    """

    name = "paper"
    demands_thought = True

    def render_system(self, tools: Sequence[ToolSpec]) -> str:
        """The full instructions with the tools as a numbered list."""
        return _FULL.format(tools=number_tools(tools) or _NO_TOOLS)

    def render_prompt(self, example: Example) -> list[dict[str, str]]:
        """One system message, which takes in the conversation's own, and one user message."""
        system = [self.render_system(example.tools)]
        system += [one.content for one in example.messages if one.role == "system"]
        return [
            {"role": "system", "content": "\n\n".join(system)},
            {"role": "user", "content": self._render_history(example)},
        ]

    def _render_history(self, example: Example) -> str:
        return f"{HEADER}\n{pack_history(example.messages)}"

    def render_answer(self, thought: str, calls: Sequence[ToolCall], reply: str) -> str:
        """A thought, then calls, a reply, or both; with neither the reply is empty (an issue)."""
        blocks = [f"<think> {TAGS.drop(thought).strip()} </think>"]
        if calls:
            blocks.append(f"<tool_call>\n{write_calls(calls)}\n</tool_call>")
        if reply.strip() or not calls:
            blocks.append(f"<response> {TAGS.drop(reply).strip()} </response>")
        return "\n".join(blocks)

    def read(self, text: str) -> Completion:
        """Read an answer by the rules of `toolrl.formats.paper_parser`."""
        return parse_paper(text)


class PaperBriefFormat(PaperFormat):
    """The same tags behind some eighty tokens of instructions: for small models and for CPUs.

    Example:
        >>> from toolrl.types import Message
        >>> example = Example("1", (ToolSpec("now"),), (Message("user", "Time?"),))
        >>> PaperBriefFormat().render_prompt(example)[-1]
        {'role': 'user', 'content': 'Time?'}
    """

    name = "paper-brief"

    def render_system(self, tools: Sequence[ToolSpec]) -> str:
        """A few lines of instructions, then one line a tool."""
        return _BRIEF.format(tools=list_tools_briefly(tools) or _NO_TOOLS)

    def _render_history(self, example: Example) -> str:
        spoken = [one for one in example.messages if one.role != "system"]
        if len(spoken) == 1 and spoken[0].role == "user":
            return spoken[0].content
        return pack_history(spoken)


class PaperExampleFormat(PaperBriefFormat):
    """The short prompt with two answers shown, a call and a reply, as turns before the user's own.

    For models that never saw these tags: of 48 answers of SmolLM2-135M-Instruct to gym tasks, 0 had
    the format with an answer in the system message, and 3 with one as a turn.

    Example:
        >>> from toolrl.types import Message
        >>> example = Example("1", (ToolSpec("now"),), (Message("user", "Time?"),))
        >>> [one["role"] for one in PaperExampleFormat().render_prompt(example)]
        ['system', 'user', 'assistant', 'user', 'assistant', 'user']
    """

    name = "paper-example"

    def render_prompt(self, example: Example) -> list[dict[str, str]]:
        """The system message, the turns that show answers, and the user's message."""
        system, user = super().render_prompt(example)
        shown = []
        for question, answer in _SHOWN:
            shown += [
                {"role": "user", "content": question},
                {"role": "assistant", "content": answer},
            ]
        return [system, *shown, user]
