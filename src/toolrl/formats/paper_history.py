"""A conversation packed into one user message, as the paper does it, and the way back.

The way back reads the published data (RLLA's rows and the processed API-Bank), whose tool lists
and histories come in several spellings: parameters as JSON or as a Python dict, tools with and
without Name and Description lines, tags with and without inner spaces, a header with two or three
asterisks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from toolrl.errors import DataError
from toolrl.formats.issues import IssueLog
from toolrl.formats.json_calls import CallReader, write_call
from toolrl.formats.results import in_call_order
from toolrl.formats.tags import Tags
from toolrl.schema.json_values import BadJson, decode
from toolrl.schema.literals import CallSyntaxError, parse_literal
from toolrl.types import Message, ToolCall, ToolSpec

TAGS = Tags("think", "tool_call", "response", "user", "obs")
HEADER = "**Dialogue Records History**"

_header = re.compile(r"\s*\*{0,4}Dialogue Records History\*{0,4}\s*").match
_opening = re.compile(r"\s*<(user|think|tool_call|obs|response|system)>").match
_list_start = re.compile(r"^\*{2,3}Available Tools\*{2,3}[^\n]*\n", re.MULTILINE)
_list_end = re.compile(r"^\*{2,3}Steps for Each Turn\*{2,3}", re.MULTILINE)
_tool_head = re.compile(r"^\d+\. (?:Name: ([^\n]*)\n+Description: ?|([^\n:]+): ?)", re.MULTILINE)
_PARAMETERS = "\nParameters:"


def pack_history(messages: Sequence[Message]) -> str:
    """All but the system messages, in tags; what a tool returned follows its call directly.

    What a model wrote itself (`Message.raw`) stands as it was written, tags and faults included;
    :func:`parse_history` may not be able to read it back.

    Example:
        >>> print(pack_history([Message("user", "Hi"), Message("assistant", "Hello.")]))
        <user> Hi </user>
        <BLANKLINE>
        <response> Hello. </response>
    """
    packed = ""
    for message in in_call_order(messages):
        if message.role == "system" or message == Message("assistant"):
            continue  # a model that wrote nothing has said nothing
        gap = "\n" if message.role == "tool" else "\n\n"
        packed += (gap if packed else "") + _pack(message)
    return packed


def _pack(message: Message) -> str:
    content = TAGS.drop(message.content)
    if message.role == "tool":
        return f"<obs> {content} </obs>"
    if message.role != "assistant":
        return f"<user> {content} </user>"
    if message.raw:
        return message.raw
    blocks = [f"<think> {TAGS.drop(message.thought)} </think>"] if message.thought else []
    if message.tool_calls:
        calls = write_calls(message.tool_calls)
        blocks.append(f"<tool_call>\n{calls}\n</tool_call>")
    if content or not message.tool_calls:
        blocks.append(f"<response> {content} </response>")
    return "\n".join(blocks)


def write_calls(calls: Sequence[ToolCall]) -> str:
    """The calls, one JSON object a line."""
    return "\n".join(write_call(call, "parameters", TAGS) for call in calls)


def parse_history(text: str) -> tuple[Message, ...]:
    r"""The messages of a packed history; thoughts survive in ``Message.thought``.

    Raises:
        DataError: the text is not a packed history, with the line where reading ended.

    Example:
        >>> [one.role for one in parse_history("<user> Hi </user>\n<response> Hello. </response>")]
        ['user', 'assistant']
    """
    messages: list[Message] = []
    for tag, body, position in _blocks(text):
        if tag in ("user", "system"):
            messages.append(Message(tag, body.strip()))
        elif tag == "obs":
            messages.append(Message("tool", body.strip()))
        else:
            _add_assistant(messages, tag, body, text, position)
    return tuple(messages)


def _blocks(text: str) -> list[tuple[str, str, int]]:
    """Each block as tag, text and the offset of that text."""
    header = _header(text)
    position = header.end() if header else 0
    blocks = []
    while text[position:].strip():
        opening = _opening(text, position)
        if not opening:
            raise DataError(_expected("a <user>, <obs> or <response> block", text, position))
        tag, start = opening.group(1), opening.end()
        end, position = _closing(text, tag, start)
        blocks.append((tag, text[start:end], start))
    return blocks


def _closing(text: str, tag: str, start: int) -> tuple[int, int]:
    """Where the block's text and the block end: at a closing tag with a block or nothing after it.

    So a text that quotes its own closing tag is read whole.
    """
    closing = f"</{tag}>"
    end = text.find(closing, start)
    while end >= 0:
        after = end + len(closing)
        if _opening(text, after) or not text[after:].strip():
            return end, after
        end = text.find(closing, after)
    raise DataError(_expected(f"{closing} followed by a block", text, start))


def _add_assistant(messages: list[Message], tag: str, body: str, text: str, position: int) -> None:
    """Put a block into the assistant's message that it continues, or into a new one."""
    last = messages[-1] if messages and messages[-1].role == "assistant" else None
    if last is None or _is_taken(last, tag):
        last = Message("assistant")
        messages.append(last)
    thought, calls, reply = last.thought, last.tool_calls, last.content
    if tag == "think":
        thought = body.strip()
    elif tag == "response":
        reply = body.strip()
    else:
        calls = _read_calls(body, text, position)
    messages[-1] = Message("assistant", reply, calls, thought)


def _is_taken(message: Message, tag: str) -> bool:
    """Whether a block of that kind begins a new message rather than continuing this one."""
    if tag == "think":
        return True
    return bool(message.tool_calls if tag == "tool_call" else message.content)


def _read_calls(body: str, text: str, position: int) -> tuple[Any, ...]:
    log = IssueLog(body)
    reader = CallReader(body + "</tool_call>", log, "parameters")
    reader.read_until(0, "</tool_call>")
    bad = [issue for issue in log.finish() if issue.code not in ("bad_layout", "wrong_key")]
    if bad:
        raise DataError(_expected(f"calls ({bad[0].message})", text, position + bad[0].position))
    return tuple(reader.calls)


def _expected(what: str, text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"the history, line {line}: expected {what}"


def parse_system_tools(text: str) -> tuple[ToolSpec, ...]:
    r"""The tools of a system text with the paper's numbered list.

    The list does not say which parameters are required, so ``required`` is left out, unless our
    own mark ``"optional": true`` occurs; the default ``""``, which the published data writes for
    "none given", is dropped. Types keep their spelling (``"int, optional"``).

    Raises:
        DataError: a tool's parameters are neither JSON nor a Python dict.

    Example:
        >>> text = "**Available Tools**\n1. Name: now\nDescription: The time.\nParameters: {}"
        >>> parse_system_tools(text)[0].name
        'now'
    """
    start, end = _list_start.search(text), _list_end.search(text)
    listed = text[start.end() if start else 0 : end.start() if end else len(text)]
    heads = list(_tool_head.finditer(listed))
    stops = [head.start() for head in heads[1:]] + [len(listed)]
    return tuple(
        _read_tool((head.group(1) or head.group(2)).strip(), listed[head.end() : stop])
        for head, stop in zip(heads, stops, strict=True)
    )


def _read_tool(name: str, rest: str) -> ToolSpec:
    description, _, parameters = rest.rpartition(_PARAMETERS)
    properties = _read_dict(parameters.strip(), name)
    optional = [key for key, entry in properties.items() if _pop_optional(entry)]
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if optional:
        schema["required"] = [key for key in properties if key not in optional]
    return ToolSpec(name, description.strip(), schema)


def _read_dict(text: str, name: str) -> dict[str, Any]:
    try:
        value = _decode_dict(text)
    except (BadJson, CallSyntaxError) as error:
        raise DataError(f"tool {name!r}: can't read its parameters ({error})") from None
    if not isinstance(value, Mapping):
        raise DataError(f"tool {name!r}: its parameters are not an object")
    return {key: _clean(entry) for key, entry in value.items()}


def _decode_dict(text: str) -> Any:
    """JSON when it is, else a Python dict with single quotes (the processed API-Bank)."""
    try:
        value, end, _ = decode(text)
    except BadJson:
        return parse_literal(text)
    return value if end == len(text) else parse_literal(text)


def _clean(entry: Any) -> Any:
    if isinstance(entry, Mapping):
        return {k: v for k, v in entry.items() if not (k == "default" and v == "")}
    return entry


def _pop_optional(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.pop("optional", False) is True
