"""The picture of a GRPO run: reward by part, and what stands in its way, over the steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolrl.errors import DataError, MissingExtraError, NotFoundError
from toolrl.runs import METRICS, read_lines

SMOOTH = 5


def draw_curves(run: str | Path, out: str | Path) -> Path:
    """Draw ``metrics.jsonl`` of a GRPO run as a PNG; returns its path.

    Raises:
        NotFoundError: no metrics there.
        DataError: the metrics have no rewards (not a GRPO run).
        MissingExtraError: matplotlib is not installed.
    """
    rows = grpo_rows(Path(run))
    pyplot = load_pyplot()
    figure, (rewards, groups) = pyplot.subplots(
        2, 1, figsize=(8, 6), sharex=True, height_ratios=[3, 1], layout="constrained"
    )
    steps = [row["step"] for row in rows]
    draw_rewards(rewards, steps, rows)
    draw_groups(groups, steps, rows)
    figure.suptitle(f"GRPO: mean reward of the sampled answers, {len(rows)} steps", fontsize=11)
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=130)
    pyplot.close(figure)
    return out


def grpo_rows(run: Path) -> list[Mapping[str, Any]]:
    """Rows of the metrics that have a reward."""
    path = run / METRICS
    if not path.exists():
        raise NotFoundError(f"{path} not found; give the folder of a GRPO run")
    rows = [row for row in read_lines(path) if "reward" in row]
    if not rows:
        raise DataError(f"{path} has no rewards; give the folder of a GRPO run")
    return rows


def load_pyplot():
    """Matplotlib without a display, or the pip line."""
    try:
        import matplotlib
    except ImportError:
        raise MissingExtraError(
            "matplotlib is not installed; run: pip install 'toolrl[report]'"
        ) from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def draw_rewards(axes, steps: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> None:
    """Total and parts: each step faint, a running mean over five steps strong."""
    names = {"reward": "total reward"}
    for key in rows[0]:
        if key.startswith("rewards/") and key.endswith("/mean"):
            names[key] = key.split("/")[1]
    for key, label in names.items():
        values = [row[key] for row in rows]
        (raw,) = axes.plot(steps, values, alpha=0.3, linewidth=1)
        axes.plot(
            steps, running_mean(values, SMOOTH), color=raw.get_color(), linewidth=2, label=label
        )
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.set_ylabel("points")
    axes.legend(loc="best", frameon=False)
    axes.grid(alpha=0.2)


def draw_groups(axes, steps: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> None:
    """Share of groups whose rewards are all equal: they teach nothing."""
    shares = [row["frac_reward_zero_std"] for row in rows]
    axes.bar(steps, shares, color="grey", alpha=0.6)
    axes.set_ylim(0, 1)
    axes.set_ylabel("equal groups")
    axes.set_xlabel("step")


def running_mean(values: Sequence[float], width: int) -> list[float]:
    """Mean of each value and up to ``width - 1`` before it.

    Example:
        >>> running_mean([1.0, 3.0, 5.0], 2)
        [1.0, 2.0, 4.0]
    """
    windows = (values[max(0, i + 1 - width) : i + 1] for i in range(len(values)))
    return [sum(window) / len(window) for window in windows]
