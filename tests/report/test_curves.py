"""The picture of a training run."""

import json

import pytest

from toolrl.errors import DataError, NotFoundError
from toolrl.report.curves import draw_curves


def metrics(folder, rows):
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def row(step):
    return {
        "step": step, "reward": step / 3, "rewards/format/mean": 0.9,
        "rewards/correctness/mean": step / 3 - 0.9, "groups": 4, "zero_std_groups": 1,
    }  # fmt: skip


def test_a_grpo_run_becomes_a_png(tmp_path):
    pytest.importorskip("matplotlib")
    metrics(tmp_path, [row(step) for step in range(1, 8)])
    picture = draw_curves(tmp_path, tmp_path / "pictures" / "curves.png")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_folder_without_metrics_is_said(tmp_path):
    with pytest.raises(NotFoundError, match="give the folder of a training run"):
        draw_curves(tmp_path, tmp_path / "a.png")


def test_an_sft_run_becomes_a_png(tmp_path):
    pytest.importorskip("matplotlib")
    looked = {"step": 2, "loss": 0.4, "sample/reward": -1.0}
    metrics(tmp_path, [{"step": 1, "loss": 0.5}, looked, {"step": 3, "loss": 0.3}])
    assert draw_curves(tmp_path, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_metrics_without_figures_are_said(tmp_path):
    metrics(tmp_path, [{"step": 1}])
    with pytest.raises(DataError, match="no rewards or losses"):
        draw_curves(tmp_path, tmp_path / "a.png")
