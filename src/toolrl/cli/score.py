"""``toolrl score``: score completions of a file against their answers."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolrl.data.load import read_examples
from toolrl.errors import DataError, did_you_mean
from toolrl.files import read_jsonl
from toolrl.formats import FORMAT_NAMES
from toolrl.rewards import PRESET_NAMES, Score, load_reward
from toolrl.types import Example


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "file",
        type=Path,
        help="JSON lines, each with completion and answer (or example, an id in --examples), "
        "and optionally step",
    )
    parser.add_argument(
        "--reward", default="toolrl", help=f"one of {', '.join(PRESET_NAMES)} (default: toolrl)"
    )
    parser.add_argument(
        "--format",
        default="paper",
        help=f"the format of the completions: {', '.join(FORMAT_NAMES)} (default: paper)",
    )
    parser.add_argument(
        "--examples", type=Path, help="examples (a file, or a built folder) to look ids up in"
    )
    parser.add_argument(
        "--total-steps", type=int, default=100, help="length of schedules (default: 100)"
    )
    parser.add_argument(
        "--explain", action="store_true", help="say on stderr how every score came about"
    )


def run(args: argparse.Namespace) -> int:
    """Score row by row, one JSON object a line on stdout; rows before a broken one are out."""
    reward = load_reward(args.reward, format_name=args.format, total_steps=args.total_steps)
    found = read_examples(args.examples) if args.examples else []
    examples = {example.id: example for example in found}
    for row, value in read_jsonl(args.file):
        try:
            score = reward(*_arguments(value, examples, args.examples))
        except DataError as error:
            raise DataError(f"{args.file}, row {row}: {error}") from None
        _write(row, score, args.explain)
    return 0


def _arguments(
    value: Any, examples: Mapping[str, Example], source: Path | None
) -> tuple[str, Any, int]:
    """Completion, answer and step of one row."""
    if not isinstance(value, dict):
        raise DataError("a row must be an object with completion and answer")
    completion, step = value.get("completion"), value.get("step", 0)
    if not isinstance(completion, str):
        raise DataError('"completion" must be there and be text')
    if isinstance(step, bool) or not isinstance(step, int) or step < 0:
        raise DataError(f'"step" must be a whole number from 0, not {step!r}')
    if "answer" in value:
        return completion, value["answer"], step
    if "example" not in value:
        raise DataError('"answer" is missing; give an answer, or "example" with --examples')
    wanted = value["example"]
    if not isinstance(wanted, str) or wanted not in examples:
        where = (
            f" in {source}{did_you_mean(str(wanted), examples)}" if source else "; give --examples"
        )
        raise DataError(f"no example has the id {wanted!r}{where}")
    return completion, examples[wanted], step


def _write(row: int, score: Score, explain: bool) -> None:
    print(json.dumps({"row": row, **score.to_dict()}), flush=True)  # ASCII: any console takes it
    if explain:
        print(f"row {row}\n{score.explain()}\n", file=sys.stderr)
