"""``toolrl report RUN…``: one page of trainings, evaluations and studies, pictures beside it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Folders, where the page goes, and how many answers are in it."""
    parser.description = (
        "Write report.html, one self-contained page with tables, curves and answers, and beside it "
        "report.md, report.csv and the curves as PNG."
    )
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="run folders and study folders, finished or not; or folders that hold some",
    )
    parser.add_argument(
        "--out", help="where to (default: RUN itself; of several, the folder that holds them all)"
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace files of the page's names that are no earlier page",
    )
    parser.add_argument(
        "--answers",
        type=int,
        default=200,
        help="answers of each run in the page, drawn at random (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Write the page and what stands beside it; print the tables and where they are."""
    from toolrl.errors import ConfigError
    from toolrl.extras import require
    from toolrl.report.arms import tables_of, write_tables
    from toolrl.report.bands import write_bands
    from toolrl.report.gather import gather
    from toolrl.report.page import PAGE, refuse_existing, write_page

    require("report", "matplotlib")
    require("report", "jinja2")
    if args.answers < 0:
        raise ConfigError(f"--answers must be 0 or more, not {args.answers}")
    gathered = gather(args.runs)
    out = Path(args.out or common_folder(args.runs))
    refuse_existing(out, args.overwrite)
    curves = write_bands(gathered, out)
    tables = tables_of(gathered)
    print(write_tables(tables, out))
    title = common_folder(args.runs)
    page = write_page(gathered, tables, curves, out / PAGE, title=title, most=args.answers)
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
    if len(runs) == 1:
        return runs[0]
    try:
        shared = os.path.relpath(os.path.commonpath([os.path.abspath(run) for run in runs]))
    except ValueError:  # no folder holds all: they are on several drives
        return ", ".join(runs)
    return Path(shared).as_posix()
