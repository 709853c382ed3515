"""Kimi K2's format: ``functions.name:0<|tool_call_argument_begin|>{…}`` in a section of calls.

The layout follows the published chat templates of these models; the wording is our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from toolrl.formats.marked import MarkedFormat, Scan
from toolrl.formats.tags import Tags
from toolrl.formats.words import write_word
from toolrl.types import ToolCall

_CALLS, _CALLS_END = "<|tool_calls_section_begin|>", "<|tool_calls_section_end|>"
_CALL, _CALL_END = "<|tool_call_begin|>", "<|tool_call_end|>"
_ARGUMENTS = "<|tool_call_argument_begin|>"
_name = re.compile(rf"\s*+(?:functions\.)?([^<>\n]*+){re.escape(_ARGUMENTS)}").match
_number = re.compile(r":\d+\s*$")


class KimiFormat(MarkedFormat):
    """All calls in one section; a call's name stands in its id, with its number.

    Example:
        >>> call = '<|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{}<|tool_call_end|>'
        >>> section = f"<|tool_calls_section_begin|>{call}<|tool_calls_section_end|>"
        >>> KimiFormat().parse(section).calls
        (ToolCall(name='f', arguments={}),)
    """

    name = "kimi"
    tags = Tags("think", special=(_CALLS, _CALLS_END, _CALL, _CALL_END, _ARGUMENTS))
    openings = (_CALL,)
    closings = (_CALL_END,)
    sections = (_CALLS,)
    section_ends = (_CALLS_END,)
    result_tags = ("## Result\n", "")
    syntax = f"""\
To call some, write for each its name with a number from 0 and a JSON object of its arguments, all \
between these markers:
{_CALLS}{_CALL}functions.function_name:0{_ARGUMENTS}{{"parameter": "value"}}{_CALL_END}{_CALLS_END}
For several calls, repeat what stands from {_CALL} to {_CALL_END}."""

    def write_calls(self, calls: Sequence[ToolCall]) -> str:
        """One section, the calls numbered."""
        written = (
            f"{_CALL}functions.{write_word(call.name)}:{number}{_ARGUMENTS}"
            + self.tags.escape(json.dumps(dict(call.arguments), ensure_ascii=False))
            + _CALL_END
            for number, call in enumerate(calls)
        )
        return f"{_CALLS}{''.join(written)}{_CALLS_END}"

    def read_call(self, scan: Scan, start: int, opening: str) -> int:
        """An id with the name in it, and an object."""
        name = _name(scan.text, start)
        if not name:
            scan.log.add("bad_call", f"expected functions.name:0{_ARGUMENTS}", start)
            return self.end_of_broken(scan, start)
        return self.read_json_call(scan, _number.sub("", name.group(1)), name.end())
