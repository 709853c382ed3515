"""BFCL's own package: its data, tool classes and checkers, without the rest of what it asks for.

The wheel asks for 32 packages (an old numpy among them) that its data, tool classes and checkers
never touch, so it is installed without them. Of what it has, nothing that evaluates model text as
code is called: not its executor, not its decoders.
"""

from __future__ import annotations

import importlib
import json
import os
from functools import cache
from importlib import metadata, util
from pathlib import Path
from types import ModuleType
from typing import Any

from toolrl.errors import MissingExtraError
from toolrl.models.builtin import cache_folder

VERSION = "2026.3.23"
PREFIX = "BFCL_v4"
INSTALL = f"pip install --no-deps bfcl-eval=={VERSION} && pip install 'toolrl[bfcl]'"


@cache
def folder() -> Path:
    """Where the package lies.

    Raises:
        MissingExtraError: it is not installed, or in another version; the message has the line.
    """
    try:
        version = metadata.version("bfcl-eval")
    except metadata.PackageNotFoundError:
        raise MissingExtraError(f"bfcl-eval is not installed; run: {INSTALL}") from None
    if version != VERSION:
        raise MissingExtraError(
            f"bfcl-eval is {version} here, and figures are comparable only with {VERSION}; "
            f"run: {INSTALL}"
        )
    return Path(util.find_spec("bfcl_eval").submodule_search_locations[0])


def module(name: str) -> ModuleType:
    """A module of the package, for example ``"constants.type_mappings"``.

    Raises:
        MissingExtraError: the package, or something that this module needs, is not installed.
    """
    folder()
    # Some modules make folders for results when they are imported; by default beside the package.
    os.environ.setdefault("BFCL_PROJECT_ROOT", str(cache_folder() / "bfcl"))
    try:
        return importlib.import_module(f"bfcl_eval.{name}")
    except ImportError as error:
        raise MissingExtraError(f"{error.name} is not installed; run: {INSTALL}") from None


def rows(place: str) -> list[dict[str, Any]]:
    """A file of JSON lines below the package's ``data``, read anew each time."""
    text = (folder() / "data" / place).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]
