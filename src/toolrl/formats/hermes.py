"""The Hermes format, which Qwen models write: one ``<tool_call>`` block a call, in JSON.

The layout follows the published templates of the Qwen2.5 and Qwen3 models (their
``tokenizer_config.json``); the wording is our own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from toolrl.formats.chat import ChatFormat, render_thought, split_thought
from toolrl.formats.issues import IssueLog
from toolrl.formats.json_calls import CallReader, write_call
from toolrl.formats.tags import Tags
from toolrl.types import Completion, Message, ToolCall, ToolSpec

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_TAGS = Tags("think", "tool_call", "tool_response", "tools")
_SYSTEM = """\
# Tools

These functions can help you with what the user asks:
<tools>
{tools}
</tools>

To call one, write a JSON object with its name and its arguments between tool_call tags, one such \
block for each call:
<tool_call>
{{"name": "function name", "arguments": {{"parameter": "value"}}}}
</tool_call>
If no function fits, answer the user in plain words."""


class HermesFormat(ChatFormat):
    r"""Blocks of one call each; any text in front of them is the reply.

    Example:
        >>> text = 'Let me look.\n<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>'
        >>> done = HermesFormat().parse(text)
        >>> done.reply, done.calls[0].name
        ('Let me look.', 'now')
    """

    name = "hermes"
    markers = _TAGS.markers

    def render_system(self, tools: Sequence[ToolSpec]) -> str:
        """The tools as one JSON object a line; nothing when there are none."""
        lines = (
            json.dumps({"type": "function", "function": tool.to_dict()}, ensure_ascii=False)
            for tool in tools
        )
        return _SYSTEM.format(tools=_TAGS.escape("\n".join(lines))) if tools else ""

    def render_results(self, results: Sequence[Message]) -> str:
        """One ``<tool_response>`` block a result."""
        return "\n".join(
            f"<tool_response>\n{_TAGS.drop(one.content)}\n</tool_response>" for one in results
        )

    def render_answer(self, thought: str, calls: Sequence[ToolCall], reply: str) -> str:
        """A thought if there is one, the reply, then one block a call."""
        blocks = [_TAGS.drop(reply).strip()] if reply.strip() else []
        blocks += [f"{_OPEN}\n{write_call(call, 'arguments', _TAGS)}\n{_CLOSE}" for call in calls]
        return render_thought(_TAGS.drop(thought)) + "\n".join(blocks)

    def read(self, text: str) -> Completion:
        """Read thought, reply and calls; text after the first call is an issue."""
        log = IssueLog(text)
        thought, start = split_thought(text, log)
        if thought and _OPEN in thought:
            log.add("tag_in_thought", f"the thought quotes {_OPEN}", text.find(_OPEN))
        opening = text.find(_OPEN, start)
        end = opening if opening >= 0 else len(text)
        reply = text[start:end].strip()
        _TAGS.note(text, start, end, log)
        calls = _read_blocks(text, opening, log) if opening >= 0 else ()
        if not reply and opening < 0 and not log.count:
            log.add("empty_answer", "there is neither a call nor a reply", len(text))
        return Completion(thought, calls, reply or None, log.finish())


def _read_blocks(text: str, opening: int, log: IssueLog) -> tuple[ToolCall, ...]:
    reader = CallReader(text, log, "arguments", one_per_line=False)
    while opening >= 0 and not log.full:
        after = _read_block(reader, opening)
        opening = text.find(_OPEN, after)
        between = text[after:] if opening < 0 else text[after:opening]
        if between.strip():
            log.add("extra_text", "text after a call", len(text) - len(text[after:].lstrip()))
    return tuple(reader.calls)


def _read_block(reader: CallReader, opening: int) -> int:
    """Read one block, which should hold one call; returns where it ends."""
    before = len(reader.calls)
    after, closed = reader.read_until(opening + len(_OPEN), _CLOSE)
    read = len(reader.calls) - before
    if not closed:
        reader.log.add("truncated", f"{_OPEN} is never closed", opening)
    elif read > 1:
        reader.log.add("bad_layout", "each call needs a block of its own", opening)
    if not read:
        reader.log.add("no_call", "the block holds no call that can be read", opening)
    return after
