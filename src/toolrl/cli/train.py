"""``toolrl train sft|grpo|rloo|ppo RECIPE… [key=value…]``."""

from __future__ import annotations

import argparse
import json

from toolrl.cli.recipes import add_recipe_arguments, split_recipe
from toolrl.config import load_config, to_yaml
from toolrl.models.trained import settle
from toolrl.runs import SCORES
from toolrl.train.methods import METHODS, trainer_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The method, recipes and overrides."""
    parser.add_argument("method", choices=METHODS)
    add_recipe_arguments(parser)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")


def run(args: argparse.Namespace) -> int:
    """Train; prints how many examples were used and where the model lies."""
    files, overrides = split_recipe(args.words)
    config = load_config(METHODS[args.method], files, overrides)
    if args.dry_run:
        print(to_yaml(settle(config)[0]), end="")
        return 0
    folder = trainer_of(args.method)(config, resume=args.resume)
    counts = json.loads((folder / SCORES).read_text(encoding="utf-8"))
    print(f"examples: {counts['examples']}; left out as too long: {counts['too_long']}")
    if "collapsed" in counts:
        print(f"ended early, {counts['collapsed']}")
    print(f"model: {folder / 'model'}")
    return 0
