"""OpenAI's harmony format (gpt-oss): an answer is messages, each on a channel.

``analysis`` is the thought, ``final`` the reply, ``commentary`` a word before calls; a message
to ``functions.name`` is a call. The layout follows the published description of the format; the
wording is our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from sys import maxunicode

from toolrl.formats.marked import MarkedFormat, Scan
from toolrl.formats.tags import Tags
from toolrl.formats.words import read_word, write_word
from toolrl.types import Completion, Message, ToolCall

_CHANNEL, _MESSAGE, _CONSTRAIN = "<|channel|>", "<|message|>", "<|constrain|>"
_START, _END, _CALL, _RETURN = "<|start|>", "<|end|>", "<|call|>", "<|return|>"
_NEXT = f"{_START}assistant"
_SPACES = "".join(chr(i) for i in range(min(maxunicode, 0x3001)) if chr(i).isspace())
_glue = re.compile(r"(?:\s++|<\|(?:end|call|return)\|>|<\|start\|>assistant)*+").match
_header = re.compile(
    r"((?:[^<]|<\|(?:channel|constrain)\|>|<(?!\|)){0,400}?)<\|message\|>", re.DOTALL
).match
_recipient = re.compile(r"(?:^|[\s>])to=([^\s<]+)").search
_channel = re.compile(r"<\|channel\|>\s*(\w+)").findall
_end_of_thought = re.compile(r"<\|end\|>|(?=<\|start\|>assistant)").search
_end_of_message = re.compile(r"<\|(?:end|call|return)\|>|(?=<\|start\|>)").search
_marker = re.compile(r"<\|(?:start|channel|message|constrain|call|end|return)\|>").search
_WORDS_TO = ("assistant", "user", "all")  # recipients who are no tools


class HarmonyFormat(MarkedFormat):
    """Messages on channels.

    Example:
        >>> call = '<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"a": 1}'
        >>> HarmonyFormat().parse(call).calls
        (ToolCall(name='f', arguments={'a': 1}),)
    """

    name = "gpt-oss"
    tags = Tags(special=(_START, _CHANNEL, _MESSAGE, _CONSTRAIN, _CALL, _END, _RETURN))
    open_thought = f"{_CHANNEL}analysis{_MESSAGE}"
    thoughts = ((open_thought, _END),)
    openings = (_CHANNEL,)
    syntax = f"""\
Write your thoughts as {_CHANNEL}analysis{_MESSAGE}thoughts{_END}{_NEXT}
To call a function, write its name and a JSON object of its arguments, once for each call, with \
{_NEXT} between calls:
{_CHANNEL}commentary to=functions.function_name {_CONSTRAIN}json{_MESSAGE}\
{{"parameter": "value"}}{_CALL}
Write your answer to the user as {_CHANNEL}final{_MESSAGE}answer"""

    def render_results(self, results: Sequence[Message]) -> str:
        """One line a result, with the name of who returned it."""
        lines = (f"functions.{one.name}: {one.content}" if one.name else one.content
                 for one in results)  # fmt: skip
        return self.tags.drop("\n".join(lines))

    def render_answer(self, thought: str, calls: Sequence[ToolCall], reply: str) -> str:
        """A message for the thought, one for the reply, one for each call."""
        thought, said = self.tags.drop(thought).strip(), self.tags.drop(reply).strip()
        messages = [f"{_CHANNEL}analysis{_MESSAGE}{thought}{_END}"] if thought else []
        if calls and said:
            messages.append(f"{_CHANNEL}commentary{_MESSAGE}{said}{_END}")
        messages.append(self.write_calls(calls) if calls else f"{_CHANNEL}final{_MESSAGE}{said}")
        return _NEXT.join(messages)

    def write_calls(self, calls: Sequence[ToolCall]) -> str:
        """One message a call."""
        return _NEXT.join(
            f"{_CHANNEL}commentary to=functions.{write_word(call.name, _SPACES)} "
            f"{_CONSTRAIN}json{_MESSAGE}"
            + self.tags.escape(json.dumps(dict(call.arguments), ensure_ascii=False))
            + _CALL
            for call in calls
        )

    def _read(self, scan: Scan) -> Completion:
        thoughts: list[str] = []
        replies: list[str] = []
        position = self._read_plain(scan, replies)
        while not scan.log.full:
            position = _glue(scan.text, position).end()
            if position == len(scan.text):
                break
            header = _header(scan.text, position)
            if header:
                position = self._read_message(scan, header, thoughts, replies)
            else:
                position = self._pass_over_header(scan, position)
        if not thoughts and not replies and not scan.calls and not scan.log.count:
            scan.log.add("empty_answer", "there is neither a call nor a reply", len(scan.text))
        thought = "\n".join(thoughts).strip() if thoughts else None
        reply = "\n".join(replies) or None
        return Completion(
            thought, tuple(scan.calls), reply, scan.log.finish(), "\n".join(scan.outside)
        )

    def _read_plain(self, scan: Scan, replies: list[str]) -> int:
        """A text without any marker is a reply, as in the other families' formats."""
        if not scan.text.strip() or _marker(scan.text):
            return 0
        replies.append(scan.text.strip())
        return len(scan.text)

    def _read_message(
        self, scan: Scan, header: re.Match[str], thoughts: list[str], replies: list[str]
    ) -> int:
        """Read one message with its header; returns where it ends."""
        recipient, channels = _recipient(header.group(1)), _channel(header.group(1))
        channel = channels[-1] if channels else ""
        if recipient and recipient.group(1) not in _WORDS_TO:
            return self.read_call(scan, header.end(), recipient.group(1))
        is_thought = channel == "analysis"
        end = (_end_of_thought if is_thought else _end_of_message)(scan.text, header.end())
        stop = end.start() if end else len(scan.text)
        said = scan.text[header.end() : stop].strip()
        if is_thought:
            thoughts.append(said)
            if not end:
                scan.log.add("truncated", "the analysis is never closed", header.start())
        elif channel in ("final", "commentary"):
            self.tags.note(scan.text, header.end(), stop, scan.log)
            replies += [said] if said else []
            if said and scan.calls:
                scan.log.add("extra_text", "text after a call", header.end())
        else:
            scan.pass_over(header.end(), stop, f"there is no channel {channel or 'without a name'}")
        return end.end() if end else stop

    def read_call(self, scan: Scan, start: int, opening: str) -> int:
        """The JSON object of a message to a function; ``opening`` is the recipient."""
        if not opening.startswith("functions."):
            scan.log.add("bad_call", f"{opening[:40]} is no function of ours", start)
            return self._end_of_message(scan, start)
        at = scan.skip(start)
        found = scan.json_object(at)
        if found is None:
            if not _end_of_message(scan.text, at):
                scan.log.add("truncated", "the call is never closed", start)
            return self._end_of_message(scan, at)
        arguments, end = found
        scan.take(read_word(opening.removeprefix("functions.")), arguments, start)
        stop = _end_of_message(scan.text, end)
        scan.pass_over(end, stop.start() if stop else len(scan.text), "text after the arguments")
        return stop.end() if stop else len(scan.text)

    def _end_of_message(self, scan: Scan, start: int) -> int:
        end = _end_of_message(scan.text, start)
        return end.end() if end else len(scan.text)

    def _pass_over_header(self, scan: Scan, start: int) -> int:
        """What begins like a message, but has none: up to the next one."""
        end = _end_of_message(scan.text, start + 1)
        stop = end.start() if end else len(scan.text)
        written = scan.text[start:stop]
        if not end and _marker(written):
            scan.log.add("truncated", f"{_MESSAGE} is missing", start)
        if _recipient(written[:400]):
            scan.log.add("bad_call", f"a call without {_MESSAGE}", start)
            return stop
        scan.pass_over(start, stop, "text that is no message")
        return stop
