"""Find runs and read them: trainings, evaluations, and the arms they belong to."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolrl.errors import NotFoundError
from toolrl.runs import CONFIG, METRICS, PROVENANCE, SAMPLES, SCORES, read_lines

STUDY = "study.json"
RESULTS = "results.json"

ITEM = b'{"item": '
"""How the lines of benchmarks begin."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class RunFolder:
    """One run.

    Attributes:
        path: its folder.
        label: how it is called on the page.
        arm: of a study; a run on its own is an arm of its label.
        of_study: whether it belongs to one.
        metrics: a training's steps so far; empty for an evaluation.
        scores: ``scores.json``, empty if there is none yet.
    """

    path: Path
    label: str
    arm: str
    of_study: bool
    metrics: list[Row]
    scores: dict[str, Any]

    @property
    def is_training(self) -> bool:
        """Whether it has steps."""
        return bool(self.metrics)

    @property
    def benchmark(self) -> str:
        """Which one a finished run is of; empty where it is of none."""
        return self.scores.get("benchmark", "")

    @property
    def choice(self) -> Row:
        """Which format was used and why, from the provenance; empty for older runs."""
        return read_json(self.path / PROVENANCE).get("format", {})

    @property
    def finished(self) -> bool:
        """Whether a training has its model, or had it; an evaluation its scores."""
        if not self.is_training:
            return "reward" in self.scores or "overall" in self.scores
        measured = self.of_study and (self.path.parent / "eval" / SCORES).exists()
        return measured or (self.path / "model").exists()

    def samples(self, most: int) -> tuple[dict[int, Row], int]:
        """Row number to answer, ``most`` of them at random but always the same, and the count."""
        path = self.path / SAMPLES
        if not path.exists():
            return {}, 0
        places = places_of(path)
        n = len(places)
        chosen = set(places if n <= most else random.Random(0).sample(places, most))
        with path.open("rb") as lines:
            return {i: read_row(line) for i, line in enumerate(lines) if i in chosen}, n


@dataclass(frozen=True)
class Gathered:
    """What a page is made of.

    Attributes:
        runs: all of them.
        arms: studies' arms by name, in their order; empty without a study.
        results: figures of the arms that are measured.
        missing: arm to its seeds that are not.
    """

    runs: list[RunFolder]
    arms: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, list[int]] = field(default_factory=dict)


def gather(folders: Sequence[str | Path]) -> Gathered:
    """Read run folders, study folders, and folders that hold some.

    Raises:
        NotFoundError: a folder that is and holds neither.
    """
    paths = list(dict.fromkeys(found for folder in folders for found in found_in(Path(folder))))
    names = short_names(paths)
    studies = [path for path in paths if is_study(path)]
    found = Gathered([])
    for path in paths:
        if path in studies:
            add_study(found, path, f"{names[path]}: " if len(studies) > 1 else "")
        else:
            found.runs.append(read_run(path, names[path], names[path], of_study=False))
    return found


def found_in(folder: Path) -> list[Path]:
    """The folder itself, if it is a run or a study; else those below it, oldest first.

    Below a folder only what has a ``provenance.json`` is a run: other things have a
    ``config.yaml``, too. Hidden folders are passed over.

    Raises:
        NotFoundError: there is none.
    """
    if is_study(folder) or is_run(folder):
        return [folder]
    found = []
    for place, names, _ in os.walk(folder):
        path = Path(place)
        if is_study(path) or (is_run(path) and (path / PROVENANCE).exists()):
            found.append(path)
            names.clear()
        names[:] = sorted(name for name in names if not name.startswith("."))
    if not found:
        raise NotFoundError(
            f"{folder} is no run and no study, and holds none: no {CONFIG} and no {STUDY} in it; "
            "give a folder made by toolrl train, eval, study or quickstart"
        )
    return sorted(found, key=age)


def age(folder: Path) -> tuple[str, int, str]:
    """When a run was begun, as text that can be compared; studies come first."""
    path = folder / PROVENANCE
    if not path.exists():
        return "", 0, str(folder)
    return read_json(path).get("time", ""), path.stat().st_mtime_ns, str(folder)


def is_study(folder: Path) -> bool:
    """Whether a folder is a study's."""
    return (folder / STUDY).exists()


def short_names(paths: Sequence[Path]) -> dict[Path, str]:
    """What tells several folders apart: their paths below the folder that holds them all.

    Example:
        >>> list(short_names([Path("runs/a/eval"), Path("runs/b/eval")]).values())
        ['a/eval', 'b/eval']
    """
    if len(set(paths)) < 2:
        return {path: str(path) for path in paths}
    try:
        shared = os.path.commonpath([path.absolute() for path in paths])
    except ValueError:  # no folder holds all: they are on several drives
        return {path: path.absolute().as_posix() for path in paths}
    below = {path: os.path.relpath(path.absolute(), shared) for path in paths}
    names = {path: str(path) if name == "." else name for path, name in below.items()}
    return {path: Path(name).as_posix() for path, name in names.items()}


def add_study(found: Gathered, folder: Path, prefix: str) -> None:
    """Runs that have begun, in the order of the arms; names begin with the prefix."""
    arms = read_json(folder / STUDY)["arms"]
    results = read_json(folder / RESULTS)
    for name, arm in arms.items():
        against = [prefix + other for other in arm["against"]]
        found.arms[prefix + name] = arm | {"against": against}
        if name in results.get("arms", {}):
            figures = results["arms"][name]
            gains = {prefix + other: gain for other, gain in figures["differences"].items()}
            found.results[prefix + name] = figures | {"differences": gains}
        if name in results.get("missing", {}):
            found.missing[prefix + name] = results["missing"][name]
        for part in sorted((folder / name).glob("seed-*/*")):
            if is_run(part):
                seed = part.parent.name.removeprefix("seed-")
                label = f"{prefix}{name}, seed {seed}, {part.name}"
                found.runs.append(read_run(part, label, prefix + name, of_study=True))


def is_run(folder: Path) -> bool:
    """Whether a folder has something of a run in it."""
    return any((folder / name).exists() for name in (CONFIG, METRICS, SAMPLES, SCORES))


def read_run(folder: Path, label: str, arm: str, *, of_study: bool) -> RunFolder:
    """One run, finished or not."""
    path = folder / METRICS
    metrics = list(read_lines(path)) if path.exists() else []
    return RunFolder(folder, label, arm, of_study, metrics, read_json(folder / SCORES))


def places_of(path: Path) -> list[int]:
    """Places of the lines of ``samples.jsonl`` that count.

    The last one, of a benchmark's items that failed and were asked again.
    """
    with path.open("rb") as lines:
        whole = [(i, line) for i, line in enumerate(lines) if line.endswith(b"\n")]
    if not whole or not whole[0][1].startswith(ITEM):
        return [i for i, _ in whole]
    last = {line[: line.index(b",")]: i for i, line in whole}
    return sorted(last.values())


def read_row(line: bytes) -> Row:
    """One answer; what is no number in JSON, and would not be in the page, is null."""
    return json.loads(line, parse_constant=lambda name: None)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
