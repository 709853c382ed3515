"""Masking, tool removal and distractors keep the law: a call names an offered tool."""

import re
from random import Random

from data_strategies import examples, fits, tools
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.data.augment import add_distractors, mask, mask_names, remove_tools
from toolrl.data.renaming import Renaming, rename
from toolrl.data.sources.common import NO_TOOL_REPLY
from toolrl.types import Example, Message, ToolCall, ToolSpec

SEEDS = st.integers(0, 2**32)
LAW = settings(max_examples=80, deadline=None)


@LAW
@given(examples(), SEEDS)
def test_masking_renames_calls_with_their_tools(example, seed):
    masked = mask(example, Random(seed), share=1)
    assert fits(masked)
    assert len(masked.tools) == len(example.tools)
    old, new = ({tool.name for tool in e.tools} for e in (example, masked))
    assert not old & new


@LAW
@given(examples(), SEEDS)
def test_a_mask_can_be_taken_off(example, seed):
    renaming = mask_names(example.tools, Random(seed))
    assert rename(rename(example, renaming), renaming.inverse()) == example


@LAW
@given(examples(), SEEDS)
def test_masked_names_are_as_hammer_made_them(example, seed):
    masked = mask(example, Random(seed), share=1)
    for tool in masked.tools:
        assert re.fullmatch(r"[A-Za-z0-9_.]{5,15}", tool.name)
        assert all(re.fullmatch(r"[A-Za-z0-9_.]{4,10}", name) for name in tool.properties)
        assert set(tool.required) <= set(tool.properties)


@LAW
@given(examples(), SEEDS)
def test_the_same_seed_gives_the_same_mask(example, seed):
    assert mask(example, Random(seed)) == mask(example, Random(seed))


def test_about_two_rows_in_three_are_masked():
    random = Random(0)
    example = Example("1", (ToolSpec("now"),), (Message("user", "?"),), (ToolCall("now"),))
    changed = sum(mask(example, random) != example for _ in range(2000))
    assert 0.63 < changed / 2000 < 0.71


def test_names_change_in_the_history_where_they_are_quoted():
    example = Example(
        "1",
        (ToolSpec("search"),),
        (
            Message("user", 'Please "search".'),
            Message("assistant", "", (ToolCall("search"),)),
            Message("tool", '[{"name": "search", "results": "search party"}]', name="search"),
        ),
        reply="I used `search` to search.",
    )
    renamed = rename(example, Renaming({"search": "x9"}))
    assert [m.content for m in renamed.messages] == [
        'Please "search".',
        "",
        '[{"name": "x9", "results": "search party"}]',
    ]
    assert renamed.messages[2].name == "x9"
    assert renamed.reply == "I used `x9` to search."


@LAW
@given(examples(), SEEDS)
def test_without_the_called_tools_the_answer_is_that_none_fits(example, seed):
    removed = remove_tools(example, Random(seed))
    assert fits(removed)
    if removed != example:
        assert (removed.calls, removed.reply) == ((), NO_TOOL_REPLY)
        assert not {c.name for c in example.calls} & {t.name for t in removed.tools}
        assert removed.tools


def test_a_row_with_its_called_tools_only_keeps_them():
    example = Example("1", (ToolSpec("now"),), (Message("user", "?"),), (ToolCall("now"),))
    assert remove_tools(example, Random(0)) is example


@LAW
@given(examples(), st.lists(tools(), max_size=6), st.integers(0, 3), SEEDS)
def test_distractors_have_names_of_their_own(example, pool, count, seed):
    more = add_distractors(example, Random(seed), pool, count)
    names = [tool.name for tool in more.tools]
    assert fits(more)
    assert len(names) == len(set(names)) <= len(example.tools) + count
    assert [tool for tool in more.tools if tool in example.tools] == list(example.tools)
    assert example.calls or more == example


def test_a_distractor_never_does_what_an_offered_tool_does():
    example = Example("1", (ToolSpec("now", "Time."),), (), (ToolCall("now"),))
    assert add_distractors(example, Random(0), [ToolSpec("clock", "time. ")], 1) is not None
    assert len(add_distractors(example, Random(0), [ToolSpec("clock", "time. ")], 1).tools) == 1


def test_a_mask_hides_the_names_in_what_a_model_wrote():
    said = Message("assistant", tool_calls=(ToolCall("now", {}, "c1"),), raw='{"name": "now"}')
    messages = (Message("user", "?"), said, Message("tool", "12:00", name="now", tool_call_id="c1"))
    masked = mask(Example("1", (ToolSpec("now"),), messages, group="chat-1"), Random(0), share=1)
    assert "now" not in str(masked)
    assert masked.group == "chat-1"
    assert (masked.messages[1].tool_calls[0].id, masked.messages[2].tool_call_id) == ("c1", "c1")
