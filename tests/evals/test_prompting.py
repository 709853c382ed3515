"""Prompts: the model's own tool calling, and formats."""

import json

import pytest

from toolrl.errors import ConfigError
from toolrl.evals.prompting import prompting, safe_names
from toolrl.formats import FORMAT_NAMES
from toolrl.models.answers import Answer
from toolrl.models.server import answer_of
from toolrl.types import Message, ToolCall, ToolSpec

TOOLS = [ToolSpec("math.area"), ToolSpec("math_area"), ToolSpec("x" * 80)]


@pytest.mark.parametrize("name", ["native", *FORMAT_NAMES])
def test_the_right_answer_is_read_back(name):
    how = prompting(name)
    call = ToolCall("math_area", {"side": 2, "unit": "cm"})
    assert how.read(how.gold([call], ""), [ToolSpec("math_area")]).calls == (call,)
    refusal = how.read(how.gold([], "No tool fits."), TOOLS)
    assert refusal.calls == ()
    assert refusal.well_formed
    assert not how.read(Answer(""), TOOLS).well_formed


def test_names_are_those_that_servers_take_and_come_back_as_they_were():
    how = prompting("native")
    shown = [t["function"]["name"] for t in how.ask(TOOLS, [Message("user", "?")]).tools]
    assert shown == ["math_area", "math_area_2", "x" * 64]
    answer = Answer("", tuple(ToolCall(name) for name in [*shown, "other"]))
    names = [call.name for call in how.read(answer, TOOLS).calls]
    assert names == ["math.area", "math_area", "x" * 80, "other"]


def test_safe_names_are_distinct():
    names = ["a.b", "a_b", "a b", "a/b", "y" * 70, "y" * 71]
    assert len(set(safe_names(names).values())) == len(names)


def test_results_name_the_calls_they_belong_to():
    how = prompting("native")
    calls = (ToolCall("math.area"), ToolCall("math_area"))
    messages = [
        Message("user", "?"), Message("assistant", "", calls), *how.results(calls, ["1", "2"])
    ]  # fmt: skip
    _, said, *results = how.ask(TOOLS, messages).messages
    assert [one["id"] for one in said["tool_calls"]] == [one["tool_call_id"] for one in results]
    assert [one["name"] for one in results] == ["math_area", "math_area_2"]


def test_an_unknown_prompt_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'native'"):
        prompting("natve")


BROKEN = '<tool_call>\n{"name": "now", "arguments": {}\n</tool_call>'


@pytest.mark.parametrize("name", FORMAT_NAMES)
@pytest.mark.parametrize("text", [BROKEN, "[now(]", "{'name': 'now'", "  Well: <think>"])
def test_the_next_prompt_holds_what_the_model_wrote(name, text):
    how = prompting(name)
    said = how.read(Answer(text), [ToolSpec("now")]).said
    messages = [Message("user", "Time?"), said, Message("user", "And now?")]
    prompt = how.ask([ToolSpec("now")], messages).messages
    assert any(text in one["content"] for one in prompt)


def test_a_native_prompt_keeps_the_text_beside_calls_and_the_text_that_is_none():
    how, tools = prompting("native"), [ToolSpec("now")]
    raw = 'Let me look.\n<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>'
    both = how.read(Answer(raw, (ToolCall("now"),), beside="Let me look."), tools).said
    served = how.read(Answer("Let me look.", (ToolCall("now", {}, "c7"),)), tools).said
    broken = how.read(Answer(BROKEN, (), broken=True), tools).said
    asked = [
        how.ask(tools, [Message("user", "?"), one]).messages[1] for one in (both, served, broken)
    ]
    assert [one["content"] for one in asked] == ["Let me look.", "Let me look.", BROKEN]
    assert [len(one.get("tool_calls", ())) for one in asked] == [1, 1, 0]
    assert asked[1]["tool_calls"][0]["id"] == "c7"


@pytest.mark.parametrize("name", ["native", *FORMAT_NAMES])
def test_a_call_in_another_syntax_is_no_deliberate_abstention(name):
    how, tools = prompting(name), [ToolSpec("now")]
    said = "<think> t </think>\n<response> {} </response>" if name.startswith("paper") else "{}"
    assert how.read(Answer(said.replace("{}", "I can't tell."), ()), tools).well_formed
    assert not how.read(Answer(said.replace("{}", "Action: now"), ()), tools).well_formed


def test_calls_that_a_server_gave_one_id_get_their_own():
    how, tools = prompting("native"), [ToolSpec("f"), ToolSpec("g")]
    read = how.read(Answer("", (ToolCall("f", {}, "1"), ToolCall("g", {}, "1"))), tools)
    messages = [Message("user", "?"), read.said, *how.results(read.calls, ["F", "G"])]
    _, said, *results = how.ask(tools, messages).messages
    ids = [one["id"] for one in said["tool_calls"]]
    assert len(set(ids)) == 2
    assert [(one["tool_call_id"], one["content"]) for one in results] == [
        (ids[0], "F"),
        (ids[1], "G"),
    ]


def test_a_broken_call_beside_a_good_one_stays_in_the_conversation():
    how, tools = prompting("native"), [ToolSpec("now")]
    good = '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>'
    local = Answer(f"{good}\n{BROKEN}", (ToolCall("now"),), broken=True, beside="")
    function = {"name": "now", "arguments": '{"a": '}
    calls = [{"id": "1", "function": {"name": "now", "arguments": "{}"}}, {"function": function}]
    choice = {"message": {"content": None, "tool_calls": calls}, "finish_reason": "tool_calls"}
    served = answer_of({"choices": [choice]})
    for answer, said in ((local, local.text), (served, json.dumps(function))):
        read = how.read(answer, tools)
        assert [call.name for call in read.calls] == ["now"]
        messages = [Message("user", "?"), read.said, *how.results(read.calls, ["12:00"])]
        told = how.ask(tools, messages).messages
        assert told[1]["content"] == said
        assert told[2]["content"] == "12:00"
