"""ToolRL's own rows, both ways."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.data.prepare import convert_file
from toolrl.data.sources import convert_row
from toolrl.data.sources.rlla import convert, to_row
from toolrl.schema.dialects import parameters_schema
from toolrl.types import Example, Message, ToolCall, ToolSpec

SAMPLE = Path(__file__).resolve().parents[3] / "../shared/data/rlla/rlla_sft.json"

INSTRUCTION = """Use tools.

**Available Tools**
You may call these:
1. Name: Find Book
Description: Finds a book.
Parameters: {"title": {"description": "Its title.", "type": "string", "default": ""}, \
"year": {"description": "Its year.", "type": "float", "default": ""}, \
"filters": {"description": "More.", "type": "dict", "default": ""}}

**Steps for Each Turn**
Think."""
HISTORY = "**Dialogue Records History**\n<user> A book on owls? </user>"


def row(output, history=HISTORY, instruction=INSTRUCTION):
    return {"instruction": instruction, "input": history, "output": output}


def calling(parameters, thought="I look it up."):
    call = f'{{"name": "Find Book", "parameters": {parameters}}}'
    return row(f"<think> {thought} </think>\n<tool_call>\n{call}\n</tool_call>")


def one(raw):
    (outcome,) = convert_row(convert, raw, "rlla-1")
    return outcome


def test_values_written_as_text_take_the_type_of_their_parameter():
    example = one(calling('{"title": "1984", "year": "1949", "filters": "{\\"n\\": 1}"}'))
    assert example.calls[0].arguments == {"title": "1984", "year": 1949, "filters": {"n": 1}}


def test_a_value_cut_at_a_comma_is_rejected():
    outcome = one(calling('{"filters": "{\\"author\\": \\"B. S.\\""}'))
    assert outcome.reason == "a value was cut"


def test_an_argument_made_of_a_cut_value_is_rejected():
    outcome = one(calling('{"\\"end\\": 2021}, title": "x"}'))
    assert outcome.reason == "argument that the tool does not have"


def test_the_empty_default_of_the_published_rows_is_no_default():
    assert "default" not in one(calling("{}")).tools[0].properties["title"]


def test_a_thought_may_quote_tags():
    example = one(calling('{"title": "Owls"}', "I use <tool_call> and no <response> yet."))
    assert example.calls[0].arguments == {"title": "Owls"}


def test_a_stock_thought_is_nothing_to_learn_from():
    stock = "I should directly respond to the user's need."
    example = one(row(f"<think> {stock} </think>\n<response> Owls hoot. </response>"))
    assert (example.thought, example.reply) == ("", "Owls hoot.")


def test_the_history_has_calls_and_results():
    history = (
        f"{HISTORY}\n\n<think> a </think>\n<tool_call>\n"
        '{"name": "Find Book", "parameters": {"year": "1949"}}\n</tool_call>\n<obs> [] </obs>'
    )
    example = one(row("<think> b </think>\n<response> None. </response>", history))
    assert [m.role for m in example.messages] == ["user", "assistant", "tool"]
    assert example.messages[1].tool_calls == (ToolCall("Find Book", {"year": 1949}),)


def test_the_parquet_form_is_read_as_well():
    raw = calling('{"title": "Owls"}')
    parquet = {
        "data_source": "rlla",
        "prompt": [
            {"role": "system", "content": raw["instruction"]},
            {"role": "user", "content": raw["input"]},
        ],
        "reward_model": {"style": "rule", "ground_truth": raw["output"]},
    }
    assert one(parquet) == one(raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"instruction": INSTRUCTION, "input": HISTORY}, "no 'output' field"),
        (row("Owls hoot."), "the output can't be read"),
        (row("<think> a </think>\n<response> b </response>", "Hi?"), "the history can't be read"),
        (
            row("<think> a </think>\n<response> b </response>", "<response> c </response>"),
            "the history does not end with the user or a tool",
        ),
        ({"prompt": [], "reward_model": {}}, "the prompt is not a system and a user message"),
    ],
)
def test_a_broken_row_says_what_is_broken(raw, reason):
    assert one(raw).reason == reason


def test_only_mangled_rows_of_the_published_set_are_rejected():
    if not SAMPLE.exists():
        pytest.skip("the published rows are not here")
    tally = convert_file("rlla", str(SAMPLE))
    assert tally.counts()["read"] == 400
    assert set(tally.reasons()) == {
        "a value was cut",
        "argument that the tool does not have",
        "call to a tool that is not offered",
    }
    assert tally.counts()["rejected"] == 26
    for example in tally.examples:
        again = one(to_row(example))
        assert replace(again, id=example.id, kind=example.kind).calls == example.calls


words = st.text("abcdefg XYZ.-'é", min_size=1, max_size=12).map(str.strip).filter(bool)
names = st.text("abcXYZ_.", min_size=1, max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=2),
    max_leaves=5,
)


@st.composite
def tools(draw):
    types = st.sampled_from([{"description": "d"}, {"type": ["string", "null"]}, {"enum": ["a"]}])
    properties = draw(st.dictionaries(names, types, max_size=3))
    required = (
        draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
    )
    schema = {"type": "object", "properties": properties}
    if required and len(required) < len(properties):
        schema["required"] = [name for name in properties if name in required]
    return ToolSpec(draw(names), draw(words), parameters_schema(schema))


@st.composite
def examples(draw):
    offered = tuple(
        {tool.name: tool for tool in draw(st.lists(tools(), min_size=1, max_size=3))}.values()
    )

    def call():
        tool = draw(st.sampled_from(offered))
        return ToolCall(tool.name, {name: draw(values) for name in tool.properties})

    before = (Message("user", draw(words)),)
    if draw(st.booleans()):
        done = call()
        before += (
            Message("assistant", tool_calls=(done,), thought=draw(words)),
            Message("tool", draw(words), name=done.name),
            Message("assistant", draw(words)),
            Message("user", draw(words)),
        )
    calls = tuple(call() for _ in range(draw(st.integers(0, 2))))
    kind = {0: "reply", 1: "single"}.get(len(calls), "parallel")
    reply = "" if calls else draw(words)
    thought = draw(st.just("") | words)
    return Example("rlla-1", offered, before, calls, reply, thought, "rlla", kind=kind)


@settings(max_examples=100, deadline=None)
@given(examples())
def test_an_example_survives_the_way_to_a_row_and_back(example):
    assert one(to_row(example)) == example
