"""Make a training set by a recipe: gather, clean, de-duplicate, decontaminate, split, augment.

Nothing vanishes. Every answer that was read is in the end either in one of the two splits or among
the rejections with its reason; augmentation changes examples and makes no new ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from random import Random
from typing import Any

from toolrl.data.augment import add_distractors, mask, remove_tools
from toolrl.data.clean import Contamination, fingerprint, prompt_length, read_texts
from toolrl.data.load import Row, read_rows
from toolrl.data.recipe import AugmentRecipe, DataRecipe, SourceRecipe
from toolrl.data.rejects import Rejection, Tally
from toolrl.data.sources import SOURCES, convert_row, get_converter
from toolrl.data.split import Split, split_by_row, split_by_tool
from toolrl.types import Example, ToolSpec

Note = Callable[[str], Any]
Place = tuple[str, int]
"""A file and a row of it, from 1."""


@dataclass
class Item:
    """An example and where it came from.

    Attributes:
        example: the example.
        number: which of the recipe's sources it is from, from 0.
        source: that source.
        file: as the user wrote it.
        row: from 1.
    """

    example: Example
    number: int
    source: SourceRecipe
    file: str
    row: int

    def reject(self, reason: str, detail: str = "") -> Rejection:
        """Its rejection, with the place."""
        return Rejection(reason, detail[:200], self.source.source, self.file, self.row)


@dataclass
class Prepared:
    """A training set and how it came about.

    Attributes:
        recipe: what was asked.
        note: told a line after each step.
        train: examples to learn from.
        heldout: examples whose tools (split by tool) or raw rows are not those of ``train``.
        rejections: all that was read and left out, with reasons.
        steps: ``(step, examples after it)``, in order.
        read: answers read, by the number of the source in the recipe.
        kept: answers in the two splits, likewise.
        changed: examples that each augmentation changed, and ``swapped`` by the split.
    """

    recipe: DataRecipe
    note: Note = lambda line: None
    train: list[Example] = field(default_factory=list)
    heldout: list[Example] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    steps: list[tuple[str, int]] = field(default_factory=list)
    read: Counter[int] = field(default_factory=Counter)
    kept: Counter[int] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def step(self, name: str, examples: int) -> None:
        """Record how many examples a step left."""
        self.steps.append((name, examples))
        self.note(f"after {name}: {examples} examples")

    def tally(self) -> Tally:
        """Both splits and the rejections, counted together."""
        return Tally([*self.train, *self.heldout], self.rejections)


def prepare(recipe: DataRecipe, note: Note = lambda line: None) -> Prepared:
    """Make the training set in memory; the same recipe gives the same set.

    Args:
        recipe: checked by :func:`toolrl.data.recipe.load_recipe`.
        note: told a line after each step.

    Raises:
        NotFoundError, DataError, MissingExtraError: a file that can't be read.
    """
    done = Prepared(recipe, note)
    contamination = Contamination(chain.from_iterable(map(read_texts, recipe.decontaminate)))
    items = gather(done)
    done.step("reading and converting", len(items))
    items = clean(items, done)
    done.step("cleaning", len(items))
    if recipe.dedupe:
        items = dedupe(items, done)
        done.step("de-duplicating", len(items))
    if recipe.decontaminate:
        items = decontaminate(items, contamination, done)
        done.step("decontaminating", len(items))
    split = divide(items, done)
    augment(split, {item.example.id: item.source.augment for item in items}, done)
    done.step(f"splitting by {recipe.split.by}", len(done.train) + len(done.heldout))
    return done


def gather(done: Prepared) -> list[Item]:
    """Read and convert every source."""
    items: list[Item] = []
    seen: Counter[str] = Counter()
    for number, source in enumerate(done.recipe.sources):
        random = Random(f"{done.recipe.seed} take {number}")
        file = source.path or SOURCES[source.source].hub
        convert = get_converter(source.source)
        done.note(f"reading {file}")
        before = sum(one.source == source.source for one in done.recipe.sources[:number])
        for row, value in take_rows(source, file, random, done.recipe.skip_broken):
            key = f"{source.source}-{row}"
            for outcome in convert_row(convert, value, key):
                done.read[number] += 1
                if isinstance(outcome, Rejection):
                    done.rejections.append(outcome.at(source.source, file, row))
                    continue
                if before and outcome.group == key:  # the group of that row in another file
                    outcome = replace(outcome, group=f"{key}~{before + 1}")
                items.append(Item(with_own_id(outcome, seen), number, source, file, row))
    return items


def take_rows(source: SourceRecipe, file: str, random: Random, skip_broken: bool) -> Iterator[Row]:
    """The rows of a source, or as many as the recipe takes, drawn evenly, in their order."""
    rows = read_rows(file, skip_broken=skip_broken)
    if source.take is None:
        return rows
    every = list(rows)
    if source.take >= len(every):
        return iter(every)
    return (every[index] for index in sorted(random.sample(range(len(every)), source.take)))


def with_own_id(example: Example, seen: Counter[str]) -> Example:
    """The example, with a number behind its id if another has the same."""
    seen[example.id] += 1
    if seen[example.id] == 1:
        return example
    return with_own_id(replace(example, id=f"{example.id}~{seen[example.id]}"), seen)


def clean(items: list[Item], done: Prepared) -> list[Item]:
    """Leave out what is too long or has too few tools."""
    limits = done.recipe.clean
    kept = []
    for item in items:
        length = prompt_length(item.example)
        if limits.max_prompt_chars is not None and length > limits.max_prompt_chars:
            done.rejections.append(item.reject("the prompt is too long", f"{length} characters"))
        elif len(item.example.tools) < limits.min_tools:
            done.rejections.append(item.reject("too few tools", str(len(item.example.tools))))
        else:
            kept.append(item)
    return kept


def dedupe(items: list[Item], done: Prepared) -> list[Item]:
    """Keep the first of the examples with one prompt."""
    first: dict[str, Item] = {}
    for item in items:
        key = fingerprint(item.example)
        if key in first:
            same = first[key].example.id
            done.rejections.append(item.reject("the prompt occurred before", f"in {same}"))
        else:
            first[key] = item
    return list(first.values())


def decontaminate(items: list[Item], contamination: Contamination, done: Prepared) -> list[Item]:
    """Leave out what asks a question that must not occur."""
    kept = []
    for item in items:
        hit = contamination.hit_in(item.example)
        if hit:
            done.rejections.append(item.reject("a question of the decontamination files", hit))
        else:
            kept.append(item)
    return kept


def divide(items: list[Item], done: Prepared) -> Split:
    """Split by tool or row; what can't be on one side with its tools and turns is rejected."""
    places = {item.example.id: item for item in items}
    random = Random(f"{done.recipe.seed} split")
    examples = [item.example for item in items]
    share = done.recipe.split.heldout
    if done.recipe.split.by == "row":
        split = split_by_row(examples, conversations(items), share, random)
    else:
        split = split_by_tool(examples, share, random)
    for example in split.lost:
        names = ", ".join(tool.name for tool in example.tools)
        done.rejections.append(places[example.id].reject("needs tools of both splits", names))
    for example in split.parted:
        reason = "its conversation is in the other split"
        done.rejections.append(places[example.id].reject(reason, example.group))
    done.changed["swapped"] = split.swapped
    done.kept.update(places[e.id].number for e in [*split.train, *split.heldout])
    done.heldout = split.heldout
    return split


def conversations(items: Sequence[Item]) -> list[Place]:
    """For each item what its conversation stands for in a split by row: its first row.

    Turns that were cut before they were written down stand in rows of their own.
    """
    first: dict[str, Place] = {}
    places: list[Place] = []
    for item in items:
        own = (item.file, item.row)
        group = item.example.group
        places.append(first.setdefault(group, own) if group else own)
    return places


def augment(split: Split, recipes: dict[str, AugmentRecipe], done: Prepared) -> None:
    """Change the training examples as their sources' recipes say."""
    pool = list({tool.name: tool for e in split.train for tool in e.tools}.values())
    for example in split.train:
        # Seeded by the example, so that adding a source leaves the others' examples as they were.
        random = Random(f"{done.recipe.seed} augment {example.id}")
        done.train.append(augment_one(example, recipes[example.id], pool, random, done.changed))


def augment_one(
    example: Example,
    recipe: AugmentRecipe,
    pool: list[ToolSpec],
    random: Random,
    changed: Counter[str],
) -> Example:
    """Tool removal, distractors, masking; each counted where it changed something."""
    steps: dict[str, Callable[[Example], Example]] = {
        "remove_tools": lambda e: remove_tools(e, random, recipe.remove_tools),
        "distractors": lambda e: add_distractors(e, random, pool, recipe.distractors),
        "mask": lambda e: mask(e, random, recipe.mask),
    }
    for name, step in steps.items():
        after = step(example)
        changed[name] += after is not example and after != example
        example = after
    return example


def convert_file(
    source: str, file: str, *, limit: int | None = None, skip_broken: bool = False
) -> Tally:
    """Convert a file of one source, without splitting or cleaning.

    Args:
        source: a name of :data:`toolrl.data.sources.SOURCES`.
        file: a local file or a hub name.
        limit: read only so many rows.
        skip_broken: put lines that aren't JSON to the rejections.
    """
    convert = get_converter(source)
    tally, seen = Tally(), Counter()
    for row, value in islice(read_rows(file, skip_broken=skip_broken), limit):
        for outcome in convert_row(convert, value, f"{source}-{row}"):
            if isinstance(outcome, Rejection):
                tally.rejections.append(outcome.at(source, file, row))
            else:
                tally.examples.append(with_own_id(outcome, seen))
    return tally
