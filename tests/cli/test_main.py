"""The command line: one clear line for a mistake, exit code 2, nothing lost."""

import json
import os
import subprocess
import sys

import pytest

from toolrl.cli.main import main
from toolrl.runs import installed

SFT = "trainer={bf16: false, activation_checkpointing: false, max_steps: 1, learning_rate: 0.001}"


def words(tiny_model, output):
    return [f"model={tiny_model}", f"output={output}", "data.gym.n=4", "sample_every=0", SFT]


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(
        "model: m\noutput: out\nformat: paper-brief\ndata: {gym: {n: 4, kinds: {single: 1}}}\n"
    )
    return str(path)


def complaint(capsys):
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert lines[-1].startswith("toolrl: ")
    assert "Traceback" not in captured.err
    return lines[-1]


def test_an_unknown_recipe_key_is_one_line_with_the_nearest_key(recipe, capsys):
    assert main(["train", "grpo", recipe, "trainer.max_step=3", "rewad=toolrl"]) == 2
    assert "unknown key 'rewad'; did you mean 'reward'?" in complaint(capsys)


def test_a_model_path_that_is_not_there_is_one_line(recipe, tmp_path, capsys):
    pytest.importorskip("trl")
    assert main(["train", "sft", recipe, f"output={tmp_path / 'run'}", "model=./none"]) == 2
    assert "model not found: ./none" in complaint(capsys)
    assert not (tmp_path / "run").exists()


def test_an_existing_run_folder_is_kept_and_said(recipe, tiny_model, tmp_path, capsys):
    pytest.importorskip("trl")
    options = words(tiny_model, tmp_path / "run")
    assert main(["train", "sft", recipe, *options]) == 0
    shown = capsys.readouterr().out
    assert "examples: 4; left out as too long: 0" in shown
    assert "model: " in shown
    before = (tmp_path / "run" / "metrics.jsonl").read_text()
    assert main(["train", "sft", recipe, *options]) == 2
    assert "holds a run already; go on with it by --resume" in complaint(capsys)
    assert (tmp_path / "run" / "metrics.jsonl").read_text() == before
    assert main(["train", "sft", recipe, *options, "--resume"]) == 0


def test_a_dry_run_prints_the_resolved_recipe_and_makes_nothing(recipe, tmp_path, capsys):
    run = tmp_path / "run"
    assert main(["train", "sft", recipe, "--dry-run", f"output={run}", "seed=5"]) == 0
    shown = capsys.readouterr().out
    assert "seed: 5" in shown
    assert not run.exists()


def test_a_broken_row_of_a_data_file_is_named(recipe, tiny_model, tmp_path, capsys):
    pytest.importorskip("trl")
    data = tmp_path / "rows.jsonl"
    data.write_text('{"id": "1", "messages": [\n')
    options = [*words(tiny_model, tmp_path / "run"), "data.gym=null", f"data.path={data}"]
    options.remove("data.gym.n=4")
    assert main(["train", "sft", recipe, *options]) == 2
    assert "rows.jsonl" in (line := complaint(capsys))
    assert "row 1" in line


def test_options_may_stand_before_and_after_flags(tiny_model, tmp_path, capsys):
    first, second = tmp_path / "a", tmp_path / "b"
    common = ["n=4", "format=paper-brief", "max_new_tokens=2"]
    assert main(["eval", "heldout", "--model", str(tiny_model), "--out", str(first), *common]) == 0
    again = ["eval", "heldout", *common, "--model", str(tiny_model), "--out", str(second)]
    assert main([*again, "--against", str(first)]) == 0
    shown = capsys.readouterr().out
    assert "mean reward" in shown
    assert "+0.00 [-4.22, +4.22]" in shown  # four tasks without a change are little
    assert "[+0.00, +0.00]" not in shown
    assert json.loads((second / "scores.json").read_text())["n"] == 4
    config = second / "config.yaml"
    config.write_text(config.read_text().replace("reward: toolrl", "reward: toolrl/coarse"))
    assert main(["eval", "compare", str(first), str(second)]) == 2
    assert "scored by different rewards (toolrl, toolrl/coarse)" in complaint(capsys)


def test_an_unknown_option_is_refused(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["doctor", "--loud"])
    assert caught.value.code == 2


def test_the_doctor_says_what_is_there(capsys):
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "cores" in shown
    assert "[train]" in shown
    if installed("torch"):
        assert "\nprecision of a training: " in shown
        assert "\nprecision of an evaluation: " in shown


def test_a_report_is_one_page_with_pictures_beside_it(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    row = {"step": 1, "reward": 1.0, "rewards/format/mean": 1.0, "groups": 4, "zero_std_groups": 0}
    (tmp_path / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    assert main(["report", str(tmp_path)]) == 0
    assert (tmp_path / "curves-1.png").exists()
    assert (tmp_path / "report.html").exists()
    assert main(["report", str(tmp_path / "none")]) == 2
    assert "is no run and no study" in complaint(capsys)
    assert main(["report", str(tmp_path), "--answers", "-1"]) == 2
    assert "0 or more" in complaint(capsys)


SAYS = """
import sys
from toolrl.cli import doctor, main
doctor.run = lambda args: print(chr(0x2212)) or 0
"""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_tables_are_printed_on_any_console(encoding):
    code = f"{SAYS}\nsys.exit(main.main(['doctor']))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, b"\\u2212")
