"""A collapse is said once, with what to try; a policy that has learned is left in peace."""

import json
import random
from dataclasses import replace

import pytest

from toolrl.runs import METRICS, read_lines
from toolrl.train.collapse import SIGNS, CollapseWatch, repeats

GOOD = {"fraction": 0.8, "format_rate": 0.9, "entropy": 0.5, "repeated": 0.0,
        "completions/mean_length": 40.0, "completions/clipped_ratio": 0.05}  # fmt: skip


def lines(rows):
    watch = CollapseWatch()
    return [line for row in rows for line in watch.see(row)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format_rate": 0.2}, "lose the format"),
        ({"entropy": 0.01}, "hardly vary"),
        ({"completions/mean_length": 200.0}, "length of answers runs away"),
        ({"completions/mean_length": 5.0}, "length of answers runs away"),
        ({"repeated": 0.8}, "repeat themselves"),
        ({"completions/clipped_ratio": 0.9}, "are cut at"),
    ],
)
def test_each_sign_is_said_once_with_figures_and_a_remedy(change, says):
    bad = GOOD | {"fraction": 0.2} | change
    (line,) = lines([GOOD] * 8 + [bad] * 12)
    assert says in line
    assert "->" in line
    assert ";" in line
    assert "\n" not in line


def test_a_policy_that_has_learned_its_task_and_varies_little_is_left_in_peace():
    draw = random.Random(0)
    for _ in range(50):
        rows = []
        for step in range(60):
            done = min(1.0, step / 30)
            noise = draw.gauss(0, 0.03)
            rows.append(
                GOOD | {"fraction": 0.3 + 0.6 * done + noise, "entropy": 0.55 - 0.53 * done}
            )
        assert lines(rows) == []


def test_nothing_is_said_of_the_first_steps_or_of_figures_that_are_not_there():
    assert lines([GOOD | {"fraction": 0.8 - i / 20, "format_rate": 0.0} for i in range(9)]) == []
    assert lines([{"fraction": 0.9 - i / 40, "format_rate": 0.5} for i in range(30)]) == []


def test_a_model_that_never_had_the_format_has_not_lost_it():
    never = GOOD | {"format_rate": 0.1}
    assert lines([never] * 8 + [never | {"fraction": 0.1, "format_rate": 0.0}] * 12) == []


def test_short_and_varied_texts_do_not_repeat():
    assert repeats("the tool the tool " * 20)
    assert not repeats("the tool the tool the tool")
    assert not repeats(" ".join(map(str, range(50))))


@pytest.fixture
def wild(half_right_model, two_call_data, tmp_path):
    """A recipe whose learning rate climbs until nothing is left."""
    pytest.importorskip("trl")
    from test_training import GRPO

    from toolrl.train.config import DataConfig, GroupTrainConfig

    trainer = GRPO | {
        "max_steps": 40, "learning_rate": 0.04, "warmup_steps": 20,
        "lr_scheduler_type": "constant_with_warmup", "per_device_train_batch_size": 16,
    }  # fmt: skip
    return GroupTrainConfig(
        model=str(half_right_model), output=str(tmp_path / "run"), seed=3, save_every=1,
        data=DataConfig(path=str(two_call_data)), format="python", trainer=trainer,
        stop_on_collapse=True,
    )  # fmt: skip


def ending(run):
    """Steps that were made, and why it ended early."""
    rows = list(read_lines(run / METRICS))
    assert {sign.column for sign in SIGNS} <= rows[0].keys()
    return len(rows), json.loads((run / "scores.json").read_text()).get("collapsed")


def test_a_training_that_collapses_is_ended_if_the_recipe_says_so(wild, tmp_path, caplog):
    from toolrl.train.grpo import train_grpo

    run = train_grpo(wild)
    steps, said = ending(run)
    assert steps < 40
    assert said.startswith(f"step {steps}: ")
    assert said.partition(": ")[2] in caplog.text
    assert (run / "model").exists()
    on = train_grpo(replace(wild, output=str(tmp_path / "on"), stop_on_collapse=False))
    assert ending(on) == (40, None)


def test_a_kill_after_the_last_checkpoint_of_a_collapse_does_not_undo_it(wild, monkeypatch):
    from test_training import Killed, die

    from toolrl.train.grpo import train_grpo

    monkeypatch.setattr("toolrl.train.online.save_final", die)
    with pytest.raises(Killed):
        train_grpo(wild)
    monkeypatch.undo()
    steps, said = ending(train_grpo(wild, resume=True))
    assert steps < 40
    assert said.startswith(f"step {steps}: ")
