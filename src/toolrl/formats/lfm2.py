"""LFM2's format: a Python list of calls between two markers.

The layout follows the published chat templates of these models; the wording is our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from toolrl.formats.marked import MarkedFormat, Scan
from toolrl.formats.python_calls import PythonFormat, write_python_call
from toolrl.formats.tags import Tags
from toolrl.types import ToolCall

_OPEN, _CLOSE = "<|tool_call_start|>", "<|tool_call_end|>"
_RESULT, _RESULT_END = "<|tool_response_start|>", "<|tool_response_end|>"
_LIST = PythonFormat()
_LONGEST_WITH_MARKERS = 4_000
_fence = re.compile(r"\s*```\w*").match


class Lfm2Format(MarkedFormat):
    """One list holds all calls; the text in front of it is the reply.

    Example:
        >>> Lfm2Format().parse('<|tool_call_start|>[f(a="x")]<|tool_call_end|>').calls
        (ToolCall(name='f', arguments={'a': 'x'}),)
    """

    name = "lfm2"
    tags = Tags("think", special=(_OPEN, _CLOSE, _RESULT, _RESULT_END))
    openings = (_OPEN,)
    closings = (_CLOSE,)
    result_tags = (_RESULT, _RESULT_END)
    syntax = f"""\
To call some, write a list of calls, with the name of each parameter and values as Python writes \
them, between these markers:
{_OPEN}[first_function(parameter="value", number=2), second_function()]{_CLOSE}"""

    def write_calls(self, calls: Sequence[ToolCall]) -> str:
        """The list in its markers."""
        listed = ", ".join(write_python_call(call) for call in calls)
        return f"{_OPEN}[{self.tags.escape(listed)}]{_CLOSE}"

    def read_call(self, scan: Scan, start: int, opening: str) -> int:
        """The list up to the closing marker, read as the format of such lists reads it."""
        closing = self._closing(scan.text, start)
        end = len(scan.text) if closing < 0 else closing
        listed = scan.text[start:end]
        if fence := _fence(listed):
            scan.log.add("bad_layout", "the list stands in a fence", start)
            listed = listed[fence.end() :].rstrip().removesuffix("```")
            start += fence.end()
        if not listed.lstrip().startswith("["):
            code = "bad_call" if listed.strip() else "no_call"
            scan.log.add(code, f"no list of calls follows {_OPEN}", start)
        else:
            done = _LIST.read(listed)
            scan.calls += done.calls
            for issue in done.issues:
                scan.log.add(issue.code, issue.message, start + issue.position)
            if not done.calls and not done.issues:
                scan.log.add("bad_call", "this is no list of calls", start)
        if closing < 0:
            scan.log.add("truncated", f"{_CLOSE} is missing", start)
            return end
        return closing + len(_CLOSE)

    def _closing(self, text: str, start: int) -> int:
        """Where the closing marker stands, not counting those in a string; -1 without one."""
        first = closing = text.find(_CLOSE, start)
        while 0 <= closing < start + _LONGEST_WITH_MARKERS:
            issues = _LIST.read(text[start:closing]).issues
            if not issues:
                return closing
            if not any(issue.code == "truncated" for issue in issues):
                break
            closing = text.find(_CLOSE, closing + len(_CLOSE))
        return first
