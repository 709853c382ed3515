"""``toolrl report RUN…``: curves of GRPO runs, tables of evaluations."""

from __future__ import annotations

import argparse
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
    for folder in trainings:
        name = f"{Path(folder).name}.png" if args.out else "curves.png"
        print(draw_curves(folder, Path(args.out or folder) / name))
    if evaluations:
        print(side_by_side(evaluations, [read_scores(folder) for folder in evaluations]))
    return 0
