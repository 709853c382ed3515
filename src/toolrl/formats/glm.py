"""The format of GLM 4.5 and later: a name, then a pair of tags for each argument.

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

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_name = re.compile(r"\s*+[^<>{}\n]*+").match
_key = re.compile(r"<arg_key>([^<>]*+)</arg_key>\s*+<arg_value>").match
_end_of_value = re.compile(r"</arg_value>|(?=</tool_call>\s*+(?:<tool_call>|$))").search


def _closes(text: str, start: int) -> bool:
    """Whether anything closes a value: found faster than by the expression, in vain or not."""
    return text.find("</arg_value>", start) >= 0 or text.find(_CLOSE, start) >= 0


class GlmFormat(TaggedFormat):
    r"""One ``<tool_call>`` block a call; values are text.

    Example:
        >>> text = "<tool_call>f\n<arg_key>a</arg_key>\n<arg_value>Oslo</arg_value>\n</tool_call>"
        >>> GlmFormat().parse(text).calls
        (ToolCall(name='f', arguments={'a': 'Oslo'}),)
    """

    name = "glm"
    tags = Tags("think", "tool_call", "tool_response", "arg_key", "arg_value")
    openings = (_OPEN,)
    closings = (_CLOSE,)
    syntax = """\
To call one, write its name and its parameters in tags like these, one such block for each call:
<tool_call>function_name
<arg_key>parameter_name</arg_key>
<arg_value>value</arg_value>
</tool_call>
Write text as it is, other values as JSON; a text that would be JSON stands in double quotes."""

    def write_calls(self, calls: Sequence[ToolCall]) -> str:
        """One block a call."""
        return "\n".join(
            f"{_OPEN}{write_word(call.name)}\n{self.write_arguments(call.arguments)}{_CLOSE}"
            for call in calls
        )

    def write_argument(self, name: str, text: str) -> str:
        """Key and value, a line each."""
        return f"<arg_key>{write_word(name)}</arg_key>\n<arg_value>{text}</arg_value>\n"

    def read_call(self, scan: Scan, start: int, opening: str) -> int:
        """Name, pairs of key and value, ``</tool_call>``."""
        name = _name(scan.text, start)
        pairs: list[tuple[str, str]] = []
        position = scan.skip(name.end())
        while key := _key(scan.text, position):
            end = _closes(scan.text, key.end()) and _end_of_value(scan.text, key.end())
            if not end:
                scan.log.add("bad_call", "the value is never closed", position)
                return self.end_of_broken(scan, key.end())
            if not end.group():
                scan.log.add("bad_layout", "</arg_value> is missing", end.start())
            pairs.append((key.group(1), scan.text[key.end() : end.start()]))
            position = scan.skip(end.end())
        if not scan.text.startswith(_CLOSE, position):
            scan.log.add("bad_call", f"expected <arg_key> or {_CLOSE}", position)
            return self.end_of_broken(scan, position)
        self.take(scan, name.group(), pairs, start)
        return position + len(_CLOSE)
