"""Studies: recipes resolved arm by arm, real runs of a tiny model, kills, and tables."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

pytest.importorskip("torch")
pytest.importorskip("trl")

from toolrl.cli.main import main
from toolrl.errors import ConfigError
from toolrl.models.trained import Trained, write_trained
from toolrl.study.config import in_order, load_study
from toolrl.study.parts import parts_of

ROOT = Path(__file__).resolve().parents[2]
TRAINER = {
    "bf16": False, "activation_checkpointing": False, "max_steps": 3, "learning_rate": 1e-2,
    "per_device_train_batch_size": 8,
}  # fmt: skip
SAMPLED = {"num_generations": 4, "max_completion_length": 8}
ARMS = {
    "raw": {"note": "as it is"},
    "sft": {"train": "sft", "against": "raw"},
    "sft-grpo": {"train": "grpo", "start": "sft", "set": {"validation": {"every": 2, "n": 3}}},
    "binary": {"train": "grpo", "start": "sft", "against": ["sft-grpo", "raw"], "seeds": [1],
               "set": {"reward": "toolrl/binary"}},
}  # fmt: skip


@pytest.fixture
def recipe(tiny_model, tmp_path):
    path = tmp_path / "study.yaml"
    values = {
        "output": str(tmp_path / "study"), "model": str(tiny_model), "seeds": [1, 2],
        "keep_models": False,
        "common": {"format": "python", "save_every": 1, "trainer": TRAINER, "data": {
            "gym": {"n": 16, "seed": 5, "kinds": {"single": 1, "no_tool": 1}}}},
        "sft": {"sample_every": 0}, "grpo": {"trainer": SAMPLED}, "ppo": {"trainer": SAMPLED},
        "eval": {"n": 6, "kinds": {"single": 1, "no_tool": 1}, "max_new_tokens": 8,
                 "batch_size": 4},
        "arms": ARMS, "quick": {"arms": ["raw", "sft"], "eval": {"n": 4}},
    }  # fmt: skip
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


def changed(recipe, **arms):
    values = yaml.safe_load(recipe.read_text())
    values["arms"] |= arms
    recipe.write_text(yaml.safe_dump(values, sort_keys=False))
    return recipe


def test_every_arm_is_resolved_to_recipes_that_differ_in_what_it_sets_alone(recipe):
    study = load_study([recipe])
    cells = {(cell.arm, cell.seed): cell for cell in study.cells}
    base, binary = cells["sft-grpo", 1].train, cells["binary", 1].train
    assert replace(binary, output=base.output, reward="toolrl", validation=base.validation) == base
    assert binary.reward == "toolrl/binary"
    assert base.model == str(Path(study.config.output) / "sft" / "seed-1" / "train" / "model")
    assert cells["raw", 1].train is None
    assert study.seeds_of("raw") == [1]
    assert study.seeds_of("sft-grpo") == [1, 2]
    assert [cell.eval.n for cell in study.cells] == [6] * 6
    assert len({cell.eval.output for cell in study.cells}) == 6


def test_a_start_runs_before_what_starts_from_it_whatever_the_order(recipe):
    arms = load_study([changed(recipe)]).arms
    turned = dict(reversed(arms.items()))
    order = in_order(turned)
    assert order.index("sft") < order.index("binary")
    assert set(order) == set(arms)


def test_an_arm_that_names_no_format_has_its_starts(recipe, tiny_model, tmp_path):
    values = yaml.safe_load(recipe.read_text())
    del values["common"]["format"]
    values["arms"]["sft"]["set"] = {"format": "hermes"}
    values["arms"]["binary"]["set"]["format"] = "llama3"
    recipe.write_text(yaml.safe_dump(values, sort_keys=False))

    def formats():
        cells = {cell.arm: cell for cell in load_study([recipe]).cells}
        trained = {name: cell.train.format for name, cell in cells.items() if cell.train}
        assert all(cells[name].eval.format == form for name, form in trained.items())
        return trained | {"raw": cells["raw"].eval.format}

    found = {"raw": "paper", "sft": "hermes", "sft-grpo": "hermes", "binary": "llama3"}
    assert formats() == found
    values["model"] = str(tmp_path / "model")
    shutil.copytree(tiny_model, tmp_path / "model")
    write_trained(tmp_path / "model", Trained("python", "toolrl", "sft", "base"))
    recipe.write_text(yaml.safe_dump(values, sort_keys=False))
    assert formats() == found | {"raw": "python"}


def test_the_short_form_has_its_own_folder_arms_and_seeds(recipe):
    study = load_study([recipe], quick=True)
    assert study.config.output.endswith("study-quick")
    assert [(cell.arm, cell.seed, cell.eval.n) for cell in study.cells] == [
        ("raw", 1, 4), ("sft", 1, 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arm", "says"),
    [
        ({"train": "gpro"}, "did you mean 'grpo'"),
        ({"train": "grpo", "start": "stf"}, "names no arm: 'stf'; did you mean 'sft'"),
        ({"train": "grpo", "against": "raww"}, "did you mean 'raw'"),
        ({"train": "grpo", "start": "x"}, "start from each other in a circle: x"),
        ({"train": "grpo", "set": {"rewrad": 1}}, "unknown key 'rewrad'; did you mean 'reward'"),
        ({"train": "grpo", "set": {"seed": 1}}, "'seed' of arm 'x' is laid by the study"),
        ({"train": "grpo", "start": "binary", "seeds": [2]}, "\\[2\\] have no start"),
        ({"trian": "grpo"}, "unknown key 'arms.x.trian'"),
        ({"set": {"reward": "toolrl"}}, "trains nothing"),
        (["grpo"], "must be a mapping of keys"),
    ],
)
def test_a_mistake_in_an_arm_is_named(recipe, arm, says):
    with pytest.raises(ConfigError, match=says):
        load_study([changed(recipe, x=arm)])


@pytest.mark.parametrize("name", ["study_small.yaml", "study_paper.yaml"])
@pytest.mark.parametrize("quick", [False, True])
def test_the_shipped_recipes_resolve(name, quick):
    study = load_study([ROOT / "recipes" / name], quick=quick)
    assert {"raw", "sft", "sft-grpo", "sft-ppo"} <= set(study.arms)


def test_what_trl_would_find_hours_later_is_found_first(recipe, tmp_path, capsys):
    wrong = {"train": "grpo", "start": "sft", "set": {"trainer": {"num_generations": 3}}}
    assert main(["study", str(changed(recipe, x=wrong))]) == 2
    assert "num_generations" in capsys.readouterr().err
    assert not (tmp_path / "study").exists()


def test_an_arm_may_start_from_what_is_not_trained_with_any_seed(recipe, capsys):
    cold = {"train": "grpo", "start": "raw"}
    assert main(["study", str(changed(recipe, cold=cold)), "--dry-run"]) == 0
    assert "15 trainings and evaluations" in capsys.readouterr().out


def test_the_plan_is_printed_and_nothing_is_done(recipe, tmp_path, capsys):
    assert main(["study", str(recipe), "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "11 trainings and evaluations, 0 done" in printed
    assert "reward=toolrl/binary" in printed
    assert not (tmp_path / "study").exists()


def test_a_sitting_that_is_too_short_begins_nothing_it_cannot_end(recipe, tmp_path, capsys):
    assert main(["study", str(recipe), "--quick"]) == 0
    assert "| sft − raw" in capsys.readouterr().out
    (tmp_path / "study").mkdir()
    times = tmp_path / "study" / "times.jsonl"
    times.write_text('{"arm": "raw", "seed": 1, "label": "eval", "minutes": 50}\n')
    assert main(["study", str(recipe), "--minutes", "10"]) == 3
    shown = capsys.readouterr()
    assert "the same command goes on" in shown.err
    assert "| arm" not in shown.out  # nothing is measured
    assert main(["study", str(recipe), "--minutes", "0"]) == 2


def run_to_end(recipe, jobs=1):
    command = [sys.executable, "-m", "toolrl", "study", str(recipe), "--jobs", str(jobs)]
    return subprocess.run(command, check=True, capture_output=True, text=True)


def figures(folder):
    """Everything the study found, and every answer it rests on."""
    samples = {
        str(path.relative_to(folder)): path.read_text() for path in folder.rglob("samples.jsonl")
    }
    return (folder / "table.md").read_text(), (folder / "table.csv").read_text(), samples


def test_killed_at_random_moments_it_ends_with_the_table_of_an_undisturbed_run(recipe, tmp_path):
    run_to_end(recipe)
    undisturbed = figures(tmp_path / "study")
    (tmp_path / "study").rename(tmp_path / "first")
    draw = random.Random(time.time_ns())
    delays = [(draw.uniform(5, 14), jobs) for jobs in draw.sample([1, 2, 3], k=3)]
    for delay, jobs in delays:
        process = subprocess.Popen(
            [sys.executable, "-m", "toolrl", "study", str(recipe), "--jobs", str(jobs)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    run_to_end(recipe, jobs=2)
    assert figures(tmp_path / "study") == undisturbed, f"killed after (seconds, jobs) {delays}"
    study = load_study([recipe])
    assert all(part.done for part in parts_of(study))
    models = sorted(str(p.relative_to(tmp_path / "study")) for p in
                    (tmp_path / "study").glob("*/*/train/model"))  # fmt: skip
    assert models == ["sft/seed-1/train/model", "sft/seed-2/train/model"]  # others need theirs


def test_a_part_that_fails_is_said_and_what_runs_beside_it_is_ended(recipe, tmp_path, capsys):
    values = yaml.safe_load(recipe.read_text())
    few = {"train": "grpo", "set": {"data": {"gym": {"n": 1}}}}
    arms = {"sft": {"train": "sft"}, "few": few}
    values |= {"seeds": [1], "arms": arms, "keep_models": True}  # it may be measured meanwhile
    recipe.write_text(yaml.safe_dump(values, sort_keys=False))
    assert main(["study", str(recipe), "--jobs", "2"]) == 2
    shown = capsys.readouterr().err
    assert "few, seed 1 failed" in shown
    assert shown.splitlines()[-1].startswith("toolrl: ")
    assert (tmp_path / "study" / "sft" / "seed-1" / "train" / "model").exists()
    assert main(["study", str(recipe), "--jobs", "0"]) == 2


def test_the_results_have_intervals_differences_and_each_seed(recipe, tmp_path, capsys):
    assert main(["study", str(recipe)]) == 0
    results = json.loads((tmp_path / "study" / "results.json").read_text())
    assert results["missing"] == {}
    arm = results["arms"]["sft-grpo"]
    assert len(arm["by_seed"]) == 2
    mean = sum(seed["reward"] for seed in arm["by_seed"]) / 2
    assert arm["figures"]["reward"]["value"] == pytest.approx(mean, abs=1e-3)
    assert arm["figures"]["reward"]["n"] == 12
    before = results["arms"]["sft"]["figures"]["reward"]["value"]
    gains = {name: found["differences"] for name, found in results["arms"].items()}
    assert gains["sft-grpo"]["sft"]["reward"]["value"] == pytest.approx(mean - before, abs=1e-3)
    assert (
        results["arms"]["sft"]["differences"]["raw"]["reward"]["n"] == 12
    )  # raw stands for both seeds
    assert results["arms"]["binary"]["differences"]["sft-grpo"]["reward"]["n"] == 6
    assert list(results["arms"]["binary"]["differences"]) == ["sft-grpo", "raw"]
    assert {"abstained", "over_calling", "under_calling"} <= arm["figures"].keys()
    shown = capsys.readouterr()
    assert "[1/11] raw, seed 1: eval" in shown.err
    assert "| sft-grpo − sft " in shown.out
    rows = (tmp_path / "study" / "sft-grpo" / "seed-1" / "train" / "metrics.jsonl").read_text()
    assert "validation/exact" in rows


def again(recipe, change):
    """Run a small study, change its recipe, and go on."""
    values = yaml.safe_load(recipe.read_text())
    values |= {"seeds": [1], "arms": {name: ARMS[name] for name in ("raw", "sft")}}
    recipe.write_text(yaml.safe_dump(values, sort_keys=False))
    assert main(["study", str(recipe)]) == 0
    change(values)
    recipe.write_text(yaml.safe_dump(values, sort_keys=False))
    return main(["study", str(recipe)])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda v: v["arms"]["sft"].update(set={"trainer": {"max_steps": 2}}),
            "trainer.max_steps: 3 → 2",
        ),
        (lambda v: v["eval"].update(n=5), "(n: 6 → 5)"),
        (lambda v: v["common"].update(format="hermes"), "(format: python → hermes)"),
    ],
)
def test_figures_of_another_recipe_are_not_shown_under_this_ones_name(recipe, capsys, change, says):
    assert again(recipe, change) == 2
    assert says in capsys.readouterr().err


def test_an_arm_that_starts_from_a_deleted_model_is_told_so_first(recipe, capsys):
    late = {"train": "grpo", "start": "sft"}
    assert again(recipe, lambda values: values["arms"].update(late=late)) == 2
    assert "keep_models: false" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arm", "says"),
    [
        ({"train": "grpo", "set": {"length_words": 4}}, "has no length part"),
        ({"train": "grpo", "set": {"reward_steps": 4}}, "has no schedule to set"),
        ({"train": "grpo", "set": {"validation": {"every": 1, "n": 0}}}, "'validation.n' must"),
        ({"train": "sft", "set": {"reward": "toolrl/two_stage"}}, "moves with the training step"),
        ({"train": "ppo", "set": {"trainer": {"beta": 0.1}}}, "use 'critic.kl_coef'"),
        (
            {"train": "grpo", "set": {"save_every": 3, "trainer": {"num_iterations": 2}}},
            "use a multiple of 2",
        ),
    ],
)
def test_every_arm_is_checked_before_the_first_one_runs(recipe, tmp_path, capsys, arm, says):
    assert main(["study", str(changed(recipe, x=arm)), "--dry-run"]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "study").exists()
