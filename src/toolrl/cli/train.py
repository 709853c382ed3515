"""``toolrl train sft|grpo RECIPE… [key=value…]``."""

from __future__ import annotations

import argparse
import json

from toolrl.cli.recipes import add_recipe_arguments, split_recipe
from toolrl.config import load_config, to_yaml
from toolrl.runs import SCORES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``sft`` or ``grpo``, recipes and overrides."""
    parser.add_argument("method", choices=["sft", "grpo"])
    add_recipe_arguments(parser)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")


def run(args: argparse.Namespace) -> int:
    """Train; prints how many examples were used and where the model lies."""
    from toolrl.train.config import TrainConfig

    files, overrides = split_recipe(args.words)
    config = load_config(TrainConfig, files, overrides)
    if args.dry_run:
        print(to_yaml(config), end="")
        return 0
    if args.method == "sft":
        from toolrl.train.sft import train_sft as train
    else:
        from toolrl.train.grpo import train_grpo as train
    folder = train(config, resume=args.resume)
    counts = json.loads((folder / SCORES).read_text(encoding="utf-8"))
    print(f"examples: {counts['examples']}; left out as too long: {counts['too_long']}")
    print(f"model: {folder / 'model'}")
    return 0
