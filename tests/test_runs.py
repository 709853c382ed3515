"""A run is a folder of plain files."""

import json

import pytest

from toolrl.errors import DataError, RunExistsError
from toolrl.runs import METRICS, Run, read_lines, recorded


def test_a_new_run_holds_its_configuration_and_provenance(tmp_path):
    run = Run.create(tmp_path / "a", "seed: 1\n")
    assert (run.path / "config.yaml").read_text() == "seed: 1\n"
    made = json.loads((run.path / "provenance.json").read_text())
    assert made["command"].startswith("toolrl")
    assert made["packages"]


def test_what_the_machine_chose_stands_in_the_provenance_and_can_be_read_again(tmp_path):
    Run.create(tmp_path, "seed: 1\n", facts={"precision": "float32"})
    assert recorded(tmp_path)["precision"] == "float32"
    Run.create(tmp_path, "seed: 1\n", resume=True, facts={"precision": "bfloat16"})
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
    Run.create(tmp_path, "seed: 1\n")
    with pytest.raises(
        RunExistsError, match=r"holds a run already.*--resume.*another output folder"
    ):
        Run.create(tmp_path, "seed: 1\n")


def test_a_run_is_resumed_only_with_its_own_configuration(tmp_path):
    Run.create(tmp_path, "seed: 1\n")
    assert Run.create(tmp_path, "seed: 1\n", resume=True).path == tmp_path
    with pytest.raises(RunExistsError, match="another configuration"):
        Run.create(tmp_path, "seed: 2\n", resume=True)


def test_lines_are_on_disk_as_soon_as_they_are_written(tmp_path):
    run = Run.create(tmp_path, "")
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
    Run.create(tmp_path, "").append(METRICS, row, {"text": "é"})
    assert list(read_lines(tmp_path / METRICS)) == [row, {"text": "é"}]


def test_a_folder_may_be_named_in_another_way_on_a_resume(tmp_path):
    Run.create(tmp_path, "output: here\nseed: 1\n")
    Run.create(tmp_path, "output: /there/here\nseed: 1\n", resume=True)
    with pytest.raises(RunExistsError, match="differs at 'seed: 1'"):
        Run.create(tmp_path, "output: here\nseed: 2\n", resume=True)


def test_steps_after_the_checkpoint_are_dropped_for_a_resume(tmp_path):
    run = Run.create(tmp_path, "")
    for step in (1, 2, 3):
        run.append(METRICS, {"step": step})
    run.truncate(METRICS, 2)
    assert [row["step"] for row in read_lines(tmp_path / METRICS)] == [1, 2]
