"""Curves of several trainings in one picture: a line an arm, a band over its seeds."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from toolrl.report.curves import SMOOTH, load_pyplot, running_mean
from toolrl.report.gather import Gathered, RunFolder

MOST_LINES = 8
"""More can't be told apart."""

PANELS = {
    "reward": "reward of the samples",
    "validation/reward": "validation reward (default reward, greedy)",
    "zero_share": "share of groups without signal",
    "completions/mean_length": "tokens of an answer",
    "entropy": "entropy, nats a token",
    "kl": "KL to the start, nats a token",
}
LOSS_PANELS = {"loss": "loss", "sample/reward": "reward of the looks"}
"""Of trainings that sample nothing."""

"""Column to title; parts of the reward come after the first."""

FAINT = {"reward", "entropy", "kl", "zero_share", "completions/mean_length"}
"""Columns of every step, which are smoothed; others are looked at now and then."""


def figures_of(gathered: Gathered) -> list[tuple[str, dict[str, list[RunFolder]]]]:
    """Pictures to draw: a title, and the trainings of each arm in it.

    Arms that are compared with the same one stand together, with that one; eight at most.
    """
    trainings: dict[str, list[RunFolder]] = {}
    for run in gathered.runs:
        if run.is_training and any("loss" in row or "reward" in row for row in run.metrics):
            trainings.setdefault(run.arm, []).append(run)
    families: dict[str, list[str]] = {}
    for arm in trainings:
        against = gathered.arms.get(arm, {}).get("against") or ""
        families.setdefault(against, []).append(arm)
    found = []
    for against, arms in families.items():
        base = [against] if against in trainings and samples(trainings[against]) else []
        size = MOST_LINES - len(base)
        for i in range(0, len(arms), size):
            names = [*base, *arms[i : i + size]]
            title = f"compared with {against}" if against else "trainings"
            found.append((title, {name: trainings[name] for name in names}))
    return found


def samples(runs: Sequence[RunFolder]) -> bool:
    """Whether trainings sample answers; else they have a loss alone."""
    return any("reward" in row for run in runs for row in run.metrics)


def panels_of(arms: Mapping[str, Sequence[RunFolder]]) -> dict[str, str]:
    """Columns that any of the trainings has, with their titles, in order."""
    rows = [row for runs in arms.values() for run in runs for row in run.metrics]
    keys = {key for row in rows for key in row}
    if "reward" not in keys:
        return {key: title for key, title in LOSS_PANELS.items() if key in keys}
    parts = sorted(k for k in keys if k.startswith("rewards/") and k.endswith("/mean"))
    if "groups" in keys:
        keys.add("zero_share")
    order = ["reward", "validation/reward", *parts, *list(PANELS)[2:]]
    titles = PANELS | {part: f"{part.split('/')[1]}, points" for part in parts}
    return {key: titles[key] for key in order if key in keys}


def draw_bands(title: str, arms: Mapping[str, Sequence[RunFolder]]) -> bytes:
    """The picture as PNG."""
    pyplot = load_pyplot()
    panels = panels_of(arms)
    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    size = (5 * columns, 2.6 * rows + 0.6)
    figure, grid = pyplot.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    axes = list(grid.flat)
    for axis, (column, name) in zip(axes, panels.items(), strict=False):
        for place, (arm, runs) in enumerate(arms.items()):
            draw_band(axis, f"C{place}", arm, [points(run, column) for run in runs], column)
        axis.set_title(name, fontsize=9)
        axis.tick_params(labelsize=8)
        axis.xaxis.get_major_locator().set_params(integer=True)
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=11)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110)
    pyplot.close(figure)
    return out.getvalue()


def points(run: RunFolder, column: str) -> dict[int, float]:
    """Step to value, where a training has one."""
    if column == "zero_share":
        rows = [row for row in run.metrics if row.get("groups")]
        return {row["step"]: row["zero_std_groups"] / row["groups"] for row in rows}
    return {row["step"]: row[column] for row in run.metrics if row.get(column) is not None}


def draw_band(axis: Any, colour: str, label: str, runs: Sequence[dict[int, float]], column: str):
    """The seeds' mean as a line; from the least to the greatest as a band."""
    runs = [run for run in runs if run]
    if not runs:
        return
    steps = sorted(set.intersection(*map(set, runs)))  # a running one has fewer
    lines = [[run[step] for step in steps] for run in runs]
    if column in FAINT or column.startswith("rewards/"):
        lines = [running_mean(line, SMOOTH) for line in lines]
    across = list(zip(*lines, strict=True))
    axis.plot(steps, [fmean(values) for values in across], color=colour, label=label, linewidth=1.6)
    if len(lines) > 1:
        low, high = [min(v) for v in across], [max(v) for v in across]
        axis.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)


def write_bands(gathered: Gathered, folder: Path) -> list[tuple[str, bytes]]:
    """Draw every picture and write it as ``curves-1.png`` and so on; returns titles and PNGs."""
    drawn = [(title, draw_bands(title, arms)) for title, arms in figures_of(gathered)]
    folder.mkdir(parents=True, exist_ok=True)
    for number, (_, png) in enumerate(drawn, start=1):
        (folder / f"curves-{number}.png").write_bytes(png)
    return drawn
