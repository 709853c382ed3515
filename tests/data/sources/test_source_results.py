"""Results of parallel calls belong to their calls, whatever their order."""

import itertools
import json

import pytest

from toolrl.data.load import read_examples
from toolrl.data.sources import convert_row, hermes, openai, rlla, sharegpt, xlam
from toolrl.data.sources.examples import from_columns, to_columns
from toolrl.data.sources.results import DOUBLED, NOBODYS, TOO_MANY, TWICE, WITHOUT_ID
from toolrl.errors import DataError
from toolrl.evals.prompting import NativePrompting
from toolrl.formats import FORMAT_NAMES, get_format

TOOLS = [{"name": "weather", "parameters": {"city": "string"}}, {"name": "clock", "parameters": {}}]
SUNNY = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}
NOON = {"role": "tool", "tool_call_id": "c2", "content": "12:00"}


def call(name, id_=None, **arguments):
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"type": "function", "function": function} | ({"id": id_} if id_ else {})


def chat(results, calls=None):
    calls = calls or [call("weather", "c1", city="Oslo"), call("clock", "c2")]
    messages = [
        {"role": "user", "content": "Weather and time?"},
        {"role": "assistant", "tool_calls": calls},
        *results,
        {"role": "assistant", "content": "Sunny, noon."},
    ]
    return list(convert_row(openai.convert, {"messages": messages, "tools": TOOLS}, "openai-1"))


def shown(example):
    return [(m.name, m.tool_call_id, m.content) for m in example.messages if m.role == "tool"]


def test_results_in_another_order_keep_their_calls():
    _, reply = chat([NOON, SUNNY])
    assert shown(reply) == [("clock", "c2", "12:00"), ("weather", "c1", "sunny")]


@pytest.mark.parametrize("name", [*FORMAT_NAMES, "native"])
def test_the_order_of_results_changes_no_prompt(name):
    prompts = set()
    for results in itertools.permutations([NOON, SUNNY]):
        _, example = chat(results)
        if name == "native":
            asked = NativePrompting().ask(example.tools, example.messages).messages
        else:
            asked = get_format(name).render_prompt(example)
        prompts.add(json.dumps(list(asked), sort_keys=True))
    (prompt,) = prompts
    assert prompt.index("sunny") < prompt.index("12:00")


def test_a_template_gets_the_ids_of_the_log():
    _, example = chat([NOON, SUNNY])
    _, said, *results = NativePrompting().ask(example.tools, example.messages).messages
    assert [one["id"] for one in said["tool_calls"]] == ["c1", "c2"]
    assert [(one["tool_call_id"], one["name"]) for one in results] == [
        ("c1", "weather"), ("c2", "clock"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("results", "calls", "reason"),
    [
        ([SUNNY, {**NOON, "tool_call_id": "c3"}], None, NOBODYS),
        ([SUNNY, {**NOON, "tool_call_id": "c1"}], None, TWICE),
        ([SUNNY, {"role": "tool", "content": "12:00"}], None, WITHOUT_ID),
        ([SUNNY], [call("weather", "c1", city="Oslo"), call("clock", "c1")], DOUBLED),
        ([SUNNY, NOON], [call("weather", city="Oslo"), call("clock")], NOBODYS),
    ],
)
def test_what_ids_contradict_is_said_and_not_guessed(results, calls, reason):
    called, rejected = chat(results, calls)
    assert len(called.calls) == 2
    assert rejected.reason == reason


def test_results_without_ids_belong_to_the_calls_in_order():
    plain = [{"role": "tool", "content": "sunny"}, {"role": "tool", "content": "12:00"}]
    _, reply = chat(plain, [call("weather", city="Oslo"), call("clock")])
    assert [name for name, _, _ in shown(reply)] == ["weather", "clock"]


def test_the_older_form_names_the_function():
    results = [{"role": "function", "name": "clock", "content": "12:00"}]
    _, reply = chat(results, [call("weather", "c1", city="Oslo"), call("clock", "c2")])
    assert shown(reply) == [("clock", "c2", "12:00")]


def test_ids_and_the_conversation_survive_the_columns_of_a_data_set():
    called, reply = chat([NOON, SUNNY])
    assert called.group == reply.group == "openai-1"
    again = from_columns(to_columns(reply))
    assert again == reply
    assert [one.id for m in again.messages for one in m.tool_calls] == ["c1", "c2"]
    assert [one.id for one in from_columns(to_columns(called)).calls] == ["c1", "c2"]


def test_rows_of_an_older_version_are_read():
    row = to_columns(chat([NOON, SUNNY])[1])
    del row["group"]
    assert from_columns(row).group == ""


def test_a_role_that_nobody_has_is_rejected_with_its_name():
    row = {"messages": [{"role": "robot", "content": "Hi"}, {"role": "assistant", "content": "."}]}
    (outcome,) = convert_row(openai.convert, row, "openai-1")
    assert (outcome.reason, outcome.detail) == ("a message of an unknown role", "'robot'")


def test_a_developer_is_the_system_in_every_reader():
    messages = [{"role": "developer", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    row = {"messages": [*messages, {"role": "assistant", "content": "Hello."}]}
    (reply,) = convert_row(openai.convert, row, "openai-1")
    assert reply.messages[0].role == "system"
    assert from_columns({"id": "1", "messages": messages}).messages[0].role == "system"


def test_ids_may_be_numbers_from_0():
    calls = [call("weather", city="Oslo") | {"id": 0}, call("clock") | {"id": 1}]
    _, reply = chat([{**NOON, "tool_call_id": 1}, {**SUNNY, "tool_call_id": 0}], calls)
    assert shown(reply) == [("clock", "1", "12:00"), ("weather", "0", "sunny")]


def test_more_results_than_calls_are_said():
    plain = [{"role": "tool", "content": "sunny"}, {"role": "tool", "content": "12:00"}]
    called, rejected = chat(plain, [call("weather", city="Oslo")])
    assert called.calls
    assert rejected.reason == TOO_MANY


def test_results_of_the_older_form_in_another_order_keep_their_calls():
    results = [
        {"role": "function", "name": "clock", "content": "12:00"},
        {"role": "function", "name": "weather", "content": "sunny"},
    ]
    _, reply = chat(results, [call("weather", city="Oslo"), call("clock")])
    prompt = get_format("hermes").render_prompt(reply)
    assert prompt[-1]["content"].index("sunny") < prompt[-1]["content"].index("12:00")


def test_calls_of_sharegpt_one_after_another_have_their_own_results():
    turns = [
        ("human", "Weather and time?"),
        ("function_call", '{"name": "weather", "arguments": {"city": "Oslo"}}'),
        ("function_call", '{"name": "clock", "arguments": {}}'),
        ("observation", "sunny"),
        ("observation", "12:00"),
        ("gpt", "Sunny, noon."),
    ]
    row = {"conversations": [{"from": f, "value": v} for f, v in turns], "tools": TOOLS}
    *_, reply = convert_row(sharegpt.convert, row, "sharegpt-1")
    assert shown(reply) == [("weather", "", "sunny"), ("clock", "", "12:00")]


def test_each_result_of_a_hermes_message_is_one():
    block = '<tool_call>\n{"name": "%s", "arguments": %s}\n</tool_call>'
    turns = [
        ("human", "Weather and time?"),
        ("gpt", block % ("weather", '{"city": "Oslo"}') + block % ("clock", "{}")),
        (
            "tool",
            "<tool_response>\nsunny\n</tool_response>\n<tool_response>\n12:00\n</tool_response>",
        ),
        ("gpt", "Sunny, noon."),
    ]
    row = {"conversations": [{"from": f, "value": v} for f, v in turns], "tools": TOOLS}
    *_, reply = convert_row(hermes.convert, row, "hermes-1")
    assert shown(reply) == [("weather", "", "sunny"), ("clock", "", "12:00")]


def test_a_conversation_as_a_query_keeps_its_calls_and_results():
    query = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": [call("weather", "c1", city="Oslo")]},
        SUNNY,
    ]
    row = {"query": query, "tools": TOOLS, "answers": []}
    (example,) = convert_row(xlam.convert, row, "xlam-1")
    assert shown(example) == [("weather", "c1", "sunny")]
    assert example.messages[1].tool_calls[0].arguments == {"city": "Oslo"}
    (rejected,) = convert_row(xlam.convert, row | {"query": [query[0], SUNNY]}, "xlam-1")
    assert rejected.reason == NOBODYS


def test_results_of_rlla_rows_have_their_tools_names():
    _, reply = chat([SUNNY], [call("weather", "c1", city="Oslo")])
    (again,) = convert_row(rlla.convert, rlla.to_row(reply), "rlla-1")
    assert shown(again) == [("weather", "", "sunny")]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"role": "robot", "content": "Hi"}, "unknown role 'robot'"),
        ({"role": "observation", "content": "Hi"}, "unknown role 'observation'"),
        ({"role": "tool", "content": "sunny", "tool_call_id": "c9"}, f"{NOBODYS}: c9"),
    ],
)
def test_a_wrong_message_of_a_data_set_is_one_line_with_file_and_row(tmp_path, message, said):
    good = {"id": "1", "messages": [{"role": "function", "name": "f", "content": "1"}]}
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in (good, good | {"messages": [message]})))
    with pytest.raises(DataError) as error:
        read_examples(str(path))
    assert str(error.value).startswith(f"{path}, row 2: ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_one_call_and_one_result_belong_together_if_only_one_of_them_has_an_id():
    for calls, result in (
        ([call("weather", city="Oslo")], SUNNY),
        ([call("weather", "c1", city="Oslo")], {"role": "tool", "content": "sunny"}),
    ):
        assert shown(chat([result], calls)[1]) == [("weather", "c1", "sunny")]
