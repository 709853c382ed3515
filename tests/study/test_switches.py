"""No arm is a label: each switch changes the numbers it should, and no others."""

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from toolrl import Example, Message, ToolCall, ToolSpec, load_reward  # noqa: E402
from toolrl.runs import SAMPLES, read_lines  # noqa: E402
from toolrl.study.config import load_study  # noqa: E402
from toolrl.study.runner import compared_with  # noqa: E402
from toolrl.train.config import DataConfig, ValidationConfig  # noqa: E402
from toolrl.train.methods import trainer_of  # noqa: E402

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "study_small.yaml"
STUDY = load_study([RECIPE])
CELLS = {cell.arm: cell for cell in reversed(STUDY.cells)}  # the first seed's stays
SAMPLED = [name for name, arm in STUDY.arms.items() if arm.train in ("grpo", "rloo", "ppo")]
STEPS = 6

TOOL = ToolSpec("f", "F.", {"type": "object", "properties": {
    "a": {"type": "integer"}, "b": {"type": "integer"}}})  # fmt: skip
OTHER = ToolSpec("g", "G.")
ROW = Example("1", (TOOL, OTHER), (Message("user", "?"),),
              calls=(ToolCall("f", {"a": 1, "b": 2}), ToolCall("g", {})))  # fmt: skip


def text(*calls, thought="a thought"):
    lines = "\n".join(calls)
    return f"<think> {thought} </think>\n<tool_call>\n{lines}\n</tool_call>"


F, G = '{"name": "f", "parameters": {"a": 1, "b": 2}}', '{"name": "g", "parameters": {}}'
ANSWERS = {
    "right": text(F, G),
    "wrong value": text(F.replace("2", "9"), G),
    "missing key": text(F.replace(', "b": 2', ""), G),
    "missing call": text(G),
    "bad line": text(F, G, "{"),
    "nothing": "",
}


def scores(name, step=0, **options):
    reward = load_reward(name, total_steps=STEPS, **options)
    return {case: reward(answer, ROW, step) for case, answer in ANSWERS.items()}


def changed(name, step=0, part="correctness", of="fraction", **options):
    """The answers whose part is not what the default reward says."""
    ours, default = scores(name, step, **options), scores("toolrl")
    return {
        case for case in ANSWERS
        if getattr(ours[case].parts[part], of) != getattr(default[case].parts[part], of)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "cases"),
    [
        ("toolrl/coarse", {"wrong value", "missing key", "missing call", "bad line"}),
        ("toolrl/intermediate", {"wrong value", "missing key", "missing call", "bad line"}),
        ("toolrl/refined", {"missing key", "missing call", "bad line"}),
        ("toolrl/binary", {"wrong value", "missing key", "missing call", "bad line"}),
    ],
)
def test_granularity_changes_what_is_partly_right_and_nothing_else(name, cases):
    assert changed(name) == cases
    assert changed(name, part="format") == set()
    if name != "toolrl/binary":
        assert {s.total for c, s in scores(name).items() if c in ("right", "nothing")} == {4, -3}


@pytest.mark.parametrize(
    ("name", "step", "range_"),
    [
        ("toolrl/equal_max", 0, (-1, 2)),
        ("toolrl/two_stage", 0, (-1, 2)),
        ("toolrl/two_stage", STEPS, (-3, 3.5)),
        ("toolrl/dynamic_scale", 0, (-4, 4)),
        ("toolrl/dynamic_scale", STEPS // 2, (-4, 4)),
        ("toolrl/format_first", 0, (0, 1)),
        ("toolrl/format_first", STEPS, (-3, 4)),
        ("toolrl/binary", 0, (0, 1)),
    ],
)
def test_scales_and_schedules_change_points_and_no_fraction(name, step, range_):
    found = scores(name, step)
    assert (found["nothing"].total, found["right"].total) == range_
    if name != "toolrl/binary":
        assert changed(name, step) == changed(name, step, "format") == set()


def test_a_dynamic_scale_moves_from_the_format_to_the_calls():
    first, last = (scores("toolrl/dynamic_scale", step)["right"].parts for step in (0, STEPS))
    assert (first["format"].points, first["correctness"].points) == (2, 2)
    assert (last["format"].points, last["correctness"].points) == (1, 3)


@pytest.mark.parametrize("total", [6, 16, 105])
def test_schedules_go_by_the_share_of_the_training_and_by_steps_if_asked(total):
    reward = load_reward("toolrl/two_stage", total_steps=total)
    worth = [reward(ANSWERS["right"], ROW, step).total for step in range(total)]
    assert worth.index(3.5) == pytest.approx(total * 2 / 7, abs=0.6)
    fixed = load_reward("toolrl/two_stage", total_steps=105)
    assert [fixed(ANSWERS["right"], ROW, step).total for step in (29, 30)] == [2.0, 3.5]


def test_a_length_part_comes_on_top_and_counts_words_to_its_target():
    found = scores("toolrl/length", length_words=4)
    assert found["right"].parts["length"].points == 0.5  # two words
    assert changed("toolrl/length", length_words=4) == set()
    late = load_reward("toolrl/dynamic_length", total_steps=STEPS, length_words=4)
    assert late(ANSWERS["right"], ROW, STEPS).parts["length"].points == 0.25


@pytest.mark.parametrize("arm", SAMPLED)
def test_an_arm_differs_from_what_it_is_compared_with_in_what_it_sets_alone(arm):
    other = (compared_with(STUDY.arms[arm]) or [None])[0]
    if other is None or STUDY.arms[other].train != STUDY.arms[arm].train:
        pytest.skip("it is of another method, which is the difference")
    ours, theirs = CELLS[arm].train, CELLS[other].train
    differ = {key for key in vars(ours) if getattr(ours, key) != getattr(theirs, key)}
    assert differ - {"output"} == set(STUDY.arms[arm].set)
    given = STUDY.arms[arm].set.get("trainer", {})
    both = ours.trainer.keys() | theirs.trainer.keys()
    assert {k for k in both if ours.trainer.get(k) != theirs.trainer.get(k)} == set(given)


SMALL = {"max_steps": 2, "per_device_train_batch_size": 16, "bf16": False, "warmup_steps": 0,
         "max_completion_length": 6, "learning_rate": 1e-3,
         "gradient_accumulation_steps": 1}  # fmt: skip


@pytest.mark.parametrize("arm", SAMPLED)
def test_an_arm_is_trained_on_its_own_reward_at_every_step(arm, tiny_model, tmp_path):
    config = CELLS[arm].train
    config = replace(
        config, model=str(tiny_model), output=str(tmp_path / "run"),
        data=replace(config.data, gym=replace(config.data.gym, n=40)),
        trainer=config.trainer | SMALL, validation=replace(config.validation, n=2),
    )  # fmt: skip
    samples = list(read_lines(trainer_of(CELLS[arm].method)(config) / SAMPLES))
    reward = load_reward(
        config.reward, format_name=config.format, total_steps=2, length_words=config.length_words
    )
    assert {row["step"] for row in samples} == {1, 2}
    for row in samples:
        score = reward(row["completion"], row["answer"], row["step"] - 1)
        assert row["total"] == pytest.approx(score.total)
        assert row["parts"].keys() == score.parts.keys()
    size = config.trainer["num_generations"]
    first = [row["example"] for row in samples if row["step"] == 1]
    assert [first.count(example) for example in dict.fromkeys(first)] == [size] * (16 // size)


@pytest.fixture(scope="module")
def learned(half_right_model, two_call_data, tmp_path_factory):
    """Samples and weights of an arm's method, trained where answers differ in their reward."""
    from safetensors.torch import load_file

    done = {}

    def run(arm):
        if arm not in done:
            out = tmp_path_factory.mktemp(arm) / "run"
            config = CELLS[arm].train
            config = replace(
                config, model=str(half_right_model), output=str(out), format="python",
                data=DataConfig(path=str(two_call_data)), reward="toolrl", length_words=None,
                trainer=config.trainer | SMALL, validation=ValidationConfig(),
            )  # fmt: skip
            if config.trainer["num_generations"] == 1:  # there are eight prompts
                config = replace(
                    config, trainer=config.trainer | {"per_device_train_batch_size": 8}
                )
            trainer_of(CELLS[arm].method)(config)
            weights = load_file(out / "model" / "model.safetensors")
            done[arm] = list(read_lines(out / SAMPLES)), weights
        return done[arm]

    return run


@pytest.mark.parametrize("arm", ["rloo", "gdpo", "sft-ppo", "ppo-one-answer"])
def test_a_method_changes_what_is_learned_and_not_what_it_learns_from(arm, learned):
    samples, weights = learned(arm)
    base, base_weights = learned("sft-grpo")
    asked = [[r["completion"] for r in rows if r["step"] == 1] for rows in (samples, base)]
    assert len(set(asked[1])) > 1
    assert (asked[0] == asked[1]) == (arm != "ppo-one-answer")  # which asks for other prompts
    assert any(not torch.equal(weights[name], base_weights[name]) for name in weights)
