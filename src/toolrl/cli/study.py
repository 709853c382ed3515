"""``toolrl study RECIPE``: train, measure and compare several arms by several seeds."""

from __future__ import annotations

import argparse
import sys

from toolrl.cli.recipes import add_recipe_arguments, split_recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The recipe, and how long a sitting may take."""
    add_recipe_arguments(parser)
    parser.add_argument("--quick", action="store_true", help="the recipe's short form")
    parser.add_argument(
        "--minutes",
        type=float,
        help="begin nothing that is not expected to end within them; the same command goes on",
    )


def run(args: argparse.Namespace) -> int:
    """Do what is missing, then print the table of what is complete."""
    from toolrl.cli.eval import show_progress
    from toolrl.extras import require
    from toolrl.study.config import load_study
    from toolrl.study.results import study_results, write_results
    from toolrl.study.runner import check_study, run_study

    files, overrides = split_recipe(args.words)
    study = load_study(files, overrides, quick=args.quick)
    if args.dry_run:
        print(plan(study))
        return 0
    require("train", "trl")
    check_study(study)

    def write() -> str:
        return write_results(study, study_results(study))

    run_study(study, minutes=args.minutes, say=say, on_progress=show_progress, on_measured=write)
    print(write())
    print(
        f"\nstudy: {study.config.output}; pictures and answers: toolrl report {study.config.output}"
    )
    return 0


def say(text: str) -> None:
    """A headline on standard error."""
    print(f"\n== {text}", file=sys.stderr, flush=True)


def plan(study) -> str:
    """The arms as they would run, and how much of it is done."""
    from toolrl.report.tables import markdown
    from toolrl.study.runner import compared_with, parts_of

    rows = []
    for name, arm in study.arms.items():
        changes = ", ".join(f"{key}={value}" for key, value in arm.set.items())
        seeds = ", ".join(map(str, study.seeds_of(name)))
        start = arm.start or study.config.model
        against = compared_with(study, name) or "–"
        rows.append([name, arm.train or "–", start, seeds, against, changes or "–"])
    parts = parts_of(study)
    done = sum(part.done for part in parts)
    head = ["arm", "method", "starts from", "seeds", "compared with", "sets"]
    return f"{markdown(head, rows)}\n\n{len(parts)} trainings and evaluations, {done} done"
