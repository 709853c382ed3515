"""DeepSeek's markup from V3.2 on: tags for calls and parameters, which say what is text.

The layouts follow the encoders published with V3.2 and V4; the wording is our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from toolrl.formats.marked import MarkedFormat, Scan
from toolrl.formats.tags import Tags
from toolrl.formats.words import read_word, write_word
from toolrl.schema.json_values import BadJson, decode
from toolrl.types import ToolCall

_PARAMETER_END = "</｜DSML｜parameter>"
_invoke = re.compile(r"\s*name=\"([^\"\n<>]*+)\"\s*(/?)>").match
_parameter = re.compile(
    r"<｜DSML｜ ?parameter name=\"([^\"\n<>]*+)\"(?: string=\"(true|false)\")?>"
).match
_end_of_value = re.compile(r"</｜DSML｜ ?parameter>").search
_end_of_invoke = re.compile(r"</｜DSML｜ ?invoke>").match


class DsmlFormat(MarkedFormat):
    """All calls in one section; a parameter says whether its value is text or JSON.

    V3.2 calls the section ``function_calls``, V4 ``tool_calls`` (what is written here), V4.1
    ``calls`` with a space before each name of a tag.

    Example:
        >>> done = DsmlFormat().parse(DsmlFormat().render_answer("", [ToolCall("f", {"a": 1})], ""))
        >>> done.calls
        (ToolCall(name='f', arguments={'a': 1}),)
    """

    name = "deepseek-dsml"
    tags = Tags("think", special=("<｜DSML｜", "</｜DSML｜"))
    openings = ("<｜DSML｜invoke", "<｜DSML｜ invoke")
    closings = ("</｜DSML｜invoke>", "</｜DSML｜ invoke>")
    sections = ("<｜DSML｜tool_calls>", "<｜DSML｜function_calls>", "<｜DSML｜ calls>")
    section_ends = ("</｜DSML｜tool_calls>", "</｜DSML｜function_calls>", "</｜DSML｜ calls>")
    result_tags = ("<tool_result>", "</tool_result>")
    syntax = """\
To call some, write their names and parameters in tags like these, one invoke tag for each call:
<｜DSML｜tool_calls>
<｜DSML｜invoke name="function_name">
<｜DSML｜parameter name="a_text" string="true">value</｜DSML｜parameter>
<｜DSML｜parameter name="anything_else" string="false">value as JSON</｜DSML｜parameter>
</｜DSML｜invoke>
</｜DSML｜tool_calls>"""

    def write_calls(self, calls: Sequence[ToolCall]) -> str:
        """One section."""
        written = (
            f'<｜DSML｜invoke name="{write_word(call.name)}">\n'
            + "".join(self._write(key, value) for key, value in call.arguments.items())
            + "</｜DSML｜invoke>\n"
            for call in calls
        )
        return f"<｜DSML｜tool_calls>\n{''.join(written)}</｜DSML｜tool_calls>"

    def _write(self, key: str, value: Any) -> str:
        """Text as it is; text that holds a tag as JSON, where the tag can be escaped."""
        plain = isinstance(value, str) and not self.tags.occurs(value)
        text = value if plain else self.tags.escape(json.dumps(value, ensure_ascii=False))
        kind = "true" if plain else "false"
        opening = f'<｜DSML｜parameter name="{write_word(key)}" string="{kind}">'
        return f"{opening}{text}{_PARAMETER_END}\n"

    def read_call(self, scan: Scan, start: int, opening: str) -> int:
        """Name, parameters, the closing tag."""
        name = _invoke(scan.text, start)
        if not name:
            scan.log.add("bad_call", 'expected name="…">', start)
            return self.end_of_broken(scan, start)
        arguments: dict[str, Any] = {}
        position = scan.skip(name.end())
        while not name.group(2) and (key := _parameter(scan.text, position)):
            end = _end_of_value(scan.text, key.end())
            if not end:
                scan.log.add("bad_call", "the parameter's value is never closed", position)
                return self.end_of_broken(scan, key.end())
            word = read_word(key.group(1))
            if word in arguments:
                scan.log.add("duplicate_key", f"the argument {word[:40]} comes twice", position)
            try:
                arguments[word] = _value(scan.text[key.end() : end.start()], key.group(2))
            except BadJson as error:
                scan.log.add("bad_json", f"{word[:40]} is not valid JSON: {error}", key.end())
                return self.end_of_broken(scan, end.end())
            position = scan.skip(end.end())
        if not name.group(2):
            closed = _end_of_invoke(scan.text, position)
            if not closed:
                scan.log.add("bad_call", "expected a parameter or the closing tag", position)
                return self.end_of_broken(scan, position)
            position = closed.end()
        scan.take(read_word(name.group(1)), arguments, start)
        return position


def _value(text: str, is_text: str | None) -> Any:
    """Text as it is, the rest as JSON; without the attribute, JSON if it is."""
    if is_text == "true":
        return text
    inner = text.strip()
    try:
        value, end, _ = decode(inner)
        if end != len(inner):
            raise BadJson("text after the value", end)
    except BadJson:
        if is_text is None:
            return text
        raise
    return value
