"""Validation: fixed tasks, a fixed reward, and a training that does not notice."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from test_training import GRPO, SFT, furthest, interrupt_after_save, weights  # noqa: E402

from toolrl.errors import ConfigError, DataError  # noqa: E402
from toolrl.files import write_jsonl  # noqa: E402
from toolrl.runs import METRICS, read_lines  # noqa: E402
from toolrl.train import looks as looks_module  # noqa: E402
from toolrl.train.config import (  # noqa: E402
    DataConfig,
    GroupTrainConfig,
    GymData,
    SFTTrainConfig,
    ValidationConfig,
)
from toolrl.train.grpo import train_grpo  # noqa: E402
from toolrl.train.looks import validation_examples  # noqa: E402
from toolrl.train.sft import train_sft  # noqa: E402


@pytest.fixture
def config(half_right_model, two_call_data, tmp_path):
    rows = list(read_lines(two_call_data))
    path = tmp_path / "both.jsonl"
    heldout = [row | {"id": f"h{row['id']}", "split": "heldout"} for row in rows[:5]]
    write_jsonl(path, [*rows, *heldout])
    return GroupTrainConfig(
        model=str(half_right_model), output=str(tmp_path / "run"), seed=3, save_every=2,
        data=DataConfig(path=str(path)), format="python", trainer=GRPO,
        validation=ValidationConfig(every=3, n=4),
    )  # fmt: skip


def looks(run):
    rows = list(read_lines(run / METRICS))
    return {row["step"]: row["validation/reward"] for row in rows if "validation/reward" in row}


def test_it_looks_before_now_and_then_and_at_the_end(config):
    run = train_grpo(config)
    assert list(looks(run)) == [0, 3, 4]
    row = next(iter(read_lines(run / METRICS)))
    total = row["validation/format"] + row["validation/correctness"]
    assert row["validation/reward"] == pytest.approx(total)
    assert 0 <= row["validation/exact"] <= 1


def test_the_training_is_the_same_with_it_and_without(config, tmp_path):
    run = train_grpo(config)
    without = replace(config, validation=ValidationConfig(), output=str(tmp_path / "without"))
    assert furthest(weights(run / "model"), weights(train_grpo(without) / "model")) == 0.0


def test_its_reward_is_the_default_one_whatever_is_trained_on(config, tmp_path):
    first = []
    for reward in ("toolrl", "toolrl/binary", "toolrl/dynamic_scale", "toolrl/length"):
        run = train_grpo(replace(config, reward=reward, output=str(tmp_path / reward)))
        first.append(looks(run)[0])
        (row, *_) = read_lines(run / METRICS)
        assert "validation/length" not in row
    assert len(set(first)) == 1


def test_a_resumed_run_has_each_look_once(config, tmp_path):
    whole = looks(train_grpo(replace(config, output=str(tmp_path / "whole"))))
    interrupt_after_save(config, train_grpo)
    run = train_grpo(config, resume=True)
    assert looks(run) == whole
    steps = [row["step"] for row in read_lines(run / METRICS)]
    assert steps == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("lora", [None, 4])
@pytest.mark.parametrize(("shares", "attention"), [(True, "prefix_tree"), (False, "sdpa")])
def test_a_look_leaves_the_attention_of_the_training_as_it_is(
    config, monkeypatch, shares, attention, lora
):
    seen = set()
    original = looks_module.greedy_samples

    def watched(trainer, *args):
        samples = original(trainer, *args)
        seen.add(trainer.model.config._attn_implementation)
        return samples

    monkeypatch.setattr(looks_module, "greedy_samples", watched)
    monkeypatch.setattr("toolrl.train.sft.greedy_samples", watched)
    stock = {"neftune_noise_alpha": 5.0, "max_steps": 1}
    sft = SFTTrainConfig(
        model=config.model, output=f"{config.output}-sft", data=config.data, format="python",
        sample_every=1, trainer=SFT | ({"max_steps": 1} if shares else stock), lora=lora,
    )  # fmt: skip
    train_sft(sft)
    train_grpo(replace(config, prefix_sharing=shares, lora=lora))
    assert seen == {attention}


def test_tasks_are_the_same_for_every_training_and_never_trained_on():
    data = DataConfig(gym=GymData(n=5, seed=1, kinds={"single": 1}))
    found = validation_examples(data, 6)
    assert found == validation_examples(replace(data, gym=replace(data.gym, seed=2)), 6)
    assert {example.split for example in found} == {"heldout"}
    assert {example.kind for example in found} == {"single"}


def test_what_cannot_be_validated_on_is_said(config, two_call_data):
    with pytest.raises(DataError, match=r"no row with split 'heldout'"):
        train_grpo(replace(config, data=DataConfig(path=str(two_call_data))))
    with pytest.raises(ConfigError, match=r"'validation\.n' must be 1 or more"):
        train_grpo(replace(config, validation=ValidationConfig(every=1, n=0)))
