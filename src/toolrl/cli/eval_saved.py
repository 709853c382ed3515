"""``toolrl eval compare A B`` and ``toolrl eval rescore DIR``: runs that are there already."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from toolrl.cli.eval_benchmark import known, table
from toolrl.config import load_config, read_yaml
from toolrl.errors import ConfigError, DataError
from toolrl.files import existing
from toolrl.runs import CONFIG, Run

NOT_LOOKED_AT = {"data", "categories", "result_name"}
"""Settings of benchmarks that show in the items' ids, or that change no verdict."""


def run(args: argparse.Namespace) -> int:
    """Print the table, or one JSON object."""
    wanted = 2 if args.benchmark == "compare" else 1
    if len(args.words) != wanted:
        raise ConfigError(f"'{args.benchmark}' takes {wanted} run folder(s), not {len(args.words)}")
    return {"compare": compare, "rescore": judge_again}[args.benchmark](args.words, args.json)


def benchmark_of(folder: str) -> str:
    """The benchmark of a run folder; empty for a held-out evaluation."""
    return read_yaml(existing(Path(folder) / CONFIG, "evaluation")).get("benchmark", "")


def opened(folder: str) -> tuple[Any, Any]:
    """A run's benchmark and settings."""
    make, _ = known(benchmark_of(folder))
    config = settings_of(folder)
    return make(config), config


def settings_of(folder: str) -> Any:
    """A run's settings."""
    _, kind = known(benchmark_of(folder))
    return load_config(kind, [Path(folder) / CONFIG])


def check_same(folders: Sequence[str], before: Any, after: Any) -> None:
    """Refuse two runs that a benchmark's own settings make two different things.

    Raises:
        DataError: for example another judge, or another search engine.
    """
    from toolrl.evals.benchmark import BenchmarkConfig

    own = {one.name for one in fields(before)} - {one.name for one in fields(BenchmarkConfig)}
    differ = [key for key in own - NOT_LOOKED_AT if getattr(before, key) != getattr(after, key)]
    if differ:
        raise DataError(
            f"{' and '.join(folders)} were made with other settings ({', '.join(sorted(differ))}); "
            "give runs that differ in model, prompt or variant"
        )


def compare(folders: Sequence[str], as_json: bool) -> int:
    """Two runs of one benchmark, or two held-out evaluations."""
    names = {benchmark_of(folder) for folder in folders}
    if len(names) > 1:
        raise DataError(f"{' and '.join(folders)} are of different benchmarks; give two of one")
    if names == {""}:
        return compare_heldout(folders, as_json)
    from toolrl.evals.compare import compare_rows
    from toolrl.evals.runner import saved
    from toolrl.report.benchmarks import differences

    before, after = map(settings_of, folders)
    check_same(folders, before, after)
    benchmark, _ = opened(folders[0])
    found = compare_rows(
        benchmark,
        *(saved(Run(folder)) for folder in folders),
        variants=before.variant != after.variant,
    )
    print(json.dumps(found) if as_json else differences(found, *folders))
    return 0


def compare_heldout(folders: Sequence[str], as_json: bool) -> int:
    """Reward, exact match and each part."""
    from toolrl.cli.eval_heldout import read_scores, rows_of
    from toolrl.evals.summary import compare as paired
    from toolrl.report.tables import differences, side_by_side

    found = paired(*map(rows_of, folders), reward_of(folders))
    if as_json:
        print(json.dumps(found))
        return 0
    print(side_by_side(folders, [read_scores(folder) for folder in folders]))
    print()
    print(differences(found, f"{folders[1]} − {folders[0]}"))
    return 0


def reward_of(folders: Sequence[str]) -> Any:
    """The reward that scored both of two held-out evaluations.

    Raises:
        DataError: they have different ones.
    """
    from toolrl.evals.heldout import HeldoutConfig
    from toolrl.rewards import load_reward

    before, after = (load_config(HeldoutConfig, [Path(one) / CONFIG]) for one in folders)
    if before.reward != after.reward:
        raise DataError(
            f"{' and '.join(folders)} were scored by different rewards ({before.reward}, "
            f"{after.reward}); evaluate both with the same one"
        )
    return load_reward(after.reward, format_name=after.format)


def judge_again(folders: Sequence[str], as_json: bool) -> int:
    """Today's verdicts on a benchmark's saved answers."""
    from toolrl.evals.rescore import rescore

    if not benchmark_of(folders[0]):
        raise ConfigError("a held-out evaluation is scored again by `toolrl score`")
    benchmark, config = opened(folders[0])
    scores, changed = rescore(benchmark, config, Run(folders[0]))
    print(json.dumps(scores) if as_json else f"{table(scores)}\n{changed} verdicts changed")
    return 0
