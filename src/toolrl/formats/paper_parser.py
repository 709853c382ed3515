"""Reading the paper's tags: a fast path for well-formed answers, a careful one for all others.

The rules, where the paper (section 3.2 and its figure of the prompt) leaves them open:

- The thought ends at the first ``</think>``; tags quoted before it are never read as blocks.
- A ``</tool_call>`` inside a JSON string does not close the block.
- Calls of a repeated block count too; of repeated thoughts or replies the first one counts.
- White space around tags, lines and blocks never matters.
"""

from __future__ import annotations

import re

from toolrl.formats.issues import IssueLog
from toolrl.formats.json_calls import CallReader
from toolrl.formats.paper_history import TAGS
from toolrl.schema.json_values import DECODER, has_doubled_key
from toolrl.types import Completion, ToolCall

_KEY = "parameters"
_scan = DECODER.scan_once
_tag_in = re.compile(r"</?(?:think|tool_call|response)>").search
_opening_in = re.compile(r"<(think|tool_call|response)>").search
_RANK = {"think": 0, "tool_call": 1, "response": 2}


def parse_paper(text: str) -> Completion:
    r"""Read an answer in the paper's tags; never raises, about 5 µs when it is well-formed.

    Example:
        >>> done = parse_paper('<think> Look. </think>\n<tool_call>\n'
        ...                    '{"name": "now", "parameters": {}}\n</tool_call>')
        >>> done.calls, done.issues
        ((ToolCall(name='now', arguments={}),), ())
    """
    return _read_quickly(text.strip()) or _PaperReader(text).read()


def _read_quickly(text: str) -> Completion | None:
    """The common answers: a clean thought, then either calls or a reply; else None."""
    end = text.find("</think>")
    if end < 0 or not text.startswith("<think>"):
        return None
    thought = text[7:end].strip()
    if "<" in thought and _tag_in(thought):
        return None
    if text.startswith("</think>\n<tool_call>\n", end):
        if not text.endswith("\n</tool_call>"):
            return None
        calls = _quick_calls(text[end + 21 : -13])
        return calls and Completion(thought, calls)
    if text.startswith("</think>\n<response>", end) and text.endswith("</response>"):
        reply = text[end + 19 : -11].strip()
        if reply and not ("<" in reply or "{" in reply or "[" in reply):
            return Completion(thought, (), reply)
    return None


def _quick_calls(block: str) -> tuple[ToolCall, ...] | None:
    """One clean call a line, or None.

    A doubled key is found without a slow hook: every key has a colon after it, so when the block
    has as many colons as the decoded objects have keys, no key was lost. Only blocks with other
    colons (times, addresses, nested objects) are decoded a second time, with a check of the keys.
    """
    calls = []
    keys = 0
    try:
        for line in block.split("\n"):
            value, end = _scan(line, 0)
            arguments = value["parameters"]
            name = value["name"]
            if (
                end != len(line)
                or len(value) != 2
                or arguments.__class__ is not dict
                or name.__class__ is not str
                or not name.strip()
            ):
                return None
            keys += 2 + len(arguments)
            calls.append(ToolCall(name, arguments))
    except (ValueError, KeyError, TypeError, StopIteration, RecursionError):
        return None
    if "[" in block and block.count("[") > 50:
        return None
    if "\\u" in block and ("\\ud" in block or "\\uD" in block):
        return None
    if block.count(":") != keys and _has_doubts(block):
        return None
    return tuple(calls)


def _has_doubts(block: str) -> bool:
    """Whether a doubled key is there, or objects enough to nest too deeply."""
    return block.count("{") > 50 or any(has_doubled_key(line) for line in block.split("\n"))


class _PaperReader:
    """The careful reading of one text, block by block."""

    def __init__(self, text: str):
        self.text = text
        self.log = IssueLog(text)
        self.calls = CallReader(text, self.log, _KEY)
        self.thought: str | None = None
        self.reply: str | None = None
        self.outside: list[str] = []
        self.seen: list[str] = []
        self._readers = {
            "think": self._read_think,
            "tool_call": self._read_tool_call,
            "response": self._read_response,
        }

    def read(self) -> Completion:
        position = 0
        while not self.log.full and (opening := _opening_in(self.text, position)):
            tag, start = opening[1], opening.start()
            self._note_outside(position, start)
            self._note_order(tag, start)
            position = self._readers[tag](start)
        if not self.log.full:
            self._note_outside(position, len(self.text))
            self._note_missing()
        calls, outside = tuple(self.calls.calls), "\n".join(self.outside)
        return Completion(self.thought, calls, self.reply, self.log.finish(), outside)

    def _note_outside(self, start: int, end: int) -> None:
        outside = self.text[start:end]
        stripped = outside.lstrip()
        if stripped:
            position = start + len(outside) - len(stripped)
            self.log.add("extra_text", "text outside the blocks", position)
            self.outside.append(stripped)

    def _note_order(self, tag: str, start: int) -> None:
        if tag in self.seen:
            self.log.add("repeated_block", f"a second <{tag}> block", start)
        elif self.seen and _RANK[tag] < max(map(_RANK.__getitem__, self.seen)):
            self.log.add("wrong_order", f"<{tag}> must come before <{self.seen[-1]}>", start)
        if not self.seen and tag != "think":
            self.log.add("missing_think", "the answer must begin with a <think> block", start)
        self.seen.append(tag)

    def _note_missing(self) -> None:
        if not self.seen:
            self.log.add("missing_think", "there is no <think> block", 0)
        if not {"tool_call", "response"} & set(self.seen):
            self.log.add("empty_answer", "there is neither a call nor a reply", len(self.text))

    def _body(self, tag: str, start: int) -> tuple[str, int, int]:
        """The text of a block, where it starts and where the block ends."""
        inner = start + len(tag) + 2
        end = self.text.find(f"</{tag}>", inner)
        if end < 0:
            self.log.add("truncated", f"<{tag}> is never closed", start)
            return self.text[inner:], inner, len(self.text)
        return self.text[inner:end], inner, end + len(tag) + 3

    def _read_think(self, start: int) -> int:
        body, inner, after = self._body("think", start)
        quoted = _tag_in(body)
        if quoted:
            message = f"the thought quotes {quoted.group()}"
            self.log.add("tag_in_thought", message, inner + quoted.start())
        if self.thought is None:
            self.thought = body.strip()
        return after

    def _read_response(self, start: int) -> int:
        body, inner, after = self._body("response", start)
        if not body.strip():
            self.log.add("empty_block", "the reply is empty", start)
        end = inner + len(body)
        hidden = body.find("<tool_call>")
        if hidden >= 0:
            self.log.add("call_in_reply", "a call inside the reply is not read", inner + hidden)
        else:
            TAGS.note(self.text, inner, end, self.log)
        if self.reply is None:
            self.reply = body.strip()
        else:
            self.outside.append(body)
        return after

    def _read_tool_call(self, start: int) -> int:
        inner = start + len("<tool_call>")
        calls = len(self.calls.calls)
        after, closed = self.calls.read_until(inner, "</tool_call>")
        if not closed:
            self.log.add("truncated", "<tool_call> is never closed", start)
        if len(self.calls.calls) == calls:
            self.log.add("no_call", "the block holds no call that can be read", start)
        return after
