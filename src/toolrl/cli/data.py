"""``toolrl data convert`` and ``toolrl data build``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from toolrl.data.prepare import convert_file, prepare
from toolrl.data.recipe import DataRecipe, load_recipe
from toolrl.data.rejects import Tally
from toolrl.data.sources import SOURCES, get_source
from toolrl.data.write import refuse_existing, write_folder
from toolrl.errors import ConfigError
from toolrl.extras import require
from toolrl.files import write_jsonl


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``convert`` and ``build`` with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add_convert(actions)
    add_build(actions)


def add_convert(actions: argparse._SubParsersAction) -> None:
    """``toolrl data convert SOURCE FILE --out X.jsonl``."""
    lines = [
        f"  {s.name:9} {s.summary}" + (f" [hub: {s.hub}]" if s.hub else "")
        for s in SOURCES.values()
    ]
    convert = actions.add_parser(
        "convert",
        help="convert one raw file to examples",
        description="Convert one raw file to examples, one JSON line each.",
        epilog="sources:\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    convert.add_argument("source", metavar="SOURCE", help="what the rows are; see below")
    convert.add_argument("file", metavar="FILE", help=".json, .jsonl, .parquet, or owner/name")
    convert.add_argument("--out", required=True, help="the examples; rejects lie beside it")
    convert.add_argument("--limit", type=int, help="read only so many rows")
    add_common(convert)


def add_build(actions: argparse._SubParsersAction) -> None:
    """``toolrl data build recipe.yaml [key=value …]``."""
    build = actions.add_parser(
        "build",
        help="make a training set by a recipe",
        description="Make a training set by a recipe: convert, clean, split, augment.",
    )
    build.add_argument("recipe", help="a YAML file; see recipes/data_mix.yaml")
    build.add_argument("words", nargs="*", metavar="key=value", help="such as seed=1")
    build.add_argument("--out", help="the folder to make, in place of the recipe's")
    build.add_argument("--dry-run", action="store_true", help="do all but the writing")
    add_common(build)


def add_common(parser: argparse.ArgumentParser) -> None:
    """Options of both."""
    parser.add_argument("--overwrite", action="store_true", help="replace what is at --out")
    parser.add_argument(
        "--skip-broken", action="store_true", help="put lines that are no JSON to the rejects"
    )


def run(args: argparse.Namespace) -> int:
    """Do it; the last line on standard output is one JSON object with the counts."""
    return run_convert(args) if args.action == "convert" else run_build(args)


def run_convert(args: argparse.Namespace) -> int:
    """Convert a file."""
    get_source(args.source)
    if args.limit is not None and args.limit < 1:
        raise ConfigError(f"--limit must be 1 or more, not {args.limit}")
    out = refuse_existing(args.out, args.overwrite)
    refuse_existing(rejects_path(out), args.overwrite)
    if out.is_dir() or out.suffix != ".jsonl":
        raise ConfigError(f"--out must be a .jsonl file, not {args.out}")
    tally = convert_file(args.source, args.file, limit=args.limit, skip_broken=args.skip_broken)
    write_jsonl(rejects_path(out), (one.to_dict() for one in tally.rejections))
    write_jsonl(out, (example.to_dict() for example in tally.examples))
    report(tally, out)
    return 0


def rejects_path(out: Path) -> Path:
    """``X.rejects.jsonl`` beside ``X.jsonl``."""
    return out.with_name(out.stem + ".rejects.jsonl")


def run_build(args: argparse.Namespace) -> int:
    """Make a training set."""
    recipe = load_recipe([args.recipe], build_overrides(args))
    if args.dry_run:
        print_recipe(recipe)
    else:
        refuse_existing(recipe.out, args.overwrite)
        require("data", "pyarrow.parquet", "the training set is written as parquet")
    done = prepare(recipe, note)
    if not args.dry_run:
        write_folder(done, recipe.out, overwrite=args.overwrite)
    report(done.tally(), None if args.dry_run else Path(recipe.out))
    return 0


def build_overrides(args: argparse.Namespace) -> list[str]:
    """The options of the command line as overrides of the recipe."""
    given = list(args.words)
    if args.out:
        given.append(f"out={json.dumps(args.out)}")
    if args.skip_broken:
        given.append("skip_broken=true")
    return given


def print_recipe(recipe: DataRecipe) -> None:
    """The resolved recipe."""
    from toolrl.config import to_yaml

    print(to_yaml(recipe), end="")


def report(tally: Tally, out: Path | None) -> None:
    """Reasons on standard error, the counts as the last line of standard output."""
    for reason, count in tally.reasons().most_common():
        note(f"left out {count}: {reason}")
    note(f"written: {out}" if out else "nothing written (dry run)")
    print(json.dumps(tally.counts()))


def note(line: str) -> None:
    """A line about progress."""
    print(line, file=sys.stderr)
