"""ToolACE rows: real traps in rows of our own making."""

import json
import time
from pathlib import Path

import pytest

from toolrl.data.prepare import convert_file
from toolrl.data.rejects import Rejection
from toolrl.data.sources import convert_row
from toolrl.data.sources.toolace import convert, tool_list
from toolrl.types import Example, ToolCall

FIXTURE = Path(__file__).parents[1] / "fixtures" / "toolace.json"
SAMPLE = Path(__file__).resolve().parents[3] / "../shared/data/toolace/toolace_raw_sample.json"


def tool(name, **types):
    properties = {key: {"type": kind, "description": key} for key, kind in types.items()}
    parameters = {"type": "dict", "properties": properties, "required": []}
    return {"name": name, "description": name, "parameters": parameters, "required": None}


def answer(text, *tools):
    row = {
        "system": f"You may call:\n{json.dumps(tools)}. \nGo.",
        "conversations": [
            {"from": "user", "value": "Please."},
            {"from": "assistant", "value": text},
        ],
    }
    (outcome,) = convert_row(convert, row, "t-1")
    return outcome


@pytest.mark.parametrize(
    "name",
    [
        "Get User's Likes",
        "DAX Point Changes for Each Month (January-August, 2022)",
        "Get Rounds (Esports) by Event ID",
        "forum.post_analysis",
        "6-TimeSeries Endpoint: Currency Exchange Rate",
        "/email/validate",
        ".CzXC",
        "3xLKdtEnOKe3n",
        "天气",
    ],
)
def test_a_name_may_hold_any_sign(name):
    outcome = answer(f'[{name}(id="a")]', tool(name, id="string"), tool("Other"))
    assert outcome.calls == (ToolCall(name, {"id": "a"}),)


@pytest.mark.parametrize(
    "value",
    [
        "a, b = (c)",
        "[x] {y}",
        "SELECT a, b FROM t WHERE c = 'd'",
        '<a href=\\"x, y\\">z</a>',
        "Zürich — 東京",
        "f(x)=x, g(x)=[1]",
        '{\\"a\\": \\"{1}\\"}',
    ],
)
def test_a_text_value_may_hold_any_sign(value):
    outcome = answer(f'[Say(text="{value}", n=1)]', tool("Say", text="string", n="int"))
    assert outcome.calls[0].arguments == {"text": value.replace('\\"', '"'), "n": 1}


@pytest.mark.parametrize(
    ("written", "kind", "wanted"),
    [
        ('"1"', "int", 1),
        ("3.0", "int", 3),
        ("3", "float", 3),
        ('"2.5"', "float", 2.5),
        ("true", "boolean", True),
        ("True", "boolean", True),
        ('"False"', "boolean", False),
        ("null", "string", None),
        ("None", "string", None),
        ("[[1, 2], [3]]", "array", [[1, 2], [3]]),
        ('"[1, 2]"', "array", [1, 2]),
        ('{"a": {"b": [true]}}', "dict", {"a": {"b": [True]}}),
        ("\"{'a': 1}\"", "dict", {"a": 1}),
        ('"1"', "string", "1"),
        ("2023", "string", 2023),
    ],
)
def test_values_take_the_type_of_their_parameter(written, kind, wanted):
    value = answer(f"[F(x={written})]", tool("F", x=kind)).calls[0].arguments["x"]
    assert json.dumps(value) == json.dumps(wanted)


def test_a_call_may_have_no_arguments():
    assert answer("[GetAll()]", tool("GetAll")).calls == (ToolCall("GetAll", {}),)


def test_identical_calls_are_all_expected():
    assert len(answer("[F(x=1), F(x=1)]", tool("F", x="int")).calls) == 2


def test_calls_written_as_json_are_read():
    text = '[{"name": "F", "arguments": {"x": 1}}]'
    assert answer(text, tool("F", x="int")).calls == (ToolCall("F", {"x": 1}),)


def test_prose_that_begins_with_a_bracket_is_a_reply():
    text = "[Note] It may rain (a little)."
    assert answer(text, tool("F", x="int")).reply == text


@pytest.mark.parametrize(
    "text",
    [
        '[F-["x"-1]]',
        "<F|<x|1>>",
        "(F|{'x'/1})",
        "{F:{'x'--1}}",
        "[F]=>(x=1]",
        "[F(x=1",
        "[F(1)]",
        "[F(x=1)] There you are.",
        "There you are: [F(x=1)]",
        "[G(x=",
    ],
)
def test_a_call_that_cannot_be_read_is_rejected_and_never_taken_for_no_call(text):
    outcome = answer(text, tool("F", x="int"))
    assert isinstance(outcome, Rejection)
    assert outcome.reason == "a call that can't be read"


def test_a_call_to_a_tool_that_is_not_offered_is_rejected():
    outcome = answer("[G(x=1)]", tool("F", x="int"))
    assert (outcome.reason, outcome.detail) == ("call to a tool that is not offered", "G")


def test_an_argument_outside_the_schema_is_rejected():
    outcome = answer("[F(y=1)]", tool("F", x="int"))
    assert (outcome.reason, outcome.detail) == ("argument that the tool does not have", "F: y")


def test_of_two_tools_of_one_name_the_first_is_kept():
    tools = tool("F", x="int"), tool("F", y="int")
    assert len(answer("[F(x=1)]", *tools).tools) == 1
    assert isinstance(answer("[F(y=1)]", *tools), Rejection)


@pytest.mark.parametrize(
    "system",
    [
        'Call:\n[{"name": "f", "parameters": null}]. \nGo.',
        "Call:\n[{'name': 'f', 'parameters': None}]. Go with [g(x=1)].",
        'Call:\n{"tool_name": "f", "definition": "d", "arguments": [], "required": []}\nGo.',
        'Tools [as JSON]: [ {"name": "f", "description": "it\'s [odd]"} ]',
    ],
)
def test_the_tool_list_is_found_in_the_system_text(system):
    assert [row.get("name", row.get("tool_name")) for row in tool_list(system)] == ["f"]


def test_each_assistant_turn_is_an_example_with_its_history():
    tally = convert_file("toolace", str(FIXTURE))
    first, second, third = tally.examples[:3]
    assert first.calls == (ToolCall("Rain Chance", {"town": "Ulm", "hours": 12}),)
    assert [m.role for m in second.messages] == ["user", "assistant", "tool"]
    assert second.messages[1].tool_calls == first.calls
    assert second.messages[2].name == "Rain Chance"
    assert second.reply == "Take an umbrella: 80 %."
    assert third.calls[0].arguments["lines"] == ["N1", "N2"]
    assert [e.id for e in (first, second, third)] == ["toolace-1-1", "toolace-1-2", "toolace-1-3"]


def test_everything_that_is_read_is_kept_or_rejected_with_a_reason():
    tally = convert_file("toolace", str(FIXTURE))
    assert tally.counts() == {"read": 9, "kept": 5, "rejected": 4, "examples": 5, "calls": 5}
    assert tally.reasons() == {
        "empty assistant turn": 1,
        "a call that can't be read": 1,
        "an earlier turn of the conversation can't be read": 1,
        "the tool list can't be read": 1,
    }
    assert all(one.file == str(FIXTURE) and one.row for one in tally.rejections)


def test_a_history_goes_on_without_an_empty_turn():
    (example,) = (e for e in convert_file("toolace", str(FIXTURE)).examples if "-3-" in e.id)
    assert [m.role for m in example.messages] == ["user", "user"]


def test_ninety_nine_of_a_hundred_real_turns_are_kept():
    if not SAMPLE.exists():
        pytest.skip("the sample of ToolACE is not here")
    tally = convert_file("toolace", str(SAMPLE))
    assert tally.counts()["kept"] >= 0.99 * tally.counts()["read"]
    assert_golds_fit(tally.examples)


def assert_golds_fit(examples: list[Example]) -> None:
    for example in examples:
        for call in example.calls:
            assert set(call.arguments) <= set(example.tool(call.name).properties)


@pytest.mark.parametrize("opening", ['{"a":', "[{", '[{"a":', "[{'", '[{"name": "f"},'])
def test_a_system_text_of_open_brackets_is_rejected_in_no_time(opening):
    before = time.process_time()
    row = {"system": opening * 5_000, "conversations": [{"from": "assistant", "value": "Hi."}]}
    (outcome,) = convert_row(convert, row, "t-1")
    assert outcome.reason in (
        "the tool list can't be read",
        "an assistant turn that answers nobody",
    )
    assert time.process_time() - before < 5


def test_tools_inside_a_text_that_is_no_value_are_found():
    found = tool_list("Use {'these': {'name': 'f', 'parameters': None}, or: {'name': 'g'}}")
    assert [one["name"] for one in found] == ["f", "g"]
