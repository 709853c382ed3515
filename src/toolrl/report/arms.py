"""The page's tables: arms, their differences, and what they do where no call is due."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolrl.files import write_whole
from toolrl.report.gather import Gathered, RunFolder
from toolrl.report.leaderboard import leaderboards
from toolrl.report.tables import interval, markdown, percent, signed

Table = dict[str, Any]
"""``title``, ``text``, ``head`` (cells) and ``rows`` (of cells)."""

CALLING = {
    "exact_calls": "call due: exact",
    "under_calling": "call due: none made",
    "abstained": "none due: abstains",
    "over_calling": "none due: calls",
}


def tables_of(gathered: Gathered) -> list[Table]:
    """Those of a study, of the evaluations that no arm's figures cover, and of benchmarks."""
    tables = []
    if gathered.results:
        tables = [
            arm_table(gathered),
            difference_table(gathered.results),
            calling_table(gathered.results),
        ]
    alone = [
        run
        for run in gathered.runs
        if "reward" in run.scores and not (run.of_study and run.arm in gathered.results)
    ]
    if alone:
        tables.append(evaluation_table(alone))
    return tables + leaderboards(gathered.runs)


def arm_table(gathered: Gathered) -> Table:
    """One line an arm."""
    rows = [
        [name, arm["note"], ", ".join(map(str, arm["seeds"])), interval(arm["figures"]["reward"]),
         percent(arm["figures"]["exact"]), percent(arm["figures"]["format"]),
         ", ".join(f"{seed['reward']:.2f}" for seed in arm["by_seed"])]
        for name, arm in gathered.results.items()
    ]  # fmt: skip
    text = (
        "Held-out tasks, answered greedily and scored by one reward for all. 95 % intervals over "
        "tasks and seeds; of an arm with one seed over tasks alone, which says nothing of what "
        "another seed would do."
    )
    if gathered.missing:
        left = (f"{name} ({', '.join(map(str, s))})" for name, s in gathered.missing.items())
        text += f" Seeds not measured yet: {', '.join(left)}."
    head = ["arm", "", "seeds", "reward", "exact", "format", "reward by seed"]
    return {"title": "Arms", "text": text, "head": head, "rows": rows}


def difference_table(results: Mapping[str, Any]) -> Table:
    """One line a pair of arms that is compared."""
    names = ["reward", "exact", "exact_calls", "abstained", "format"]
    rows = [
        [f"{name} − {other}", *(signed(gain.get(key)) for key in names), str(gain["reward"]["n"])]
        for name, arm in results.items()
        for other, gain in arm["differences"].items()
    ]
    return {
        "title": "Differences",
        "text": "Paired, task by task, over the seeds that both arms have; 95 % intervals.",
        "head": ["pair", "reward", "exact", "exact where a call is due", "abstains where none is",
                 "format", "pairs"],
        "rows": rows,
    }  # fmt: skip


def calling_table(results: Mapping[str, Any]) -> Table:
    """What each arm does where a call is due, and where none is."""
    rows = [
        [name, *(percent(arm["figures"].get(key)) for key in CALLING),
         interval(arm["figures"].get("calls_per_task"))]
        for name, arm in results.items()
    ]  # fmt: skip
    return {
        "title": "To call or not to call",
        "text": "To abstain is to reply without a call. An answer without a call that can be read "
        "counts as making none, also where it tried; so what can't be read is neither a call nor "
        "an abstention.",
        "head": ["arm", *CALLING.values(), "calls a task"],
        "rows": rows,
    }


def evaluation_table(runs: Sequence[RunFolder]) -> Table:
    """One line an evaluation."""
    keys = {"exact": "exact", "no_call": "none due: abstains"}
    keys |= {key: CALLING[key] for key in ("over_calling", "under_calling")}
    rows = [
        [run.label, interval(run.scores["reward"]),
         *(percent(run.scores.get(key)) for key in keys), str(run.scores["n"])]
        for run in runs
    ]  # fmt: skip
    return {
        "title": "Evaluations",
        "text": "95 % intervals over tasks; those cut from one conversation count as one cluster.",
        "head": ["run", "reward", *keys.values(), "tasks"],
        "rows": rows,
    }


def as_markdown(tables: Sequence[Table]) -> str:
    """All tables, one after the other."""
    return "\n".join(
        f"## {table['title']}\n\n{table['text']}\n\n{markdown(table['head'], table['rows'])}\n"
        for table in tables
    )


def write_tables(tables: Sequence[Table], folder: Path) -> str:
    """Write ``report.md`` and ``report.csv``; returns the Markdown."""
    text = as_markdown(tables)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for table in tables:
        writer.writerow(["table", *table["head"]])
        writer.writerows([table["title"], *row] for row in table["rows"])
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "report.md", text)
    write_whole(folder / "report.csv", out.getvalue())
    return text
