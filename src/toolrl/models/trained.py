"""What a trained model's folder says of it, and the format that is taken from there.

A model that learned one format and is asked in another answers far worse, and nothing shows it. So
training writes ``toolrl.json`` beside the weights, and whatever loads a model looks there.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from toolrl.errors import DataError
from toolrl.files import write_whole
from toolrl.formats import FORMAT_NAMES
from toolrl.runs import installed

LOG = logging.getLogger(__name__)

FILE = "toolrl.json"
DEFAULT = "paper"
"""The format of a model that says none."""

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Trained:
    """How a model was trained.

    Attributes:
        format: of its prompts and answers.
        reward: the preset that scored them.
        method: ``sft``, ``grpo``, ``rloo`` or ``ppo``.
        base: the model that training began with.
        recipe: all settings.
        toolrl: the version that trained it.
    """

    format: str
    reward: str
    method: str
    base: str
    recipe: Mapping[str, Any] = field(default_factory=dict)
    toolrl: str | None = field(default_factory=lambda: installed("toolrl"))


def write_trained(folder: Path, made: Trained) -> None:
    """Write ``toolrl.json`` into a folder of weights."""
    text = json.dumps(asdict(made), indent=2, ensure_ascii=False, default=str)
    write_whole(folder / FILE, text + "\n")


def trained_format(model: str) -> str | None:
    """The format that a model's folder names; None where it has no ``toolrl.json``.

    Raises:
        DataError: the file is damaged, or names a format that is not known here.
    """
    path = Path(model) / FILE
    if not path.is_file():
        return None
    try:
        name = json.loads(path.read_text(encoding="utf-8"))["format"]
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{path} is not what training wrote; mend or delete it") from None
    if name not in FORMAT_NAMES:
        raise DataError(
            f"{path}: no format is named {name!r} here (known: {', '.join(FORMAT_NAMES)}); use the "
            "version of toolrl that trained the model"
        )
    return name


@dataclass(frozen=True)
class Choice:
    """The format that a model is asked in.

    Attributes:
        name: of the format, or of a benchmark's prompt.
        why: ``asked for``, ``the model's own`` or ``default``.
        own: the format that the model was trained in, if it says one.
    """

    name: str
    why: str
    own: str | None

    def say(self, model: str) -> None:
        """A line, where the model is asked in another format than its own."""
        if self.own not in (None, self.name):
            LOG.warning(
                "%s was trained in format %r, and %r is asked for: figures in another format say "
                "little of it",
                model, self.own, self.name,
            )  # fmt: skip

    def note(self) -> dict[str, Any]:
        """For a run's provenance."""
        return {"format": asdict(self)}


def choose_format(model: str, asked: str | None) -> Choice:
    """What is asked for, else the model's own, else ``paper``.

    Example:
        >>> choose_format("owner/name", None)
        Choice(name='paper', why='default', own=None)
    """
    own = trained_format(model)
    if asked is not None:
        return Choice(asked, "asked for", own)
    return Choice(own, "the model's own", own) if own else Choice(DEFAULT, "default", None)


def settle(config: Settings, key: str = "format") -> tuple[Settings, Choice]:
    """Settings whose format is no longer open, and how it was chosen.

    Args:
        config: a dataclass with a ``model``.
        key: the field that says the format; None in it is open.
    """
    choice = choose_format(config.model, getattr(config, key))  # type: ignore[attr-defined]
    return replace(config, **{key: choice.name}), choice  # type: ignore[type-var]
