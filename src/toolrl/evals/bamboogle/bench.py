"""Bamboogle as a benchmark, and any other set of short questions."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any
from zlib import crc32

from toolrl.data.load import read_rows
from toolrl.envs.search import BM25Search, Passage, Search, SerperSearch, WebSearch, read_passages
from toolrl.errors import ConfigError, DataError, did_you_mean
from toolrl.evals.bamboogle.episode import MAX_CALLS, Question, SearchAndAnswer
from toolrl.evals.bamboogle.judge import Judge
from toolrl.evals.benchmark import Benchmark, BenchmarkConfig
from toolrl.evals.episode import Episode
from toolrl.evals.prompting import prompting
from toolrl.evals.statistics import UNIT, mean_interval, share_interval
from toolrl.evals.variants.settings import refuse
from toolrl.evals.variants.shown import vary
from toolrl.models.server import Server
from toolrl.models.trained import settle

ENGINES = ("bm25", "ddgs", "serper")
JUDGES = ("exact", "llm")


@dataclass(frozen=True)
class BamboogleConfig(BenchmarkConfig):
    """Bamboogle's settings.

    Attributes:
        data: a file of questions with answers.
        search: ``bm25`` over ``passages``, the web by ``ddgs``, or ``serper`` (key in
            ``SERPER_API_KEY``).
        passages: a JSON lines file of passages, for ``bm25``.
        top_k: passages that a search returns.
        max_rounds: after so many answers with searches the model is told to answer.
        judge: ``exact`` match, or ``llm``.
        judge_url: the judge's server, for ``llm``; its key is in ``OPENAI_API_KEY``.
        judge_model: its name there.
    """

    benchmark: str = "bamboogle"
    data: str | None = None
    search: str = "bm25"
    passages: str | None = None
    top_k: int = 5
    max_rounds: int = 4
    judge: str = "exact"
    judge_url: str | None = None
    judge_model: str | None = None


class Bamboogle(Benchmark):
    """Questions to answer with a search tool; see `docs/evaluation.md`.

    Raises:
        ConfigError: a setting that can't be, or that is missing.
    """

    name = "bamboogle"
    categories = ("questions",)

    def __init__(self, config: BamboogleConfig) -> None:
        check(config)
        refuse(config.variant, self.name, ("shuffle", "distractors", "remove", "numbers"))
        self.config = config
        self.questions = read_questions(config.data)
        self.prompting = prompting(settle(config, "prompt")[0].prompt)
        self.making = Lock()

    @cached_property
    def search(self) -> Search:
        """The engine; made at the first search, since comparing runs needs none."""
        return engine(self.config)

    def find(self, query: str, k: int) -> Sequence[Passage]:
        """Ask the engine; of the items that run side by side, the first one makes it for all."""
        with self.making:
            search = self.search
        return search(query, k)

    @cached_property
    def judge(self) -> Judge | None:
        """The judging model, if one is wanted."""
        return judge_of(self.config) if self.config.judge == "llm" else None

    def items(self) -> Sequence[Question]:
        """All questions, or a seeded sample."""
        limit = self.config.limit
        if limit is None or limit >= len(self.questions):
            return self.questions
        kept = random.Random(self.config.seed).sample(range(len(self.questions)), limit)
        return [self.questions[i] for i in sorted(kept)]

    def begin(self, item: Question) -> Episode:
        """Search and answer."""
        return SearchAndAnswer(
            item,
            vary(self.prompting, self.config.variant, item.id),
            self.find,
            judge=self.judge,
            top_k=self.config.top_k,
            max_rounds=self.config.max_rounds,
        )

    def more(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """F1, whether the answer stands in the text, searches and rounds a question."""
        most = float(self.config.max_rounds)
        ranges = {"f1": UNIT, "searches": (0.0, most * MAX_CALLS), "rounds": (0.0, most)}
        means = {
            name: mean_interval([float(row[name]) for row in rows], within=within).to_dict()
            for name, within in ranges.items()
        }
        return means | {
            "contains": share_interval(sum(r["contains"] for r in rows), len(rows)).to_dict()
        }


def check(config: BamboogleConfig) -> None:
    """Refuse what can't be, before anything is loaded."""
    for key, known in (("search", ENGINES), ("judge", JUDGES)):
        value = getattr(config, key)
        if value not in known:
            raise ConfigError(f"{key}={value} is unknown{did_you_mean(value, known)}")
    if config.data is None:
        raise ConfigError("Bamboogle comes with no package; give data=FILE (docs/evaluation.md)")
    if config.search == "bm25" and config.passages is None:
        raise ConfigError("search=bm25 needs passages=FILE; or take search=ddgs or search=serper")
    if config.judge == "llm" and not (config.judge_url and config.judge_model):
        raise ConfigError("judge=llm needs judge_url=… and judge_model=…")
    if config.top_k < 1 or config.max_rounds < 1:
        raise ConfigError("'top_k' and 'max_rounds' must be 1 or more")


def engine(config: BamboogleConfig) -> Search:
    """The search engine of the settings."""
    if config.search == "bm25":
        return BM25Search(read_passages(config.passages))
    return WebSearch() if config.search == "ddgs" else SerperSearch()


def judge_of(config: BamboogleConfig) -> Judge:
    """The judging model."""
    server = Server(
        config.judge_url, config.judge_model, tries=config.tries, timeout=config.timeout
    )
    return Judge(server)


def read_questions(place: str) -> list[Question]:
    """Rows of ``Question`` and ``Answer``, or of ``question`` and ``golden_answers``.

    Raises:
        DataError: a row of another form, with file and row.
    """
    questions = []
    for number, row in read_rows(place):
        row = row if isinstance(row, Mapping) else {}
        text = row.get("Question") or row.get("question")
        right = row.get("Answer") or row.get("answer") or row.get("golden_answers")
        right = [right] if isinstance(right, str) else right
        if not isinstance(text, str) or not right or not all(isinstance(r, str) for r in right):
            shown = json.dumps(row, ensure_ascii=False)[:80]
            raise DataError(f"{place}, row {number}: no question with an answer ({shown})")
        id_ = f"question-{number}-{crc32(text.encode()):08x}"  # other questions have other ids
        questions.append(Question(id_, text, tuple(right)))
    return questions
