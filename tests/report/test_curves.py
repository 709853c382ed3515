"""The picture of a GRPO run."""

import json

import pytest

from toolrl.errors import DataError, NotFoundError
from toolrl.report.curves import draw_curves


def metrics(folder, rows):
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def row(step):
    return {
        "step": step, "reward": step / 3, "rewards/format/mean": 0.9,
        "rewards/correctness/mean": step / 3 - 0.9, "frac_reward_zero_std": 0.25,
    }  # fmt: skip


def test_a_grpo_run_becomes_a_png(tmp_path):
    pytest.importorskip("matplotlib")
    metrics(tmp_path, [row(step) for step in range(1, 8)])
    picture = draw_curves(tmp_path, tmp_path / "pictures" / "curves.png")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_folder_without_metrics_is_said(tmp_path):
    with pytest.raises(NotFoundError, match="give the folder of a GRPO run"):
        draw_curves(tmp_path, tmp_path / "a.png")


def test_metrics_without_rewards_are_said(tmp_path):
    metrics(tmp_path, [{"step": 1, "loss": 0.5}])
    with pytest.raises(DataError, match="no rewards"):
        draw_curves(tmp_path, tmp_path / "a.png")
