import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_for_formats import call_lists, prose

from toolrl.errors import DataError
from toolrl.formats import get_format
from toolrl.formats.paper_history import HEADER, pack_history, parse_history, parse_system_tools
from toolrl.types import Message

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"
users = st.builds(Message, st.just("user"), prose.map(str.strip))
results = st.builds(Message, st.just("tool"), prose.map(str.strip))
assistants = st.builds(
    Message,
    st.just("assistant"),
    prose.map(str.strip),
    call_lists,
    prose.map(str.strip),
)


def rows(path: str) -> list[dict]:
    if not (SHARED / path).exists():
        pytest.skip("the published rows are not here")
    return json.loads((SHARED / path).read_text(encoding="utf-8"))


@settings(max_examples=60, deadline=None)
@given(messages=st.lists(users | results | assistants, min_size=1, max_size=5).map(tuple))
def test_a_packed_history_is_read_back_message_by_message(messages):
    assert parse_history(f"{HEADER}\n{pack_history(messages)}") == messages


def test_thoughts_calls_and_results_survive():
    text = (
        "***Dialogue Records History**\n<user>Hi</user>\n<think> Look. </think>\n<tool_call>\n"
        '{"name": "f", "parameters": {}}\n</tool_call>\n<obs> {\'a\': 1} </obs>\n'
        "<response>One.</response>\n<response>Two.</response>\n"
    )
    read = parse_history(text)
    assert [one.role for one in read] == ["user", "assistant", "tool", "assistant", "assistant"]
    assert read[1].thought == "Look."
    assert read[1].tool_calls[0].name == "f"
    assert read[2].content == "{'a': 1}"


def test_a_text_that_quotes_its_own_closing_tag_is_read_whole():
    (message,) = parse_history("<user> what is </user> in XML? </user>")
    assert message.content == "what is </user> in XML?"


@pytest.mark.parametrize(
    "text", ["hello", "<user> hi", "<user> a </user> b", "<tool_call>\n{]\n</tool_call>"]
)
def test_what_is_no_history_is_a_data_error_that_says_the_line(text):
    with pytest.raises(DataError, match=r"the history, line [12]"):
        parse_history(text)


def test_tools_are_read_in_each_published_spelling():
    text = (
        "**Available Tools**\nYou can use:\n"
        '1. Name: A (x), y\nDescription: First.\nParameters: {"q": {"type": "int, optional", '
        '"default": ""}}\n'
        "2. B: The second: one.\nParameters: {'it': {'type': 'str', 'description': \"it's\"}}\n"
        "\n**Steps for Each Turn**\n1. Name: not a tool\n"
    )
    first, second = parse_system_tools(text)
    assert (first.name, first.description) == ("A (x), y", "First.")
    assert first.parameters == {"type": "object", "properties": {"q": {"type": "int, optional"}}}
    assert (second.name, second.description) == ("B", "The second: one.")
    assert second.properties["it"]["description"] == "it's"


def test_unreadable_parameters_are_a_data_error_that_names_the_tool():
    with pytest.raises(DataError, match="tool 'f': can't read its parameters"):
        parse_system_tools("1. Name: f\nDescription: d\nParameters: {oops}")


def test_all_published_rows_are_read_and_written_back_unchanged():
    paper = get_format("paper")
    for row in rows("rlla/rlla_sft.json"):
        tools, history = parse_system_tools(row["instruction"]), parse_history(row["input"])
        assert len(tools) == row["instruction"].count("\nParameters: ")
        assert f"{HEADER}\n{pack_history(history)}" == row["input"]
        assert parse_system_tools(paper.render_system(tools)) == tools


def test_the_published_answers_have_no_issue_but_tags_quoted_in_thoughts():
    paper, quoting = get_format("paper"), 0
    for row in rows("rlla/rlla_sft.json"):
        done = paper.parse(row["output"])
        again = paper.parse(paper.render_answer(done.thought, done.calls, done.reply or ""))
        assert {issue.code for issue in done.issues} <= {"tag_in_thought"}
        assert (again.calls, again.reply, again.issues) == (done.calls, done.reply, ())
        quoting += bool(done.issues)
    assert quoting == 17  # as counted in the rows; their authors' own reader fails on these


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_processed_api_bank_is_read(level):
    for row in rows(f"api-bank/level-{level}-sample.json"):
        tools, history = parse_system_tools(row["system"]), parse_history(row["user"])
        assert len(tools) == row["system"].count("\nParameters: ")
        assert all("type" in entry for tool in tools for entry in tool.properties.values())
        assert history[0].role == history[-1].role == "user"
