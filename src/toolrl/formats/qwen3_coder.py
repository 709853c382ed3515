"""The format of Qwen3-Coder, Qwen3.5 and later, and Nemotron 3: tags for function and parameters.

The layout follows the published chat templates of these models; the wording is our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from toolrl.formats.marked import Scan
from toolrl.formats.tagged_values import TaggedFormat
from toolrl.formats.tags import Tags
from toolrl.formats.words import write_word
from toolrl.types import ToolCall

_FUNCTION, _FUNCTION_END = "<function=", "</function>"
_PARAMETER, _PARAMETER_END = "<parameter=", "</parameter>"
_header = re.compile(r"([^<>\n]*)>").match
# A value ends at its closing tag, if what follows could follow; where the tag is missing, at the
# next tag on a line of its own. One line break at each end is none of the value.
_NEXT = r"(?=\s*+(?:<parameter=|</function>|<function=|</tool_call>|<tool_call>|$))"
_break = re.compile(r"\r?\n").match
_end = re.compile(
    rf"</parameter>{_NEXT}"
    r"|\n(?=<parameter=[^<>\n]+>\n)|\n(?=</function>\s*+(?:</tool_call>|$))"
).search
_break_before = re.compile(r"\n[ \t]*\Z").search


class Qwen3CoderFormat(TaggedFormat):
    r"""One ``<tool_call>`` block a call, with a tag for each parameter; values are text.

    Example:
        >>> text = "<tool_call>\n<function=f>\n<parameter=a>\n1\n</parameter>\n</function>\n"
        >>> Qwen3CoderFormat().parse(text + "</tool_call>").calls
        (ToolCall(name='f', arguments={'a': 1}),)
    """

    name = "qwen3-coder"
    tags = Tags(
        "think",
        "tool_call",
        "tool_response",
        special=(_FUNCTION, _FUNCTION_END, _PARAMETER, _PARAMETER_END),
    )
    openings = (_FUNCTION,)
    closings = (_FUNCTION_END,)
    sections = ("<tool_call>",)
    section_ends = ("</tool_call>",)
    syntax = """\
To call one, write its name and its parameters in tags like these, one such block for each call:
<tool_call>
<function=function_name>
<parameter=parameter_name>
value
</parameter>
</function>
</tool_call>
Write text as it is, other values as JSON; a text that would be JSON stands in double quotes."""

    def write_calls(self, calls: Sequence[ToolCall]) -> str:
        """One block a call."""
        return "\n".join(
            f"<tool_call>\n<function={write_word(call.name)}>\n"
            f"{self.write_arguments(call.arguments)}</function>\n</tool_call>"
            for call in calls
        )

    def write_argument(self, name: str, text: str) -> str:
        """The value on lines of its own."""
        return f"<parameter={write_word(name)}>\n{text}\n</parameter>\n"

    def read_call(self, scan: Scan, start: int, opening: str) -> int:
        """Name, parameters, ``</function>``."""
        name = _header(scan.text, start)
        if not name:
            scan.log.add("bad_call", "the function's name is never closed", start)
            return self.end_of_broken(scan, start)
        pairs: list[tuple[str, str]] = []
        position = scan.skip(name.end())
        while scan.text.startswith(_PARAMETER, position):
            key = _header(scan.text, position + len(_PARAMETER))
            if not key:
                scan.log.add("bad_call", "the parameter's name is never closed", position)
                return self.end_of_broken(scan, position)
            on_line = _break(scan.text, key.end())
            begin = on_line.end() if on_line else key.end()
            end = _end(scan.text, key.end())
            if not end:
                scan.log.add("bad_call", "the parameter's value is never closed", position)
                return self.end_of_broken(scan, begin)
            stop = end.start()
            if end.group() == _PARAMETER_END:
                closes_on_line = _break_before(scan.text[max(key.end(), stop - 80) : stop])
                if closes_on_line:
                    stop -= len(closes_on_line.group())
                    if on_line and on_line.group() == "\r\n":  # Windows' at both ends
                        stop -= scan.text[stop - 1] == "\r"
                if bool(on_line) != bool(closes_on_line):
                    scan.log.add("bad_layout", "one tag stands beside the value", stop)
            elif _PARAMETER_END in scan.text[begin:stop]:
                scan.log.add("bad_call", f"text after {_PARAMETER_END}", begin)
                return self.end_of_broken(scan, begin)
            else:
                scan.log.add("bad_layout", f"{_PARAMETER_END} is missing", stop)
            pairs.append((key.group(1), scan.text[begin : max(begin, stop)]))
            position = scan.skip(end.end())
        if not scan.text.startswith(_FUNCTION_END, position):
            scan.log.add("bad_call", f"expected {_PARAMETER} or {_FUNCTION_END}", position)
            return self.end_of_broken(scan, position)
        self.take(scan, name.group(1), pairs, start)
        return position + len(_FUNCTION_END)
