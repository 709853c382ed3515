"""Results belong to their calls, whatever the order in which they stand."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.evals.prompting import NativePrompting
from toolrl.formats import FORMAT_NAMES, get_format
from toolrl.formats.results import (
    DOUBLED,
    NOBODYS,
    TOO_MANY,
    TWICE,
    WITHOUT_ID,
    assign,
    in_call_order,
    with_ids,
)
from toolrl.types import Example, Message, ToolCall, ToolSpec

TOOLS = tuple(ToolSpec(name) for name in "fgh")


def said(*calls):
    return Message("assistant", tool_calls=tuple(ToolCall(name, {}, id_) for name, id_ in calls))


def result(content, id_="", name=""):
    return Message("tool", content, name=name, tool_call_id=id_)


@st.composite
def shuffled(draw):
    """A conversation with ids, and the same with the results of each turn in another order.

    Ids begin anew in every turn, as some servers have them, or go on.
    """
    plain, other = [], []
    anew = draw(st.booleans())
    number = 0
    for turn in range(draw(st.integers(1, 3))):
        number = 0 if anew else number
        start = [Message("user", f"Question {turn}.")]
        results = []
        for _ in range(draw(st.integers(1, 2))):  # one assistant message after another
            names = draw(st.lists(st.sampled_from("fgh"), min_size=1, max_size=3))
            ids = [f"c{number + i}" for i in range(len(names))]
            number += len(names)
            start.append(said(*zip(names, ids, strict=True)))
            results += [result(f"result {turn} {id_}", id_) for id_ in ids]
        plain += start + results
        other += start + draw(st.permutations(results))
    return tuple(plain), tuple(other)


def prompt(name, messages):
    if name == "native":
        return NativePrompting().ask(TOOLS, messages).messages
    return get_format(name).render_prompt(Example("1", TOOLS, messages))


@pytest.mark.parametrize("name", [*FORMAT_NAMES, "native"])
@settings(max_examples=40, deadline=None)
@given(shuffled())
def test_the_order_of_results_with_ids_changes_no_prompt(name, pair):
    plain, other = pair
    assert prompt(name, other) == prompt(name, plain)


@settings(max_examples=40, deadline=None)
@given(shuffled())
def test_every_result_has_its_calls_name_and_no_id_is_lost(pair):
    for message in (told := in_call_order(pair[1])):
        if message.role == "tool":
            assert message.name in "fgh"
    example = Example("1", TOOLS, pair[1], group="chat-1")
    again = Example.from_dict(json.loads(json.dumps(example.to_dict())))
    assert again == example
    ids = [call.id for m in pair[1] for call in m.tool_calls]
    for kept in (again.messages, told, with_ids(pair[1])):
        assert [call.id for m in kept for call in m.tool_calls] == ids


def test_a_result_may_come_after_the_user_said_something_else():
    calls = said(("f", "1"), ("g", "2"))
    late = (calls, result("F", "1"), Message("user", "Hm."), result("G", "2"))
    known = assign(late)
    assert known.owners == {1: (0, 0), 3: (0, 1)}
    assert not known.faults


def test_results_of_calls_in_two_messages_belong_to_them_in_order():
    told = in_call_order((said(("f", "")), said(("g", "")), result("F"), result("G")))
    assert [one.name for one in told[2:]] == ["f", "g"]


def test_results_without_ids_belong_to_the_calls_of_their_names():
    told = (said(("f", ""), ("g", "")), result("G", name="g"), result("F", name="f"))
    assert [one.content for one in in_call_order(told)[1:]] == ["F", "G"]
    _, calls, *results = NativePrompting().ask(TOOLS, (Message("user", "?"), *told)).messages
    assert [one["id"] for one in calls["tool_calls"]] == [one["tool_call_id"] for one in results]
    assert [one["name"] for one in results] == ["f", "g"]


def test_one_result_of_several_calls_is_nobodys():
    told = (said(("f", ""), ("g", "")), result("F and G"))
    assert in_call_order(told) == told
    assert not assign(told).faults


@pytest.mark.parametrize(
    ("messages", "at", "reason"),
    [
        ((said(("f", "1")), result("F", "2")), 1, NOBODYS),
        ((said(("f", "1")), result("F", "1"), result("F", "1")), 2, TWICE),
        ((said(("f", "1"), ("f", "2")), result("F"), result("F")), 1, WITHOUT_ID),
        ((said(("f", "1"), ("g", "1")),), 0, DOUBLED),
        ((said(("f", "")), result("F"), result("?")), 2, TOO_MANY),
        ((Message("user", "Hi"), result("F")), 1, TOO_MANY),
    ],
)
def test_what_can_not_be_told_is_said(messages, at, reason):
    assert assign(messages).faults[at][0] == reason
    assert [m.content for m in in_call_order(messages)] == [m.content for m in messages]


def test_new_ids_are_none_that_are_there():
    told = with_ids((said(("f", ""), ("g", "call00000")), result("F", name="f")))
    first, second = (call.id for call in told[0].tool_calls)
    assert second == "call00000"
    assert first not in ("", second)
    assert told[1].tool_call_id == first


def test_a_thousand_results_are_assigned_at_once():
    calls = said(*((f"f{n}", str(n)) for n in range(2000)))
    results = tuple(result(str(n), str(n)) for n in reversed(range(2000)))
    assert [one.content for one in in_call_order((calls, *results))[1:3]] == ["0", "1"]


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_what_a_model_wrote_stands_in_the_prompt_as_it_wrote_it(name):
    raw = '<think> a </user> <obs>\n[f(, <tool_call>{"name": </response>'
    messages = (
        Message("user", "?"),
        Message("assistant", "mended", raw=raw),
        Message("user", "Again?"),
    )
    told = get_format(name).render_prompt(Example("1", TOOLS, messages))
    assert any(raw in one["content"] for one in told)
    assert not any("mended" in one["content"] for one in told)


def test_a_model_that_wrote_nothing_has_said_nothing_in_the_packed_history():
    messages = (Message("user", "?"), Message("assistant"), Message("user", "Again?"))
    told = get_format("paper").render_prompt(Example("1", (), messages))
    assert told[1]["content"].endswith("<user> ? </user>\n\n<user> Again? </user>")
