"""The recipe of a training set, as ``toolrl data build`` reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from toolrl.config import load_config
from toolrl.data.sources import get_source
from toolrl.errors import ConfigError

SPLIT_BY = ("tool", "row")


@dataclass(frozen=True)
class AugmentRecipe:
    """Changes to a source's training examples, in this order; held-out ones stay as they are.

    Attributes:
        remove_tools: share of examples whose called tools are taken away, in [0, 1].
        distractors: tools of other training examples to add, from 0.
        mask: share of examples whose names become random, in [0, 1]; Hammer's is 0.67.
    """

    remove_tools: float = 0.0
    distractors: int = 0
    mask: float = 0.0


@dataclass(frozen=True)
class SourceRecipe:
    """One raw data set.

    Attributes:
        source: a name of :data:`toolrl.data.sources.SOURCES`.
        path: a local file or a hub name; where it is left out, the source's place on the hub.
        take: how many raw rows to read, drawn by the seed; all when left out.
        licence: for the data card; the publishers' own words when left out.
        augment: see :class:`AugmentRecipe`.
    """

    source: str
    path: str = ""
    take: int | None = None
    licence: str = ""
    augment: AugmentRecipe = field(default_factory=AugmentRecipe)


@dataclass(frozen=True)
class CleanRecipe:
    """What to leave out.

    Attributes:
        max_prompt_chars: longest prompt, tools and messages together, in characters; four are
            about a token. None for no limit.
        min_tools: fewest offered tools; 1 leaves out plain chat.
    """

    max_prompt_chars: int | None = None
    min_tools: int = 0


@dataclass(frozen=True)
class SplitRecipe:
    """How to split.

    Attributes:
        by: ``"tool"``: a held-out tool never occurs in training, so that the evaluation asks for
            tools never seen. ``"row"``: whole raw rows are drawn, so that it asks new questions of
            the same tools; for one's own tools, which occur in every row.
        heldout: wanted share of held-out examples, in [0, 1).
    """

    by: str = "tool"
    heldout: float = 0.1


@dataclass(frozen=True)
class DataRecipe:
    """A training set.

    Attributes:
        out: the folder to make.
        sources: where rows come from.
        seed: decides everything that is left to chance.
        clean: see :class:`CleanRecipe`.
        dedupe: leave out examples whose prompt occurred before.
        decontaminate: files with questions that must not occur.
        split: see :class:`SplitRecipe`.
        skip_broken: put lines that aren't JSON to the rejects, in place of stopping.
    """

    out: str
    sources: tuple[SourceRecipe, ...]
    seed: int = 0
    clean: CleanRecipe = field(default_factory=CleanRecipe)
    dedupe: bool = True
    decontaminate: tuple[str, ...] = ()
    split: SplitRecipe = field(default_factory=SplitRecipe)
    skip_broken: bool = False


def load_recipe(files: Sequence[str | Path], overrides: Iterable[str] = ()) -> DataRecipe:
    """Read and check a recipe.

    Raises:
        NotFoundError: no such recipe, or a source that isn't known.
        ConfigError: an unknown key, or a value out of its range; the message names it.
    """
    recipe = load_config(DataRecipe, files, tuple(overrides))
    if not recipe.sources:
        raise ConfigError("'sources' is empty; name at least one data set")
    if recipe.split.by not in SPLIT_BY:
        raise ConfigError(f"'split.by' must be 'tool' or 'row', not '{recipe.split.by}'")
    check_share("split.heldout", recipe.split.heldout)
    if recipe.split.heldout == 1:
        raise ConfigError("'split.heldout' is 1, which leaves nothing to train on; give less")
    for number, source in enumerate(recipe.sources):
        check_source(f"sources[{number}]", source)
    return recipe


def check_source(where: str, source: SourceRecipe) -> None:
    """One source's values."""
    known = get_source(source.source)
    if not source.path and not known.hub:
        raise ConfigError(f"'{where}.path' is missing; {known.name} has no place on the hub")
    if source.take is not None and source.take < 1:
        raise ConfigError(f"'{where}.take' must be 1 or more, not {source.take}")
    if source.augment.distractors < 0:
        raise ConfigError(f"'{where}.augment.distractors' must be 0 or more")
    check_share(f"{where}.augment.mask", source.augment.mask)
    check_share(f"{where}.augment.remove_tools", source.augment.remove_tools)


def check_share(where: str, share: float) -> None:
    """A share lies between 0 and 1."""
    if not 0 <= share <= 1:
        raise ConfigError(f"'{where}' must be between 0 and 1, not {share}")
