"""``toolrl report RUN…``: curves of training runs, tables of evaluations."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from toolrl.cli.eval import read_scores


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Run folders, and where pictures go."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folders")
    parser.add_argument("--out", help="folder for pictures (default: each run's own)")


def run(args: argparse.Namespace) -> int:
    """A picture for each training run, one table for all evaluations."""
    from toolrl.report.curves import draw_curves
    from toolrl.report.tables import side_by_side
    from toolrl.runs import METRICS

    trainings = [folder for folder in args.runs if (Path(folder) / METRICS).exists()]
    evaluations = [folder for folder in args.runs if folder not in trainings]
    for folder, picture in zip(trainings, picture_paths(trainings, args.out), strict=True):
        print(draw_curves(folder, picture))
    if evaluations:
        print(side_by_side(evaluations, [read_scores(folder) for folder in evaluations]))
    return 0


def picture_paths(folders: Sequence[str], out: str | None) -> list[Path]:
    """``curves.png`` in each run, or in one folder a picture named after each run.

    Runs of one name are told apart by as much of their path as it takes.

    Example:
        >>> [path.name for path in picture_paths(["a/grpo", "b/grpo", "c"], "pictures")]
        ['a-grpo.png', 'b-grpo.png', 'c.png']
    """
    if out is None:
        return [Path(folder) / "curves.png" for folder in folders]
    parts = [Path(folder).resolve().parts[1:] for folder in folders]
    return [Path(out) / f"{'-'.join(shortest(own, parts))}.png" for own in parts]


def shortest(own: tuple[str, ...], all_parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The fewest last parts of a path that no other path ends with."""
    for length in range(1, len(own)):
        others = [parts for parts in all_parts if parts[-length:] == own[-length:]]
        if all(parts == own for parts in others):
            return own[-length:]
    return own
