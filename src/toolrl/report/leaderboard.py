"""Benchmark runs in the page: a leaderboard for each benchmark, and its answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from toolrl.report.benchmarks import NOTES, share
from toolrl.report.gather import Row, RunFolder
from toolrl.report.tables import interval, union

Table = dict[str, Any]


def leaderboards(runs: Iterable[RunFolder]) -> list[Table]:
    """For each benchmark with runs that have figures: one line a run, then one line a category.

    Strict shares by category stand in a table of their own, if any differs.
    """
    by_name: dict[str, list[RunFolder]] = {}
    for run in runs:
        if run.benchmark:
            by_name.setdefault(run.benchmark, []).append(run)
    tables = []
    for name, own in by_name.items():
        official, strict = (by_category(name, own, figure) for figure in ("official", "strict"))
        tables += [overall(name, own), official]
        if strict["rows"] != official["rows"]:
            tables.append(strict)
        official["rows"] += measured_besides(own)
    return tables


def overall(name: str, runs: Sequence[RunFolder]) -> Table:
    """One line a run: variants last, each weighting by itself, the best first."""
    ranked = sorted(runs, key=rank)
    notes = [key for key in NOTES if any(run.scores.get(key) for run in ranked)]
    rows = [
        [run.label, str(run.scores["model"]), run.scores["prompt"],
         run.scores.get("variant") or "–", *figures_of(run.scores),
         *(str(run.scores.get(key, 0)) for key in notes)]
        for run in ranked
    ]  # fmt: skip
    text = (
        "Shares in percent with 95 % intervals, the highest first. Lines compare where variant, "
        "weighting and items are the same; differences item by item: toolrl eval compare A B. "
        "Official is the benchmark's own verdict; strict wants well-formed answers besides, so "
        "that what can't be read is no abstention."
    )
    if notes:
        text += " " + "; ".join(f"{key}: {NOTES[key]}" for key in notes) + "."
    head = ["run", "model", "prompt", "variant", "weighting", "items", "official", "strict"]
    return {"title": f"Benchmark {name}", "text": text, "head": [*head, *notes], "rows": rows}


def rank(run: RunFolder) -> tuple[Any, ...]:
    """Where a run stands."""
    whole = run.scores["overall"] or {"weighting": "", "value": -1.0}
    return bool(run.scores.get("variant")), whole["weighting"], -whole["value"], run.label


def figures_of(scores: Mapping[str, Any]) -> list[str]:
    """Weighting, items, official and strict share; dashes where every item failed."""
    whole = scores["overall"]
    if whole is None:
        return ["–", "0", "–", "–"]
    both = [share(scores[name]["overall"]) for name in ("official", "strict")]
    return [whole["weighting"], str(whole["n"]), *both]


def by_category(name: str, runs: Sequence[RunFolder], figure: str) -> Table:
    """One line a category, and one for each weighting."""
    runs = [run for run in runs if run.scores["overall"]]
    found = [run.scores[figure] for run in runs]
    names = union(one["categories"] for one in found)
    weightings = [key for key in union(found) if key not in ("categories", "overall")]
    rows = [[key, *(cell(one["categories"].get(key)) for one in found)] for key in names]
    rows += [[key, *(cell(one.get(key)) for one in found)] for key in weightings]
    return {
        "title": f"Benchmark {name}, by category, {figure}",
        "text": f"{figure.capitalize()} shares in percent with 95 % intervals.",
        "head": ["", *(run.label for run in runs)],
        "rows": rows,
    }


def measured_besides(runs: Sequence[RunFolder]) -> list[list[str]]:
    """What a benchmark measures besides shares, a line each."""
    more = [run.scores.get("more", {}) for run in runs if run.scores["overall"]]
    return [[key, *(interval(one.get(key)) for one in more)] for key in union(more)]


def cell(value: Mapping[str, Any] | None) -> str:
    """A share, or a dash for what was not run."""
    return "–" if value is None else share(value)


def answered(row: Row) -> Row:
    """A row of a benchmark's ``samples.jsonl`` as the page shows answers."""
    if row.get("failed"):
        said, total, verdict = [f"no answer: {row['failed']}"], 0.0, "failed"
        issues = ["failed"]
    else:
        said, total = judged(row), float(row["official"])
        verdict = "right" if row["official"] else "wrong"
        issues = [row["error_type"]] if row.get("error_type") else []
    texts = [answer["text"] or "(no text)" for answer in row.get("answers", ())]
    return {
        "kind": row["category"],
        "total": total,
        "issues": issues,
        "completion": "\n\n".join(texts),
        "explanation": "\n".join(said),
        "verdict": verdict,
        "answer": {
            "item": row["item"],
            "asked": row.get("asked", ""),
            "tools": row.get("tools", []),
            "expected": key_of(row),
        },
    }


def key_of(row: Row) -> str:
    r"""What the key says, a line a call, turn or answer.

    Example:
        >>> key_of({"expected": ["Oslo", {"f": 1}]}), key_of({"expected": None})
        ('"Oslo"\n{"f": 1}', '(no call, or any)')
    """
    expected = row.get("expected")
    if expected is None:
        return "(no call, or any)"
    lines = expected if isinstance(expected, list) else [expected]
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in lines)


def judged(row: Row) -> list[str]:
    """The verdicts, why, and the calls that were read."""
    verdicts = [f"{name}: {'right' if row[name] else 'wrong'}" for name in ("official", "strict")]
    why = [f"issue {row['error_type']}: {row.get('error', '')}"] if row.get("error_type") else []
    calls = [f"read: {call['name']}({call['arguments']})" for call in flat(row.get("calls", ()))]
    return [*verdicts, *why, *(calls or ["read: no call"])]


def flat(calls: Iterable[Any]) -> list[Row]:
    """Calls of one answer, or of all answers of a conversation."""
    return [one for call in calls for one in ([call] if isinstance(call, Mapping) else flat(call))]
