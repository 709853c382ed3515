"""A study's figures: each arm over its seeds, with intervals, and what it differs by."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from toolrl.evals.statistics import Interval, crossed_interval, share_interval
from toolrl.files import write_whole
from toolrl.report.arms import as_markdown, tables_of
from toolrl.report.gather import Gathered
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


def study_results(study: Study) -> dict[str, Any]:
    """Figures of every arm, over the seeds that are measured; ``missing`` says which are not."""
    rows = {name: rows_of(study, name) for name in study.arms}
    arms = {}
    for name, arm in study.arms.items():
        if not rows[name]:
            continue
        found = {
            "seeds": list(rows[name]),
            "figures": figures(list(rows[name].values())),
            "by_seed": [means(some) for some in rows[name].values()],
            "note": arm.note,
            "differences": {},
        }
        for other in compared_with(arm):
            if pairs := paired_rows(study, name, other, rows):
                found["differences"][other] = differences(*zip(*pairs, strict=True))
        arms[name] = found
    missing = {
        name: [seed for seed in study.seeds_of(name) if seed not in rows[name]]
        for name in study.arms
    }
    return {"arms": arms, "missing": {name: seeds for name, seeds in missing.items() if seeds}}


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


def figures(rows: Sequence[Sequence[Row]]) -> dict[str, Any]:
    """Each figure over seeds and tasks, with its interval."""
    found = {}
    for name, of in FIGURES.items():
        values = [[v for v in map(of, some) if v is not None] for some in rows]
        if all(values):
            found[name] = over_seeds(name, values).to_dict()
    return found


def over_seeds(name: str, values: Sequence[Sequence[float]]) -> Interval:
    """A figure's interval; where resampling can't move a share, Wilson's over the tasks."""
    same = {value for row in values for value in row}
    if name in SHARES and len(same) == 1 and same <= {0.0, 1.0}:
        n = len(values[0])
        return share_interval(n if same == {1.0} else 0, n)
    return crossed_interval(values)


def means(rows: Sequence[Row]) -> dict[str, float]:
    """Each figure's mean over one seed's tasks."""
    found = {}
    for name, of in FIGURES.items():
        values = [value for value in map(of, rows) if value is not None]
        if values:
            found[name] = round(sum(values) / len(values), 4)
    return found


def differences(
    before: Sequence[Sequence[Row]], after: Sequence[Sequence[Row]]
) -> dict[str, dict[str, float]]:
    """Each figure's paired difference, ``after - before``, seed by seed and task by task."""
    found = {}
    for name, of in FIGURES.items():
        values = [
            [of(b) - of(a) for a, b in zip(old, new, strict=True) if of(a) is not None]
            for old, new in zip(before, after, strict=True)
        ]
        if values and all(values):
            found[name] = crossed_interval(values).to_dict()
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
