"""Trainings in the precision of the machine, of the recipe, and of the run that is resumed."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from test_training import GRPO, SFT, furthest, interrupt_after_save, weights  # noqa: E402

from toolrl.evals.heldout import HeldoutConfig, evaluate_heldout  # noqa: E402
from toolrl.models.attention import TreeState  # noqa: E402
from toolrl.runs import recorded  # noqa: E402
from toolrl.train import engine, shared_prefix  # noqa: E402
from toolrl.train.config import (  # noqa: E402
    DataConfig,
    GroupTrainConfig,
    PPOTrainConfig,
    SFTTrainConfig,
)
from toolrl.train.grpo import train_grpo  # noqa: E402
from toolrl.train.ppo import train_ppo  # noqa: E402
from toolrl.train.rloo import train_rloo  # noqa: E402
from toolrl.train.sft import train_sft  # noqa: E402

WAYS = {
    "sft": (train_sft, SFTTrainConfig, SFT),
    "grpo": (train_grpo, GroupTrainConfig, GRPO),
    "rloo": (train_rloo, GroupTrainConfig, GRPO),
    "ppo": (train_ppo, PPOTrainConfig, GRPO),
}


@pytest.fixture
def recipe(half_right_model, two_call_data, tmp_path):
    """A short recipe for a method; it says nothing of the precision."""

    def make(method, **trainer):
        _, config_class, values = WAYS[method]
        silent = {key: value for key, value in values.items() if key != "bf16"}
        return config_class(
            model=str(half_right_model), output=str(tmp_path / "run"), seed=3, save_every=2,
            data=DataConfig(path=str(two_call_data)), format="python",
            trainer=silent | {"max_steps": 1} | trainer,
        )  # fmt: skip

    return make


@pytest.fixture
def machine(monkeypatch):
    """Be a machine with, or without, bfloat16 of its own."""

    original = engine.training_precision

    def be(has_it):
        def native(device):
            return has_it, f"native: {has_it}"

        monkeypatch.setattr(engine, "training_precision", partial(original, native=native))

    return be


@pytest.fixture
def seen(monkeypatch):
    """The types that products of the loss, and those of sampling, were made in."""
    found = set()
    attend, sample = TreeState.attend, shared_prefix.sample

    def watched_attend(*args):
        if torch.is_grad_enabled():
            on = torch.is_autocast_enabled("cpu")
            found.add(torch.get_autocast_dtype("cpu") if on else torch.float32)
        return attend(*args)

    def watched_sample(*args, dtype, **more):
        found.add(dtype)
        return sample(*args, dtype=dtype, **more)

    monkeypatch.setattr(TreeState, "attend", watched_attend)
    monkeypatch.setattr(shared_prefix, "sample", watched_sample)
    return found


@pytest.mark.parametrize("method", WAYS)
@pytest.mark.parametrize(("has_it", "name"), [(True, "bfloat16"), (False, "float32")])
def test_every_method_trains_in_what_the_machine_has_and_says_so(
    recipe, machine, seen, capsys, method, has_it, name
):
    machine(has_it)
    run = WAYS[method][0](recipe(method))
    assert f"precision: {name} (native: {has_it})\n" in capsys.readouterr().err
    assert recorded(run)["precision"] == name
    assert recorded(run)["precision_why"] == f"native: {has_it}"
    assert seen == {getattr(torch, name)}


@pytest.mark.parametrize("has_it", [True, False])
def test_the_recipes_own_word_wins(recipe, machine, seen, capsys, has_it):
    machine(has_it)
    run = train_grpo(recipe("grpo", bf16=not has_it))
    name = "float32" if has_it else "bfloat16"
    assert f"precision: {name} (as the recipe says)\n" in capsys.readouterr().err
    assert recorded(run)["precision"] == name
    assert seen == {getattr(torch, name)}


def test_a_resumed_run_keeps_its_precision_on_another_machine(
    recipe, machine, seen, capsys, tmp_path
):
    config = recipe("grpo", max_steps=4)
    machine(False)
    whole = train_grpo(replace(config, output=str(tmp_path / "whole")))
    interrupt_after_save(config, train_grpo)
    machine(True)
    run = train_grpo(config, resume=True)
    line = "precision: float32 (as the run began; this machine's own choice is bfloat16 (native: T"
    assert line in capsys.readouterr().err
    assert seen == {torch.float32}
    assert furthest(weights(whole / "model"), weights(run / "model")) == 0.0


def test_a_run_made_before_it_was_recorded_goes_on_in_bfloat16(recipe, machine, seen):
    config = recipe("grpo", max_steps=3)
    machine(True)
    interrupt_after_save(config, train_grpo)
    made = Path(config.output) / "provenance.json"
    facts = json.loads(made.read_text())
    made.write_text(json.dumps({key: facts[key] for key in facts if "precision" not in key}))
    machine(False)
    train_grpo(config, resume=True)
    assert seen == {torch.bfloat16}


def test_a_finished_run_says_nothing_more(recipe, machine, capsys):
    machine(True)
    train_sft(recipe("sft"))
    capsys.readouterr()
    train_sft(recipe("sft"), resume=True)
    assert "precision" not in capsys.readouterr().err


def test_an_evaluation_on_a_cpu_records_float32(tiny_model, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("it answers on the GPU")
    config = HeldoutConfig(
        model=str(tiny_model), output=str(tmp_path / "eval"), n=2, max_new_tokens=2
    )
    evaluate_heldout(config)
    assert recorded(tmp_path / "eval")["precision"] == "float32"
