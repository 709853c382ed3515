"""API-Bank's rows as examples, in each form in which they are found.

- processed, as ToolRL evaluates: ``{"system", "user", "answer"}``, the paper's prompt;
- raw, levels 1 and 2: ``{"instruction", "input", "expected_output"}``;
- raw, level 3: ``{"requirement", "apis"}``, a chain of calls, of which every one but the searches
  for tools is an item, with the tools that were found so far.

Items of one dialogue or chain have one ``group``, where the row says which (``file``, or the
processed form's ``other``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from zlib import crc32

from toolrl.data.load import read_rows
from toolrl.data.sources.common import read_tools
from toolrl.data.sources.rlla import offered_tools, read_history
from toolrl.errors import DataError
from toolrl.formats import CallSyntaxError, parse_call_list
from toolrl.types import Example, Message, ToolCall

SEARCHER = "ToolSearcher"
NUDGE = "Please make the one tool call that this conversation now needs."
TURN = re.compile(r"^(User|AI|API-Request): ?", re.MULTILINE)
DESCRIPTIONS = "API descriptions:"
ORIGIN = re.compile(r"""['"](?:file|sample_id)['"]: ['"]?([^'",}]+)""")
"""Where a row comes from, in the object that it has for it, or in that object's text."""
END = "Generate API Request:"

Row = Mapping[str, Any]


def read_level(place: str, level: str) -> list[Example]:
    """The items of a file; each expects exactly one call.

    Raises:
        NotFoundError: no such file.
        DataError: a row is in none of the known forms, with file and row.
    """
    items = []
    for number, row in read_rows(place):
        try:
            content = crc32(json.dumps(row, sort_keys=True).encode())  # other rows have other ids
            items += examples_of(row, f"{level}-{number}-{content:08x}", level)
        except (DataError, KeyError, TypeError, ValueError, CallSyntaxError) as error:
            reason = f"no '{error.args[0]}'" if isinstance(error, KeyError) else error
            reason = "a value of another type" if isinstance(error, TypeError) else reason
            raise DataError(f"{place}, row {number}: no row of API-Bank ({reason})") from None
    if not items:
        raise DataError(f"{place} holds no item")
    return items


def examples_of(row: Row, id_: str, level: str) -> Iterator[Example]:
    """The items of a row."""
    if "requirement" in row:
        yield from chain(row, id_, level)
    elif "instruction" in row:
        yield raw(row, id_, level)
    else:
        yield processed(row, id_, level)


def processed(row: Row, id_: str, level: str) -> Example:
    """A row of the processed form; its prompt ends with the request for one call."""
    answer = row["answer"]
    answer = answer[0] if isinstance(answer, list) else answer
    tools = offered_tools(row["system"])
    call = ToolCall(answer["name"], answer["parameters"])
    messages = read_history(row["user"], ())
    return Example(id_, tools, messages, (call,), kind=level, group=dialogue(row, level))


def dialogue(row: Row, level: str) -> str:
    """Which dialogue of a level a row was cut from; empty where it does not say.

    Example:
        >>> dialogue({"other": "{'file': 'A-1.jsonl', 'id': 2}"}, "level-1")
        'level-1 A-1.jsonl'
        >>> dialogue({"other": {"sample_id": 3, "api_id": 1}}, "level-3")
        'level-3 3'
    """
    found = ORIGIN.search(str(row.get("other")))
    name = found[1] if found else row.get("file")
    return f"{level} {name}" if name else ""


def raw(row: Row, id_: str, level: str) -> Example:
    """A row of levels 1 and 2 as API-Bank has it."""
    _, _, listed = row["instruction"].partition(DESCRIPTIONS)
    tools = read_tools([tool(json.loads(line)) for line in listed.splitlines() if line.strip()])
    messages = [*conversation(row["input"]), Message("user", NUDGE)]
    expected = row["expected_output"].partition(":")[2].strip()
    calls = (one_call(expected),)
    return Example(id_, tools, tuple(messages), calls, kind=level, group=dialogue(row, level))


def tool(document: Row) -> dict[str, Any]:
    """A tool's document: every parameter is needed, as API-Bank's own functions have them."""
    properties = document["input_parameters"]
    return {
        "name": document["name"],
        "description": document["description"],
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": list(properties),
        },
    }


def conversation(text: str) -> Iterator[Message]:
    """The turns of a raw conversation; a line without a speaker belongs to the turn before it."""
    text = text.rpartition(END)[0] or text
    starts = list(TURN.finditer(text))
    stops = [start.start() for start in starts[1:]] + [len(text)]
    for start, stop in zip(starts, stops, strict=True):
        said = text[start.end() : stop].strip()
        if start[1] != "API-Request":
            yield Message("user" if start[1] == "User" else "assistant", said)
            continue
        written, _, result = said.partition("]->")
        call = one_call(f"{written}]")
        yield Message("assistant", "", (call,))
        yield Message("tool", result, name=call.name)


def one_call(text: str) -> ToolCall:
    """The call in ``[Name(key='value')]``.

    Example:
        >>> one_call("[Calculator(formula='5*6')]")
        ToolCall(name='Calculator', arguments={'formula': '5*6'})
    """
    calls = parse_call_list(text)
    if len(calls) != 1:
        raise DataError(f"expected one call, not {len(calls)}")
    return calls[0]


def chain(row: Row, id_: str, level: str) -> Iterator[Example]:
    """The items of a chain of level 3."""
    messages = [Message("user", row["requirement"].strip())]
    found: dict[str, Any] = {}
    for number, step in enumerate(row["apis"]):
        name, given, output = step["api_name"], step["input"], step["output"]["output"]
        if name == SEARCHER:
            documents = output if isinstance(output, list) else [output]
            found |= {one["name"]: tool(one) for one in documents}
            continue
        call = ToolCall(name, given)
        asked = (*messages, Message("user", NUDGE))
        tools = read_tools(list(found.values()))
        yield Example(f"{id_}-{number}", tools, asked, (call,), kind=level, group=id_)
        result = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        messages += [Message("assistant", "", (call,)), Message("tool", result, name=name)]
