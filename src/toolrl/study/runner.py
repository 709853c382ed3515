"""Run a study's cells one after the other; what is done is not done again."""

from __future__ import annotations

import gc
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from toolrl.errors import ConfigError
from toolrl.evals.heldout import evaluate_heldout, heldout_examples
from toolrl.rewards import load_reward, refuse_moving
from toolrl.runs import SCORES, Run, read_lines, write_whole
from toolrl.study.config import Cell, Study
from toolrl.train.examples import load_examples
from toolrl.train.methods import check_arguments, trainer_of

TIMES = "times.jsonl"
RECIPE = "study.json"


@dataclass(frozen=True)
class Part:
    """The training or the evaluation of a cell."""

    cell: Cell
    kind: str

    @property
    def label(self) -> str:
        """What kind of work it is, for estimates."""
        return self.cell.method if self.kind == "train" else "eval"

    @property
    def done(self) -> bool:
        """An evaluation has its scores; a training its model, or an evaluation of it."""
        if measured(self.cell):
            return True
        return self.kind == "train" and (self.cell.folder / "train" / "model").exists()


def measured(cell: Cell) -> bool:
    """Whether the cell's evaluation is complete."""
    path = cell.folder / "eval" / SCORES
    return path.exists() and "reward" in json.loads(path.read_text(encoding="utf-8"))


def parts_of(study: Study) -> list[Part]:
    """All work, in order."""
    kinds = [(cell, kind) for cell in study.cells for kind in ("train", "eval")]
    return [Part(cell, kind) for cell, kind in kinds if kind == "eval" or cell.train]


def check_study(study: Study) -> None:
    """Find mistakes before the first minute of work.

    Raises:
        ToolRLError: a leaf of it.
    """
    first = {cell.arm: cell for cell in reversed(study.cells)}  # seeds differ in nothing to check
    for cell in first.values():
        heldout_examples(cell.eval)
        refuse_moving(load_reward(cell.eval.reward, format_name=cell.eval.format))
        if cell.train:
            load_examples(cell.train.data, cell.train.seed)
            load_reward(cell.train.reward, format_name=cell.train.format)
            check_arguments(cell.method, cell.train)


def run_study(
    study: Study,
    *,
    minutes: float | None = None,
    say: Callable[[str], None],
    on_progress: Callable[[int, int], None] | None = None,
    on_measured: Callable[[], None] = lambda: None,
) -> bool:
    """Do what is missing; returns whether everything is done.

    Args:
        study: from :func:`toolrl.study.config.load_study`.
        minutes: begin no part that is not expected to end within them; None is no limit.
        say: shows a headline.
        on_progress: of an evaluation, see :func:`toolrl.evals.heldout.evaluate_heldout`.
        on_measured: called after every evaluation.
    """
    if minutes is not None and minutes <= 0:
        raise ConfigError(f"--minutes must be above 0, not {minutes:g}")
    folder = Path(study.config.output)
    folder.mkdir(parents=True, exist_ok=True)
    write_recipe(study, folder)
    parts, started = parts_of(study), time.monotonic()
    for number, part in enumerate(parts, start=1):
        if part.done:
            clean_up(study, part.cell)
            continue
        times = Times.of(folder)
        left = times.expected([p for p in parts if not p.done])
        spent = (time.monotonic() - started) / 60
        if minutes is not None and spent + times.expected([part]) > minutes:
            say(f"stopped after {spent:.0f} minutes; the same command goes on ({left:.0f} left)")
            return False
        about = f", about {left:.0f} minutes left" if left else ""
        say(f"[{number}/{len(parts)}] {part.cell.arm}, seed {part.cell.seed}: {part.label}{about}")
        begun = time.monotonic()
        do_part(part, on_progress)
        gc.collect()  # trainers hold themselves in circles, each with a model
        times.add(part, time.monotonic() - begun)
        clean_up(study, part.cell)
        if part.kind == "eval":
            on_measured()
    return True


def do_part(part: Part, on_progress: Callable[[int, int], None] | None) -> None:
    """Train or evaluate, from where it was left."""
    if part.kind == "train":
        trainer_of(part.cell.method)(part.cell.train, resume=True)
    else:
        evaluate_heldout(part.cell.eval, resume=True, on_progress=on_progress)


def clean_up(study: Study, cell: Cell) -> None:
    """Delete a model that is measured and that no arm starts from, if the study says so."""
    needed = study.config.keep_models or study.started_from(cell.arm)
    if not needed and measured(cell):
        shutil.rmtree(cell.folder / "train" / "model", ignore_errors=True)


def write_recipe(study: Study, folder: Path) -> None:
    """What the report needs to know of the study: its arms, in order."""
    arms = {
        name: {"train": arm.train, "start": arm.start, "against": compared_with(study, name),
               "set": arm.set, "note": arm.note, "seeds": study.seeds_of(name)}
        for name, arm in study.arms.items()
    }  # fmt: skip
    text = json.dumps({"model": study.config.model, "arms": arms}, indent=1, ensure_ascii=False)
    write_whole(folder / RECIPE, text + "\n")


def compared_with(study: Study, name: str) -> str | None:
    """The arm that an arm's difference is taken from."""
    arm = study.arms[name]
    return arm.against or arm.start


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
