"""``toolrl eval heldout``: tools that training never saw, and two evaluations side by side."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from toolrl.cli.progress import ShowProgress
from toolrl.cli.recipes import said, split_recipe
from toolrl.config import differences, load_config, plain, to_yaml
from toolrl.models.trained import settle


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the table; with ``--against`` also the paired differences."""
    from toolrl.evals.heldout import HeldoutConfig, evaluate_heldout

    files, overrides = split_recipe(args.words)
    overrides += said(args)
    config = load_config(HeldoutConfig, files, overrides)
    if args.dry_run:
        print(to_yaml(settle(config)[0]), end="")
        return 0
    if args.against:
        check_comparable(settle(config)[0], args.against)
    scores = evaluate_heldout(config, resume=args.resume, on_progress=ShowProgress())
    show_table(config, args.against, scores)
    return 0


def check_comparable(config, against: str) -> None:
    """Before an hour of answering: the other evaluation must differ in the model only."""
    from dataclasses import replace

    from toolrl.errors import ConfigError
    from toolrl.evals.heldout import HeldoutConfig
    from toolrl.runs import CONFIG

    read_scores(against)
    other = load_config(HeldoutConfig, [Path(against) / CONFIG])
    same = replace(other, model=config.model, output=config.output, batch_size=config.batch_size)
    if changed := differences(plain(same), plain(config)):
        raise ConfigError(
            f"{against} was made with other settings ({'; '.join(changed)}); give the same ones"
        )


def show_table(config, against: str | None, scores: dict) -> None:
    """One column, or two with their paired difference."""
    from toolrl.evals.summary import compare
    from toolrl.report.tables import differences, side_by_side
    from toolrl.rewards import load_reward

    if against is None:
        print(side_by_side([config.model], [scores]))
        return
    rows = [rows_of(folder) for folder in (against, config.output)]
    reward = load_reward(config.reward, format_name=config.format)
    print(side_by_side([against, config.output], [read_scores(against), scores]))
    print()
    print(differences(compare(*rows, reward), f"{config.output} − {against}"))


def rows_of(folder: str) -> list[dict]:
    """The scored answers of an evaluation."""
    from toolrl.files import existing
    from toolrl.runs import SAMPLES, read_lines

    return list(read_lines(existing(Path(folder) / SAMPLES, "evaluation")))


def read_scores(folder: str) -> dict:
    """The figures of a finished evaluation."""
    from toolrl.errors import DataError
    from toolrl.files import existing
    from toolrl.runs import SCORES

    path = existing(Path(folder) / SCORES, "evaluation")
    scores = json.loads(path.read_text(encoding="utf-8"))
    if "reward" not in scores:
        raise DataError(f"{folder} is no evaluation; give a folder made by `toolrl eval`")
    return scores
