"""Checkpoints that survive a kill: one counts only once its marker file is in it."""

from __future__ import annotations

import shutil
from pathlib import Path

MARKER = "complete"
PREFIX = "checkpoint-"


def checkpoint(run: Path, step: int) -> Path:
    """The folder of a step's checkpoint."""
    return run / f"{PREFIX}{step}"


def mark_complete(run: Path, step: int) -> None:
    """Say that the checkpoint of ``step`` is whole; call it after everything is written."""
    (checkpoint(run, step) / MARKER).touch()


def last_complete(run: Path) -> Path | None:
    """The newest whole checkpoint, or None; half-written newer ones are removed."""
    found = sorted(run.glob(f"{PREFIX}[0-9]*"), key=step_of, reverse=True)
    for folder in found:
        if (folder / MARKER).exists():
            return folder
        shutil.rmtree(folder)
    return None


def step_of(folder: Path) -> int:
    """Step number of a checkpoint folder."""
    return int(folder.name.removeprefix(PREFIX))


def remove_all(run: Path) -> None:
    """Delete checkpoints: the finished run keeps its final model only."""
    for folder in run.glob(f"{PREFIX}[0-9]*"):
        shutil.rmtree(folder)
