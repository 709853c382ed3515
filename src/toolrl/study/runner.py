"""Run a study's cells, one or several at a time; what is done is not done again."""

from __future__ import annotations

import gc
import json
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from toolrl.config import build, read_yaml
from toolrl.errors import (
    ConfigError,
    NotFoundError,
    RunExistsError,
    StoppedError,
    first_line,
)
from toolrl.evals.heldout import evaluate_heldout, heldout_examples
from toolrl.models.resolve import resolve_model
from toolrl.rewards import load_reward, refuse_moving
from toolrl.runs import CONFIG, SCORES, Run, read_lines, write_whole
from toolrl.study.config import ArmConfig, Cell, Study
from toolrl.study.workers import workers
from toolrl.train.checkpoints import remove_all
from toolrl.train.examples import load_examples
from toolrl.train.methods import check_recipe, trainer_of

TIMES = "times.jsonl"
RECIPE = "study.json"


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


def check_study(study: Study) -> None:
    """Find mistakes before the first minute of work.

    Raises:
        ToolRLError: a leaf of it.
    """
    resolve_model(study.config.model)
    first = {cell.arm: cell for cell in reversed(study.cells)}  # seeds differ in nothing to check
    for cell in first.values():
        heldout_examples(cell.eval)
        refuse_moving(load_reward(cell.eval.reward, format_name=cell.eval.format))
        if cell.train:
            load_examples(cell.train.data, cell.train.seed)
            check_recipe(cell.method, cell.train)
    for cell in study.cells:
        check_unchanged(cell)
        check_start(study, cell)


def check_unchanged(cell: Cell) -> None:
    """Refuse to show figures of another recipe under this one's name.

    Raises:
        RunExistsError: the cell, or a part of it, was run by another recipe.
    """
    for kind, config in (("train", cell.train), ("eval", cell.eval)):
        path = cell.folder / kind / CONFIG
        if config is None or not path.exists():
            continue
        before = build(type(config), read_yaml(path), str(path))  # newer keys take their defaults
        changed = [key for key, value in vars(config).items() if getattr(before, key) != value]
        if changed:
            raise RunExistsError(
                f"{path.parent} was made with another recipe ({', '.join(changed)} differ); delete "
                f"{cell.folder} to run it anew, or choose another output"
            )


def check_start(study: Study, cell: Cell) -> None:
    """A start that is measured and whose model is deleted can't be started from.

    Raises:
        NotFoundError: it is, and the cell still needs it.
    """
    start = study.start_of(cell)
    if start is None or measured(cell) or has_model(cell):
        return
    if measured(start) and not has_model(start):
        raise NotFoundError(
            f"arm '{cell.arm}' starts from the model of '{start.arm}', which was deleted when it "
            f"was measured (keep_models: false); delete {start.folder} to train it anew"
        )


def run_study(
    study: Study,
    *,
    minutes: float | None = None,
    jobs: int = 1,
    say: Callable[[str], None],
    on_progress: Callable[[int, int], None] | None = None,
    on_measured: Callable[[], None] = lambda: None,
) -> bool:
    """Do what is missing; returns whether everything is done.

    Args:
        study: from :func:`toolrl.study.config.load_study`.
        minutes: begin no part that is not expected to end within them; None is no limit.
        jobs: parts at a time; more than one are worked on in processes of their own.
        say: shows a headline.
        on_progress: of an evaluation, see :func:`toolrl.evals.heldout.evaluate_heldout`.
        on_measured: called after every evaluation.

    Raises:
        ToolRLError: a leaf of it; what ran beside the part that failed is ended first.
    """
    check_sitting(minutes, jobs)
    folder = Path(study.config.output)
    folder.mkdir(parents=True, exist_ok=True)
    write_recipe(study, folder)
    for cell in study.cells:
        clean_up(study, cell)
    sitting = Sitting(study, folder, minutes, jobs, say)
    if jobs > 1:
        say(f"{jobs} at a time; how each goes is in {folder}/worker-1.log to worker-{jobs}.log")
    try:
        with workers(jobs, folder) as pool:
            while sitting.begin(lambda part: pool.submit(timed, part, on_progress)):
                for part in sitting.take():
                    clean_up(study, part.cell)
                    if part.kind == "eval":
                        on_measured()
    except BrokenExecutor:
        raise StoppedError(
            "a worker was ended from outside (too little memory?); the same command goes on, with "
            "fewer --jobs if need be"
        ) from None
    if sitting.error:
        raise sitting.error
    return not sitting.waiting


def check_sitting(minutes: float | None, jobs: int) -> None:
    """Refuse a sitting that is none.

    Raises:
        ConfigError: no time, or no worker.
    """
    if minutes is not None and minutes <= 0:
        raise ConfigError(f"--minutes must be above 0, not {minutes:g}")
    if jobs < 1:
        raise ConfigError(f"--jobs must be 1 or more, not {jobs}")


class Sitting:
    """What is waiting, what is running, and how long it has taken so far.

    Attributes:
        waiting: parts that nobody works on yet, in order.
        error: the first one of a part; nothing is begun after it.
    """

    def __init__(
        self,
        study: Study,
        folder: Path,
        minutes: float | None,
        jobs: int,
        say: Callable[[str], None],
    ) -> None:
        self.study, self.folder, self.minutes, self.jobs, self.say = (
            study, folder, minutes, jobs, say,
        )  # fmt: skip
        self.parts = parts_of(study)
        self.waiting = [part for part in self.parts if not part.done]
        self.running: dict[Future[float], Part] = {}
        self.started = time.monotonic()
        self.error: Exception | None = None
        self.over = False

    def begin(self, submit: Callable[[Part], Future[float]]) -> bool:
        """Begin as many parts as there is room for; returns whether anything is running."""
        while not (self.over or self.error) and len(self.running) < self.jobs:
            part = next((part for part in self.waiting if self.ready(part)), None)
            if part is None:
                break
            times = Times.of(self.folder)
            left = times.expected([*self.waiting, *self.running.values()]) / self.jobs
            spent = (time.monotonic() - self.started) / 60
            if self.minutes is not None and spent + times.expected([part]) > self.minutes:
                self.over = True
                ending = f"the same command goes on ({left:.0f} left)"
                self.say(f"stopped after {spent:.0f} minutes; {ending}")
                break
            about = f", about {left:.0f} minutes left" if left else ""
            number = self.parts.index(part) + 1
            self.say(f"[{number}/{len(self.parts)}] {part.name}: {part.label}{about}")
            self.waiting.remove(part)
            self.running[submit(part)] = part
        return bool(self.running)

    def take(self) -> list[Part]:
        """Wait for parts that end; returns those that ended well, their times remembered."""
        ended = wait(self.running, return_when=FIRST_COMPLETED).done
        well = []
        for future in ended:
            part = self.running.pop(future)
            try:
                Times.of(self.folder).add(part, future.result())
                well.append(part)
            except BrokenExecutor:
                raise
            except Exception as error:  # noqa: BLE001 - raised when what runs beside it has ended
                self.error = self.error or error
                self.say(f"{part.name} failed: {first_line(error)}")
        return well

    def ready(self, part: Part) -> bool:
        """Whether what a part needs is there: an evaluation its model, a training its start."""
        if part.kind == "eval":
            return part.cell.train is None or has_model(part.cell)
        start = self.study.start_of(part.cell)
        return start is None or has_model(start)


def timed(part: Part, on_progress: Callable[[int, int], None] | None) -> float:
    """Do a part; returns the seconds that it took."""
    begun = time.monotonic()
    do_part(part, on_progress)
    gc.collect()  # trainers hold themselves in circles, each with a model
    return time.monotonic() - begun


def do_part(part: Part, on_progress: Callable[[int, int], None] | None) -> None:
    """Train or evaluate, from where it was left."""
    if part.kind == "train":
        trainer_of(part.cell.method)(part.cell.train, resume=True)
    else:
        evaluate_heldout(part.cell.eval, resume=True, on_progress=on_progress)


def clean_up(study: Study, cell: Cell) -> None:
    """Delete what is not needed any more: checkpoints, and a model if the study says so."""
    needed = study.config.keep_models or study.started_from(cell.arm)
    if not needed and measured(cell):
        shutil.rmtree(cell.folder / "train" / "model", ignore_errors=True)
    if has_model(cell) or measured(cell):  # a kill may have left checkpoints
        remove_all(cell.folder / "train")


def write_recipe(study: Study, folder: Path) -> None:
    """What the report needs to know of the study: its arms, in order."""
    arms = {
        name: {"train": arm.train, "start": arm.start, "against": compared_with(arm),
               "set": arm.set, "note": arm.note, "seeds": study.seeds_of(name)}
        for name, arm in study.arms.items()
    }  # fmt: skip
    text = json.dumps({"model": study.config.model, "arms": arms}, indent=1, ensure_ascii=False)
    write_whole(folder / RECIPE, text + "\n")


def compared_with(arm: ArmConfig) -> list[str]:
    """The arms that an arm's differences are taken from."""
    if arm.against is None:
        return [] if arm.start is None else [arm.start]
    return [arm.against] if isinstance(arm.against, str) else list(arm.against)


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
