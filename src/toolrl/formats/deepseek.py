"""DeepSeek's format: ``name<｜tool▁sep｜>{…}`` (V3.1), and V3's and R1's with a fence around JSON.

The layouts follow the published chat templates of these models; the wording is our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from toolrl.formats.marked import MarkedFormat, Scan
from toolrl.formats.tags import Tags
from toolrl.formats.words import read_word, write_word
from toolrl.types import ToolCall

_CALLS, _CALLS_END = "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"
_CALL, _CALL_END = "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"
_SEP = "<｜tool▁sep｜>"
_RESULT, _RESULT_END = "<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>"
_name = re.compile(rf"([^<>\n]*+){re.escape(_SEP)}\s*+").match
_fenced = re.compile(rf"\s*+function{re.escape(_SEP)}([^<>\n]*+)\n\s*+```(?:json)?\s*+").match
_fence = re.compile(r"\s*+```").match


class DeepSeekFormat(MarkedFormat):
    """All calls in one section, a pair of markers around each.

    Example:
        >>> call = '<｜tool▁call▁begin｜>f<｜tool▁sep｜>{"a": 1}<｜tool▁call▁end｜>'
        >>> DeepSeekFormat().parse(f"<｜tool▁calls▁begin｜>{call}<｜tool▁calls▁end｜>").calls
        (ToolCall(name='f', arguments={'a': 1}),)
    """

    name = "deepseek"
    tags = Tags("think", special=(_CALLS, _CALLS_END, _CALL, _CALL_END, _SEP, _RESULT, _RESULT_END))
    openings = (_CALL,)
    closings = (_CALL_END,)
    sections = (_CALLS,)
    section_ends = (_CALLS_END,)
    result_tags = (_RESULT, _RESULT_END)
    syntax = f"""\
To call some, write their names and JSON objects of their arguments between these markers:
{_CALLS}{_CALL}function_name{_SEP}{{"parameter": "value"}}{_CALL_END}{_CALLS_END}
For several calls, repeat what stands from {_CALL} to {_CALL_END}."""

    def write_calls(self, calls: Sequence[ToolCall]) -> str:
        """One section."""
        written = (
            f"{_CALL}{write_word(call.name)}{_SEP}"
            + self.tags.escape(json.dumps(dict(call.arguments), ensure_ascii=False))
            + _CALL_END
            for call in calls
        )
        return f"{_CALLS}{''.join(written)}{_CALLS_END}"

    def read_call(self, scan: Scan, start: int, opening: str) -> int:
        """A name and an object, in a fence or not."""
        fenced = _fenced(scan.text, start)
        name = fenced or _name(scan.text, start)
        if not name:
            scan.log.add("bad_call", f"expected a name, {_SEP} and a JSON object", start)
            return self.end_of_broken(scan, start)
        found = scan.json_object(name.end())
        if found is None:
            return self.end_of_broken(scan, name.end())
        arguments, end = found
        scan.take(read_word(name.group(1)), arguments, start)
        if fenced and (closed := _fence(scan.text, end)):
            end = closed.end()
        return self.expect_closing(scan, end)
