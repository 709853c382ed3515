"""``toolrl eval BENCHMARK``: a model on a published benchmark."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from toolrl.cli.progress import ShowProgress
from toolrl.cli.recipes import said, split_recipe
from toolrl.config import load_config, to_yaml
from toolrl.errors import DataError, did_you_mean
from toolrl.models.trained import settle


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the table or one JSON object; 3 when items failed and may be asked again."""
    from toolrl.evals.benchmark import evaluate

    make, kind = known(args.benchmark)
    files, overrides = split_recipe(args.words)
    config = load_config(kind, files, [*overrides, *said(args)])
    if args.dry_run:
        print(to_yaml(settle(config, "prompt")[0]), end="")
        return 0
    scores = evaluate(make(config), config, resume=args.resume, on_progress=ShowProgress())
    print(json.dumps(scores) if args.json else table(scores))
    if scores["failed"]:
        again = "ask them again by the same command with --resume"
        print(f"{scores['failed']} items failed; {again}", file=sys.stderr)
        for reason, count in scores["reasons"].items():
            print(f"  {count} times: {reason}", file=sys.stderr)
    return 3 if scores["failed"] else 0


def known(benchmark: str) -> tuple[Any, type]:
    """A benchmark's class and that of its settings."""
    from toolrl.evals.api_bank.bench import APIBank, APIBankConfig
    from toolrl.evals.bamboogle.bench import Bamboogle, BamboogleConfig
    from toolrl.evals.bfcl.bench import BFCL, BFCLConfig

    names = {
        "bfcl": (BFCL, BFCLConfig),
        "api-bank": (APIBank, APIBankConfig),
        "bamboogle": (Bamboogle, BamboogleConfig),
    }
    if benchmark not in names:
        raise DataError(f"no benchmark is named '{benchmark}'{did_you_mean(benchmark, names)}")
    return names[benchmark]


def table(scores: dict[str, Any]) -> str:
    """Official and strict shares of all categories and groups."""
    from toolrl.report.benchmarks import table as render

    return render(scores)
