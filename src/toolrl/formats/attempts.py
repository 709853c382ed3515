"""Attempts to call in any syntax: a reply that calls a tool as some other model would.

A format reads calls in its own syntax. A reply in which a call stands in another one is no
abstention, or a policy would learn to abstain by calling where nobody reads it. Three things give
an attempt away: the name of a tool that is *offered* in call position (``name(``, ``"name": "…"``,
``<function=name``, ``Action: name`` …), its name with a value for one of its own parameters beside
it (``name | amount: 250``), and the markers that some model family puts around calls. Names that
nobody offers are left alone: code, JSON and documentation are good replies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from toolrl.types import ToolSpec

_MOST_MENTIONS = 1_000  # of one name; a text with more is no reply, and needs no closer look
_BEFORE, _AFTER = 80, 80

_QUOTE = r"(?:\\?[\"'`“”‘’])"
_KEY = (
    r"(?:name|(?:tool|function|func|fn|api|action|command|method|recipient)"
    r"(?:[_ ]?(?:name|id|call))?|call|invoke|operation)"
)
_OBJECT = r"\{\s*(?:[\"'“‘}\\]|\w+\s*[:=]|$)"
# What follows a name and a space where it is called, and not explained: "search (the web)".
_ARGUMENTS = (
    rf"[(（]\s*(?:\)|{_QUOTE}|[\[{{]|[^\W\d]\w*\s*[=:]|-?\d[\d.]*\s*,|-?\d[\d.]*\s*\)\s*(?:\n|$))"
)
_DESCRIPTION = r"(?:description|purpose)"

# What stands before a name and after it, where the name is called; None asks for nothing.
_POSITIONS: tuple[tuple[re.Pattern[str] | None, re.Pattern[str] | None], ...] = tuple(
    (before and re.compile(f"{before}$"), after and re.compile(after))
    for before, after in (
        (None, r"[({（]"),  # name(, name{
        (None, rf"(?:{_QUOTE}|\*\*?)?\s+{_ARGUMENTS}"),  # name (key=
        (None, rf"(?:{_QUOTE}|\*\*?|\u200b|\.(?:run|call|invoke|execute))\("),  # "name"(
        (None, r"\[ARGS\]"),
        (None, r"\s+--\w"),  # name --key value
        (None, rf"\s+(?i:with)\s+{_OBJECT}"),  # name with {…}
        (None, r"\[(?!\d*\])|<\w+[>=]|\s*<(?:arg|param)\w*[>=]"),  # name[value], name<key>value
        (r"(?:^|\n)\s*[/@]", r"\s+\S"),  # /name value
        # name {…}, name: {…}, "name": {…}, "name", {…}, name<mark>{…}, name:0<mark>{…}
        (
            None,
            rf"(?::\d+)?{_QUOTE}?\s*(?:[:,=：]|[-=]>|<[^<>\n]{{1,40}}>)?\s*(?:```\w*\s*)?{_OBJECT}",
        ),
        # "tool": "name", but not a tool that is being described
        (
            rf"(?i:{_KEY}){_QUOTE}?\s*[:=]\s*{_QUOTE}\s*(?:\w+\.)?",
            rf"\s*{_QUOTE}(?!\s*,\s*{_QUOTE}?(?i:{_DESCRIPTION})\b)",
        ),
        (rf"[{{,(\[]\s*{_QUOTE}?(?i:{_KEY}){_QUOTE}?\s*[:=]\s*", r"\s*[,})\]]"),  # {name: name,
        # call("name", or call(name,
        (rf"(?i:call|invoke|run|execute)\w*\(\s*(?:\w+\s*=\s*)?{_QUOTE}?", rf"{_QUOTE}?\s*[,)]"),
        # Action: name, on a line of its own, but not where a description follows
        (
            rf"(?:^|\n)[\s*#>-]*(?i:(?:using )?{_KEY})(?: \d+)?\s*(?:\*\*)?:(?:\*\*)?\s*{_QUOTE}?",
            rf"{_QUOTE}?\s*(?:(?:\n|$)(?![\s*#>-]*(?i:{_DESCRIPTION}))|\[|,\s*(?i:arg|param|input))",
        ),
        (r"<\|?[\w:.-]{1,40}(?:\s+\w{1,20})?\s*[=:]\s*[\"']?(?:functions\.)?", None),
        (r"<", r"\s*/?>|\s+\w+\s*="),  # <name>, <name key="…">
        (
            r"<[^<>\n]{0,12}(?i:tool|func|call|invoke|action|name)[^<>\n]{0,30}>\s*(?:functions\.)?",
            None,
        ),
        (r"(?:\bto=|\bcall:|\[TOOL_CALLS\]\s*|\bfunctions\.)(?:functions\.)?", None),
    )
)

# A parameter with its value beside the name, whatever the layout. Behind a colon only a literal is
# a value, since "amount: the sum to convert" describes the parameter.
_LINKS = r"(?i:with|using|tool|function|arguments?|args|param(?:eter)?s?|inputs?|where|on|and|the)"
_LITERAL = r"(?:[\"'“\[{]|-?\d|(?i:true|false|null|none)\b)"
_given = re.compile(
    rf"(?:[^\w.!?;]|\?(?=\S)){{0,12}}(?:{_LINKS}(?:[^\w.!?;]){{1,8}}){{0,3}}(?P<key>[\w-]+)"
    rf"{_QUOTE}?(?:(?P<tight>=)[^=\s>]|\s*:?=(?!=)\s*\S|\s*(?::|[-=]>)\s*{_LITERAL})"
).match

_marker = re.compile(
    r"</?(?:\w+:)?(?:tool_calls?|function_calls?|functioncalls?|tool_use|tool_code|invoke)\b"
    r"|<function=|</function>"
    r"|<\|(?:/?tool_calls?\w*|python_tag|python_start|action_start|plugin|call)\|>"
    r"|<\|tool_call>|<tool_call\|>|<start_function_call>|<end_function_call>"
    r"|<[｜|](?:tool▁|DSML[｜|])"
    r"|<\|channel\|>\s*commentary\s+to="
    r"|\[/?TOOL_CALLS?\]|\[TOOL_REQUEST\]"
    r"|✿(?:FUNCTION|ARGS)✿"
    r"|```(?:tool_code|tool_calls?|function_call)\b|\bfunctools\["
)


class Attempt(NamedTuple):
    """A call in a text that no reader reads.

    Attributes:
        what: the tool's name, or the marker of a syntax.
        position: where it stands, an offset in the text.
    """

    what: str
    position: int


def find_attempts(text: str, tools: Sequence[ToolSpec]) -> Iterator[Attempt]:
    r"""Every attempt to call in a text: markers of any syntax first, then offered names.

    Args:
        text: what is no call of the format: a reply, or text outside the format's blocks.
        tools: those that are offered.

    Example:
        >>> offered = [ToolSpec("get_weather")]
        >>> [one.what for one in find_attempts("Action: get_weather\nAction Input: {}", offered)]
        ['get_weather']
        >>> list(find_attempts("get_weather tells the weather; f(x=1) is 2.", offered))
        []
    """
    if "<" in text or "[" in text or "`" in text or "✿" in text:
        for marker in _marker.finditer(text):
            yield Attempt(marker.group(), marker.start())
    for tool in tools:
        name = tool.name
        if name in text and name.strip():
            for count, position in enumerate(_mentions(text, name)):
                end = position + len(name)
                if (
                    count == _MOST_MENTIONS
                    or _is_called(text, position, end)
                    or _is_given_a_value(text, end, tool)
                ):
                    yield Attempt(name, position)
                if count == _MOST_MENTIONS:
                    break


def _mentions(text: str, name: str) -> Iterator[int]:
    """Where the name stands and is no part of a longer word."""
    position = text.find(name)
    while position >= 0:
        end = position + len(name)
        if not (
            (_is_word(name[0]) and _is_word(text[position - 1 : position]))
            or (_is_word(name[-1]) and _is_word(text[end : end + 1]))
        ):
            yield position
        position = text.find(name, end)


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _is_called(text: str, start: int, end: int) -> bool:
    return any(
        (before is None or before.search(text, max(0, start - _BEFORE), start))
        and (after is None or after.match(text, end, end + _AFTER))
        for before, after in _POSITIONS
    )


def _is_given_a_value(text: str, end: int, tool: ToolSpec) -> bool:
    """Whether a parameter stands behind the name; any will do for a name that is no plain word."""
    found = _given(text, end, end + _AFTER)
    if not found:
        return False
    may_be_prose = tool.name.isalpha() and tool.name.islower()
    return found["key"] in tool.properties or bool(found["tight"] and not may_be_prose)
