import copy
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reward_strategies import F_CALL as F
from reward_strategies import call_lists, example, some_calls, text, tool

from toolrl.errors import ConfigError, DataError
from toolrl.formats import FORMAT_NAMES, get_format
from toolrl.rewards import PRESET_NAMES, Reward, Scale, load_reward
from toolrl.types import Example, Message, ToolCall

LAWS = settings(max_examples=100, deadline=None)
DEFAULT = load_reward()
REPLY = st.sampled_from([None, "", "Hi."])
BROKEN = '<think> Hm. </think>\n<tool_call>\n{"name": "f", "parameters": {"a": 1}\n</tool_call>'


@given(expected=call_lists, predicted=call_lists, reply=REPLY, cut=st.integers(0, 300))
@LAWS
def test_the_default_total_stays_between_minus_three_and_four(expected, predicted, reply, cut):
    answer = example(expected)
    for completion in (text(predicted, reply), text(predicted, reply)[:cut]):
        score = DEFAULT(completion, answer)
        assert -3.0 <= score.total <= 4.0
        assert score.total == pytest.approx(sum(part.points for part in score.parts.values()))


@pytest.mark.parametrize("format_name", FORMAT_NAMES)
@given(expected=some_calls)
@settings(max_examples=25, deadline=None)
def test_the_rendered_answer_is_perfect_in_every_format(format_name, expected):
    reward, form = load_reward(format_name=format_name), get_format(format_name)
    row = example(expected)
    assert reward(form.render_expected(row), row).total == pytest.approx(4.0)
    abstaining = example([])
    assert reward(form.render_expected(abstaining), abstaining).total == 4.0


@pytest.mark.parametrize("name", [n for n in PRESET_NAMES if n.startswith("toolrl")])
def test_perfect_beats_empty_in_every_preset_and_nothing_is_lost_to_step_zero(name):
    reward = load_reward(name)
    for row, perfect in ((example([F]), text([F])), (example([]), text(reply="No tool fits."))):
        best, worst = reward(perfect, row), reward("", row)
        assert best.parts["format"].fraction == best.parts["correctness"].fraction == 1.0
        assert worst.parts["format"].fraction == worst.parts["correctness"].fraction == 0.0
        assert tuple(best.parts) == reward.components


@pytest.mark.parametrize("row", [example([F]), example([]), example([F], "Hi.")])
@pytest.mark.parametrize("completion", ["", "  \n", "hello", "<think> a", "<think> a </think>"])
def test_saying_nothing_earns_the_least_on_every_row(row, completion):
    assert DEFAULT(completion, row).total == -3.0


def test_a_needless_call_costs_as_much_as_a_wrong_one():
    needless = DEFAULT(text([F]), example([])).parts["correctness"]
    wrong = DEFAULT(text([ToolCall("g", {})]), example([F])).parts["correctness"]
    assert needless == wrong == (0.0, -3.0)
    assert DEFAULT(text([F]), example([])).total == -3.0


def test_a_reply_beside_an_expected_call_is_allowed_and_an_expected_one_is_demanded():
    assert DEFAULT(text([F], "Hi."), example([F])).total == 4.0
    assert DEFAULT(text([F], "Hi."), example([F], "Ho.")).total == 4.0
    assert DEFAULT(text([F]), example([F], "Ho.")).total == 3.0


def test_one_bad_line_voids_the_good_ones_only_when_strict():
    completion = text([F, F]).replace("}}\n<", "}\n<")
    row = example([F])
    assert -3.0 < DEFAULT(completion, row).total < 3.0
    for strict in (load_reward("toolrl/strict"), load_reward("toolrl", strict=True)):
        assert strict(completion, row).total == -3.0
        assert strict(text([F]), row).total == 4.0


def test_a_broken_call_is_no_abstention():
    assert DEFAULT(BROKEN + "\n<response> Hi. </response>", example([])).total == -3.0


def test_types_and_defaults_come_from_the_schema():
    spec = tool("f", ["n"], n={"type": "integer"}, unit={"type": "string", "default": "C"})
    row = example([ToolCall("f", {"n": 1, "unit": "C"})], tools=[spec])
    for said in ({"n": 1}, {"n": "1", "unit": "C"}, {"n": 1.0, "unit": None}):
        assert DEFAULT(text([ToolCall("f", said)]), row).total == 4.0
    for said in ({"n": True}, {"n": 1, "unit": "F"}, {}):
        assert DEFAULT(text([ToolCall("f", said)]), row).total < 4.0


def test_an_answer_may_be_an_example_its_json_its_dict_or_text():
    row = Example("1", (tool("f"),), (Message("user", "?"),), calls=(F,))
    answers = [row, row.to_dict(), json.dumps(row.to_dict()), text([F])]
    assert [DEFAULT(text([F]), answer).total for answer in answers] == [4.0] * 4


@pytest.mark.parametrize(
    "answer",
    [
        "",
        None,
        7,
        "{",
        '{"id": 1}',
        {**example([]).to_dict(), "reply": 5},
        {**example([]).to_dict(), "calls": [{"name": "f", "arguments": [1]}]},
        {"messages": []},
        BROKEN,
    ],
)
def test_an_answer_that_can_not_be_read_is_the_users_mistake(answer):
    with pytest.raises(DataError) as caught:
        DEFAULT(text([F]), answer)
    assert "\n" not in str(caught.value)


def test_an_answer_whose_thought_quotes_a_tag_is_fine():
    assert DEFAULT(text([F]), text([F], thought="like <tool_call> or so")).total == 4.0


def test_a_new_example_at_an_old_address_is_read_anew():
    reward = load_reward()
    for number in range(50):
        call = ToolCall("f", {"a": number})
        assert reward(text([call]), example([call])).total == 4.0


def test_granularity_scale_and_schedule_are_free_to_combine():
    from toolrl.rewards.correctness import COARSE

    reward = Reward(granularity=COARSE, correctness_scale=Scale(-1.0, 5.0))
    assert reward(text([F]), example([F])).total == 6.0
    assert reward(text([ToolCall("f", {})]), example([F])).total == 0.0


def test_the_dynamic_scale_is_the_papers_formula():
    reward = load_reward("toolrl/dynamic_scale", total_steps=10)
    for step, layout, calls in ((0, 2.0, 2.0), (5, 1.5, 2.5), (10, 1.0, 3.0), (99, 1.0, 3.0)):
        score = reward(text([F]), example([F]), step)
        assert [part.points for part in score.parts.values()] == [layout, calls]
        least = reward("", example([F]), step)
        assert least.total == -layout - calls


def test_the_two_stages_change_at_step_thirty_of_the_papers_105():
    reward = load_reward("toolrl/two_stage", total_steps=105)
    assert [reward(text([F]), example([F]), step).total for step in (29, 30)] == [2.0, 3.5]


def test_the_length_part_counts_words_up_to_the_target():
    reward = load_reward("toolrl/length")
    for words, points in ((256, 0.5), (512, 1.0), (900, 1.0)):
        score = reward(text([F], thought="word " * words), example([F]))
        assert score.parts["length"] == (points, points)
        assert score.total == 4.0 + points
    moving = load_reward("toolrl/dynamic_length", total_steps=10)
    late = moving(text([F], thought="word " * 512), example([F]), 10)
    assert late.parts["length"].points == 0.5


def test_a_wrong_name_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'paper/refined'"):
        load_reward("paper/refinde")
    with pytest.raises(ConfigError, match="no format"):
        load_reward(format_name="papier")
    with pytest.raises(ConfigError, match="only reads the paper's format"):
        load_reward("paper/default", format_name="hermes")
    with pytest.raises(ConfigError, match="strict"):
        load_reward("paper/default", strict=True)
    with pytest.raises(ConfigError, match="total_steps"):
        load_reward(total_steps=0)
    with pytest.raises(ConfigError, match="has no length part"):
        load_reward("toolrl", length_words=5)
    with pytest.raises(ConfigError, match="1 or more"):
        load_reward("toolrl/length", length_words=0)
    with pytest.raises(ConfigError, match="no option 'length_words'"):
        load_reward("paper/length", length_words=5)


@pytest.mark.parametrize("name", ["toolrl", "toolrl/refined", "toolrl/intermediate"])
@given(expected=some_calls, predicted=call_lists)
@settings(max_examples=60, deadline=None)
def test_the_explanation_adds_up(name, expected, predicted):
    score = load_reward(name)(text(predicted), example(expected))
    told = score.explain()
    earned, best = map(float, re.search(r"sum ([\d.]+) of ([\d.]+)", told).groups())
    assert earned / best == pytest.approx(score.parts["correctness"].fraction, abs=2e-3)
    assert told.endswith(score.summary())


def test_the_explanation_shows_what_matched_what():
    row = example([F, ToolCall("g", {})])
    wrong = ToolCall("f", {"a": 1, "b": 9, "z": 0})
    told = DEFAULT(text([ToolCall("h", {}), wrong]).replace("</think>", "</think> ho"), row)
    for part in (
        "call 1 f(a=1, b=2, d=3) <- predicted 2 f(a=1, b=9, z=0)",
        "a: 1 same",
        "b: 2 expected, 9 predicted",
        "d: 3 missing",
        "z: 0 extra",
        "missing g()",
        "extra h()",
        "issue, line 1: extra_text",
        "total ",
    ):
        assert part in told.explain()


@pytest.mark.parametrize(
    ("completion", "says"),
    [(text(reply="Hi."), "all"), (text([F]), "calls f"), ("", "there is none")],
)
def test_abstaining_is_explained_too(completion, says):
    assert says in DEFAULT(completion, example([])).explain()
    assert says != "all" or "+3.00" in DEFAULT(completion, example([])).explain()


def test_rewards_and_scores_can_be_copied_and_pickled():
    for name in PRESET_NAMES:
        reward = load_reward(name)
        for twin in (copy.copy(reward), pickle.loads(pickle.dumps(reward))):
            assert twin == reward
            score = pickle.loads(pickle.dumps(twin(text([F]), example([F]))))
            assert score.explain() == reward(text([F]), example([F])).explain()


@given(st.text(max_size=200))
@LAWS
def test_no_text_makes_a_reward_raise(completion):
    for wrapped in (completion, f"<think> a </think>\n<tool_call>\n{completion}\n</tool_call>"):
        for name in ("toolrl", "toolrl/coarse", "paper/default", "paper/refined"):
            load_reward(name)(wrapped, text([F])).explain()


def test_deep_nesting_is_only_a_bad_call():
    deep = '{"name": "f", "parameters": {"a": ' + "[" * 400 + "]" * 400 + "}}"
    completion = f"<think> a </think>\n<tool_call>\n{deep}\n</tool_call>"
    DEFAULT(completion, example([ToolCall("f", {"a": 1})])).explain()


def test_importing_toolrl_pulls_in_nothing_heavy():
    code = (
        "import sys, toolrl, toolrl.rewards.trl, toolrl.rewards.verl; "
        "bad = {'torch', 'transformers', 'datasets', 'trl', 'numpy', 'ray'} & set(sys.modules); "
        "sys.exit(', '.join(bad) or 0)"
    )
    path = str(Path(__file__).resolve().parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
