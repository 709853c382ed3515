"""ToolRL's own rows, both ways: ``{"instruction", "input", "output"}`` and the parquet form of it.

The instruction holds the tools as a numbered list, the input the packed history, the output a
thought and then calls or a reply. The published rows have two defects (measured on the SFT set):
every value of the ToolACE half is text, which the tools' schemas mend; and about one row in
fifteen was mangled by splitting at commas, which only a rejection can mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from toolrl.data.rejects import Outcome, RejectedRow
from toolrl.data.sources.common import check_calls, field_of, kind_of, read_tools, type_calls
from toolrl.data.sources.results import all_assigned
from toolrl.errors import DataError
from toolrl.formats import get_format
from toolrl.formats.base import DEFAULT_THOUGHT
from toolrl.formats.paper_history import parse_history, parse_system_tools
from toolrl.types import Example, Message, ToolCall, ToolSpec

# Rows made for RL carry a stock sentence in place of a thought: nothing to learn from.
STOCK_THOUGHT = re.compile(
    rf"I should (use the appropriate tool|directly respond)\b[^.]*\.|{re.escape(DEFAULT_THOUGHT)}"
)
HARMLESS = ("tag_in_thought",)
OPENING, CLOSING = "[{(", "]})"


def convert(row: Mapping[str, Any], key: str = "rlla-1") -> Iterator[Outcome]:
    """One example per row; see :func:`to_row` for the way back."""
    instruction, history, output = texts_of(row)
    tools = offered_tools(instruction)
    messages = read_history(history, tools)
    done = get_format("paper").parse(output)
    bad = [issue for issue in done.issues if issue.code not in HARMLESS]
    if bad:
        raise RejectedRow("the output can't be read", str(bad[0]))
    calls = check_calls(done.calls, tools)
    for call in calls:
        check_whole(call)
    thought, reply = without_stock(done.thought or ""), done.reply or ""
    kind = kind_of(calls, reply)
    yield Example(key, tools, messages, calls, reply, thought, "rlla", kind=kind)


def to_row(example: Example) -> dict[str, str]:
    """The example in ToolRL's raw form; :func:`convert` reads it back.

    System messages go into the instruction and can't be told from it on the way back.

    Example:
        >>> tool = ToolSpec("now", "The time.")
        >>> example = Example("rlla-1", (tool,), (Message("user", "Time?"),),
        ...                   (ToolCall("now"),), source="rlla", kind="single")
        >>> next(convert(to_row(example))) == example
        True
    """
    paper = get_format("paper")
    system, user = paper.render_prompt(example)
    return {
        "instruction": system["content"],
        "input": user["content"],
        "output": paper.render_expected(example),
    }


def texts_of(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Instruction, history and output of a raw or of a parquet row."""
    if "instruction" in row:
        texts = row["instruction"], field_of(row, "input"), field_of(row, "output")
    else:
        prompt, answer = field_of(row, "prompt"), field_of(row, "reward_model")
        parts = [*prompt, answer] if isinstance(prompt, list) else []
        if len(parts) != 3 or not all(isinstance(part, Mapping) for part in parts):
            raise RejectedRow("the prompt is not a system and a user message")
        texts = parts[0].get("content"), parts[1].get("content"), answer.get("ground_truth")
    if not all(isinstance(text, str) for text in texts):
        raise RejectedRow("prompt or answer is not text")
    return texts


def offered_tools(instruction: str) -> tuple[ToolSpec, ...]:
    """The tools of an instruction, their types as JSON Schema."""
    try:
        found = parse_system_tools(instruction)
    except ValueError as error:
        raise RejectedRow("the tool list can't be read", str(error)) from None
    return read_tools([tool.to_dict() for tool in found])


def read_history(text: str, tools: tuple[ToolSpec, ...]) -> tuple[Message, ...]:
    """The packed history as messages, calls typed, results named, stock thoughts left out."""
    try:
        messages = parse_history(text)
    except DataError as error:
        raise RejectedRow("the history can't be read", str(error)) from None
    if not messages or messages[-1].role not in ("user", "tool"):
        raise RejectedRow("the history does not end with the user or a tool")
    return tuple(
        replace(
            message,
            thought=without_stock(message.thought),
            tool_calls=type_calls(message.tool_calls, tools),
        )
        for message in all_assigned(messages)
    )


def without_stock(thought: str) -> str:
    """The thought, or nothing where it is a stock sentence."""
    return "" if STOCK_THOUGHT.fullmatch(thought.strip()) else thought


def check_whole(call: ToolCall) -> None:
    """Refuse a call with a value that was cut at a comma or another sign.

    Example:
        >>> check_whole(ToolCall("f", {"who": '{"author": "B. S."'}))
        Traceback (most recent call last):
        toolrl.data.rejects.RejectedRow: a value was cut: f.who: {"author": "B. S."
    """
    for name, value in call.arguments.items():
        if isinstance(value, str) and is_cut(value):
            raise RejectedRow("a value was cut", f"{call.name}.{name}: {value[:80]}")


def is_cut(text: str) -> bool:
    """Whether a text opens a bracket that it never closes, as a value cut at a comma does.

    Example:
        >>> [is_cut(text) for text in ('[{"a": 1', "name varchar(100", "[1, 2]", ":-)", "a) b")]
        [True, True, False, False, False]
    """
    return sum((char in OPENING) - (char in CLOSING) for char in text) > 0
