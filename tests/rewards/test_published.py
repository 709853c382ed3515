import json
from pathlib import Path

import pytest
from reward_strategies import example, text

from toolrl.errors import DataError
from toolrl.rewards import PRESET_NAMES, load_reward
from toolrl.types import ToolCall

GOLDEN = Path(__file__).resolve().parents[2] / "../shared/golden/reward_vectors.json"
VARIANTS = sorted(name.split("/")[1] for name in PRESET_NAMES if name.startswith("paper/"))
F = ToolCall("f", {"a": 1, "b": 2, "d": 3})


@pytest.fixture(scope="module")
def golden_rows():
    if not GOLDEN.exists():
        pytest.skip("the golden vectors are not here")
    return json.loads(GOLDEN.read_text("utf-8"))


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_golden_row_has_the_published_figures(golden_rows, variant):
    reward = load_reward(f"paper/{variant}")
    rows = [row for row in golden_rows if row["variant"] == variant]
    assert rows
    for row in rows:
        score = reward(row["completion"], row["answer"], row["step"])
        length = score.parts["length"].points if "length" in score.parts else 0
        got = (
            score.total,
            score.parts["format"].points,
            score.parts["correctness"].points,
            length,
        )
        wanted = row["score"], row["format"], row["correctness"], row["length"]
        assert got == pytest.approx(wanted, abs=1e-6), row


def published(completion: str, answer: str, variant="default") -> float:
    return load_reward(f"paper/{variant}")(completion, answer).parts["correctness"].points


def test_matching_is_greedy():
    answer = text([ToolCall("f", {"x": 1}), ToolCall("f", {"x": 1, "y": 2})])
    completion = text([ToolCall("f", {"x": 1, "y": 2}), ToolCall("f", {"z": 5})])
    assert published(completion, answer) == pytest.approx(-0.5)


def test_two_guesses_beat_one_wrong_guess():
    wrong = ToolCall("f", {"a": 1, "b": 2, "d": 4})
    assert published(text([wrong]), text([F])) == pytest.approx(1.8)
    assert published(text([wrong, F]), text([F])) == pytest.approx(2.4)


def test_true_equals_one_and_text_does_not():
    answer = text([ToolCall("f", {"a": 1})])
    assert published(text([ToolCall("f", {"a": True})]), answer) == 3
    assert published(text([ToolCall("f", {"a": "1"})]), answer) == pytest.approx(1.0)


def test_coarse_compares_in_order():
    calls = [ToolCall("f", {}), ToolCall("g", {})]
    assert published(text(calls[::-1]), text(calls), "coarse") == -3
    assert published(text(calls[::-1]), text(calls), "default") == 3


def test_refined_compares_keys_in_order():
    answer = text([ToolCall("f", {"a": 1, "b": 2}), ToolCall("g", {})])
    swapped = text([ToolCall("f", {"b": 2, "a": 1}), ToolCall("h", {})])
    ordered = text([ToolCall("f", {"a": 1, "b": 2}), ToolCall("h", {})])
    assert published(swapped, answer, "refined") < published(ordered, answer, "refined")


@pytest.mark.parametrize(
    "block",
    [
        '[{"name": "f", "parameters": {"a": 2}}]',
        '{"name": "f", "arguments": {"a": 1}}',
        '{"name": "f"}',
        '{"name": ["f"], "parameters": {}}',
        '{"name": "f", "parameters": [1]}',
        "7",
        "null",
        '{"name": "f", "parameters": {"a": 1}}\n\n{"name": "f", "parameters": {"a": 1}}',
        "[" * 100_000,
        "9" * 5_000,
    ],
)
def test_anything_malformed_loses_everything_and_nothing_raises(block):
    completion = f"<think> a </think>\n<tool_call>\n{block}\n</tool_call>"
    answer = text([ToolCall("f", {"a": 1})])
    for variant in VARIANTS:
        if variant != "intermediate":  # whole calls are compared there, so no key is looked up
            score = load_reward(f"paper/{variant}")(completion, answer)
            assert score.parts["correctness"].fraction == 0.0


def test_an_answer_without_a_call_is_worth_half_whatever_the_model_does():
    answer = text(reply="Hi.")
    for completion in (text(reply="Hm."), text([F]), ""):
        part = load_reward("paper/default")(completion, answer).parts["correctness"]
        assert part == (0.5, 0.0)


def test_an_answer_whose_thought_quotes_a_tag_is_read_from_after_the_thought():
    answer = text([F], thought="I could write <tool_call> here.")
    assert load_reward("paper/default")(text([F]), answer).total == 4.0


def test_an_answer_that_can_not_be_read_is_the_users_mistake():
    with pytest.raises(DataError, match="expected answer"):
        load_reward("paper/default")(text([F]), "<think> a </think>\n<tool_call>\nx\n</tool_call>")


def test_an_example_is_as_good_as_its_text():
    for variant in VARIANTS:
        reward = load_reward(f"paper/{variant}")
        as_text = reward(text([F], "Hi."), text([F], "Hi."))
        as_example = reward(text([F], "Hi."), example([F], "Hi."))
        assert as_text.parts == as_example.parts


def test_the_explanation_ends_with_the_total():
    last = load_reward("paper/length")(text([F]), text([F])).explain().splitlines()[-1]
    assert last.startswith("total +4.00 = format +1.00 + correctness +3.00 + length")
