"""Calls as a Python list, the prompt style of BFCL: ``[f(a=1, b="x"), g()]``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from toolrl.formats.call_lists import CallListReader
from toolrl.formats.chat import ChatFormat, render_thought, split_thought
from toolrl.formats.issues import IssueLog
from toolrl.formats.json_calls import note_hidden_call
from toolrl.formats.python_literals import CallSyntaxError
from toolrl.formats.tags import Tags
from toolrl.types import Completion, Message, ToolCall, ToolSpec

_TAGS = Tags("think")
_plain_name = re.compile(
    r"[\w./](?:[\w./:&'-]| (?=[\w(&-])|\([\w ./&,-]+\)(?=[ \w])){0,199}"
).fullmatch
_plain_key = re.compile(r"[^\W\d]\w*").fullmatch
_looks_like_calls = re.compile(r"\[\s*[\w./-][^\[\]{}=,\n]*\(").match
_begins_bare_call = re.compile(r"[^\W\d][\w.]*\(").match
_begins_like_call = re.compile(r"(?:[^\W\d][\w.]*\(){1,3}[^\W\d]\w*\s*=(?!=)").match
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
        return render_thought(thought) + (said or _TAGS.drop(reply).strip())

    def read(self, text: str) -> Completion:
        """Read the list at the beginning; a text that begins otherwise is a reply."""
        log = IssueLog(text)
        thought, start = split_thought(text, log)
        listed = _read_list(text, start, log) if text.startswith("[", start) else None
        if listed is not None:
            return Completion(thought, listed, None, log.finish())
        calls = _read_bare(text[start:]) if _begins_bare_call(text, start) else ()
        if calls:
            log.add("bad_layout", "the calls need square brackets around them", start)
            return Completion(thought, calls, None, log.finish())
        reply = text[start:].strip()
        if _begins_like_call(text, start):
            log.add("call_in_reply", "the reply begins with a call that can't be read", start)
        else:
            note_hidden_call(text, start, len(text), log)
        if not reply and not log.count:
            log.add("empty_answer", "there is neither a call nor a reply", len(text))
        return Completion(thought, (), reply or None, log.finish())


def _read_list(text: str, start: int, log: IssueLog) -> tuple[ToolCall, ...] | None:
    """The calls of the list; None when this is prose that happens to begin with a bracket."""
    reader = CallListReader(text)
    try:
        calls = reader.calls(start + 1)
    except CallSyntaxError as error:
        if not error.calls and not _looks_like_calls(text, start):
            return None
        cut = error.position >= len(text.rstrip())
        if cut:
            log.add("truncated", "the list is never closed", start)
        if not cut or not reader.between_calls:
            log.add(error.code, error.args[0], error.position)
        return tuple(error.calls)
    if not calls:
        log.add("no_call", "the list holds no call", start)
    if reader.position != len(text):
        log.add("extra_text", "text after the call list", reader.position)
    return tuple(calls)


def _read_bare(text: str) -> tuple[ToolCall, ...]:
    """Calls without the brackets of the list, when the whole text is nothing else."""
    reader = CallListReader(text + "]")
    try:
        calls = reader.calls(0)
    except CallSyntaxError:
        return ()
    return tuple(calls) if reader.position == len(text) + 1 else ()


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
    return f"{name}({', '.join([*plain, f'**{write_literal(odd)}'] if odd else plain)})"


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
