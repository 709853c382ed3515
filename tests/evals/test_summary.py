"""From scored samples to figures, and two evaluations side by side."""

from dataclasses import replace

import pytest

from toolrl.errors import ConfigError, DataError
from toolrl.evals.heldout import HeldoutConfig, make_scorer
from toolrl.evals.summary import compare as compared
from toolrl.evals.summary import summarise as summary_of
from toolrl.formats import get_format
from toolrl.rewards import load_reward
from toolrl.types import Example, Message, ToolCall, ToolSpec

TOOLS = (ToolSpec("now", "The time."), ToolSpec("tomorrow", "The date of tomorrow."))
EXAMPLES = [
    Example("1", TOOLS, (Message("user", "Time?"),), (ToolCall("now"),), kind="single"),
    Example("2", TOOLS, (Message("user", "Date?"),), (ToolCall("tomorrow"),), kind="single"),
    Example("3", TOOLS, (Message("user", "Hi"),), reply="Hello.", kind="no_tool"),
]
FORM = get_format("paper")


def rows(texts, reward="toolrl"):
    score = make_scorer(HeldoutConfig(model="m", output="o", reward=reward))
    return [score(example, text) for example, text in zip(EXAMPLES, texts, strict=True)]


def summarise(rows, reward="toolrl"):
    return summary_of(rows, load_reward(reward))


def compare(before, after):
    return compared(before, after, load_reward("toolrl"))


GOLD = [FORM.render_expected(example) for example in EXAMPLES]
ALWAYS_NOW = [GOLD[0]] * 3


def test_the_gold_gets_everything():
    summary = summarise(rows(GOLD))
    assert summary["reward"]["value"] == 4.0
    assert summary["exact"]["value"] == 1.0
    assert summary["no_call"] == {**summary["no_call"], "value": 1.0, "n": 1}
    assert summary["n"] == 3


def test_empty_answers_get_the_minimum():
    summary = summarise(rows(["", "", ""]))
    assert summary["reward"]["value"] == -3.0
    assert summary["exact"]["value"] == 0.0
    assert summary["no_call"]["value"] == 0.0


def test_calling_where_none_is_due_and_not_calling_where_one_is_are_told_apart():
    gold, always, never = (summarise(rows(texts)) for texts in (GOLD, ALWAYS_NOW, [GOLD[2]] * 3))
    shares = [
        (s["over_calling"]["value"], s["under_calling"]["value"]) for s in (gold, always, never)
    ]
    assert shares == [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]
    assert gold["calls_per_task"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    older = [{key: value for key, value in row.items() if key != "calls"} for row in rows(GOLD)]
    assert "over_calling" not in summarise(older)


def test_exact_match_is_told_apart_by_kind():
    by_kind = summarise(rows(ALWAYS_NOW))["exact_by_kind"]
    assert by_kind["single"]["value"] == 0.5
    assert by_kind["no_tool"]["value"] == 0.0


@pytest.mark.parametrize("reward", ["toolrl/coarse", "paper/default", "toolrl/length"])
def test_exact_match_means_the_same_under_every_reward(reward):
    summary, usual = summarise(rows(ALWAYS_NOW, reward), reward), summarise(rows(ALWAYS_NOW))
    assert summary["exact_by_kind"] == usual["exact_by_kind"]
    assert summary["no_call"] == usual["no_call"]


def test_a_reward_that_moves_with_the_step_cannot_measure():
    with pytest.raises(ConfigError, match="moves with the training step"):
        rows(GOLD, "toolrl/dynamic_scale")


def test_a_comparison_pairs_the_same_tasks_whatever_their_order():
    paired = compare(rows(ALWAYS_NOW), list(reversed(rows(GOLD))))
    assert paired["exact"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert paired["reward"]["value"] > 0


def test_evaluations_of_different_tasks_are_not_compared():
    with pytest.raises(DataError, match="different tasks"):
        compare(rows(GOLD), rows(GOLD)[:2])


def grouped(texts, group="talk"):
    """Rows of a conversation's turns, as the examples' own rows have them."""
    score = make_scorer(HeldoutConfig(model="m", output="o"))
    return [
        score(replace(example, group=group), text)
        for example, text in zip(EXAMPLES, texts, strict=True)
    ]


def figures_in(found):
    """Every figure with an interval, at any depth."""
    if "low" in found:
        return [found]
    return [one for value in found.values() if isinstance(value, dict) for one in figures_in(value)]


@pytest.mark.parametrize("texts", [GOLD, ALWAYS_NOW, ["", "", ""]])
@pytest.mark.parametrize("make", [rows, grouped])
def test_no_figure_and_no_difference_is_without_width(texts, make):
    found = make(texts)
    shown = figures_in(summarise(found)) + figures_in(compare(found, found))
    assert len(shown) > 10
    for one in shown:
        low, high = (-9 if one["low"] is None else one["low"], one["high"] or 9)
        assert low < high
        assert low <= one["value"] <= high


def test_answers_that_are_all_alike_are_bounded_by_the_rewards_range():
    found = summarise(rows(["", "", ""]))
    assert (found["reward"]["low"], found["parts"]["format"]["low"]) == (-3.0, 0.0)
    assert found["reward"]["high"] == pytest.approx(4 - 7 * 0.025 ** (1 / 3), abs=1e-3)
    assert found["parts"]["correctness"]["high"] < found["reward"]["high"] < 4


def test_turns_of_one_conversation_are_written_and_counted_as_one_cluster():
    together, apart = grouped(GOLD), rows(GOLD)
    assert [row["group"] for row in together] == ["talk"] * 3
    assert not any("group" in row for row in apart)
    for name in ("exact", "reward"):
        known, plain = summarise(together)[name], summarise(apart)[name]
        assert known["value"] == plain["value"]
        assert known["low"] < plain["low"]
    wider, plain = (compare(some, some)["exact"] for some in (together, apart))
    assert wider["high"] > plain["high"]


def test_the_group_is_in_no_prompt():
    for example in EXAMPLES:
        assert FORM.render_prompt(replace(example, group="talk")) == FORM.render_prompt(example)


def test_rows_from_before_there_were_groups_are_compared_with_those_of_today():
    older = rows(ALWAYS_NOW)
    assert not any("group" in row["answer"] for row in older)
    assert (
        compare(older, grouped(GOLD))["exact"]
        == compare(grouped(ALWAYS_NOW), grouped(GOLD))["exact"]
    )
