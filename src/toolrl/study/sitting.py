"""A sitting at a study: what is waiting, what is running, what comes next."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from pathlib import Path

from toolrl.errors import first_line
from toolrl.evals.heldout import evaluate_heldout
from toolrl.study.config import Study
from toolrl.study.parts import Part, Times, has_model, parts_of
from toolrl.train.methods import trainer_of


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
