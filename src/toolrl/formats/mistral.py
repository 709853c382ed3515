"""Mistral's format: ``[TOOL_CALLS]name[ARGS]{…}``, and the older list ``[TOOL_CALLS] [{…}]``.

The layouts follow the published templates and tokenizers of Mistral's models; the wording is ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from toolrl.formats.json_calls import CallReader, read_call
from toolrl.formats.marked import MarkedFormat, Scan
from toolrl.formats.tags import Tags
from toolrl.formats.words import write_word
from toolrl.schema.json_values import BadJson, decode
from toolrl.types import ToolCall

_CALLS, _ARGS, _ID = "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]"
_head = re.compile(r"([^\[\]{}]*+)(?:\[CALL_ID\]([^\[\]{}]*+))?(\[ARGS\]|(?=\{))").match


class MistralFormat(MarkedFormat):
    """A marker before each call; the text in front of the first one is the reply.

    Example:
        >>> MistralFormat().parse('[TOOL_CALLS]f[ARGS]{"a": 1}').calls
        (ToolCall(name='f', arguments={'a': 1}),)
    """

    name = "mistral"
    tags = Tags(
        "think",
        special=(
            *(_CALLS, _ARGS, _ID, "[THINK]", "[/THINK]"),
            *("[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CONTENT]"),
        ),
    )
    thoughts = (("[THINK]", "[/THINK]"), ("<think>", "</think>"))
    open_thought = "[THINK]"
    openings = (_CALLS,)
    result_tags = ("[TOOL_RESULTS]", "[/TOOL_RESULTS]")
    syntax = """\
To call one, write its name and a JSON object of its arguments like this, once for each call:
[TOOL_CALLS]function_name[ARGS]{"parameter": "value"}"""

    def write_calls(self, calls: Sequence[ToolCall]) -> str:
        """One marker a call."""
        return "".join(
            f"{_CALLS}{write_word(call.name)}{_ARGS}"
            + self.tags.escape(json.dumps(dict(call.arguments), ensure_ascii=False))
            for call in calls
        )

    def read_call(self, scan: Scan, start: int, opening: str) -> int:
        """A name and its arguments, or a list of calls as objects."""
        begin = scan.skip(start)
        if scan.text.startswith(("[{", "[]"), begin) or (
            scan.text.startswith("[", begin) and scan.text.startswith("{", scan.skip(begin + 1))
        ):
            return self._read_list(scan, begin)
        head = _head(scan.text, begin)
        if not head:
            code = "no_call" if not scan.text[begin:].strip() else "bad_call"
            scan.log.add(code, f"no name and {_ARGS} follow {_CALLS}", start)
            return self.end_of_broken(scan, begin)
        if not head.group(3):
            scan.log.add("bad_layout", f"{_ARGS} is missing", head.end())
        return self.read_json_call(scan, head.group(1), head.end())

    def _read_list(self, scan: Scan, start: int) -> int:
        """The older layout: a list of objects, each with a name and its arguments."""
        try:
            items, end, doubled = decode(scan.text, start)
        except BadJson:
            return self._read_broken_list(scan, start)
        if doubled:
            scan.log.add("duplicate_key", "an object gives one key twice", start)
        if not items:
            scan.log.add("no_call", "the list holds no call", start)
        for item in items:
            call = read_call(item, "arguments", scan.log, start, harmless=("id",))
            scan.calls += [call] if call else []
        return end

    def _read_broken_list(self, scan: Scan, start: int) -> int:
        reader = CallReader(
            scan.text, scan.log, "arguments", one_per_line=False, separators=",", harmless=("id",)
        )
        after, _ = reader.read_until(start, _CALLS)
        scan.calls += reader.calls
        if reader.cut:
            scan.log.add("truncated", "the list is never closed", start)
        return after if after == len(scan.text) else after - len(_CALLS)
