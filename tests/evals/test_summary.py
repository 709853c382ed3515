"""From scored samples to figures, and two evaluations side by side."""

import pytest

from toolrl.errors import DataError
from toolrl.evals.summary import compare, summarise
from toolrl.formats import get_format
from toolrl.rewards import load_reward
from toolrl.rewards.samples import Sample, sample_row
from toolrl.types import Example, Message, ToolCall, ToolSpec

TOOLS = (ToolSpec("now", "The time."), ToolSpec("tomorrow", "The date of tomorrow."))
EXAMPLES = [
    Example("1", TOOLS, (Message("user", "Time?"),), (ToolCall("now"),), kind="single"),
    Example("2", TOOLS, (Message("user", "Date?"),), (ToolCall("tomorrow"),), kind="single"),
    Example("3", TOOLS, (Message("user", "Hi"),), reply="Hello.", kind="no_tool"),
]
FORM = get_format("paper")
REWARD = load_reward("toolrl")


def rows(texts):
    return [
        sample_row(Sample(example, text, REWARD(text, example)))
        for example, text in zip(EXAMPLES, texts, strict=True)
    ]


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


def test_exact_match_is_told_apart_by_kind():
    by_kind = summarise(rows(ALWAYS_NOW))["exact_by_kind"]
    assert by_kind["single"]["value"] == 0.5
    assert by_kind["no_tool"]["value"] == 0.0


def test_a_comparison_pairs_the_same_tasks_whatever_their_order():
    paired = compare(rows(ALWAYS_NOW), list(reversed(rows(GOLD))))
    assert paired["exact"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert paired["reward"]["value"] > 0


def test_evaluations_of_different_tasks_are_not_compared():
    with pytest.raises(DataError, match="different tasks"):
        compare(rows(GOLD), rows(GOLD)[:2])
