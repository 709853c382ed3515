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
    "reward": "reward of the samples, each arm's own",
    "validation/reward": "validation: default reward, greedy, held-out",
    "zero_share": "share of groups without signal",
    "completions/mean_length": "tokens of an answer",
    "entropy": "entropy, nats a token",
    "kl": "KL to the start, nats a token",
    "critic/explained_variance": "critic: explained variance",
}
"""Column to title, for trainings that sample; parts of the reward come after the first two."""

LOSS_PANELS = {"loss": "loss", "sample/reward": "reward of the looks"}
"""For trainings that sample nothing."""

NOW_AND_THEN = ("validation/", "sample/")
"""Columns of some steps only, which are not smoothed."""

Arms = Mapping[str, Sequence[RunFolder]]


def figures_of(gathered: Gathered) -> list[tuple[str, dict[str, list[RunFolder]]]]:
    """Pictures to draw: a title, and the trainings of each arm in it.

    Arms that are compared with the same one stand together, with that one; eight at most. Those
    that sample nothing stand apart.
    """
    trainings: dict[str, list[RunFolder]] = {}
    for run in gathered.runs:
        if any("loss" in row or "reward" in row for row in run.metrics):
            trainings.setdefault(run.arm, []).append(run)
    sampling = {arm: runs for arm, runs in trainings.items() if samples(runs)}
    others = {arm: runs for arm, runs in trainings.items() if arm not in sampling}
    families: dict[str, list[str]] = {}
    for arm in sampling:
        families.setdefault(first_against(gathered, arm), []).append(arm)
    found = []
    for against, names in families.items():
        base = [against] if against in sampling else []
        title = f"compared with {against}" if against else "trainings"
        found += cut(title, base, names, sampling)
    return found + cut("supervised trainings", [], list(others), others)


def first_against(gathered: Gathered, arm: str) -> str:
    """The first arm that an arm is compared with; empty where there is none."""
    return next(iter(gathered.arms.get(arm, {}).get("against", [])), "")


def cut(
    title: str, base: Sequence[str], names: Sequence[str], trainings: Arms
) -> list[tuple[str, dict[str, Any]]]:
    """Pictures of so many lines as can be told apart, the base in each."""
    size = MOST_LINES - len(base)
    groups = [[*base, *names[i : i + size]] for i in range(0, len(names), size)]
    return [(title, {name: trainings[name] for name in group}) for group in groups]


def samples(runs: Sequence[RunFolder]) -> bool:
    """Whether trainings sample answers; else they have a loss alone."""
    return any("reward" in row for run in runs for row in run.metrics)


def panels_of(arms: Arms) -> dict[str, str]:
    """Columns that any of the trainings has, with their titles, in order."""
    rows = [row for runs in arms.values() for run in runs for row in run.metrics]
    keys = {key for row in rows for key in row}
    if "reward" not in keys:
        return {key: title for key, title in LOSS_PANELS.items() if key in keys}
    parts = sorted(k for k in keys if k.startswith("rewards/") and k.endswith("/mean"))
    if "groups" in keys:
        keys.add("zero_share")
    order = [*list(PANELS)[:2], *parts, *list(PANELS)[2:]]
    titles = PANELS | {part: f"{part.split('/')[1]}, points" for part in parts}
    return {key: titles[key] for key in order if key in keys}


def draw_bands(title: str, arms: Arms) -> bytes:
    """The picture as PNG."""
    pyplot = load_pyplot()
    from matplotlib.lines import Line2D

    panels = panels_of(arms)
    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    size = (5 * columns, 2.6 * rows + 0.8)
    figure, grid = pyplot.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    axes = list(grid.flat)
    for axis, (column, name) in zip(axes, panels.items(), strict=False):
        for place, runs in enumerate(arms.values()):
            draw_band(axis, f"C{place}", [points(run, column) for run in runs], column)
        axis.set_title(name, fontsize=9)
        axis.set_xlabel("step", fontsize=8)
        axis.tick_params(labelsize=8)
        axis.xaxis.get_major_locator().set_params(integer=True)
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    names = [name.replace("$", r"\$") for name in arms]
    across = max(1, min(4, 24 * columns // max(map(len, names))))
    figure.legend(
        [Line2D([], [], color=f"C{place}") for place in range(len(names))], names,
        loc="outside lower center", ncols=across, fontsize=8, frameon=False,
    )  # fmt: skip
    figure.suptitle(title.replace("$", r"\$"), fontsize=11)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110)
    pyplot.close(figure)
    return out.getvalue()


def points(run: RunFolder, column: str) -> dict[int, float]:
    """Step to value, where a training has one; smoothed where every step has."""
    if column == "zero_share":
        rows = [row for row in run.metrics if row.get("groups")]
        found = {row["step"]: row["zero_std_groups"] / row["groups"] for row in rows}
    else:
        found = {row["step"]: row[column] for row in run.metrics if row.get(column) is not None}
    if column.startswith(NOW_AND_THEN):
        return found
    return dict(zip(found, running_mean(list(found.values()), SMOOTH), strict=True))


def draw_band(axis: Any, colour: str, runs: Sequence[Mapping[int, float]], column: str) -> None:
    """The mean of the seeds that have a step; from the least to the greatest as a band."""
    steps = sorted({step for run in runs for step in run})
    across = [[run[step] for run in runs if step in run] for step in steps]
    marker = "." if len(steps) < 2 or column.startswith(NOW_AND_THEN) else ""
    axis.plot(steps, [fmean(some) for some in across], color=colour, marker=marker, linewidth=1.6)
    if any(len(some) > 1 for some in across):
        low, high = [min(some) for some in across], [max(some) for some in across]
        axis.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)


def write_bands(gathered: Gathered, folder: Path) -> list[tuple[str, bytes]]:
    """Draw every picture and write it as ``curves-1.png`` and so on; returns titles and PNGs."""
    drawn = [(title, draw_bands(title, arms)) for title, arms in figures_of(gathered)]
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("curves-[0-9]*.png"):
        old.unlink()
    for number, (_, png) in enumerate(drawn, start=1):
        (folder / f"curves-{number}.png").write_bytes(png)
    return drawn
