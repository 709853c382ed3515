"""What the formats share whose calls stand between markers, one pair of markers a call."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from toolrl.formats.chat import ChatFormat, split_thought
from toolrl.formats.issues import IssueLog
from toolrl.formats.tags import Tags
from toolrl.formats.words import read_word
from toolrl.schema.json_values import BadJson, decode
from toolrl.types import Completion, Message, ToolCall, ToolSpec

_space = re.compile(r"\s*").match
_fence = re.compile(r"```\w*\s*").match
_fence_end = re.compile(r"\s*```").match
_SYSTEM = """\
You can call the functions below when they help with what the user asks.

Functions:
{tools}

{syntax}
If no function fits, answer the user in plain words."""


@dataclass
class Scan:
    """A text that is being read.

    Attributes:
        text: the text.
        log: its departures.
        parameters: the JSON Schemas of the tools that are offered, by name.
        calls: what was read so far.
        outside: parts that stand in no block.
    """

    text: str
    log: IssueLog
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calls: list[ToolCall] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def skip(self, position: int) -> int:
        """Past white space."""
        return _space(self.text, position).end()

    def take(self, name: str, arguments: Mapping[str, Any], position: int) -> None:
        """Keep a call, if it has a name."""
        if name.strip():
            self.calls.append(ToolCall(name, dict(arguments)))
        else:
            self.log.add("missing_name", "a call needs a name", position)

    def pass_over(self, start: int, end: int, message: str) -> None:
        """Note text that stands in no block, unless it is white space."""
        stray = self.text[start:end]
        if stray.strip():
            self.log.add("extra_text", message, start + len(stray) - len(stray.lstrip()))
            self.outside.append(stray.strip())

    def json_object(self, position: int) -> tuple[dict[str, Any], int] | None:
        """The JSON object of a call's arguments and where it ends; None where it is broken."""
        fence = _fence(self.text, position)
        if fence:
            self.log.add("bad_layout", "the arguments stand in a fence", position)
            position = fence.end()
        try:
            value, end, doubled = decode(self.text, position)
        except BadJson as error:
            self.log.add("bad_json", f"not valid JSON: {error}", error.position)
            return None
        if doubled:
            self.log.add("duplicate_key", "an object gives one key twice", position)
        if fence and (closing := _fence_end(self.text, end)):
            end = closing.end()
        return _object(value, self.log, position), end


class MarkedFormat(ChatFormat):
    """Calls between markers; the text in front of them is the reply.

    Attributes:
        tags: the markers.
        thoughts: the tags around a thought, the first being what is written.
        openings: what opens a call.
        closings: what closes one; none where a call ends with its arguments.
        sections: what opens the part of the text that holds the calls; none where nothing does.
        section_ends: what closes that part.
        result_tags: what stands around a result.
        syntax: how to call, for the system text.
    """

    tags: Tags
    thoughts: tuple[tuple[str, str], ...] = (("<think>", "</think>"),)
    openings: tuple[str, ...]
    closings: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    section_ends: tuple[str, ...] = ()
    result_tags: tuple[str, str] = ("<tool_response>\n", "\n</tool_response>")
    syntax: str

    @property
    def markers(self) -> tuple[str, ...]:
        """The format's tags."""
        return (*self.tags.markers, *(tag for pair in self.thoughts for tag in pair))

    def opening_of(self, text: str) -> str:
        """The tag whose closing stands in the text, else the one that is written here."""
        return next((tag for tag, closing in self.thoughts if closing in text), self.open_thought)

    @abstractmethod
    def read_call(self, scan: Scan, start: int, opening: str) -> int:
        """Read the call behind an opening marker; returns where it ends, its closing included.

        A call that can't be read is one issue, and ends where :meth:`end_of_broken` says.
        """

    def render_system(self, tools: Sequence[ToolSpec]) -> str:
        """The tools as one JSON object a line; nothing when there are none."""
        lines = (json.dumps(tool.to_dict(), ensure_ascii=False) for tool in tools)
        shown = self.tags.escape("\n".join(lines))
        return _SYSTEM.format(tools=shown, syntax=self.syntax) if tools else ""

    def render_results(self, results: Sequence[Message]) -> str:
        """One block a result."""
        opening, closing = self.result_tags
        return "\n".join(f"{opening}{self.tags.drop(one.content)}{closing}" for one in results)

    def render_thought(self, thought: str) -> str:
        """A thought in its tags with an empty line after it, or nothing."""
        opening, closing = self.thoughts[0]
        thought = self.tags.drop(thought).strip()
        return f"{opening}\n{thought}\n{closing}\n\n" if thought else ""

    def render_answer(self, thought: str, calls: Sequence[ToolCall], reply: str) -> str:
        """A thought if there is one, the reply, then the calls."""
        said = self.tags.drop(reply).strip()
        written = self.write_calls(calls) if calls else ""
        between = "\n" if said and written else ""
        return self.render_thought(thought) + said + between + written

    @abstractmethod
    def write_calls(self, calls: Sequence[ToolCall]) -> str:
        """The calls, at least one, as they stand in an answer."""

    def read(self, text: str) -> Completion:
        """Read thought, reply and calls; text after the first call is an issue."""
        return self._read(Scan(text, IssueLog(text)))

    def read_offered(self, text: str, tools: Sequence[ToolSpec]) -> Completion:
        """The same, for what reads values by the schemas of the tools."""
        return self._read(Scan(text, IssueLog(text), parameters_of(tools)))

    def _read(self, scan: Scan) -> Completion:
        text, log = scan.text, scan.log
        thought, start = self._thought(scan)
        if thought and (quoted := self._any_opening.search(thought)):
            place = text.find(quoted.group())
            log.add("tag_in_thought", f"the thought quotes {quoted.group()}", place)
        first = self._any_opening.search(text, start)
        reply = text[start : first.start() if first else len(text)].strip()
        self.tags.note(text, start, first.start() if first else len(text), log)
        if first:
            self._read_calls(scan, first)
        elif not reply and not log.count:
            log.add("empty_answer", "there is neither a call nor a reply", len(text))
        return Completion(
            thought, tuple(scan.calls), reply or None, log.finish(), "\n".join(scan.outside)
        )

    def _thought(self, scan: Scan) -> tuple[str | None, int]:
        thought, start = None, 0
        for opening, closing in self.thoughts:
            thought, start = split_thought(scan.text, scan.log, opening, closing)
            if thought is not None:
                break
        return thought, start

    def _read_calls(self, scan: Scan, first: re.Match[str]) -> None:
        """All sections and calls from the first marker on."""
        section = -1  # where the section that is open was opened
        empty = True
        marker: re.Match[str] | None = first
        while marker and not scan.log.full:
            sign, position = marker.group(), marker.end()
            if sign in self.sections:
                if section >= 0:
                    scan.log.add("bad_layout", f"{sign} in a block that is open", marker.start())
                section, empty = marker.start(), True
            elif sign in self.section_ends:
                self._close(scan, marker, section, empty)
                section = -1
            else:
                if self.sections and section < 0:
                    scan.log.add("bad_layout", f"a call outside {self.sections[0]}", marker.start())
                empty = False
                while scan.text.startswith(sign, scan.skip(position)):
                    scan.log.add("bad_layout", f"{sign} stands twice", position)
                    position = scan.skip(position) + len(sign)
                position = self.read_call(scan, position, sign)
            marker = self._any_marker.search(scan.text, position)
            end = marker.start() if marker else len(scan.text)
            where = "text between the calls" if section >= 0 else "text after a call"
            scan.pass_over(position, end, where)
        if section >= 0 and not scan.log.full:
            scan.log.add("truncated", f"{self.sections[0]} is never closed", section)
            if empty:
                scan.log.add("no_call", "the block holds no call", section)

    def _close(self, scan: Scan, marker: re.Match[str], section: int, empty: bool) -> None:
        if section < 0:
            message = f"{marker.group()} closes nothing"
            scan.log.add("bad_layout", message, marker.start())
        elif empty:
            scan.log.add("no_call", "the block holds no call", section)

    def end_of_broken(self, scan: Scan, start: int) -> int:
        """Where a broken call ends: behind its closing marker, or before the next one of others."""
        found = self._after_broken.search(scan.text, start)
        if not found:
            if self.closings:
                scan.log.add("truncated", f"{self.closings[0]} is missing", len(scan.text))
            return len(scan.text)
        return found.end() if found.group() in self.closings else found.start()

    def read_json_call(self, scan: Scan, name: str, position: int) -> int:
        """Read a JSON object of arguments and the closing marker after it."""
        at = scan.skip(position)
        found = scan.json_object(at)
        if found is None:
            return self.end_of_broken(scan, at)
        arguments, end = found
        scan.take(read_word(name), arguments, position)
        return self.expect_closing(scan, end)

    def expect_closing(self, scan: Scan, position: int) -> int:
        """Go past the closing marker that should stand here."""
        after = scan.skip(position)
        for closing in self.closings:
            if scan.text.startswith(closing, after):
                return after + len(closing)
        if not self.closings:
            return position
        if after == len(scan.text):
            scan.log.add("truncated", f"{self.closings[0]} is missing", after)
            return after
        found = self._after_broken.search(scan.text, after)
        end = found.start() if found else len(scan.text)
        if scan.text[after:end].strip():
            scan.pass_over(after, end, "text after the arguments")
        else:
            scan.log.add("bad_layout", f"{self.closings[0]} is missing", after)
        return found.end() if found and found.group() in self.closings else end

    @cached_property
    def _any_opening(self) -> re.Pattern[str]:
        return _one_of(*self.sections, *self.openings)

    @cached_property
    def _any_marker(self) -> re.Pattern[str]:
        return _one_of(*self.sections, *self.section_ends, *self.openings)

    @cached_property
    def _after_broken(self) -> re.Pattern[str]:
        return _one_of(*self.closings, *self.sections, *self.section_ends, *self.openings)


def parameters_of(tools: Sequence[ToolSpec]) -> dict[str, Mapping[str, Any]]:
    """Tool name to the JSON Schema of its parameters; of two with one name the first."""
    return {tool.name: tool.parameters for tool in reversed(tools)}


def _object(value: Any, log: IssueLog, position: int) -> dict[str, Any]:
    """Decoded arguments; an object that was quoted as a string is read, with an issue."""
    if isinstance(value, dict):
        return value
    log.add("bad_arguments", "the arguments are not an object", position)
    try:
        inner = decode(value)[0] if isinstance(value, str) else None
    except BadJson:
        inner = None
    return inner if isinstance(inner, dict) else {}


def _one_of(*markers: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(markers, key=len, reverse=True))))
