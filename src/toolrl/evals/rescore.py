"""Saved answers, judged again without a model."""

from __future__ import annotations

import json
from typing import Any

from toolrl.errors import DataError
from toolrl.evals.benchmark import Benchmark, BenchmarkConfig, scores_of
from toolrl.evals.episode import replay
from toolrl.evals.runner import saved
from toolrl.runs import SAMPLES, Run, write_whole


def rescore(benchmark: Benchmark, config: BenchmarkConfig, run: Run) -> tuple[dict[str, Any], int]:
    """Judge a run's answers by the rules of today; rewrites its verdicts and scores.

    Returns:
        The scores, and how many verdicts changed.

    Raises:
        DataError: there are no answers, or they are of other items than there are now.
    """
    before = {row["item"]: row for row in saved(run)}
    items = {item.id: item for item in benchmark.items()}
    if not before or before.keys() - items.keys():
        raise DataError(f"{run.path} holds no answers to the items of its config.yaml")
    after = {
        name: row if row.get("failed") else replay(benchmark.begin(items[name]), row)
        for name, row in before.items()
    }
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in after.values())
    write_whole(run.path / SAMPLES, "".join(lines))
    scores = scores_of(benchmark, config, [after[name] for name in items if name in after])
    run.write_scores(scores)
    return scores, sum(row.get("official") != before[n].get("official") for n, row in after.items())
