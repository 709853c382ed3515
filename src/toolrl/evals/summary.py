"""From scored samples to the figures of an evaluation, and of two of them side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from toolrl.errors import DataError
from toolrl.evals.shares import Observed, change, share
from toolrl.evals.statistics import UNIT, Range, mean_interval, paired_interval
from toolrl.evals.weighted import group_of
from toolrl.rewards.reward import ScoringReward
from toolrl.rewards.schedule import value_at

Row = Mapping[str, Any]
Rows = Sequence[Row]
COUNTS: Range = (0.0, math.inf)


def ranges_of(reward: ScoringReward) -> dict[str, Range]:
    """What a total (``reward``) and the points of each part can be.

    Example:
        >>> from toolrl.rewards import load_reward
        >>> ranges_of(load_reward("toolrl"))
        {'format': (0.0, 1.0), 'correctness': (-3.0, 3.0), 'reward': (-3.0, 4.0)}
    """
    scales = {"format": reward.format_scale, "correctness": reward.correctness_scale}
    found = {name: (value_at(s.low, 0), value_at(s.high, 0)) for name, s in scales.items()}
    if "length" in reward.components:
        found["length"] = UNIT
    least, most = (sum(ends) for ends in zip(*found.values(), strict=True))
    return found | {"reward": (least, most)}


def summarise(rows: Rows, reward: ScoringReward) -> dict[str, Any]:
    """Mean reward by part, exact match by kind, no-call accuracy, calling; each with its interval.

    Rows of one ``group`` are turns of one conversation; the intervals know it.

    Args:
        rows: lines of an evaluation's ``samples.jsonl``.
        reward: that scored them.
    """
    ranges = ranges_of(reward)
    no_call = [row for row in rows if not row["answer"]["calls"]]
    kinds = sorted({row["kind"] for row in rows})
    summary = {
        "n": len(rows),
        "reward": mean(rows, lambda row: row["total"], ranges["reward"]),
        "parts": {
            name: mean(rows, lambda row, name=name: row["parts"][name]["points"], ranges[name])
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


def mean(rows: Rows, of: Callable[[Row], float], within: Range) -> dict[str, float]:
    """The mean of a figure, with its interval."""
    values = [float(of(row)) for row in rows]
    return mean_interval(values, [group_of(row) for row in rows], within=within).to_dict()


def calling(rows: Rows) -> dict[str, Any]:
    """Calls a task; the share of tasks that call where none is due, and that don't where one is.

    Empty for evaluations written before calls were counted.
    """
    if any("calls" not in row for row in rows):
        return {}
    found = {"calls_per_task": mean(rows, lambda row: row["calls"], COUNTS)}
    for name, due in (("over_calling", False), ("under_calling", True)):
        wrong = [
            (bool(row["calls"]) != due, group_of(row))
            for row in rows
            if bool(row["answer"]["calls"]) == due
        ]
        if wrong:
            found[name] = share(Observed.of(wrong)).to_dict()
    return found


def share_exact(rows: Rows) -> dict[str, float]:
    """Share of rows that are an exact match, with its interval."""
    return share(Observed.of((row["exact"], group_of(row)) for row in rows)).to_dict()


def task_of(row: Row) -> dict[str, Any]:
    """The task that a row answers, but for what it was cut from, which older rows don't say."""
    return {key: value for key, value in row["answer"].items() if key != "group"}


def same_task(left: Row | None, right: Row | None) -> bool:
    """Whether two rows are answers to one task, scored in the same parts."""
    if left is None or right is None:
        return False
    return task_of(left) == task_of(right) and left["parts"].keys() == right["parts"].keys()


def compare(before: Rows, after: Rows, reward: ScoringReward) -> dict[str, Any]:
    """Paired differences of two evaluations of the same tasks, ``after - before``.

    Args:
        before: lines of an evaluation's ``samples.jsonl``.
        after: the other's.
        reward: that scored both.

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
    pairs = [(left[i], right[i]) for i in sorted(left)]
    groups = [group_of(new) or group_of(old) for old, new in pairs]
    ranges = ranges_of(reward)

    def gain(name: str, of: Callable[[Row], float]) -> dict[str, float]:
        old, new = ([of(row) for row in rows] for rows in zip(*pairs, strict=True))
        return paired_interval(old, new, groups, within=ranges[name]).to_dict()

    exact = [int(new["exact"]) - int(old["exact"]) for old, new in pairs]
    found = {
        "reward": gain("reward", lambda row: row["total"]),
        "exact": change(Observed.of(zip(exact, groups, strict=True))).to_dict(),
    }
    for name in pairs[0][0]["parts"]:
        found[name] = gain(name, lambda row, name=name: row["parts"][name]["points"])
    return found
