"""From what a person writes after ``model:`` to something transformers can load."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from toolrl.errors import ConfigError, NotFoundError, did_you_mean
from toolrl.models.builtin import smollm2_folder

BUILTIN: dict[str, Callable[[], Path]] = {"smollm2-135m": smollm2_folder}
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def resolve_model(name: str) -> str:
    """A local folder, or a hub name left as it is.

    Args:
        name: ``builtin:smollm2-135m``, a folder with ``config.json``, or a hub name
            (``owner/model``).

    Raises:
        ConfigError: an unknown built-in.
        NotFoundError: neither a model folder nor the shape of a hub name.
    """
    if name.startswith("builtin:"):
        return str(resolve_builtin(name.removeprefix("builtin:")))
    folder = Path(name)
    if (folder / "config.json").exists():
        return str(folder)
    if folder.exists():
        raise NotFoundError(
            f"{name} holds no model (no config.json); give the folder of the weights"
        )
    if HUB_NAME.fullmatch(name) and not folder.parent.exists():
        return name
    raise NotFoundError(
        f"model not found: {name}; give a folder with config.json, a hub name as owner/model, or "
        f"builtin:{next(iter(BUILTIN))}"
    )


def resolve_builtin(short: str) -> Path:
    """The folder of a built-in model, converted on first use."""
    if short not in BUILTIN:
        raise ConfigError(f"unknown built-in model '{short}'{did_you_mean(short, BUILTIN)}")
    return BUILTIN[short]()
