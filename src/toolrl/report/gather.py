"""Find runs and read them: trainings, evaluations, and the arms they belong to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolrl.errors import NotFoundError
from toolrl.runs import CONFIG, METRICS, SAMPLES, SCORES, read_lines

STUDY = "study.json"
RESULTS = "results.json"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class RunFolder:
    """One run.

    Attributes:
        path: its folder.
        label: how it is called on the page.
        arm, seed: of a study; a run on its own is an arm of its label.
        metrics: a training's steps so far; empty for an evaluation.
        scores: ``scores.json``, empty if there is none yet.
    """

    path: Path
    label: str
    arm: str
    seed: str
    metrics: list[Row]
    scores: dict[str, Any]

    @property
    def is_training(self) -> bool:
        """Whether it has steps."""
        return bool(self.metrics)

    def samples(self) -> list[Row]:
        """Answers that were written so far."""
        path = self.path / SAMPLES
        return list(read_lines(path)) if path.exists() else []


@dataclass(frozen=True)
class Gathered:
    """What a page is made of.

    Attributes:
        runs: all of them.
        arms: a study's arms by name, in its order; empty without a study.
        results: a study's figures, of the arms that are complete.
    """

    runs: list[RunFolder]
    arms: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)


def gather(folders: Sequence[str | Path]) -> Gathered:
    """Read run folders and study folders.

    Raises:
        NotFoundError: a folder that is neither.
    """
    runs: list[RunFolder] = []
    arms: dict[str, Any] = {}
    results: dict[str, Any] = {}
    for folder in map(Path, folders):
        if (folder / STUDY).exists():
            arms |= read_json(folder / STUDY)["arms"]
            results |= read_json(folder / RESULTS).get("arms", {})
            runs += runs_of_study(folder, arms)
        elif is_run(folder):
            runs.append(read_run(folder, str(folder), str(folder), ""))
        else:
            raise NotFoundError(
                f"{folder} is no run and no study: it has neither {CONFIG} nor {STUDY}; give a "
                "folder made by toolrl train, eval, study or quickstart's stages"
            )
    return Gathered(runs, arms, results)


def is_run(folder: Path) -> bool:
    """Whether a folder has something of a run in it."""
    return any((folder / name).exists() for name in (CONFIG, METRICS, SAMPLES, SCORES))


def runs_of_study(folder: Path, arms: Mapping[str, Any]) -> list[RunFolder]:
    """Runs that have begun, in the order of the arms."""
    found = []
    for arm in arms:
        for part in sorted((folder / arm).glob("seed-*/*")):
            if is_run(part):
                seed = part.parent.name.removeprefix("seed-")
                label = f"{arm}, seed {seed}, {part.name}"
                found.append(read_run(part, label, arm, seed))
    return found


def read_run(folder: Path, label: str, arm: str, seed: str) -> RunFolder:
    """One run, finished or not."""
    path = folder / METRICS
    metrics = list(read_lines(path)) if path.exists() else []
    return RunFolder(folder, label, arm, seed, metrics, read_json(folder / SCORES))


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
