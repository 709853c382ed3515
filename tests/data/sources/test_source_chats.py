"""Conversations in OpenAI's, ShareGPT's and Hermes's forms."""

from pathlib import Path

import pytest

from toolrl.data.prepare import convert_file
from toolrl.data.sources import convert_row, openai, sharegpt
from toolrl.types import ToolCall

FIXTURES = Path(__file__).parents[1] / "fixtures"
SHARED = Path(__file__).resolve().parents[3] / "../shared/data/sharegpt"


def test_openai_arguments_may_be_text():
    called, replied = convert_file("openai", str(FIXTURES / "openai.jsonl")).examples
    assert called.calls == (ToolCall("book_table", {"people": 2}),)
    assert [m.role for m in called.messages] == ["system", "user"]
    assert (replied.reply, replied.messages[-1].name) == ("Booked.", "book_table")


def test_a_function_call_is_an_assistant_turn():
    tally = convert_file("sharegpt", str(FIXTURES / "sharegpt.json"))
    asked, called, done = tally.examples[:3]
    assert asked.reply == "For how many?"
    assert called.calls == (ToolCall("book_table", {"people": 4}),)
    assert [m.role for m in done.messages][-2:] == ["assistant", "tool"]
    assert asked.messages[0].content == "You are a waiter."


def test_a_chat_may_have_no_tools():
    plain = convert_file("sharegpt", str(FIXTURES / "sharegpt.json")).examples[3]
    assert (plain.tools, plain.reply) == ((), "A hot dish.")


def test_typed_parts_give_thought_and_calls():
    typed = convert_file("sharegpt", str(FIXTURES / "sharegpt.json")).examples[4]
    assert typed.thought == "Two people."
    assert len(typed.calls) == 2
    assert typed.messages[0].content == "A table for two."


def test_hermes_tags_are_read_and_an_unclosed_one_is_rejected():
    tally = convert_file("hermes", str(FIXTURES / "hermes.json"))
    called, replied = tally.examples
    assert called.calls == (ToolCall("book_table", {"people": 2}),)
    assert (called.thought, called.reply) == ("Two.", "")
    assert [m.role for m in called.messages] == ["user"]
    assert replied.messages[-1].content == '{"done": true}'
    assert [one.reason for one in tally.rejections] == ["the call can't be read"]


def chat(*turns, tools=()):
    row = {"messages": [{"role": r, "content": c} for r, c in turns], "tools": list(tools)}
    return list(convert_row(openai.convert, row, "openai-1"))


def test_a_turn_that_answers_nobody_is_rejected():
    (outcome,) = chat(("assistant", "Hello!"))
    assert outcome.reason == "an assistant turn that answers nobody"


def test_an_unusable_conversation_rejects_each_of_its_turns():
    outcomes = chat(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"), tools=[1])
    assert [one.reason for one in outcomes] == ["a tool is not an object"] * 2


def test_an_unknown_speaker_is_rejected():
    row = {"conversations": [{"from": "robot", "value": "Hi"}]}
    (outcome,) = convert_row(sharegpt.convert, row, "sharegpt-1")
    assert outcome.reason == "a turn of an unknown speaker"


@pytest.mark.parametrize(
    ("file", "read"),
    [("glaive_toolcall_en_demo.json", 957), ("reason_tool_use_demo_50.jsonl", 112)],
)
def test_real_conversations_are_kept(file, read):
    if not (SHARED / file).exists():
        pytest.skip("the sample of ShareGPT rows is not here")
    counts = convert_file("sharegpt", str(SHARED / file)).counts()
    assert counts["read"] == read
    assert counts["kept"] >= 0.99 * read
