"""The recipe of a study, and its arms resolved to training and evaluation recipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from toolrl.config import build, load_config, merge
from toolrl.errors import ConfigError, did_you_mean
from toolrl.evals.heldout import HeldoutConfig
from toolrl.models.trained import choose_format
from toolrl.train.config import TrainConfig
from toolrl.train.methods import METHODS


@dataclass(frozen=True)
class ArmConfig:
    """One line of the study's table.

    Attributes:
        train: a method (``sft``, ``grpo``, ``rloo``, ``ppo``); None measures the start as it is.
        start: the arm whose model, of the same seed, it starts from; None is the study's model.
        set: keys laid on the method's recipe, for this arm alone.
        seeds: its own; empty takes the study's.
        against: the arm, or arms, it is compared with, task by task; None is its start.
        note: what a reader of the table should know.
    """

    train: str | None = None
    start: str | None = None
    set: dict[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    against: str | tuple[str, ...] | None = None
    note: str = ""


@dataclass(frozen=True)
class QuickConfig:
    """What ``--quick`` changes: fewer arms, fewer seeds, keys laid on every training recipe."""

    arms: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (1,)
    set: dict[str, Any] = field(default_factory=dict)
    eval: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StudyConfig:
    """A study.

    Attributes:
        output: its folder; a run is ``<output>/<arm>/seed-<seed>/train``, its evaluation beside it.
        model: what arms without a start begin with.
        arms: name to :class:`ArmConfig`, in the table's order.
        seeds: of training; evaluation tasks are the same for all.
        common: keys of every training recipe.
        sft, grpo, rloo, ppo: keys of each method's recipe, laid on the common ones.
        eval: keys of the evaluation; the format is each arm's own: what its recipe says, else what
            the model that it starts from was trained in.
        keep_models: False deletes a trained model once it is measured and no arm starts from it.
        quick: see :class:`QuickConfig`.
    """

    output: str
    model: str
    arms: dict[str, Any]
    seeds: tuple[int, ...] = (1,)
    common: dict[str, Any] = field(default_factory=dict)
    sft: dict[str, Any] = field(default_factory=dict)
    grpo: dict[str, Any] = field(default_factory=dict)
    rloo: dict[str, Any] = field(default_factory=dict)
    ppo: dict[str, Any] = field(default_factory=dict)
    eval: dict[str, Any] = field(default_factory=dict)
    keep_models: bool = True
    quick: QuickConfig = field(default_factory=QuickConfig)


@dataclass(frozen=True)
class Cell:
    """One arm with one seed.

    Attributes:
        arm, seed: which.
        method: how it is trained; None where it is not.
        train: the training recipe, if it is trained.
        eval: the evaluation recipe.
    """

    arm: str
    seed: int
    method: str | None
    train: TrainConfig | None
    eval: HeldoutConfig

    @property
    def folder(self) -> Path:
        """Of the cell."""
        return Path(self.eval.output).parent


@dataclass(frozen=True)
class Study:
    """A study that was checked.

    Attributes:
        config: as given, with ``--quick`` worked in.
        arms: name to arm, in the table's order.
        cells: in the order of running: seed by seed, a start before what starts from it.
    """

    config: StudyConfig
    arms: dict[str, ArmConfig]
    cells: list[Cell]

    def seeds_of(self, arm: str) -> list[int]:
        """Seeds that an arm is run with."""
        return [cell.seed for cell in self.cells if cell.arm == arm]

    def start_of(self, cell: Cell) -> Cell | None:
        """The cell whose trained model another one starts from; None where it is no arm's."""
        start = self.arms[cell.arm].start
        if start is None or self.arms[start].train is None:
            return None
        return next(one for one in self.cells if (one.arm, one.seed) == (start, cell.seed))

    def started_from(self, arm: str) -> bool:
        """Whether another arm needs this one's model."""
        return any(other.start == arm for other in self.arms.values())


def load_study(
    files: Sequence[str | Path], overrides: Sequence[str] = (), *, quick: bool = False
) -> Study:
    """Read a recipe and resolve every arm.

    Raises:
        ConfigError: a mistake anywhere in it; the message names the key.
    """
    config = load_config(StudyConfig, files, overrides)
    where = " + ".join(map(str, files))
    arms = {
        str(name): build(ArmConfig, mapping(value, where, name), where, f"arms.{name}.")
        for name, value in config.arms.items()
    }
    if quick:
        config, arms = shortened(config, arms)
    check_arms(arms, where)
    cells = [
        resolve(config, arms, name, seed, where)
        for seed in ordered_seeds(config, arms)
        for name in in_order(arms)
        if seed in seeds_of(config, arms, name)
    ]
    return Study(config, arms, cells)


def mapping(value: Any, where: str, name: str) -> Mapping[str, Any]:
    """An arm's keys."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: 'arms.{name}' must be a mapping of keys, not {value!r}")
    return value


def shortened(
    config: StudyConfig, arms: dict[str, ArmConfig]
) -> tuple[StudyConfig, dict[str, ArmConfig]]:
    """The study as ``--quick`` wants it, in a folder of its own."""
    quick = config.quick
    if not quick.arms or not quick.seeds:
        raise ConfigError("--quick needs 'quick.arms' and 'quick.seeds' in the recipe; add them")
    for name in quick.arms:
        if name not in arms:
            raise ConfigError(f"'quick.arms' names no arm: {name!r}{did_you_mean(name, arms)}")
    chosen = {name: replace(arm, seeds=()) for name, arm in arms.items() if name in quick.arms}
    recipes = {method: merge(getattr(config, method), quick.set) for method in METHODS}
    config = replace(
        config,
        output=f"{config.output}-quick",
        seeds=quick.seeds,
        eval=merge(config.eval, quick.eval),
        **recipes,
    )
    return config, chosen


def check_arms(arms: Mapping[str, ArmConfig], where: str) -> None:
    """Every name that an arm mentions is there, and no arm starts from itself."""
    if not arms:
        raise ConfigError(f"{where}: there is no arm; add one under 'arms'")
    for name, arm in arms.items():
        if not name.replace("-", "").replace("_", "").isalnum():
            raise ConfigError(
                f"{where}: an arm's name is a folder's, so no {name!r}; use a-z, 0-9, -"
            )
        if arm.train is not None and arm.train not in METHODS:
            raise ConfigError(
                f"{where}: 'arms.{name}.train' is {arm.train!r}{did_you_mean(arm.train, METHODS)}"
            )
        against = (arm.against,) if isinstance(arm.against, str | None) else arm.against
        for key, others in (("start", (arm.start,)), ("against", against)):
            for other in others:
                if other is not None and other not in arms:
                    nearest = did_you_mean(other, arms)
                    raise ConfigError(
                        f"{where}: 'arms.{name}.{key}' names no arm: {other!r}{nearest}"
                    )
        if arm.train is None and (arm.start is not None or set(arm.set) - {"format"}):
            raise ConfigError(
                f"{where}: 'arms.{name}' trains nothing; it can 'set' the format alone, and has no "
                "'start'"
            )
    in_order(arms)


def in_order(arms: Mapping[str, ArmConfig]) -> list[str]:
    """Names, a start before what starts from it; else as they stand."""
    done: list[str] = []
    while len(done) < len(arms):
        ready = [n for n, arm in arms.items() if n not in done and arm.start in (None, *done)]
        if not ready:
            left = ", ".join(n for n in arms if n not in done)
            raise ConfigError(f"arms start from each other in a circle: {left}")
        done.append(ready[0])
    return done


def ordered_seeds(config: StudyConfig, arms: Mapping[str, ArmConfig]) -> list[int]:
    """All seeds, the study's first, each once."""
    own = [seed for arm in arms.values() for seed in arm.seeds]
    return list(dict.fromkeys([*config.seeds, *own]))


def seeds_of(config: StudyConfig, arms: Mapping[str, ArmConfig], name: str) -> Sequence[int]:
    """An arm's seeds. What is not trained is the same with each, so it is measured once."""
    arm = arms[name]
    if not config.seeds:
        raise ConfigError("'seeds' is empty; give one or more")
    if arm.train is None:
        return config.seeds[:1]
    seeds = arm.seeds or config.seeds
    if arm.start is not None and arms[arm.start].train is not None:
        missing = set(seeds) - set(seeds_of(config, arms, arm.start))
        if missing:
            raise ConfigError(
                f"'arms.{name}.seeds': {sorted(missing)} have no start: '{arm.start}' is not run "
                "with them"
            )
    return seeds


def resolve(
    config: StudyConfig, arms: Mapping[str, ArmConfig], name: str, seed: int, where: str
) -> Cell:
    """An arm's recipes for one seed."""
    arm = arms[name]
    folder = Path(config.output) / name / f"seed-{seed}"
    recipe = recipe_of(config, arm)
    for key in ("model", "output", "seed"):
        if key in recipe:
            raise ConfigError(
                f"{where}: '{key}' of arm '{name}' is laid by the study; leave it out"
            )
    model = config.model
    if arm.start is not None and arms[arm.start].train is not None:
        model = str(Path(config.output) / arm.start / f"seed-{seed}" / "train" / "model")
    form = format_of(config, arms, name)
    train = None
    if arm.train:
        places = {"model": model, "output": str(folder / "train"), "seed": seed, "format": form}
        train = build(METHODS[arm.train], recipe | places, f"{where}, arm '{name}'")
        model = str(folder / "train" / "model")
    asked = recipe.get("format") or config.eval.get("format") or form
    places = {"model": model, "output": str(folder / "eval"), "format": asked}
    evaluation = merge(config.eval, places)
    return Cell(name, seed, arm.train, train, build(HeldoutConfig, evaluation, f"{where}, 'eval'"))


def recipe_of(config: StudyConfig, arm: ArmConfig) -> dict[str, Any]:
    """The keys of an arm's training recipe, as the study's say."""
    recipe = merge(config.common, getattr(config, arm.train) if arm.train else {})
    return merge(recipe, arm.set)


def format_of(config: StudyConfig, arms: Mapping[str, ArmConfig], name: str) -> Any:
    """What an arm's recipe says, else the format of its start, as its model's folder will have it.

    The start need not be trained yet.
    """
    arm = arms[name]
    if said := recipe_of(config, arm).get("format"):
        return said
    if arm.start is not None and arms[arm.start].train is not None:
        return format_of(config, arms, arm.start)
    return choose_format(config.model, None).name
