"""What the property tests of the rewards draw from."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from toolrl.types import Completion, Example, ToolCall, ToolSpec

NAMES = ("f", "g", "h")
KEYS = ("a", "b", "c")
VALUES = st.sampled_from([0, 1, 2, True, False, None, "1", "x", 1.5, [1], {"k": 1}])

arguments = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3)
forms = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 2), max_size=3)
calls = st.builds(ToolCall, st.sampled_from(NAMES), arguments)
call_lists = st.lists(calls, max_size=5)
some_calls = st.lists(calls, min_size=1, max_size=4)


def example(expected, reply="", tools=()) -> Example:
    return Example("e", tuple(tools), (), calls=tuple(expected), reply=reply)


def completion(predicted, reply=None) -> Completion:
    return Completion("Hm.", tuple(predicted), reply)


def text(predicted=(), reply=None, thought="Hm.") -> str:
    """The paper's format, written by hand."""
    blocks = [f"<think> {thought} </think>"]
    if predicted:
        lines = [
            json.dumps({"name": call.name, "parameters": dict(call.arguments)})
            for call in predicted
        ]
        blocks.append("\n".join(["<tool_call>", *lines, "</tool_call>"]))
    if reply is not None:
        blocks.append(f"<response> {reply} </response>")
    return "\n".join(blocks)


def tool(name="f", required=(), **properties) -> ToolSpec:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return ToolSpec(name, "A tool.", schema)


F_CALL = ToolCall("f", {"a": 1, "b": 2, "d": 3})
