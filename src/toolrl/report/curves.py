"""The picture of a training run over its steps.

Trainings that sample: reward by part, and the groups without signal. SFT: loss, and the looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolrl.errors import DataError, NotFoundError
from toolrl.extras import require
from toolrl.runs import METRICS, read_lines

SMOOTH = 5
LOOK = "sample/reward"

Rows = Sequence[Mapping[str, Any]]


def draw_curves(run: str | Path, out: str | Path) -> Path:
    """Draw ``metrics.jsonl`` of a training run as a PNG; returns its path.

    Raises:
        NotFoundError: no metrics there.
        DataError: the metrics have neither rewards nor losses.
        MissingExtraError: matplotlib is not installed.
    """
    rows = metrics_of(Path(run))
    pyplot = load_pyplot()
    figure, (above, below) = pyplot.subplots(
        2, 1, figsize=(8, 6), sharex=True, height_ratios=[3, 1], layout="constrained"
    )
    if sampled := [row for row in rows if "reward" in row]:
        draw_rewards(above, sampled)
        draw_groups(below, [row for row in sampled if "groups" in row])
        title = f"mean reward of the sampled answers, {len(sampled)} steps"
    else:
        draw_series(above, rows, {"loss": "loss"})
        draw_series(below, [row for row in rows if LOOK in row], {LOOK: "reward of the looks"})
        title = f"SFT: loss, {len(rows)} steps"
    below.set_xlabel("step")
    below.xaxis.get_major_locator().set_params(integer=True)
    figure.suptitle(title, fontsize=11)
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=130)
    pyplot.close(figure)
    return out


def metrics_of(run: Path) -> Rows:
    """The steps of a run."""
    path = run / METRICS
    if not path.exists():
        raise NotFoundError(f"{path} not found; give the folder of a training run")
    rows = [row for row in read_lines(path) if "reward" in row or "loss" in row]
    if not rows:
        raise DataError(f"{path} has no rewards or losses; give the folder of a training run")
    return rows


def load_pyplot():
    """Matplotlib without a display, or the pip line."""
    require("report", "matplotlib").use("Agg")
    from matplotlib import pyplot

    return pyplot


def draw_rewards(axes, rows: Rows) -> None:
    """Total and parts."""
    names = {"reward": "total reward"}
    for key in rows[0]:
        if key.startswith("rewards/") and key.endswith("/mean"):
            names[key] = key.split("/")[1]
    draw_series(axes, rows, names)
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.set_ylabel("points")


def draw_series(axes, rows: Rows, names: Mapping[str, str]) -> None:
    """Columns by their labels: each step faint, a running mean over five rows strong."""
    steps = [row["step"] for row in rows]
    for key, label in names.items():
        values = [row[key] for row in rows]
        (raw,) = axes.plot(steps, values, alpha=0.3, linewidth=1)
        axes.plot(
            steps, running_mean(values, SMOOTH), color=raw.get_color(), linewidth=2, label=label
        )
    axes.legend(loc="best", frameon=False)
    axes.grid(alpha=0.2)


def draw_groups(axes, rows: Rows) -> None:
    """Share of groups whose rewards are all equal: they teach nothing."""
    shares = [row["zero_std_groups"] / row["groups"] for row in rows]
    axes.bar([row["step"] for row in rows], shares, color="grey", alpha=0.6)
    axes.set_ylim(0, 1)
    axes.set_ylabel("zero-std groups")


def running_mean(values: Sequence[float], width: int) -> list[float]:
    """Mean of each value and up to ``width - 1`` before it.

    Example:
        >>> running_mean([1.0, 3.0, 5.0], 2)
        [1.0, 2.0, 4.0]
    """
    windows = (values[max(0, i + 1 - width) : i + 1] for i in range(len(values)))
    return [sum(window) / len(window) for window in windows]
