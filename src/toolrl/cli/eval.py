"""``toolrl eval``: measure a model, on held-out tools or on a benchmark."""

from __future__ import annotations

import argparse
from dataclasses import fields
from textwrap import fill

from toolrl.cli.recipes import OPTIONS
from toolrl.errors import ConfigError
from toolrl.evals.bfcl.categories import GROUPS
from toolrl.evals.variants.settings import Variant

BENCHMARKS = ("heldout", "bfcl", "api-bank", "bamboogle")
SAVED = ("compare", "rescore")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``BENCHMARK --model M [--out DIR] [key=value…]``, ``compare A B`` or ``rescore DIR``."""
    parser.add_argument(
        "benchmark",
        choices=(*BENCHMARKS, *SAVED),
        metavar="BENCHMARK",
        help="heldout, bfcl, api-bank, bamboogle; compare A B; rescore DIR",
    )
    parser.add_argument(
        "--model",
        help="folder, hub name or builtin:smollm2-135m; on benchmarks also gold (answers from the "
        "key) and empty (writes nothing)",
    )
    parser.add_argument("--out", help="run folder (default: the settings' output, or runs/eval)")
    parser.add_argument(
        "--prompt",
        help="benchmarks: native (the model's own chat template), paper or another format, or bfcl "
        "(default: the format that the model was trained in, else paper)",
    )
    parser.add_argument(
        "--base-url", help="benchmarks: an OpenAI-compatible server, http://127.0.0.1:8000/v1"
    )
    parser.add_argument("--limit", type=int, help="benchmarks: a seeded sample of each category")
    parser.add_argument("--against", help="heldout: an earlier evaluation, to compare with")
    parser.add_argument("--resume", action="store_true", help="answer only what is missing")
    parser.add_argument("--json", action="store_true", help="benchmarks: print one JSON object")
    parser.add_argument("--dry-run", action="store_true", help="print the settings and stop")
    parser.add_argument(
        "words", nargs="*", metavar="FILE|key=value|DIR", help="settings, as n=240; or run folders"
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = settings_help()


def settings_help() -> str:
    """What the settings with names of their own may be."""
    variants = ", ".join(f"variant.{one.name}={one.default}".lower() for one in fields(Variant))
    lines = [
        "--dry-run prints all settings of a benchmark with their values",
        f"bfcl, 'categories=[NAME, ...]': groups {', '.join(GROUPS)}; single ones "
        f"{', '.join(GROUPS['all'])}",
        f"changes of any benchmark's items (these are off): {variants}",
        "api-bank: data='{level-1: FILE, ...}'; bamboogle: data=FILE passages=FILE",
        "more: docs/evaluation.md",
    ]
    return "\n".join(fill(line, 78, subsequent_indent="  ") for line in lines)


def run(args: argparse.Namespace) -> int:
    """Evaluate and print the table."""
    if args.benchmark in SAVED:
        from toolrl.cli import eval_saved as command

        refuse(args, *OPTIONS.values(), "against", "resume", "dry_run")
    elif args.model is None and not args.words:
        raise ConfigError(f"'{args.benchmark}' needs --model")
    elif args.benchmark == "heldout":
        from toolrl.cli import eval_heldout as command

        refuse(args, "prompt", "base_url", "limit", "json")
    else:
        from toolrl.cli import eval_benchmark as command

        refuse(args, "against")
    return command.run(args)


def refuse(args: argparse.Namespace, *names: str) -> None:
    """An option that this evaluation would pass over."""
    for name in names:
        if getattr(args, name):
            option = name.replace("_", "-")
            raise ConfigError(f"--{option} is not for '{args.benchmark}'; leave it out")
