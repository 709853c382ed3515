"""BFCL as a benchmark: its settings, its items, its scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolrl.evals.benchmark import Benchmark, BenchmarkConfig
from toolrl.evals.bfcl.categories import GROUPS, chosen
from toolrl.evals.bfcl.changes import changed, documents_of
from toolrl.evals.bfcl.files import write_results
from toolrl.evals.bfcl.items import Item, items_of
from toolrl.evals.bfcl.multi_turn import MultiTurn
from toolrl.evals.bfcl.prompt import bfcl_prompting
from toolrl.evals.bfcl.scores import WEIGHTINGS, headline
from toolrl.evals.bfcl.single_turn import SingleTurn
from toolrl.evals.episode import Episode
from toolrl.evals.shares import Weights
from toolrl.evals.variants.shown import vary
from toolrl.models.trained import settle


@dataclass(frozen=True)
class BFCLConfig(BenchmarkConfig):
    """BFCL's settings.

    Attributes:
        categories: names of categories, or of groups: ``all``, ``single_turn``, ``non_live``,
            ``live``, ``multi_turn``, ``languages``, ``abstention``.
        prompt: a format, ``native``, or ``bfcl``: the official prompt for models without tool
            calling.
        result_name: the model's name in BFCL's own result files; ``bfcl evaluate`` wants one that
            it knows.
    """

    benchmark: str = "bfcl"
    result_name: str = "toolrl"
    categories: list[str] = field(default_factory=lambda: ["all"])


class BFCL(Benchmark):
    """The items of some categories; see `docs/evaluation.md`."""

    name = "bfcl"
    weightings = WEIGHTINGS

    def __init__(self, config: BFCLConfig) -> None:
        self.config = config
        self.categories = chosen(config.categories)
        prompt = settle(config, "prompt")[0].prompt
        self.prompting = {name: bfcl_prompting(prompt, name) for name in self.categories}
        self.pools: dict[str, list[Any]] = {}

    def items(self) -> Sequence[Item]:
        """All items, or a seeded sample of each category; without those no change applies to."""
        config = self.config
        drawn = (
            item for name in self.categories for item in items_of(name, config.limit, config.seed)
        )
        return [new for item in drawn if (new := changed(item, config.variant))]

    def begin(self, item: Item) -> Episode:
        """One answer, or a conversation."""
        how, variant = self.prompting[item.category], self.config.variant
        kind = MultiTurn if item.category in GROUPS["multi_turn"] else SingleTurn
        added = [how.tool(one) for turn in range(len(item.turns)) for one in item.added(turn)]
        return kind(item, vary(how, variant, item.id, self.pool(item.category), added))

    def pool(self, category: str) -> Sequence[Any]:
        """Tools to draw distractors from: those of the whole category, if any are wanted."""
        if not self.config.variant.distractors:
            return ()
        if category not in self.pools:
            how = self.prompting[category]
            self.pools[category] = [how.tool(document) for document in documents_of(category)]
        return self.pools[category]

    def finish(self, folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
        """BFCL's own result files, where its own key is the right one."""
        if self.config.variant.changes_key:
            return
        write_results(folder / "bfcl", self.config.result_name, rows)

    def headline(self, names: Iterable[str]) -> tuple[str, Weights]:
        """v4's weights, where all categories were run."""
        return headline(names)
