"""Run a study's cells, one or several at a time; what is done is not done again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from pathlib import Path

from toolrl.config import differences, plain
from toolrl.errors import ConfigError, NotFoundError, RunExistsError, StoppedError
from toolrl.evals.heldout import heldout_examples
from toolrl.files import write_whole
from toolrl.models.resolve import resolve_model
from toolrl.rewards import load_reward, refuse_moving
from toolrl.runs import CONFIG, locked, with_defaults
from toolrl.study.config import ArmConfig, Cell, Study
from toolrl.study.parts import has_model, measured
from toolrl.study.sitting import Sitting, timed
from toolrl.study.workers import workers
from toolrl.train.checkpoints import remove_all
from toolrl.train.examples import load_examples
from toolrl.train.methods import check_recipe

RECIPE = "study.json"


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
        changed = differences(with_defaults(config, path), plain(config))
        if changed:
            raise RunExistsError(
                f"{path.parent} was made with another recipe ({'; '.join(changed)}); delete "
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
    with locked(folder):
        return sit(study, folder, minutes, jobs, say, on_progress, on_measured)


def sit(
    study: Study,
    folder: Path,
    minutes: float | None,
    jobs: int,
    say: Callable[[str], None],
    on_progress: Callable[[int, int], None] | None,
    on_measured: Callable[[], None],
) -> bool:
    """The work of :func:`run_study`, while no other process is at this study."""
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
