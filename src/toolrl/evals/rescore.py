"""Saved answers, judged again without a model."""

from __future__ import annotations

from typing import Any

from toolrl.errors import DataError
from toolrl.evals.benchmark import Benchmark, BenchmarkConfig, scores_of
from toolrl.evals.episode import Episode, replay
from toolrl.evals.runner import failure, saved
from toolrl.files import write_whole
from toolrl.models.answers import NoAnswer
from toolrl.runs import SAMPLES, Run, as_line, locked


def rescore(benchmark: Benchmark, config: BenchmarkConfig, run: Run) -> tuple[dict[str, Any], int]:
    """Judge a run's answers by the rules of today; rewrites its verdicts and scores.

    Returns:
        The scores, and how many verdicts changed.

    Raises:
        DataError: answers are missing, they are of other items than there are now, or an item
            ends elsewhere by the rules of today; nothing is rewritten.
    """
    with locked(run.path):
        return judge_all(benchmark, config, run)


def judge_all(
    benchmark: Benchmark, config: BenchmarkConfig, run: Run
) -> tuple[dict[str, Any], int]:
    """The work of :func:`rescore`, while no other process writes the run."""
    before = {row["item"]: row for row in saved(run)}
    items = {item.id: item for item in benchmark.items()}
    if not before or before.keys() - items.keys():
        raise DataError(f"{run.path} holds no answers to the items of its config.yaml")
    if missing := items.keys() - before.keys():
        raise DataError(
            f"{run.path} has no answers to {len(missing)} of {len(items)} items yet; end the run "
            "by its `toolrl eval` command with --resume"
        )
    after = {
        name: row if row.get("failed") else judged_again(benchmark.begin(items[name]), row, run)
        for name, row in before.items()
    }
    write_whole(run.path / SAMPLES, "".join(map(as_line, after.values())))
    ordered = [after[name] for name in items]
    benchmark.finish(run.path, ordered)
    scores = scores_of(benchmark, config, ordered)
    run.write_scores(scores)
    return scores, sum(row.get("official") != before[n].get("official") for n, row in after.items())


def judged_again(episode: Episode, row: dict[str, Any], run: Run) -> dict[str, Any]:
    """The line of an item by today's rules; failed where its judge gives no verdict."""
    try:
        return replay(episode, row)
    except NoAnswer as reason:
        return failure(episode, reason)
    except DataError as reason:
        raise DataError(
            f"{run.path}: {reason}; its answers can't be judged again, so evaluate anew in another "
            "folder, by the same `toolrl eval` command with --out"
        ) from None
