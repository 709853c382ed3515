"""``toolrl COMMAND``: finds the command's module, runs it, turns our errors into one line."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from toolrl.errors import ToolRLError
from toolrl.files import HALF_PAIRS
from toolrl.runs import installed

COMMANDS = {
    "quickstart": "the whole job: warm start, GRPO, evaluation, a table and a picture",
    "data": "convert raw tool-use rows to examples, or build a training set from a recipe",
    "score": "score completions against answers with a reward",
    "train": "train a model by a recipe: sft, grpo, rloo or ppo",
    "eval": "measure a model on held-out tasks or a benchmark; compare two runs",
    "study": "train, measure and compare several arms by several seeds",
    "report": "draw curves and tables from run folders",
    "doctor": "what this machine has and what is missing",
}


def build_parser(command: str | None) -> argparse.ArgumentParser:
    """The parser; only the asked command's module is imported, so ``--help`` stays light."""
    parser = argparse.ArgumentParser(
        prog="toolrl",
        description="Teach language models to call tools by reinforcement learning; measure it.",
    )
    version = f"toolrl {installed('toolrl')}"
    parser.add_argument("--version", action="version", version=version)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=summary, description=summary)
        if name == command:
            importlib.import_module(f"toolrl.cli.{name}").add_arguments(subparser)
    return parser


def parse(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    """Like ``parse_args``, but ``key=value`` words may also stand after options, as people type."""
    args, rest = parser.parse_known_args(argv)
    stray = [word for word in rest if word.startswith("-") or not hasattr(args, "words")]
    if stray:
        parser.error(f"unrecognized arguments: {' '.join(stray)}")
    if rest:
        args.words = [*args.words, *rest]
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code (0 done, 2 a mistake the user can mend)."""
    argv = list(sys.argv[1:] if argv is None else argv)
    write_what_can_be(sys.stdout, sys.stderr)
    command = argv[0] if argv and argv[0] in COMMANDS else None
    args = parse(build_parser(command), argv)
    try:
        return importlib.import_module(f"toolrl.cli.{args.command}").run(args)
    except ToolRLError as error:
        print(f"toolrl: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"toolrl: {place}{error.strerror or error}; check path and disk", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("toolrl: stopped; what was written stands", file=sys.stderr)
        return 130


def write_what_can_be(*streams: TextIO) -> None:
    """Have a stream escape what its encoding lacks: code pages have no '−', UTF-8 no half pair."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HALF_PAIRS)


if __name__ == "__main__":
    raise SystemExit(main())
