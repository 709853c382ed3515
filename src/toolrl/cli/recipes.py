"""What every command with a recipe takes: files left to right, then ``key=value``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence


def add_recipe_arguments(
    parser: argparse.ArgumentParser,
    dry_run: str = "print the resolved recipe, every key with its value, and stop",
) -> None:
    """``RECIPE… [key=value…] [--dry-run]``."""
    parser.add_argument(
        "words",
        nargs="+",
        metavar="RECIPE|key=value",
        help="YAML files, merged left to right, then overrides such as trainer.max_steps=10",
    )
    parser.add_argument("--dry-run", action="store_true", help=dry_run)


def split_recipe(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Files and overrides apart.

    Example:
        >>> split_recipe(["a.yaml", "seed=1"])
        (['a.yaml'], ['seed=1'])
    """
    files = [word for word in words if "=" not in word]
    return files, [word for word in words if "=" in word]


OPTIONS = {
    "model": "model",
    "output": "out",
    "prompt": "prompt",
    "base_url": "base_url",
    "limit": "limit",
}
"""By key, the option that sets it."""


def said(args: argparse.Namespace) -> list[str]:
    """What an evaluation's options say, as overrides: ``--out X`` is ``output=X``.

    Example:
        >>> said(argparse.Namespace(model="gold", out=None, limit=3))
        ['model="gold"', 'limit=3']
    """
    given = {key: getattr(args, option, None) for key, option in OPTIONS.items()}
    return [f"{key}={json.dumps(value)}" for key, value in given.items() if value is not None]
