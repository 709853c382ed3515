"""``toolrl report RUN…``: one page of trainings, evaluations and studies, pictures beside it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

PAGE = "report.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Folders, where the page goes, and how many answers are in it."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folders, or a study's folder")
    parser.add_argument("--out", help="folder for the page (default: the run's, or all runs' own)")
    parser.add_argument(
        "--answers",
        type=int,
        default=200,
        help="answers of each run in the page, drawn by seed (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Write ``report.html``, ``curves-*.png`` and ``table.csv``; print where they are."""
    from toolrl.errors import ConfigError
    from toolrl.report.bands import write_bands
    from toolrl.report.gather import gather
    from toolrl.report.page import tables_of, write_page
    from toolrl.report.tables import markdown

    if args.answers < 0:
        raise ConfigError(f"--answers must be 0 or more, not {args.answers}")
    gathered = gather(args.runs)
    out = Path(args.out or common_folder(args.runs))
    curves = write_bands(gathered, out)
    for table in tables_of(gathered):
        print(f"{table['title']}\n\n{markdown(table['head'], table['rows'])}\n")
    page = write_page(gathered, curves, out / PAGE, title=" · ".join(args.runs), most=args.answers)
    print(f"page: {page}")
    for number in range(1, len(curves) + 1):
        print(f"picture: {out / f'curves-{number}.png'}")
    return 0


def common_folder(runs: Sequence[str]) -> str:
    """The one folder, or the nearest that holds all.

    Example:
        >>> common_folder(["runs/a/eval", "runs/a/train"])
        'runs/a'
    """
    return (
        runs[0]
        if len(runs) == 1
        else os.path.relpath(os.path.commonpath(map(os.path.abspath, runs)))
    )
