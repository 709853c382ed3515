"""A split by tool: no name on both sides, nothing vanishes."""

from dataclasses import replace
from random import Random

import pytest
from data_strategies import NAMES, examples
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.data.split import split_by_row, split_by_tool
from toolrl.types import Example, Message, ToolCall, ToolSpec

MANY = [f"{name} {number}" for name in NAMES for number in range(4)]


def names_in(example):
    calls = [*example.calls, *(call for m in example.messages for call in m.tool_calls)]
    offered = {tool.name for tool in example.tools}
    return offered | {call.name for call in calls} | {m.name for m in example.messages if m.name}


@settings(max_examples=80, deadline=None)
@given(st.lists(examples(names=MANY), max_size=25), st.floats(0, 1), st.integers(0, 2**32))
def test_no_tool_name_is_on_both_sides_and_nothing_vanishes(made, share, seed):
    split = split_by_tool(made, share, Random(seed))
    train, heldout = (set().union(*map(names_in, part)) for part in (split.train, split.heldout))
    assert not train & heldout
    assert len(split.train) + len(split.heldout) + len(split.lost) == len(made)
    assert {e.split for e in split.train} <= {"train"}
    assert {e.split for e in split.heldout} <= {"heldout"}


def rows(count, tools, offered, seed=0):
    """Rows that call one tool and offer some others, as xLAM's do."""
    random = Random(seed)
    every = [ToolSpec(f"tool{number}", f"Does {number}.") for number in range(tools)]
    made = []
    for number in range(count):
        shown = tuple(random.sample(every, offered))
        call = ToolCall(shown[0].name)
        made.append(Example(str(number), shown, (Message("user", f"Do {number}."),), (call,)))
    return made


@pytest.mark.parametrize("offered", [1, 3, 6])
def test_rows_that_share_distractors_are_all_kept_with_as_many_tools(offered):
    split = split_by_tool(rows(400, 80, offered), 0.1, Random(1))
    assert split.lost == []
    assert 30 <= len(split.heldout) <= 50
    assert {len(e.tools) for e in split.train} == {offered}
    assert sum(len(e.tools) for e in split.heldout) >= 0.9 * offered * len(split.heldout)


def test_one_large_group_gives_its_share_and_loses_little():
    random = Random(2)
    pairs = []
    for example in rows(600, 60, 3):
        # Half of the rows call two tools, which ties all tools together.
        second = (ToolCall(example.tools[1].name),) if random.random() < 0.5 else ()
        pairs.append(Example(example.id, example.tools, example.messages, example.calls + second))
    split = split_by_tool(pairs, 0.1, Random(0))
    assert 40 <= len(split.heldout) <= 90
    assert len(split.lost) <= 0.25 * len(pairs)


def test_the_tools_of_an_answer_in_words_are_all_needed():
    asking = Example("1", (ToolSpec("a"), ToolSpec("b")), (Message("user", "?"),), reply="Which?")
    calling = [
        Example(f"{n}{i}", (ToolSpec(n),), (Message("user", "?"),), (ToolCall(n),))
        for n in "ab"
        for i in range(3)
    ]
    for seed in range(5):
        split = split_by_tool([asking, *calling], 0.5, Random(seed))
        assert all(len(e.tools) == 2 for e in split.train + split.heldout if e.id == "1")


def test_the_same_seed_gives_the_same_split():
    made = rows(100, 30, 3)
    assert split_by_tool(made, 0.2, Random(4)) == split_by_tool(made, 0.2, Random(4))


def test_examples_without_tools_train():
    chat = Example("1", (), (Message("user", "Hi"),), reply="Hello.")
    assert split_by_tool([chat], 1.0, Random(0)).train[0].id == "1"


@pytest.mark.parametrize(("tools", "each"), [(10, 100), (4, 250), (2, 5)])
def test_few_tools_with_many_rows_each_still_give_a_held_out_part(tools, each):
    made = [
        Example(f"{n}-{i}", (ToolSpec(f"t{n}"),), (Message("user", "?"),), (ToolCall(f"t{n}"),))
        for n in range(tools)
        for i in range(each)
    ]
    split = split_by_tool(made, 0.1, Random(0))
    assert len(split.heldout) == each
    assert len(split.train) == (tools - 1) * each


@given(rows=st.lists(st.integers(0, 8), max_size=30), share=st.floats(0, 1), seed=st.integers(0, 9))
def test_a_split_by_row_keeps_rows_together_and_loses_nothing(rows, share, seed):
    made = [Example(str(n), (), ()) for n in range(len(rows))]
    split = split_by_row(made, rows, share, Random(seed))
    train, heldout = ({rows[int(e.id)] for e in part} for part in (split.train, split.heldout))
    assert not train & heldout
    assert len(split.train) + len(split.heldout) == len(made)
    assert not split.lost
    if share and len(set(rows)) > 1:
        assert heldout


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(examples(names=MANY), st.sampled_from(["", "a", "b", "c"])), max_size=20),
    st.floats(0, 1),
    st.integers(0, 2**32),
)
def test_a_split_by_tool_keeps_the_turns_of_a_conversation_on_one_side(made, share, seed):
    grouped = [replace(example, group=group) for example, group in made]
    split = split_by_tool(grouped, share, Random(seed))
    train, heldout = ({e.group for e in part} for part in (split.train, split.heldout))
    assert train & heldout <= {""}
    parts = (split.train, split.heldout, split.lost, split.parted)
    assert sum(map(len, parts)) == len(made)
    assert all(e.group in train | heldout for e in split.parted)
