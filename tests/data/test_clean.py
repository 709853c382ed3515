"""Doubles and benchmark questions are found whatever their spacing and case."""

import json

import pytest

from toolrl.data.clean import Contamination, fingerprint, prompt_length, read_texts
from toolrl.errors import DataError, NotFoundError
from toolrl.types import Example, Message, ToolCall, ToolSpec


def asking(text, *names, reply="Yes.", **more):
    tools = tuple(ToolSpec(name) for name in names)
    return Example("1", tools, (Message("user", text),), reply=reply, **more)


def test_the_same_question_with_the_same_tools_is_the_same_prompt():
    assert fingerprint(asking("Rain  today?", "a", "b")) == fingerprint(
        asking("rain today", "b", "a", reply="No.")
    )
    assert fingerprint(asking("Rain today?", "a")) != fingerprint(asking("Rain today?", "b"))
    assert fingerprint(asking("Rain today?", "a")) != fingerprint(asking("Rain, today 2?", "a"))


def test_the_calls_of_the_history_tell_prompts_apart():
    def after(call):
        messages = (Message("user", "?"), Message("assistant", "", (call,)), Message("tool", "1"))
        return Example("1", (), messages, reply="One.")

    one, two = (fingerprint(after(ToolCall("f", {"n": n}))) for n in (1, 2))
    assert one != two


def test_the_prompt_has_tools_and_messages():
    assert prompt_length(asking("12345")) == 5
    assert prompt_length(asking("12345", "name")) > 50


LONG = "Which of the two rivers that meet in the old town of Passau is the longer one?"


def test_a_shared_run_of_thirteen_words_is_a_hit():
    words = LONG.lower().split()
    found = Contamination([LONG])
    assert found.hits("Tell me: " + " ".join(words[:13]) + " and so on")
    assert not found.hits(" ".join(words[:12]))
    assert found.hit_in(asking(LONG.upper())) == LONG.upper()


def test_short_texts_hit_only_as_a_whole():
    found = Contamination(["What time is it?", " "])
    assert found.hits("what time is it")
    assert not found.hits("What time is it in Ulm?")
    assert not found.hits("")


@pytest.mark.parametrize(
    "row",
    [
        "Who?",
        {"question": "Who?"},
        {"Question": "Who?", "Answer": "I."},
        {"query": "Who?"},
        {"question": [[{"role": "system", "content": "Hm."}, {"role": "user", "content": "Who?"}]]},
        asking("Who?").to_dict(),
        {"messages": json.dumps([{"role": "user", "content": "Who?"}])},
    ],
)
def test_questions_are_found_in_rows_of_many_forms(tmp_path, row):
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps(row))
    assert list(read_texts(str(file))) == ["Who?"]


def test_questions_may_be_lines_of_text(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("Who?\nWhere?\n")
    assert list(read_texts(str(file))) == ["Who?", "Where?"]


def test_a_row_without_a_question_is_named(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text('{"x": 1}')
    with pytest.raises(DataError, match=r"a\.jsonl, row 1: no text"):
        list(read_texts(str(file)))


def test_a_missing_file_is_not_found():
    with pytest.raises(NotFoundError, match="decontamination file not found"):
        list(read_texts("no.txt"))


def logged(first, second, *order):
    """One conversation as a server logged it, with ids of its own."""
    calls = (ToolCall("f", {}, first), ToolCall("g", {}, second))
    results = {
        first: Message("tool", "F", name="f", tool_call_id=first),
        second: Message("tool", "G", name="g", tool_call_id=second),
    }
    messages = (Message("assistant", tool_calls=calls), *(results[one] for one in order))
    return Example("1", (ToolSpec("f"), ToolSpec("g")), (Message("user", "?"), *messages))


def test_the_same_conversation_under_other_ids_is_the_same_prompt():
    one, other = (
        logged("a", "b", "a", "b"),
        logged("call_12345", "call_67890", "call_67890", "call_12345"),
    )
    assert fingerprint(one) == fingerprint(other)
    assert prompt_length(one) == prompt_length(other)


def test_what_a_model_wrote_tells_prompts_apart():
    def after(raw):
        said = Message("assistant", raw=raw)
        return Example("1", (), (Message("user", "?"), said, Message("user", "!")))

    assert fingerprint(after("[f(")) != fingerprint(after("[g("))
    assert prompt_length(after("[f(" * 10)) == 32
