"""What every benchmark shares: its settings, where answers come from, its scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolrl.config import to_yaml
from toolrl.errors import ConfigError
from toolrl.evals.episode import Episode
from toolrl.evals.runner import Play, Progress, in_batches, without_model, work_through
from toolrl.evals.weighted import categories, counts_of
from toolrl.models.local import LocalModel
from toolrl.models.local_writer import LocalWriter
from toolrl.runs import Run

PSEUDO = ("gold", "empty")
FIGURES = ("official", "strict")
FREE = ("concurrency", "output")


@dataclass(frozen=True)
class BenchmarkConfig:
    """What an evaluation on a benchmark is made of.

    Attributes:
        model: as in a training recipe; ``gold`` answers from the key and ``empty`` writes nothing.
        output: the run folder.
        prompt: a format (``paper``, ``hermes``, ``python`` …), or what the benchmark adds.
        limit: a seeded sample of so many items of each category; None is all.
        seed: of the sample.
        max_new_tokens: where an answer is cut.
        temperature: of the sampling; 0 is greedy.
        batch_size: prompts at a time.
    """

    model: str
    output: str = "runs/eval"
    prompt: str = "paper"
    limit: int | None = None
    seed: int = 0
    max_new_tokens: int = 512
    temperature: float = 0.0
    batch_size: int = 16


class Benchmark(ABC):
    """Items, their episodes, and what their rows come to.

    Attributes:
        name: as on the command line.
    """

    name: str

    @abstractmethod
    def items(self) -> Sequence[Any]:
        """The items to answer, each with an ``id``."""

    @abstractmethod
    def begin(self, item: Any) -> Episode:
        """An item's episode."""

    @abstractmethod
    def overall(self, rows: Sequence[Mapping[str, Any]], figure: str) -> dict[str, Any]:
        """What all rows come to in one figure, ``official`` or ``strict``."""


def evaluate(
    benchmark: Benchmark,
    config: BenchmarkConfig,
    *,
    resume: bool = False,
    on_progress: Progress | None = None,
) -> dict[str, Any]:
    """Answer, judge, and write the run folder; returns ``scores.json``.

    Raises:
        ConfigError: a setting that can't be.
        RunExistsError: the folder holds another run.
    """
    check(config)
    items = benchmark.items()
    play, batch_size = player(config)
    run = Run.create(config.output, to_yaml(config), resume=resume, free=FREE)
    rows = work_through(
        by_length(benchmark, items),
        benchmark.begin,
        play,
        run,
        batch_size=batch_size,
        on_progress=on_progress,
    )
    scores = scores_of(benchmark, config, [rows[item.id] for item in items])
    run.write_scores(scores)
    return scores


def check(config: BenchmarkConfig) -> None:
    """Refuse numbers that mean nothing."""
    for name in ("limit", "max_new_tokens", "batch_size"):
        value = getattr(config, name)
        if value is not None and value < 1:
            raise ConfigError(f"'{name}' must be 1 or more")
    if config.temperature < 0:
        raise ConfigError("'temperature' must be 0 (greedy) or more")


def by_length(benchmark: Benchmark, items: Sequence[Any]) -> list[Any]:
    """The items by the length of their first prompts, so that little padding is computed."""

    def length(item: Any) -> int:
        request = benchmark.begin(item).request()
        return sum(len(one["content"] or "") for one in request.messages)

    return sorted(items, key=length)


def player(config: BenchmarkConfig) -> tuple[Play, int | None]:
    """How the items are played, and how many at a time."""
    if config.model in PSEUDO:
        return without_model(config.model), None
    writer = LocalWriter(LocalModel.load(config.model), config.max_new_tokens, config.temperature)
    return in_batches(writer), config.batch_size


def scores_of(
    benchmark: Benchmark, config: BenchmarkConfig, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The figures of a run. Items that failed are counted apart and are in no share."""
    judged = [row for row in rows if not row.get("failed")]
    scores: dict[str, Any] = {
        "benchmark": benchmark.name,
        "model": config.model,
        "prompt": config.prompt,
        "n": len(judged),
        "failed": len(rows) - len(judged),
        "cut": sum(any(a.get("cut") for a in row["answers"]) for row in judged),
        "too_long": sum(any(a.get("too_long") for a in row["answers"]) for row in judged),
    }
    if not judged:
        return scores | {"overall": None, "categories": {}}
    for figure in FIGURES:
        scores[figure] = benchmark.overall(judged, figure)
        scores[figure]["categories"] = categories(counts_of(judged, figure))
    scores["overall"] = scores["official"]["overall"]
    scores["categories"] = scores["official"]["categories"]
    return scores
