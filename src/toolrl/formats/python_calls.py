"""Calls as a Python list, the prompt style of BFCL: ``[f(a=1, b="x"), g()]``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from toolrl.formats.call_lists import CallListReader
from toolrl.formats.chat import ChatFormat, render_thought, split_thought
from toolrl.formats.issues import MAX_ISSUES, IssueLog
from toolrl.formats.tags import Tags
from toolrl.schema.literals import UNCLOSED_STRING, CallSyntaxError
from toolrl.types import Completion, Message, ToolCall, ToolSpec

_START_MARK, _END_MARK = "<|python_start|>", "<|python_end|>"
_TAGS = Tags("think", special=(_START_MARK, _END_MARK))
_MARKS = Tags(special=(_START_MARK, _END_MARK))
_plain_name = re.compile(
    r"[\w./](?:[\w./:&'-]| (?=[\w(&-])|\([\w ./&,-]+\)(?=[ \w])){0,199}"
).fullmatch
_plain_key = re.compile(r"[^\W\d]\w*").fullmatch
# A list that can't be read is a broken call where its first name has no spaces, or an argument.
_looks_like_calls = re.compile(
    r"\[\s*(?:[\w./-]+\(|[\w./-][^\[\]{}=,\n]*\(\s*(?:\)|\*\*|[^\W\d]\w*\s*=))"
).match
_another_list = re.compile(r"[\s;,]*\[(?=\s*[\w./-]+\()").match
_begins_bare_call = re.compile(r"[^\W\d][\w.]*\(").match
_space = re.compile(r"\s*").match
_comma = re.compile(r"\s*,\s*").match
_CALL_AFTER_COMMA = re.compile(r",\s*(?=[^\W\d][\w./]*\((?:\s*\)|\s*\w+\s*=))")
_call_after_comma, _find_call = _CALL_AFTER_COMMA.match, _CALL_AFTER_COMMA.search
_mark = re.compile(
    r""""[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*'|["'()\[\]{},]""", re.DOTALL
).finditer
_MOST_MARKS = 2_000
_SYSTEM = """\
You can call the functions below when they help with what the user asks. To call them, write only \
a list of calls such as [first_function(parameter="value", number=2), second_function()], with the \
name of each parameter and values as Python writes them. If no function fits, answer the user in \
plain words.

Functions:
{tools}"""


class PythonFormat(ChatFormat):
    """A list of calls, else the reply as plain text; never both.

    Example:
        >>> PythonFormat().parse('[add(a=1, b=-2.5)]').calls
        (ToolCall(name='add', arguments={'a': 1, 'b': -2.5}),)
    """

    name = "python"
    markers = _TAGS.markers
    reply_beside_calls = False

    def render_system(self, tools: Sequence[ToolSpec]) -> str:
        """The tools as one JSON object a line; nothing when there are none."""
        lines = (json.dumps(tool.to_dict(), ensure_ascii=False) for tool in tools)
        return _SYSTEM.format(tools="\n".join(lines)) if tools else ""

    def render_results(self, results: Sequence[Message]) -> str:
        """What each call returned, one a line."""
        lines = (f"{one.name}: {one.content}" if one.name else one.content for one in results)
        return "Results of the calls:\n" + "\n".join(lines)

    def render_answer(self, thought: str, calls: Sequence[ToolCall], reply: str) -> str:
        """A thought if there is one, then the calls, else the reply: the format can't have both."""
        said = f"[{', '.join(write_python_call(call) for call in calls)}]" if calls else ""
        return render_thought(thought) + (
            said or self.as_reply(_TAGS.drop(reply).strip(), "python")
        )

    def read(self, text: str) -> Completion:
        """Read the list at the beginning or in Llama 4's markers; any other text is a reply."""
        log = IssueLog(text)
        thought, start = split_thought(text, log)
        opening = text.find(_START_MARK, start)
        if opening >= 0:
            if text[start:opening].strip():
                log.add("extra_text", f"text before {_START_MARK}", start)
            start = _space(text, opening + len(_START_MARK)).end()
        body = text[: _end_of_body(text, start)].rstrip()
        listed = _read_list(body, start, log) if body.startswith("[", start) else None
        if listed is not None:
            return Completion(thought, listed, None, log.finish())
        calls = _read_bare(body[start:])
        if calls:
            log.add("bad_layout", "the calls need square brackets around them", start)
            return Completion(thought, calls, None, log.finish())
        if opening >= 0:
            log.add("no_call", f"no list of calls follows {_START_MARK}", opening)
            return Completion(thought, (), None, log.finish())
        reply = text[start:].strip()
        if not reply and not log.count:
            log.add("empty_answer", "there is neither a call nor a reply", len(text))
        return Completion(thought, (), reply or None, log.finish())


def _end_of_body(text: str, start: int) -> int:
    """Where the marker that closes the calls stands, else the end of the text."""
    closing = text.find(_END_MARK, start)
    return len(text) if closing < 0 else closing


def _read_list(text: str, start: int, log: IssueLog) -> tuple[ToolCall, ...] | None:
    """The calls of the list; None when this is prose that happens to begin with a bracket.

    A call that can't be read is one issue; the calls behind it are read as those before it.
    """
    reader = CallListReader(text)
    calls: list[ToolCall] = []
    broken: list[tuple[CallSyntaxError, bool]] = []  # and whether it stands between two calls
    position: int | None = start + 1
    while position is not None and len(broken) < MAX_ISSUES:
        try:
            calls += reader.calls(position)
        except CallSyntaxError as error:
            calls += error.calls
            broken.append((error, reader.between_calls))
            at = error.position if reader.between_calls else reader.call_start
            position = _next_call(text, at)
        else:
            another = _another_list(text, reader.position)
            if not another:
                break
            log.add("bad_layout", "the calls stand in several lists", reader.position)
            position = another.end()
    else:
        if not calls and not _looks_like_calls(text, start):
            return None
    for error, between in broken:
        is_last = position is None and error is broken[-1][0]
        _note_broken(text, start, log, error, between, is_last)
    if position is not None and not log.full:
        return _whole_list(text, reader.position, calls, start, log)
    return tuple(calls)


def _whole_list(
    text: str, end: int, calls: list[ToolCall], start: int, log: IssueLog
) -> tuple[ToolCall, ...] | None:
    """The calls of a list that closes, and what stands behind it; a Markdown link is prose."""
    if text.startswith("(", end) and text[end - 1] == "]":
        return None
    if not calls and not log.count:
        log.add("no_call", "the list holds no call", start)
    if more := _read_bare(text[_space(text, end).end() :]):
        log.add("bad_layout", "calls stand outside the list", end)
    elif end != len(text):
        log.add("extra_text", "text after the call list", end)
    return (*calls, *more)


def _note_broken(
    text: str, start: int, log: IssueLog, error: CallSyntaxError, between: bool, is_last: bool
) -> None:
    """One issue a broken call, and one more where the list broke off."""
    cut = error.position >= len(text.rstrip())
    if is_last and (cut or error.args[0] == UNCLOSED_STRING):
        log.add("truncated", "the list is never closed", start)
    if not cut or not between:
        # An argument that comes twice makes the call unreadable here, as a bad literal does.
        code = "bad_call" if error.code == "duplicate_key" else error.code
        log.add(code, error.args[0], error.position)


def _next_call(text: str, start: int) -> int | None:
    """Where the call behind a broken one begins; None when there is none.

    Behind the comma after the broken one; where that can't be told (a quote or a parenthesis is
    missing, or there is one too many), at the next thing that looks like a call.
    """
    depth, closed = 0, start + 1
    for mark in islice(_mark(text, start), _MOST_MARKS):
        sign = mark.group()
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0 and sign == "]" and closed > start + 1:
            return None  # the list ends here
        if depth < 0 or sign in ('"', "'"):
            break
        if depth == 0 and sign == ")":
            closed = mark.end()
        after = _comma(text, closed) if closed == mark.end() else None
        if depth == 0 and sign == ",":
            after = _call_after_comma(text, mark.start())
        if after:
            return after.end()
    found = _find_call(text, closed)
    return found.end() if found else None


def _read_bare(text: str) -> tuple[ToolCall, ...]:
    """Calls without the brackets of the list, when the whole text is nothing else."""
    if not _begins_bare_call(text):
        return ()
    try:
        return tuple(CallListReader(text).bare_calls())
    except CallSyntaxError:
        return ()


def write_python_call(call: ToolCall) -> str:
    """The call in Python; names and keys that are no plain words are quoted.

    Example:
        >>> print(write_python_call(ToolCall("Get Top 5", {"a": None, "b-c": [True]})))
        Get Top 5(a=None, **{"b-c": [True]})
    """
    is_plain = _plain_name(call.name) and call.name.count("(") < 3
    name = call.name if is_plain else json.dumps(call.name, ensure_ascii=False)
    plain = [f"{k}={write_literal(v)}" for k, v in call.arguments.items() if _plain_key(k)]
    odd = {k: v for k, v in call.arguments.items() if not _plain_key(k)}
    written = f"{name}({', '.join([*plain, f'**{write_literal(odd)}'] if odd else plain)})"
    return _MARKS.escape(written)  # in a call they only occur inside strings


def write_literal(value: Any) -> str:
    """A JSON value as Python writes it, strings in double quotes.

    Example:
        >>> print(write_literal({"a": [True, None, "it's"]}))
        {"a": [True, None, "it's"]}
    """
    if isinstance(value, Mapping):
        members = (f"{write_literal(str(k))}: {write_literal(v)}" for k, v in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(write_literal(item) for item in value) + "]"
    return repr(value) if isinstance(value, bool | None) else json.dumps(value, ensure_ascii=False)
