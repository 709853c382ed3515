"""SFT and GRPO end to end on a tiny random model: run folders, resume, bad input."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from toolrl.errors import ConfigError, DataError, NotFoundError, RunExistsError, ToolRLError  # noqa: E402
from toolrl.runs import METRICS, SAMPLES, read_lines  # noqa: E402
from toolrl.train.config import DataConfig, GroupTrainConfig, GymData, SFTTrainConfig  # noqa: E402
from toolrl.train.grpo import train_grpo  # noqa: E402
from toolrl.train.rloo import train_rloo  # noqa: E402
from toolrl.train.sft import train_sft  # noqa: E402

CPU = {"bf16": False, "activation_checkpointing": False}
GRPO = CPU | {
    "max_steps": 4, "num_generations": 4, "per_device_train_batch_size": 8,
    "max_completion_length": 8, "learning_rate": 1e-3,
}  # fmt: skip
SFT = CPU | {"max_steps": 4, "per_device_train_batch_size": 2, "learning_rate": 1e-3}


@pytest.fixture
def config(tiny_model, tmp_path):
    return SFTTrainConfig(
        model=str(tiny_model), output=str(tmp_path / "run"), format="paper-brief", seed=3,
        data=DataConfig(gym=GymData(n=8, kinds={"single": 1}), max_prompt_tokens=900),
        save_every=2, sample_every=2,
    )  # fmt: skip


@pytest.fixture
def grpo_config(config, half_right_model, two_call_data):
    """GRPO that has something to learn from: a start that is right about half of the time."""
    return GroupTrainConfig(
        model=str(half_right_model), output=config.output, seed=3, save_every=2,
        data=DataConfig(path=str(two_call_data)), format="python", trainer=GRPO,
    )  # fmt: skip


def weights(model):
    from safetensors.torch import load_file

    return load_file(Path(model) / "model.safetensors")


def furthest(a, b):
    """The largest difference of any weight."""
    assert a.keys() == b.keys()
    return max((a[name] - b[name]).abs().max().item() for name in a)


def test_sft_writes_a_run_and_learns(config):
    run = train_sft(replace(config, trainer=SFT))
    rows = list(read_lines(run / METRICS))
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert {row["step"] for row in read_lines(run / SAMPLES)} == {2, 4}
    assert "sample/reward" in rows[1]
    assert not list(run.glob("checkpoint-*"))


def test_grpo_writes_every_sample_and_counts_groups_without_signal(grpo_config):
    run = train_grpo(grpo_config)
    rows = list(read_lines(run / METRICS))
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert {"reward", "rewards/format/mean", "rewards/correctness/mean"} <= rows[0].keys()
    samples = list(read_lines(run / SAMPLES))
    assert len(samples) == 4 * 8
    for row in rows:
        totals = [sample["total"] for sample in samples if sample["step"] == row["step"]]
        assert row["reward"] == pytest.approx(sum(totals) / 8)
        equal = sum(len(set(totals[i : i + 4])) == 1 for i in (0, 4))
        assert (row["groups"], row["zero_std_groups"]) == (2, equal)
    assert len({sample["total"] for sample in samples}) > 1


def test_grpo_raises_the_reward_it_trains_on(grpo_config):
    more = {"max_steps": 40, "learning_rate": 3e-3, "per_device_train_batch_size": 16}
    run = train_grpo(replace(grpo_config, trainer=GRPO | more))
    rewards = [row["reward"] for row in read_lines(run / METRICS)]
    assert sum(rewards[-5:]) / 5 > sum(rewards[:5]) / 5 + 0.5


@pytest.fixture
def both_paths(grpo_config, tmp_path, monkeypatch):
    """Train by the stock path and by ours to the same samples and weights; returns their rows."""
    monkeypatch.setattr("toolrl.models.sampling.SHARE_ENDED", 2)  # so both throw the same dice
    monkeypatch.setattr("toolrl.models.sampling.draw", lambda x: torch.multinomial(x, 1).squeeze(1))

    def run(train, more):
        plain = GRPO | {"optim": "sgd"} | more  # Adam blows rounding up to whole steps
        config = replace(grpo_config, trainer=plain)
        stock, ours = (
            train(replace(config, prefix_sharing=sharing, output=str(tmp_path / str(sharing))))
            for sharing in (False, True)
        )
        assert json.loads((ours / "scores.json").read_text())["prefix_sharing"] is True
        assert sorted(read_text(stock / SAMPLES)) == sorted(read_text(ours / SAMPLES))
        assert furthest(weights(grpo_config.model), weights(ours / "model")) > 1e-3
        assert furthest(weights(stock / "model"), weights(ours / "model")) < 1e-5
        return [list(read_lines(folder / METRICS)) for folder in (stock, ours)]

    return run


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 4,
         "loss_type": "grpo", "beta": 0.1},
        {"num_iterations": 2, "loss_type": "dr_grpo", "top_k": 40,
         "activation_checkpointing": True},
        {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 4,
         "mask_truncated_completions": True, "top_entropy_quantile": 0.5, "entropy_coef": 0.01},
        {"per_device_train_batch_size": 4, "steps_per_generation": 4,
         "gradient_accumulation_steps": 2, "loss_type": "bnpo"},
    ],
)  # fmt: skip
def test_prefix_sharing_trains_to_the_stock_trainers_weights(both_paths, more):
    for one, other in zip(*both_paths(train_grpo, {"learning_rate": 0.1} | more), strict=True):
        assert one["loss"] == pytest.approx(other["loss"], abs=1e-5)
        assert one["grad_norm"] == pytest.approx(other["grad_norm"], rel=1e-3)


@pytest.mark.parametrize("more", [{}, {"per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 4, "num_iterations": 2, "beta": 0.05}])  # fmt: skip
def test_rloo_too_trains_to_the_stock_trainers_weights(both_paths, more):
    both_paths(train_rloo, {"learning_rate": 0.01} | more)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"neftune_noise_alpha": 5.0}, "trainer.neftune_noise_alpha is set"),
        ({"label_smoothing_factor": 0.1}, "trainer.label_smoothing_factor asks for a loss"),
    ],
)
def test_what_sft_asks_for_besides_takes_the_stock_path_with_a_line(config, caplog, more, why):
    run = train_sft(replace(config, trainer=SFT | more))
    assert why in caplog.text
    assert json.loads((run / "scores.json").read_text())["prefix_sharing"] is False


def test_options_of_sampling_that_only_generate_knows_are_said(grpo_config, caplog):
    run = train_grpo(replace(grpo_config, trainer=GRPO | {"repetition_penalty": 1.1}))
    assert "answers are sampled by the stock path" in caplog.text
    assert json.loads((run / "scores.json").read_text())["prefix_sharing"] is True


def test_without_prefix_sharing_the_models_attention_is_never_touched(config, monkeypatch):
    monkeypatch.setattr("toolrl.models.sharing.prepare", lambda *args: 1 / 0)
    train_sft(replace(config, trainer=SFT, prefix_sharing=False))


def read_text(path):
    return path.read_text().splitlines()


def test_a_model_that_cannot_share_prefixes_is_trained_by_the_stock_path_and_a_line_says_so(
    grpo_config, tmp_path, monkeypatch, caplog
):
    folder = tmp_path / "drops"
    shutil.copytree(grpo_config.model, folder)
    written = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(written | {"attention_dropout": 0.1}))
    run = train_grpo(replace(grpo_config, model=str(folder)))
    (line,) = [record.getMessage() for record in caplog.records if "prefix" in record.getMessage()]
    assert "prefix_sharing is off here (it drops activations at random (attention_d" in line
    assert json.loads((run / "scores.json").read_text())["prefix_sharing"] is False
    assert furthest(weights(folder), weights(run / "model")) > 0


@pytest.mark.parametrize("train", [train_sft, train_grpo])
def test_prefix_sharing_is_on_unless_it_is_switched_off(config, grpo_config, tmp_path, train):
    config = replace(config, trainer=SFT) if train is train_sft else grpo_config
    for shares in (True, False):
        more = {} if shares else {"prefix_sharing": False}
        run = train(replace(config, output=str(tmp_path / str(shares)), **more))
        assert json.loads((run / "scores.json").read_text())["prefix_sharing"] is shares


@pytest.mark.parametrize("train", [train_sft, train_grpo])
def test_a_killed_run_goes_on_from_its_last_whole_checkpoint(config, grpo_config, tmp_path, train):
    config = replace(config, trainer=SFT) if train is train_sft else grpo_config
    whole = train(replace(config, output=str(tmp_path / "whole")))
    pretend_killed(config, train)
    again = train(config, resume=True)
    assert [row["step"] for row in read_lines(again / METRICS)] == [1, 2, 3, 4]
    assert furthest(weights(whole / "model"), weights(again / "model")) < 1e-6
    assert furthest(weights(config.model), weights(again / "model")) > 1e-3
    samples = [(whole / SAMPLES).read_text(), (again / SAMPLES).read_text()]
    assert samples[0] == samples[1]


def test_a_kill_while_the_last_model_is_written_costs_only_the_writing(config, monkeypatch):
    config = replace(config, trainer=SFT | {"max_steps": 3}, save_every=1)
    saved = Path(config.output) / "model"
    monkeypatch.setattr("toolrl.train.sft.save_final", die)
    with pytest.raises(Killed):
        train_sft(config)
    monkeypatch.undo()
    assert not saved.exists()
    train_sft(config, resume=True)
    assert furthest(weights(config.model), weights(saved)) > 1e-3
    assert [row["step"] for row in read_lines(Path(config.output) / METRICS)] == [1, 2, 3]


def die(*args):
    raise Killed


def pretend_killed(config, train):
    """Lay out what a kill at step 4, in the middle of writing its checkpoint, leaves behind."""
    from toolrl.config import to_yaml

    run = Path(config.output)
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


def test_lora_by_one_key_gives_a_whole_model(grpo_config):
    run = train_grpo(replace(grpo_config, trainer=GRPO | {"max_steps": 3}, lora=4))
    assert furthest(weights(grpo_config.model), weights(run / "model")) > 1e-4


def test_a_folder_that_is_no_run_is_left_as_it_is(config, tmp_path):
    theirs = tmp_path / "run" / "checkpoint-notes" / "thesis.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("all of it")
    for resume in (False, True):
        with pytest.raises(RunExistsError):
            train_sft(replace(config, trainer=SFT), resume=resume)
    assert [p.name for p in (tmp_path / "run").rglob("*")] == ["checkpoint-notes", "thesis.txt"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trainer": GRPO | {"num_generations": 3}}, "trainer: .*num_generations"),
        ({"trainer": GRPO | {"per_device_train_batch_size": 64}}, "fewer than the 16 prompts"),
    ],
)  # fmt: skip
def test_what_grpo_cannot_do_is_said_before_a_run_is_made(grpo_config, tmp_path, changes, message):
    with pytest.raises(ToolRLError, match=message) as caught:
        train_grpo(replace(grpo_config, **changes))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"trainer": {"learning_rat": 1}}, ConfigError, "did you mean 'learning_rate'"),
        ({"trainer": {"output_dir": "x"}}, ConfigError, "is set by 'output'"),
        ({"trainer": {"logging_steps": 5}}, ConfigError, "every step is written"),
        ({"trainer": {"learning_rate": "fast"}}, ConfigError, "must be of type float, not 'fast'"),
        ({"trainer": {"report_to": "nosuch"}}, ConfigError, "nosuch is not supported"),
        ({"trainer": {"report_to": "swanlab"}}, ConfigError, "report_to: .* requires swanlab"),
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
    config, grpo_config, tmp_path, train, changes, error, message
):
    config = config if train is train_sft else grpo_config
    with pytest.raises(error, match=message) as caught:
        train(replace(config, **changes))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def said_by(model):
    return json.loads((Path(model) / "toolrl.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lora", [None, 2])
def test_the_trained_model_says_its_format_and_the_next_training_takes_it(
    config, grpo_config, tmp_path, lora, caplog
):
    first = train_sft(replace(config, format="hermes", lora=lora, trainer=SFT))
    assert said_by(first / "model") | {"recipe": None} == said_by(first / "model") | {
        "format": "hermes", "reward": "toolrl", "method": "sft", "base": config.model,
        "recipe": None,
    }  # fmt: skip
    recipe = replace(
        grpo_config, model=str(first / "model"), output=str(tmp_path / "next"), format=None,
        data=config.data, trainer=GRPO | {"max_steps": 2},
    )  # fmt: skip
    second = train_grpo(recipe)
    assert said_by(second / "model")["format"] == "hermes"
    assert said_by(second / "model")["method"] == "grpo"
    made = json.loads((second / "provenance.json").read_text(encoding="utf-8"))
    assert made["format"] == {"name": "hermes", "why": "the model's own", "own": "hermes"}
    assert "trained in format" not in caplog.text
    third = train_sft(replace(config, model=str(first / "model"), output=str(tmp_path / "third"),
                              format="python", trainer=SFT))  # fmt: skip
    assert said_by(third / "model")["format"] == "python"
    assert "trained in format 'hermes', and 'python' is asked for" in caplog.text


def test_a_checkpoint_says_its_format_too(config):
    interrupt_after_save(replace(config, trainer=SFT), train_sft)
    assert said_by(Path(config.output) / "checkpoint-2")["format"] == "paper-brief"
