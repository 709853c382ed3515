"""SFT and GRPO end to end on a tiny random model: run folders, resume, bad input."""

import json
import shutil
from dataclasses import replace

import pytest

pytest.importorskip("trl")

from toolrl.errors import ConfigError, DataError, NotFoundError, RunExistsError
from toolrl.runs import METRICS, SAMPLES, read_lines
from toolrl.train.config import DataConfig, GymData, TrainConfig
from toolrl.train.grpo import train_grpo
from toolrl.train.sft import train_sft

CPU = {"bf16": False, "activation_checkpointing": False}
GRPO = CPU | {
    "max_steps": 4, "num_generations": 2, "per_device_train_batch_size": 4,
    "max_completion_length": 6, "learning_rate": 1e-3,
}  # fmt: skip
SFT = CPU | {"max_steps": 4, "per_device_train_batch_size": 2, "learning_rate": 1e-3}


@pytest.fixture
def config(tiny_model, tmp_path):
    return TrainConfig(
        model=str(tiny_model), output=str(tmp_path / "run"), format="paper-brief", seed=3,
        data=DataConfig(gym=GymData(n=8, kinds={"single": 1}), max_prompt_tokens=900),
        save_every=2, sample_every=2,
    )  # fmt: skip


def weights(run):
    from safetensors.torch import load_file

    return load_file(run / "model" / "model.safetensors")


def same(a, b):
    return all((a[name] - b[name]).abs().max() < 1e-6 for name in a)


def test_sft_writes_a_run_and_learns(config):
    run = train_sft(replace(config, trainer=SFT))
    rows = list(read_lines(run / METRICS))
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert {row["step"] for row in read_lines(run / SAMPLES)} == {2, 4}
    assert "sample/reward" in rows[1]
    assert not list(run.glob("checkpoint-*"))


def test_grpo_writes_every_sample_and_counts_groups_without_signal(config):
    run = train_grpo(replace(config, trainer=GRPO))
    rows = list(read_lines(run / METRICS))
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert {"reward", "rewards/format/mean", "rewards/correctness/mean"} <= rows[0].keys()
    assert all(row["groups"] == 2 and row["zero_std_groups"] == 2 for row in rows)
    samples = list(read_lines(run / SAMPLES))
    assert len(samples) == 4 * 4
    assert samples[0]["total"] == -3.0


def test_prefix_sharing_trains_to_the_stock_trainers_weights(config, tmp_path):
    made = []
    for sharing in (False, True):
        varied = replace(
            config, trainer=GRPO, prefix_sharing=sharing, output=str(tmp_path / str(sharing)),
            reward="toolrl", format="paper-brief",
        )  # fmt: skip
        made.append(weights(train_grpo(varied)))
    assert same(*made)


@pytest.mark.parametrize(("train", "trainer"), [(train_sft, SFT), (train_grpo, GRPO)])
def test_a_killed_run_goes_on_from_its_last_whole_checkpoint(config, tmp_path, train, trainer):
    config = replace(config, trainer=trainer)
    whole = train(replace(config, output=str(tmp_path / "whole")))
    killed = train(replace(config, trainer=trainer | {"max_steps": 2}))
    pretend_killed(killed, config, train, trainer)
    again = train(config, resume=True)
    assert [row["step"] for row in read_lines(again / METRICS)] == [1, 2, 3, 4]
    assert same(weights(whole), weights(again))


def pretend_killed(run, config, train, trainer):
    """Lay out what a kill at step 4, in the middle of writing its checkpoint, leaves behind."""
    from toolrl.config import to_yaml

    shutil.rmtree(run)
    interrupt_after_save(config, train)
    (run / "checkpoint-4").mkdir()
    (run / "checkpoint-4" / "model.safetensors").write_bytes(b"half a fi")
    with (run / METRICS).open("a") as out:
        out.write(json.dumps({"step": 3, "loss": 0.0}) + '\n{"step": 4, "lo')
    assert (run / "config.yaml").read_text() == to_yaml(config)


class Killed(BaseException):
    """Stands for the signal."""


def interrupt_after_save(config, train):
    """Train until the checkpoint of step 2 is whole, then stop as abruptly as a signal would."""
    from toolrl.train.callbacks import RunWriter

    original = RunWriter.on_save

    def save_and_die(self, args, state, control, **kwargs):
        original(self, args, state, control, **kwargs)
        raise Killed

    RunWriter.on_save = save_and_die
    try:
        with pytest.raises(Killed):
            train(config)
    finally:
        RunWriter.on_save = original


def test_a_finished_run_is_neither_repeated_nor_overwritten(config):
    config = replace(config, trainer=SFT | {"max_steps": 1})
    run = train_sft(config)
    before = (run / METRICS).read_text()
    with pytest.raises(RunExistsError, match="holds a run already"):
        train_sft(config)
    assert train_sft(config, resume=True) == run
    assert (run / METRICS).read_text() == before


def test_lora_by_one_key_gives_a_whole_model(config, tiny_model):
    run = train_grpo(replace(config, trainer=GRPO | {"max_steps": 1}, lora=4))
    assert (run / "model" / "model.safetensors").exists()
    assert weights(run).keys() == weights_of(tiny_model).keys()


def weights_of(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"trainer": {"learning_rat": 1}}, ConfigError, "did you mean 'learning_rate'"),
        ({"trainer": {"output_dir": "x"}}, ConfigError, "is set by 'output'"),
        ({"format": "papr"}, ConfigError, "did you mean 'paper'"),
        ({"reward": "toolr"}, ConfigError, "did you mean 'toolrl'"),
        ({"model": "no/such/model/folder"}, NotFoundError, "model not found"),
        ({"data": DataConfig()}, ConfigError, "exactly one of 'gym' and 'path'"),
        ({"data": DataConfig(path="none.jsonl")}, NotFoundError, "none.jsonl"),
        (
            {"data": DataConfig(gym=GymData(n=2), max_prompt_tokens=3)},
            DataError,
            "raise data.max_prompt_tokens",
        ),
    ],
)
@pytest.mark.parametrize("train", [train_sft, train_grpo])
def test_a_mistake_is_one_clear_line_and_leaves_no_run_behind(
    config, tmp_path, train, changes, error, message
):
    with pytest.raises(error, match=message) as caught:
        train(replace(config, **changes))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()
