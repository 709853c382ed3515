"""The formats of Gemma 4 and FunctionGemma: ``call:name{key:value}`` between markers.

Strings stand between marks of their own, nothing in them is escaped. The layouts follow the
published chat templates of these models; the wording is our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from toolrl.formats.marked import MarkedFormat, Scan
from toolrl.formats.tags import Tags
from toolrl.formats.words import read_word, write_word
from toolrl.schema.literals import CallSyntaxError, LiteralReader
from toolrl.types import ToolCall

_head = re.compile(r"\s*+call:([^{}\n]*+)(?=\{)").match
_key = re.compile(r"[^:,{}\[\]<>\"'\n]+(?=:)").match
_plain_key = re.compile(r"[^\W\d](?:[\w .\-]*\w)?").fullmatch


class _ObjectReader(LiteralReader):
    """Reads objects whose keys are bare and whose strings stand between ``quote`` marks."""

    def __init__(self, text: str, quote: str):
        super().__init__(text)
        self._quote = quote

    def value(self, start: int, depth: int = 0) -> Any:
        """The value that starts here."""
        if not self.text.startswith(self._quote, start):
            return super().value(start, depth)
        begin = start + len(self._quote)
        end = self.text.find(self._quote, begin)
        if end < 0:
            raise CallSyntaxError("a string is never closed", start)
        self.go_to(end + len(self._quote))
        return self.text[begin:end]

    def _object(self, start: int, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self.go_to(start)
        while not self.closes("}"):
            at = self.position
            key = self._member_name(at, depth)
            if key in members:
                raise CallSyntaxError(f"the key {key[:40]!r} comes twice", at)
            self.expect(":")
            members[key] = self.value(self.position, depth + 1)
            self.comma("}")
        return members

    def _member_name(self, start: int, depth: int) -> str:
        bare = _key(self.text, start)
        if bare:
            self.go_to(bare.end())
            return bare.group()
        quoted = self.value(start, depth + 1)
        if not isinstance(quoted, str):
            raise CallSyntaxError("a key must be text", start)
        return quoted


class Gemma4Format(MarkedFormat):
    """One pair of markers a call.

    Attributes:
        quote: the mark before and after a string.

    Example:
        >>> Gemma4Format().parse('<|tool_call>call:f{a:<|"|>x<|"|>,n:[1,true]}<tool_call|>').calls
        (ToolCall(name='f', arguments={'a': 'x', 'n': [1, True]}),)
    """

    name = "gemma4"
    quote = '<|"|>'
    tags = Tags(
        "think",
        special=(
            *("<|tool_call>", "<tool_call|>", "<|tool_response>", "<tool_response|>"),
            *("<|channel>", "<channel|>", '<|"|>'),
        ),
    )
    thoughts = (("<|channel>thought", "<channel|>"), ("<think>", "</think>"))
    open_thought = "<|channel>thought"
    openings = ("<|tool_call>",)
    closings = ("<tool_call|>",)
    result_tags = ("<|tool_response>", "<tool_response|>")
    syntax = """\
To call one, write its name and its arguments like this, once for each call, with <|"|> around text:
<|tool_call>call:function_name{parameter:<|"|>text<|"|>,number:2}<tool_call|>"""

    def write_calls(self, calls: Sequence[ToolCall]) -> str:
        """One pair of markers a call."""
        return "".join(
            f"{self.openings[0]}call:{write_word(call.name)}"
            f"{self._write(call.arguments)}{self.closings[0]}"
            for call in calls
        )

    def _write(self, value: Any) -> str:
        if isinstance(value, Mapping):
            members = (f"{self._write_key(k)}:{self._write(v)}" for k, v in value.items())
            return "{" + ",".join(members) + "}"
        if isinstance(value, list | tuple):
            return "[" + ",".join(self._write(item) for item in value) + "]"
        if isinstance(value, str) and self.quote not in value:
            return f"{self.quote}{value}{self.quote}"
        # A string that holds the mark can't stand between marks; JSON can escape it.
        return self.tags.escape(json.dumps(value, ensure_ascii=False))

    def _write_key(self, key: str) -> str:
        return key if _plain_key(key) else self.tags.escape(json.dumps(key, ensure_ascii=False))

    def read_call(self, scan: Scan, start: int, opening: str) -> int:
        """``call:``, the name, the object of the arguments, the closing marker."""
        head = _head(scan.text, start)
        if not head:
            scan.log.add("bad_call", "expected call:name{…}", start)
            return self.end_of_broken(scan, start)
        reader = _ObjectReader(scan.text, self.quote)
        try:
            arguments = reader.value(head.end())
        except CallSyntaxError as error:
            scan.log.add("bad_call", error.args[0], error.position)
            return self.end_of_broken(scan, head.end())
        scan.take(read_word(head.group(1)), arguments, start)
        return self.expect_closing(scan, reader.position)


class FunctionGemmaFormat(Gemma4Format):
    """The same object between FunctionGemma's markers.

    Example:
        >>> text = "<start_function_call>call:f{a:<escape>x<escape>}<end_function_call>"
        >>> FunctionGemmaFormat().parse(text).calls
        (ToolCall(name='f', arguments={'a': 'x'}),)
    """

    name = "functiongemma"
    quote = "<escape>"
    tags = Tags(
        "think",
        special=(
            *("<start_function_call>", "<end_function_call>"),
            *("<start_function_response>", "<end_function_response>", "<escape>"),
        ),
    )
    thoughts = (("<think>", "</think>"),)
    open_thought = "<think>"
    openings = ("<start_function_call>",)
    closings = ("<end_function_call>",)
    result_tags = ("<start_function_response>", "<end_function_response>")
    syntax = """\
To call one, write its name and its arguments like this, once for each call, with <escape> around \
text:
<start_function_call>call:function_name{parameter:<escape>text<escape>,number:2}<end_function_call>"""
