"""What every benchmark shares: its settings, where answers come from, its scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from toolrl.errors import ConfigError, DataError, did_you_mean
from toolrl.evals.episode import Episode
from toolrl.evals.runner import (
    Play,
    Progress,
    in_batches,
    side_by_side,
    without_model,
    work_through,
)
from toolrl.evals.variants.settings import Variant
from toolrl.evals.weighted import (
    MEAN,
    Counts,
    Weights,
    categories,
    counts_of,
    equal,
    weighted,
    whole,
)
from toolrl.models.answer_cache import CachedWriter
from toolrl.models.answers import Writer
from toolrl.models.builtin import cache_folder
from toolrl.models.local import LocalModel
from toolrl.models.local_writer import LocalWriter
from toolrl.models.server import Server, ServerWriter
from toolrl.models.trained import settle
from toolrl.models.vllm_model import VLLMModel
from toolrl.runs import Run

PSEUDO = ("gold", "empty")
FIGURES = ("official", "strict")
BATCHES = {"transformers": 16, "vllm": 256}
"""Prompts at a time; vLLM makes batches of its own of what it is given."""
FREE = ("concurrency", "tries", "timeout", "cache")


@dataclass(frozen=True)
class BenchmarkConfig:
    """What an evaluation on a benchmark is made of.

    Attributes:
        model: as in a training recipe; ``gold`` answers from the key and ``empty`` writes nothing.
        benchmark: whose settings these are; stands in the run's ``config.yaml``.
        output: the run folder.
        prompt: a format (``paper``, ``hermes``, ``python`` …), ``native`` (the model's own chat
            template and syntax), or what the benchmark adds; None is the format that the model was
            trained in, if its folder says so, else ``paper``.
        limit: a seeded sample of so many items of each category; None is all.
        seed: of the sample of items, and of answers that are sampled.
        max_new_tokens: where an answer is cut.
        temperature: of the sampling; 0 is greedy.
        batch_size: prompts at a time, of a model in this process; None is 16, and 256 with vLLM.
        engine: what runs a model in this process: ``transformers`` or ``vllm``.
        engine_args: options of ``vllm.LLM``, unchanged, as ``{gpu_memory_utilization: 0.8}``.
        base_url: an OpenAI-compatible server to ask instead (``http://127.0.0.1:8000/v1``);
            ``model`` is then its name there, and ``OPENAI_API_KEY`` its key.
        concurrency: requests to the server at a time.
        tries: how often a request is made before its item is marked as failed.
        timeout: seconds that a request may take.
        request: more fields of each request, as the server's own documentation has them.
        cache: keep the server's answers on disk, for other runs too: for servers whose names of
            models always stand for the same weights.
        variant: changes of the items, for example ``{mask: true}``.
    """

    model: str
    benchmark: str = ""
    output: str = "runs/eval"
    prompt: str | None = None
    limit: int | None = None
    seed: int = 0
    max_new_tokens: int = 512
    temperature: float = 0.0
    batch_size: int | None = None
    engine: str = "transformers"
    engine_args: dict[str, Any] = field(default_factory=dict)
    base_url: str | None = None
    concurrency: int = 16
    tries: int = 6
    timeout: float = 600.0
    request: dict[str, Any] = field(default_factory=dict)
    cache: bool = False
    variant: Variant = field(default_factory=Variant)


class Benchmark(ABC):
    """Items, their episodes, and what their rows come to.

    Attributes:
        name: as on the command line.
        categories: of this run, in the benchmark's order.
        weightings: weighted means of categories that it is known by; each is given where all its
            categories were run.
    """

    name: str
    categories: Sequence[str]
    weightings: Mapping[str, Weights] = MappingProxyType({})

    @abstractmethod
    def items(self) -> Sequence[Any]:
        """The items to answer, each with an ``id``."""

    @abstractmethod
    def begin(self, item: Any) -> Episode:
        """An item's episode."""

    def headline(self, names: Iterable[str]) -> tuple[str, Weights]:
        """The weighting that stands for a run of these categories, and its name."""
        return MEAN, equal(*map(whole, names))

    def finish(self, folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: B027
        """Write what else belongs into the run folder."""

    def more(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Further figures of its own, each with an interval."""
        return {}


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
    check(config, benchmark)
    config, choice = settle(config, "prompt")
    Run(config.output).check(config, resume=resume, free=FREE)
    items = benchmark.items()
    if not items and config.variant.changes:
        raise ConfigError(f"no item can be changed so (variant: {config.variant}); choose another")
    if not items:
        raise DataError("there are no items: the data or the categories are empty")
    in_order = by_length(benchmark, items)  # before the model: a prompt that can't be is known now
    play, batch_size = player(config)
    choice.say(config.model)
    with Run.create(config.output, config, resume=resume, free=FREE, facts=choice.note()) as run:
        rows = work_through(
            in_order,
            benchmark.begin,
            play,
            run,
            batch_size=batch_size,
            on_progress=on_progress,
        )
        ordered = [rows[item.id] for item in items]
        benchmark.finish(run.path, ordered)
        scores = scores_of(benchmark, config, ordered)
        run.write_scores(scores)
    return scores


def check(config: BenchmarkConfig, benchmark: Benchmark) -> None:
    """Refuse numbers that mean nothing, and another benchmark's settings."""
    if config.benchmark != benchmark.name:
        raise ConfigError(f"these are settings of '{config.benchmark}', not of '{benchmark.name}'")
    for name in ("limit", "max_new_tokens", "batch_size", "concurrency", "tries"):
        value = getattr(config, name)
        if value is not None and value < 1:
            raise ConfigError(f"'{name}' must be 1 or more")
    if config.temperature < 0:
        raise ConfigError("'temperature' must be 0 (greedy) or more")
    if config.engine not in BATCHES:
        nearest = did_you_mean(config.engine, BATCHES)
        raise ConfigError(f"no engine is named '{config.engine}'{nearest}")
    if config.base_url and (config.model in PSEUDO or config.engine != "transformers"):
        here = f"model={config.model}" if config.model in PSEUDO else f"engine={config.engine}"
        raise ConfigError(f"{here} runs here and asks no server; leave base_url out")
    if config.base_url and not config.base_url.startswith(("http://", "https://")):
        raise ConfigError(f"base_url must begin with http:// or https://, not {config.base_url!r}")
    if config.engine_args and config.engine != "vllm":
        raise ConfigError("'engine_args' are vLLM's; add engine=vllm, or leave them out")
    if config.timeout <= 0:
        raise ConfigError("'timeout' must be above 0 seconds")


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
    if config.base_url:
        return side_by_side(server_writer(config), config.concurrency), None
    model = local_model(config)
    writer = LocalWriter(model, config.max_new_tokens, config.temperature, config.seed)
    return in_batches(writer), config.batch_size or BATCHES[config.engine]


def local_model(config: BenchmarkConfig) -> LocalModel | VLLMModel:
    """The model in this process, run by the engine of the settings."""
    if config.engine == "vllm":
        return VLLMModel.load(config.model, config.engine_args)
    return LocalModel.load(config.model)


def server_writer(config: BenchmarkConfig) -> Writer:
    """The server, behind a cache if it is wanted."""
    server = Server(
        base_url=config.base_url,
        model=config.model,
        max_new_tokens=config.max_new_tokens,
        temperature=config.temperature,
        seed=config.seed,
        tries=config.tries,
        timeout=config.timeout,
        request=config.request,
    )
    writer = ServerWriter(server)
    return CachedWriter(writer, cache_folder() / "answers.sqlite") if config.cache else writer


def figures(benchmark: Benchmark, counts: Counts) -> dict[str, Any]:
    """The headline, the benchmark's other weightings, and each category."""
    name, weights = benchmark.headline(counts)
    known = {key: weighted(counts, one) for key, one in benchmark.weightings.items()}
    return {
        "overall": {"weighting": name, **weighted(counts, weights).to_dict()},
        **{key: interval.to_dict() for key, interval in known.items() if interval},
        "categories": categories(counts),
    }


def scores_of(
    benchmark: Benchmark, config: BenchmarkConfig, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The figures of a run. Items that failed are counted apart and are in no share."""
    judged = [row for row in rows if not row.get("failed")]
    scores: dict[str, Any] = {
        "benchmark": benchmark.name,
        "model": config.model,
        "prompt": config.prompt,
        "variant": str(config.variant),
        "n": len(judged),
        "failed": len(rows) - len(judged),
        "reasons": dict(Counter(row["failed"] for row in rows if row.get("failed")).most_common(5)),
        "cut": sum(any(a.get("cut") for a in row["answers"]) for row in judged),
        "too_long": sum(any(a.get("too_long") for a in row["answers"]) for row in judged),
        "recalled": sum(bool(row.get("recalled")) for row in judged),
    }
    if not judged:
        return scores | {"overall": None, "categories": {}}
    for figure in FIGURES:
        scores[figure] = figures(benchmark, counts_of(judged, figure))
    scores["more"] = benchmark.more(judged)
    scores["overall"] = scores["official"]["overall"]
    scores["categories"] = scores["official"]["categories"]
    return scores
