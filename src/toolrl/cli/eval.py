"""``toolrl eval heldout``: a model on tools it never saw, and two evaluations side by side."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from toolrl.config import load_config, to_yaml


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``heldout --model M [--out DIR] [--against DIR] [key=value…]``."""
    parser.add_argument("benchmark", choices=["heldout"])
    parser.add_argument("--model", required=True, help="folder, hub name or builtin:smollm2-135m")
    parser.add_argument("--out", default="runs/eval", help="run folder (default: %(default)s)")
    parser.add_argument("--against", help="an earlier evaluation's folder, to compare with")
    parser.add_argument("--resume", action="store_true", help="answer only what is missing")
    parser.add_argument("--dry-run", action="store_true", help="print the settings and stop")
    parser.add_argument(
        "words", nargs="*", metavar="FILE|key=value", help="settings, as n=240 or data=runs/data"
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the table; with ``--against`` also the paired differences."""
    from toolrl.cli.recipes import split_recipe
    from toolrl.evals.heldout import HeldoutConfig, evaluate_heldout

    files, overrides = split_recipe(args.words)
    overrides += [f"model={args.model}", f"output={args.out}"]
    config = load_config(HeldoutConfig, files, overrides)
    if args.dry_run:
        print(to_yaml(config), end="")
        return 0
    before = read_scores(args.against) if args.against else None
    scores = evaluate_heldout(config, resume=args.resume, on_progress=show_progress)
    show_table(args, before, scores)
    return 0


def show_progress(done: int, total: int) -> None:
    """A counter on standard error."""
    end = "\n" if done == total or not sys.stderr.isatty() else "\r"
    print(f"eval {done}/{total}", end=end, file=sys.stderr, flush=True)


def show_table(args: argparse.Namespace, before: dict | None, scores: dict) -> None:
    """One column, or two with their paired difference."""
    from toolrl.evals.summary import compare
    from toolrl.report.tables import differences, side_by_side
    from toolrl.runs import SAMPLES, read_lines

    if before is None:
        print(side_by_side([args.model], [scores]))
        return
    paired = compare(
        list(read_lines(Path(args.against) / SAMPLES)), list(read_lines(Path(args.out) / SAMPLES))
    )
    print(side_by_side([args.against, args.out], [before, scores]))
    print()
    print(differences(paired, f"{args.out} − {args.against}"))


def read_scores(folder: str) -> dict:
    """The figures of an earlier evaluation."""
    import json

    from toolrl.files import existing
    from toolrl.runs import SCORES

    path = existing(Path(folder) / SCORES, "evaluation")
    return json.loads(path.read_text(encoding="utf-8"))
