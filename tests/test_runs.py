"""A run is a folder of plain files."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from toolrl.config import plain
from toolrl.errors import DataError, RunExistsError, RunInUseError
from toolrl.evals.benchmark import BenchmarkConfig
from toolrl.evals.heldout import HeldoutConfig
from toolrl.evals.variants.settings import Variant
from toolrl.runs import CONFIG, METRICS, SCORES, Run, read_lines, recorded
from toolrl.train.config import (
    CriticConfig,
    DataConfig,
    GroupTrainConfig,
    GymData,
    PPOTrainConfig,
    ValidationConfig,
)


def test_a_new_run_holds_its_configuration_and_provenance(tmp_path):
    run = Run.create(tmp_path / "a", {"seed": 1})
    assert (run.path / "config.yaml").read_text() == "seed: 1\n"
    made = json.loads((run.path / "provenance.json").read_text())
    assert made["command"].startswith("toolrl")
    assert made["packages"]


def test_what_the_machine_chose_stands_in_the_provenance_and_can_be_read_again(tmp_path):
    Run.create(tmp_path, {"seed": 1}, more={"precision": "float32"})
    assert recorded(tmp_path)["precision"] == "float32"
    Run.create(tmp_path, {"seed": 1}, resume=True, more={"precision": "bfloat16"})
    assert recorded(tmp_path)["precision"] == "float32"  # as it began


def test_where_no_run_is_nothing_is_recorded_and_a_damaged_record_is_said(tmp_path):
    assert recorded(tmp_path / "none") is None
    run = Run.create(tmp_path, "")
    (run.path / "provenance.json").write_text('{"half')
    with pytest.raises(DataError, match=r"provenance\.json is no JSON; delete it"):
        recorded(tmp_path)
    (run.path / "provenance.json").unlink()
    assert recorded(tmp_path) == {}


def test_an_existing_run_is_refused_with_the_remedy(tmp_path):
    Run.create(tmp_path, {"seed": 1})
    with pytest.raises(
        RunExistsError, match=r"holds a run already.*--resume.*another output folder"
    ):
        Run.create(tmp_path, {"seed": 1})


def test_a_run_is_resumed_only_with_its_own_configuration(tmp_path):
    Run.create(tmp_path, {"seed": 1})
    assert Run.create(tmp_path, {"seed": 1}, resume=True).path == tmp_path
    with pytest.raises(RunExistsError, match="another configuration"):
        Run.create(tmp_path, {"seed": 2}, resume=True)


def test_lines_are_on_disk_as_soon_as_they_are_written(tmp_path):
    run = Run.create(tmp_path, {})
    run.append(METRICS, {"step": 1})
    assert list(read_lines(tmp_path / METRICS)) == [{"step": 1}]


def test_a_last_line_cut_by_a_kill_is_passed_over(tmp_path):
    path = tmp_path / METRICS
    path.write_text('{"step": 1}\n{"step": 2, "lo')
    assert list(read_lines(path)) == [{"step": 1}]


def test_a_broken_line_in_the_middle_is_an_error(tmp_path):
    path = tmp_path / METRICS
    path.write_text('{"step": 1}\n{"st\n{"step": 3}\n')
    with pytest.raises(DataError, match="row 2"):
        list(read_lines(path))
    for line in ("[2]", "[" * 100_000):
        path.write_text(f'{{"step": 1}}\n{line}\n')
        with pytest.raises(DataError, match="row 2"):
            list(read_lines(path))


def test_half_of_a_utf16_pair_is_written_and_read_back(tmp_path):
    row = {"text": "é \ud83d"}
    Run.create(tmp_path, {}).append(METRICS, row, {"text": "é"})
    assert list(read_lines(tmp_path / METRICS)) == [row, {"text": "é"}]


def test_a_folder_may_be_named_in_another_way_on_a_resume(tmp_path):
    Run.create(tmp_path, {"output": "here", "seed": 1})
    Run.create(tmp_path, {"output": "/there/here", "seed": 1}, resume=True)
    with pytest.raises(RunExistsError, match=r"\(seed: 1 → 2\)"):
        Run.create(tmp_path, {"output": "here", "seed": 2}, resume=True)


def test_steps_after_the_checkpoint_are_dropped_for_a_resume(tmp_path):
    run = Run.create(tmp_path, {})
    for step in (1, 2, 3):
        run.append(METRICS, {"step": step})
    run.truncate(METRICS, 2)
    assert [row["step"] for row in read_lines(tmp_path / METRICS)] == [1, 2]


CONFIGS = [
    HeldoutConfig("m", "out", kinds={"single": 1}),
    HeldoutConfig("m", "out", n=3, format="hermes"),
    BenchmarkConfig("m", "bfcl", variant=Variant(mask=True), engine_args={"a": {"b": [1]}}),
    GroupTrainConfig("m", "out", DataConfig(GymData(4, kinds={"single": 1})), resample=2),
    PPOTrainConfig("m", "out", DataConfig(path="x"), critic=CriticConfig(clip=None),
                   validation=ValidationConfig(every=2), trainer={"learning_rate": 2e-5}),
]  # fmt: skip


def without_some_defaults(draw, config):
    """What an older version, which did not know some keys, wrote for the same settings."""
    import dataclasses

    written = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        made = field.default_factory
        default = field.default if made is dataclasses.MISSING else made()
        if value == default and draw(st.booleans()):
            continue
        inner = dataclasses.is_dataclass(value)
        written[field.name] = without_some_defaults(draw, value) if inner else plain(value)
    return written


@given(st.data(), st.sampled_from(CONFIGS))
def test_a_run_made_before_a_key_was_known_goes_on_with_its_default(tmp_path_factory, data, config):
    folder = tmp_path_factory.mktemp("run")
    Run.create(folder, config).close()
    older = without_some_defaults(data.draw, config)
    (folder / CONFIG).write_text(yaml.safe_dump(older), encoding="utf-8")
    Run.create(folder, config, resume=True).close()


def test_what_differs_is_said_key_by_key(tmp_path):
    config = CONFIGS[-1]
    Run.create(tmp_path, config).close()
    critic = replace(config.critic, clip=0.5)
    other = replace(config, seed=3, critic=critic, trainer={"learning_rate": 1e-5, "beta": 0.1})
    with pytest.raises(RunExistsError) as caught:
        Run.create(tmp_path, other, resume=True)
    assert (
        "(critic.clip: null → 0.5; seed: 0 → 3; trainer.beta: (none) → 0.1; "
        "trainer.learning_rate: 2.0e-05 → 1.0e-05)"
    ) in str(caught.value)


def test_a_run_with_a_key_that_is_gone_is_anothers(tmp_path):
    Run.create(tmp_path, {"model": "m", "output": "out", "colour": "red"}).close()
    with pytest.raises(RunExistsError, match="unknown key 'colour'"):
        Run.create(tmp_path, CONFIGS[0], resume=True)


def test_whether_a_run_can_be_made_is_known_before_anything_is_written(tmp_path):
    Run(tmp_path / "a").check({"seed": 1}, resume=False)
    assert not (tmp_path / "a").exists()
    Run.create(tmp_path / "a", {"seed": 1}).close()
    with pytest.raises(RunExistsError, match="--resume"):
        Run(tmp_path / "a").check({"seed": 1}, resume=False)


HOLD = """
import sys, time
from toolrl.runs import Run
run = Run.create(sys.argv[1], {"seed": 1}, resume=True)
print("in", flush=True)
time.sleep(60)
"""


def test_two_processes_never_write_one_run_and_a_dead_one_is_no_hindrance(tmp_path):
    Run.create(tmp_path, {"seed": 1}).close()
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert other.stdout.readline() == b"in\n"
        with pytest.raises(RunInUseError, match="another process writes into this folder"):
            Run(tmp_path).check({"seed": 1}, resume=True)
        with pytest.raises(RunInUseError):
            Run.create(tmp_path, {"seed": 1}, resume=True)
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    with Run.create(tmp_path, {"seed": 1}, resume=True) as run:
        with pytest.raises(RunInUseError):
            Run.create(tmp_path, {"seed": 1}, resume=True)
        run.append(METRICS, {"step": 1})
    Run.create(tmp_path, {"seed": 1}, resume=True).close()


def test_a_run_that_is_refused_leaves_no_lock(tmp_path):
    Run.create(tmp_path, {"seed": 1}).close()
    with pytest.raises(RunExistsError):
        Run.create(tmp_path, {"seed": 2}, resume=True)
    Run.create(tmp_path, {"seed": 1}, resume=True).close()


def test_a_folder_of_other_things_is_not_touched(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunExistsError, match="no run of ours"):
        Run.create(tmp_path, {"seed": 1})
    assert [path.name for path in Path(tmp_path).iterdir()] == ["mine.txt"]


@given(st.text(st.characters(codec=None)))
def test_any_text_of_a_model_is_written_and_read_back(tmp_path_factory, text):
    with Run.create(tmp_path_factory.mktemp("run"), {}) as run:
        run.write_scores({"reasons": {text: 1}})
        run.append(METRICS, {"text": text})
        assert json.loads((run.path / SCORES).read_text("utf-8")) == {"reasons": {whole(text): 1}}
        assert list(read_lines(run.path / METRICS)) == [{"text": whole(text)}]


def whole(text):
    """Two halves of a pair that meet are its character, in JSON."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
