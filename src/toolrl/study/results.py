"""A study's figures: each arm over its seeds, with intervals, and what it differs by."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from toolrl.evals.shares import Observed, change, share
from toolrl.evals.statistics import UNIT, Interval, Range, crossed_interval, differences_within
from toolrl.evals.summary import COUNTS, ranges_of
from toolrl.evals.weighted import group_of
from toolrl.files import write_whole
from toolrl.report.arms import as_markdown, tables_of
from toolrl.report.gather import Gathered
from toolrl.rewards import load_reward
from toolrl.runs import SAMPLES, read_lines
from toolrl.study.config import Study
from toolrl.study.parts import measured
from toolrl.study.runner import compared_with

RESULTS = "results.json"

Row = Mapping[str, Any]
Figure = Callable[[Row], float | None]


def no_call_due(row: Row) -> bool:
    """Whether the right answer makes no call."""
    return not row["answer"]["calls"]


FIGURES: dict[str, Figure] = {
    "reward": lambda row: row["total"],
    "format": lambda row: row["parts"]["format"]["fraction"],
    "exact": lambda row: float(row["exact"]),
    "exact_calls": lambda row: None if no_call_due(row) else float(row["exact"]),
    "abstained": lambda row: float(row["exact"]) if no_call_due(row) else None,
    "over_calling": lambda row: float(row["calls"] > 0) if no_call_due(row) else None,
    "under_calling": lambda row: None if no_call_due(row) else float(row["calls"] == 0),
    "calls_per_task": lambda row: float(row["calls"]),
}
"""Name to the value of one answered task; None where the figure is not of that task."""

SHARES = {"format", "exact", "exact_calls", "abstained", "over_calling", "under_calling"}
"""Figures that are 1 or 0 for each task."""


def study_results(study: Study) -> dict[str, Any]:
    """Figures of every arm, over the seeds that are measured; ``missing`` says which are not."""
    rows = {name: rows_of(study, name) for name in study.arms}
    ranges = figure_ranges(study)
    arms = {}
    for name, arm in study.arms.items():
        if not rows[name]:
            continue
        found = {
            "seeds": list(rows[name]),
            "figures": figures(list(rows[name].values()), ranges),
            "by_seed": [means(some) for some in rows[name].values()],
            "note": arm.note,
            "differences": {},
        }
        for other in compared_with(arm):
            if pairs := paired_rows(study, name, other, rows):
                found["differences"][other] = differences(*zip(*pairs, strict=True), ranges)
        arms[name] = found
    missing = {
        name: [seed for seed in study.seeds_of(name) if seed not in rows[name]]
        for name in study.arms
    }
    return {"arms": arms, "missing": {name: seeds for name, seeds in missing.items() if seeds}}


def figure_ranges(study: Study) -> dict[str, Range]:
    """What each figure of one task can be."""
    judging = study.cells[0].eval  # one reward for all
    reward = load_reward(judging.reward, format_name=judging.format)
    ends = {"reward": ranges_of(reward)["reward"], "calls_per_task": COUNTS}
    return {name: ends.get(name, UNIT) for name in FIGURES}


def rows_of(study: Study, name: str) -> dict[int, list[Row]]:
    """Seed to answered tasks of an arm, in the tasks' order, as far as they are measured."""
    cells = [cell for cell in study.cells if cell.arm == name and measured(cell)]
    found = {cell.seed: list(read_lines(cell.folder / "eval" / SAMPLES)) for cell in cells}
    return {seed: sorted(rows, key=lambda row: row["example"]) for seed, rows in found.items()}


def paired_rows(
    study: Study, name: str, other: str, rows: Mapping[str, Mapping[int, list[Row]]]
) -> list[tuple[list[Row], list[Row]]]:
    """The other's rows and an arm's, of each seed that both have.

    What is not trained stands for every seed.
    """
    ours, theirs = rows[name], rows[other]
    if theirs and study.arms[other].train is None:
        (only,) = theirs.values()
        theirs = dict.fromkeys(ours, only)
    if ours and study.arms[name].train is None:
        (only,) = ours.values()
        ours = dict.fromkeys(theirs, only)
    return [(theirs[seed], ours[seed]) for seed in ours if seed in theirs]


def figures(rows: Sequence[Sequence[Row]], ranges: Mapping[str, Range]) -> dict[str, Any]:
    """Each figure over seeds and tasks, with its interval."""
    found = {}
    for name, of in FIGURES.items():
        values = [[v for v in map(of, some) if v is not None] for some in rows]
        if all(values):
            groups = groups_of(rows[0], of)
            found[name] = over_seeds(name, values, groups, ranges[name]).to_dict()
    return found


def groups_of(rows: Sequence[Row], of: Figure) -> list[str]:
    """The clusters of the tasks that a figure is of."""
    return [group_of(row) for row in rows if of(row) is not None]


def over_seeds(
    name: str, values: Sequence[Sequence[float]], groups: Sequence[str], within: Range
) -> Interval:
    """A figure's interval; a share's of one seed, or where resampling can't move it, is Wilson's.

    It is then over the tasks, since other seeds' answers to them are no further tasks.
    """
    if name in SHARES and over_tasks(values, {0.0, 1.0}):
        return replace(share(Observed(tuple(values[0]), tuple(groups))), n=pairs_in(values))
    return crossed_interval(values, groups, within=within)


def gain_over_seeds(
    name: str, values: Sequence[Sequence[float]], groups: Sequence[str], within: Range
) -> Interval:
    """The same of paired differences, with Agresti and Min's interval for shares."""
    if name in SHARES and over_tasks(values, {-1.0, 0.0, 1.0}):
        return replace(change(Observed(tuple(values[0]), tuple(groups))), n=pairs_in(values))
    return crossed_interval(values, groups, within=differences_within(within))


def over_tasks(values: Sequence[Sequence[float]], known: set[float]) -> bool:
    """Whether the tasks alone can give an interval: one seed, or one value throughout."""
    seen = {value for row in values for value in row}
    return seen <= known and (len(values) == 1 or len(seen) == 1)


def pairs_in(values: Sequence[Sequence[float]]) -> int:
    """Observations over all seeds."""
    return sum(map(len, values))


def means(rows: Sequence[Row]) -> dict[str, float]:
    """Each figure's mean over one seed's tasks."""
    found = {}
    for name, of in FIGURES.items():
        values = [value for value in map(of, rows) if value is not None]
        if values:
            found[name] = round(sum(values) / len(values), 4)
    return found


def differences(
    before: Sequence[Sequence[Row]], after: Sequence[Sequence[Row]], ranges: Mapping[str, Range]
) -> dict[str, dict[str, float]]:
    """Each figure's paired difference, ``after - before``, seed by seed and task by task."""
    found = {}
    for name, of in FIGURES.items():
        values = [
            [of(b) - of(a) for a, b in zip(old, new, strict=True) if of(a) is not None]
            for old, new in zip(before, after, strict=True)
        ]
        if values and all(values):
            groups = groups_of(after[0], of)
            found[name] = gain_over_seeds(name, values, groups, ranges[name]).to_dict()
    return found


def write_results(study: Study, results: Mapping[str, Any]) -> str:
    """Write ``results.json``, ``table.csv`` and ``table.md``; returns the last one's text."""
    folder = Path(study.config.output)
    text = json.dumps(results, indent=1, ensure_ascii=False)
    write_whole(folder / RESULTS, text + "\n")
    write_whole(folder / "table.csv", as_csv(results["arms"]))
    shown = Gathered([], results=results["arms"], missing=results["missing"])
    table = as_markdown(tables_of(shown))
    write_whole(folder / "table.md", table)
    return table


def as_csv(arms: Mapping[str, Any]) -> str:
    """One line an arm or a pair of arms, and figure: value, interval, n."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = ["value", "low", "high", "n"]
    writer.writerow(["arm", "minus", "figure", *columns])
    for name, arm in arms.items():
        for other, found in [("", arm["figures"]), *arm["differences"].items()]:
            for figure, value in found.items():
                writer.writerow([name, other, figure, *(value[c] for c in columns)])
    return out.getvalue()
