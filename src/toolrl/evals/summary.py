"""From scored samples to the figures of an evaluation, and of two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolrl.errors import DataError
from toolrl.evals.statistics import mean_interval, paired_interval, share_interval

Rows = Sequence[Mapping[str, Any]]


def summarise(rows: Rows) -> dict[str, Any]:
    """Mean reward by part, exact match by kind, no-call accuracy, calling; each with its interval.

    Args:
        rows: lines of an evaluation's ``samples.jsonl``.
    """
    no_call = [row for row in rows if not row["answer"]["calls"]]
    kinds = sorted({row["kind"] for row in rows})
    summary = {
        "n": len(rows),
        "reward": mean_interval([row["total"] for row in rows]).to_dict(),
        "parts": {
            name: mean_interval([row["parts"][name]["points"] for row in rows]).to_dict()
            for name in rows[0]["parts"]
        },
        "exact": share_exact(rows),
        "exact_by_kind": {
            kind: share_exact([r for r in rows if r["kind"] == kind]) for kind in kinds
        },
    }
    if no_call:
        summary["no_call"] = share_exact(no_call)
    return summary | calling(rows)


def calling(rows: Rows) -> dict[str, Any]:
    """Calls a task; the share of tasks that call where none is due, and that don't where one is.

    Empty for evaluations written before calls were counted.
    """
    if any("calls" not in row for row in rows):
        return {}
    found = {"calls_per_task": mean_interval([float(row["calls"]) for row in rows]).to_dict()}
    for name, due in (("over_calling", False), ("under_calling", True)):
        wrong = [bool(row["calls"]) != due for row in rows if bool(row["answer"]["calls"]) == due]
        if wrong:
            found[name] = share_interval(sum(wrong), len(wrong)).to_dict()
    return found


def share_exact(rows: Rows) -> dict[str, float]:
    """Share of rows that are an exact match, with its interval."""
    return share_interval(sum(row["exact"] for row in rows), len(rows)).to_dict()


def same_task(left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> bool:
    """Whether two rows are answers to one task, scored in the same parts."""
    if left is None or right is None:
        return False
    return left["answer"] == right["answer"] and left["parts"].keys() == right["parts"].keys()


def compare(before: Rows, after: Rows) -> dict[str, Any]:
    """Paired differences of two evaluations of the same tasks, ``after - before``.

    Raises:
        DataError: they are not of the same tasks.
    """
    left = {row["example"]: row for row in before}
    right = {row["example"]: row for row in after}
    other = [i for i in left.keys() | right.keys() if not same_task(left.get(i), right.get(i))]
    if other:
        raise DataError(
            f"the two evaluations are of different tasks ({len(other)} differ or stand in only "
            "one); run both with the same data, n, seed, kinds and reward"
        )
    ids = sorted(left)
    pairs = {"reward": lambda row: row["total"], "exact": lambda row: float(row["exact"])}
    for name in left[ids[0]]["parts"]:
        pairs[name] = lambda row, name=name: row["parts"][name]["points"]
    return {
        name: paired_interval([of(left[i]) for i in ids], [of(right[i]) for i in ids]).to_dict()
        for name, of in pairs.items()
    }
