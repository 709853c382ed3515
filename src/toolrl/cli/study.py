"""``toolrl study RECIPE``: train, measure and compare several arms by several seeds."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from toolrl.cli.recipes import add_recipe_arguments, split_recipe

UNFINISHED = 3
"""Exit code of a sitting that ended before the study did."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The recipe, and how long a sitting may take."""
    add_recipe_arguments(parser, "print the arms and how much of them is done, and stop")
    parser.add_argument("--quick", action="store_true", help="the recipe's short form")
    parser.add_argument(
        "--minutes",
        type=float,
        help="begin nothing that is not expected to end within them (then the exit code is 3); "
        "the same command goes on",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=1,
        help="trainings and evaluations at a time, each in a process with one GPU, or with its "
        "share of the cores (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Do what is missing, then print the table of what is complete."""
    from toolrl.cli.progress import ShowProgress
    from toolrl.extras import require
    from toolrl.study.config import load_study
    from toolrl.study.results import study_results, write_results
    from toolrl.study.runner import check_sitting, check_study, run_study

    check_sitting(args.minutes, args.jobs)
    files, overrides = split_recipe(args.words)
    study = load_study(files, overrides, quick=args.quick)
    if args.dry_run and find_spec("trl") is None:
        print(f"{plan(study)}\ntrl is not installed, so the keys under 'trainer' were not checked")
        return 0
    require("train", "trl")
    check_study(study)
    if args.dry_run:
        print(plan(study))
        return 0

    def write() -> str:
        return write_results(study, study_results(study))

    done = run_study(
        study,
        minutes=args.minutes,
        jobs=args.jobs,
        say=say,
        on_progress=ShowProgress(),
        on_measured=write,
    )
    print(write())
    print(
        f"\nstudy: {study.config.output}; pictures and answers: toolrl report {study.config.output}"
    )
    return 0 if done else UNFINISHED


def say(text: str) -> None:
    """A headline on standard error."""
    print(f"\n== {text}", file=sys.stderr, flush=True)


def plan(study) -> str:
    """The arms as they would run, and how much of it is done."""
    from toolrl.report.tables import markdown
    from toolrl.study.parts import Times, parts_of
    from toolrl.study.runner import compared_with

    rows = []
    for name, arm in study.arms.items():
        changes = ", ".join(f"{key}={value}" for key, value in arm.set.items())
        seeds = ", ".join(map(str, study.seeds_of(name)))
        start = arm.start or study.config.model
        against = ", ".join(compared_with(arm)) or "–"
        rows.append([name, arm.train or "–", start, seeds, against, changes or "–"])
    parts = parts_of(study)
    todo = [part for part in parts if not part.done]
    head = ["arm", "method", "starts from", "seeds", "compared with", "sets"]
    text = f"{len(parts)} trainings and evaluations, {len(parts) - len(todo)} done"
    if minutes := Times.of(Path(study.config.output)).expected(todo):
        text += f", about {minutes:.0f} minutes left"
    return f"{markdown(head, rows)}\n\n{text}"
