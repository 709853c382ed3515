"""Lists of calls as Python writes them: ``[f(a=1, b="x"), g()]`` (BFCL's prompt style, ToolACE)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from toolrl.schema.literals import CallSyntaxError, LiteralReader
from toolrl.types import ToolCall

_MAX_NAME = 256
_MAX_TRIES = 4
_MOST_CALLS = 5_000  # in one text; far more than any answer has, and a bound on its cost
_key = re.compile(r"[^=,()\[\]{}\"'*\s][^=,()\[\]{}\"']*(?==)").match
_never_in_name = re.compile(r"[\[\]{}\"=\n]|\)\s*,").search
_never_before_parenthesis = re.compile(r"[,\[\]{}\"=\n]").search


def parse_call_list(text: str, names: Collection[str] = ()) -> list[ToolCall]:
    """The calls of ``[name(key=value, …), …]``.

    Values are Python or JSON literals. ``"odd name"(…)`` and ``**{"odd key": value}`` are read
    too: so are names and keys written that would not parse otherwise.

    Args:
        text: the whole list, square brackets included; white space around it is passed over.
        names: known tool names; one that stands before a ``(`` wins over any guess (the longest,
            where several do), so names with parentheses, commas or quotes are read as they are.
            Other names reach up to the first ``(`` from which the arguments can be read.

    Raises:
        CallSyntaxError: with ``position``, ``code`` and the ``calls`` read before it. Arguments
            without a name are an error: which parameter they mean would be a guess.

    Example:
        >>> parse_call_list('[Get (All) News(n=2, tags=["a", true])]', ["Get (All) News"])
        [ToolCall(name='Get (All) News', arguments={'n': 2, 'tags': ['a', True]})]
    """
    reader = CallListReader(text, names)
    start = reader.skip(0)
    if not text.startswith("[", start):
        raise CallSyntaxError("a call list begins with [", start)
    calls = reader.calls(start + 1)
    if reader.position != len(text):
        raise CallSyntaxError("text after the call list", reader.position, "extra_text", calls)
    return calls


class CallListReader(LiteralReader):
    """Reads calls, guessing where a name ends when it is not a known one.

    Attributes:
        between_calls: whether the call before the present position was read whole.
        call_start: where the call that is read now, or was read last, begins.
    """

    def __init__(self, text: str, names: Collection[str] = ()):
        super().__init__(text)
        self.between_calls = False
        self.call_start = 0
        self._bare = False
        self._left = _MOST_CALLS
        self._names = sorted(names, key=len, reverse=True)

    def calls(self, start: int) -> list[ToolCall]:
        """The calls from here to the closing bracket."""
        calls: list[ToolCall] = []
        self.go_to(start)
        try:
            while not self.closes("]"):
                self.between_calls = False
                self.call_start = self.position
                calls.append(self._call(self.position))
                self.between_calls = True
                self.comma("]")
        except CallSyntaxError as error:
            error.calls = calls
            raise
        return calls

    def bare_calls(self) -> list[ToolCall]:
        """The calls of a text without brackets: commas, semicolons or line breaks between them."""
        calls: list[ToolCall] = []
        self._bare = True
        self.go_to(0)
        while self.position < len(self.text):
            calls.append(self._call(self.position))
            if not self.closes(","):
                self.closes(";")
        return calls

    def _call(self, start: int) -> ToolCall:
        self._left -= 1
        if self._left < 0:
            raise CallSyntaxError(f"more than {_MOST_CALLS:,} calls", start)
        for name in self._names:
            if name and self.text.startswith(name, start):
                opening = self.skip(start + len(name))
                if self.text.startswith("(", opening):
                    return ToolCall(name, self._arguments(opening + 1))
        if self.text.startswith(('"', "'"), start):
            return self._quoted_call(start)
        return self._guessed_call(start)

    def _quoted_call(self, start: int) -> ToolCall:
        name = self.value(start)
        self.expect("(")
        return ToolCall(name, self._arguments(self.position))

    def _guessed_call(self, start: int) -> ToolCall:
        """The first ``(`` that opens readable arguments with a comma or the end after them."""
        stop = min(start + _MAX_NAME, len(self.text))
        opening = self.text.find("(", start, stop)
        if opening < 0 or _never_before_parenthesis(self.text, start, opening):
            raise CallSyntaxError("expected a call, name(key=value)", start)
        first_error: CallSyntaxError | None = None
        for _ in range(_MAX_TRIES):
            if opening < 0 or _never_in_name(self.text, start, opening):
                break
            try:
                return self._try_call(start, opening)
            except CallSyntaxError as error:
                first_error = first_error or error
            opening = self.text.find("(", opening + 1, stop)
        raise first_error or CallSyntaxError("expected a call, name(key=value)", start)

    def _try_call(self, start: int, opening: int) -> ToolCall:
        name = self.text[start:opening].strip()
        if not name:
            raise CallSyntaxError("expected a name before (", opening)
        arguments = self._arguments(opening + 1)
        at_end = self.position == len(self.text)
        if not at_end and not self._bare and not self.text.startswith((",", "]"), self.position):
            raise CallSyntaxError("expected , or ] after the call", self.position)
        return ToolCall(name, arguments)

    def _arguments(self, start: int) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        self.go_to(start)
        while not self.closes(")"):
            at = self.position
            given = self._spread() if self.closes("**") else self._named(at)
            for key, value in given.items():
                if key in arguments:
                    message = f"the argument {key[:40]!r} comes twice"
                    raise CallSyntaxError(message, at, "duplicate_key")
                arguments[key] = value
            self.comma(")")
        return arguments

    def _named(self, start: int) -> dict[str, Any]:
        key = _key(self.text, start)
        if not key:
            message = "expected key=value: an argument needs its name"
            raise CallSyntaxError(message, start, "positional_argument")
        return {key.group().rstrip(): self.value(self.skip(key.end() + 1))}

    def _spread(self) -> dict[str, Any]:
        value = self.value(self.position)
        if not isinstance(value, dict):
            raise CallSyntaxError("** needs an object", self.position)
        return value
