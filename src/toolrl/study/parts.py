"""A study's parts: trainings and evaluations, which of them are done, how long they take."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from toolrl.runs import SCORES, Run, read_lines
from toolrl.study.config import Cell, Study

TIMES = "times.jsonl"


@dataclass(frozen=True)
class Part:
    """The training or the evaluation of a cell."""

    cell: Cell
    kind: str

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.cell.arm}, seed {self.cell.seed}"

    @property
    def label(self) -> str:
        """What kind of work it is, for estimates."""
        return self.cell.method if self.kind == "train" else "eval"

    @property
    def done(self) -> bool:
        """An evaluation has its scores; a training its model, or an evaluation of it."""
        return measured(self.cell) or (self.kind == "train" and has_model(self.cell))


def has_model(cell: Cell) -> bool:
    """Whether the cell's trained model is there."""
    return (cell.folder / "train" / "model").exists()


def measured(cell: Cell) -> bool:
    """Whether the cell's evaluation is complete."""
    path = cell.folder / "eval" / SCORES
    return path.exists() and "reward" in json.loads(path.read_text(encoding="utf-8"))


def parts_of(study: Study) -> list[Part]:
    """All work, in order."""
    kinds = [(cell, kind) for cell in study.cells for kind in ("train", "eval")]
    return [Part(cell, kind) for cell, kind in kinds if kind == "eval" or cell.train]


@dataclass(frozen=True)
class Times:
    """Minutes that parts took, and so will take."""

    run: Run
    rows: Sequence[dict]

    @classmethod
    def of(cls, folder: Path) -> Times:
        """Those of a study's folder."""
        path = folder / TIMES
        return cls(Run(folder), list(read_lines(path)) if path.exists() else [])

    def add(self, part: Part, seconds: float) -> None:
        """Remember a part; one that was begun before counts less than it took, which is little."""
        row = {"arm": part.cell.arm, "seed": part.cell.seed, "label": part.label}
        self.run.append(TIMES, row | {"minutes": round(seconds / 60, 3)})

    def expected(self, parts: Sequence[Part]) -> float:
        """Minutes for some parts: of the same arm, else of the same kind, else of any."""
        return sum(self.one(part) for part in parts)

    def one(self, part: Part) -> float:
        """Minutes for one part; 0 where nothing is known yet."""
        same = [row for row in self.rows if row["label"] == part.label]
        for rows in ([row for row in same if row["arm"] == part.cell.arm], same, self.rows):
            if rows:
                return fmean(row["minutes"] for row in rows)
        return 0.0
