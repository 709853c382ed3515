"""Search engines as a tool: passages on disk, the web by ``ddgs``, or Serper with a key."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from toolrl.errors import ConfigError, DataError, first_line
from toolrl.extras import require
from toolrl.files import read_jsonl
from toolrl.models.answers import NoAnswer

SERPER = "https://google.serper.dev/search"
SERPER_KEY = "SERPER_API_KEY"
TRIES = 4
PAUSE = 2.0
TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A hit: its title and its text."""

    title: str
    text: str


class Search(Protocol):
    """A search engine."""

    def __call__(self, query: str, k: int) -> list[Passage]:
        """The ``k`` best passages, best first; fewer where there are no more.

        Raises:
            NoAnswer: the engine can't be reached.
        """
        ...


class BM25Search:
    """BM25 over passages of one's own: the same answers on every machine, on every day.

    Args:
        passages: what can be found.

    Example::

        search = BM25Search([Passage("Oslo", "Oslo is the capital of Norway.")])
        search("capital of Norway", 1)[0].title     # 'Oslo'
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.bm25s = require("search", "bm25s")
        self.passages = list(passages)
        self.index = self.bm25s.BM25()
        texts = [f"{one.title}\n{one.text}" for one in self.passages]
        self.index.index(self.tokens(texts), show_progress=False)

    def tokens(self, texts: Sequence[str]) -> Any:
        """Words in lower case without English stop words."""
        return self.bm25s.tokenize(list(texts), stopwords="en", show_progress=False)

    def __call__(self, query: str, k: int) -> list[Passage]:
        """The best passages that share a word with the query."""
        k = min(k, len(self.passages))
        places, scores = self.index.retrieve(self.tokens([query]), k=k, show_progress=False)
        hits = zip(places[0].tolist(), scores[0].tolist(), strict=True)
        return [self.passages[place] for place, score in hits if score > 0]


def read_passages(place: str) -> list[Passage]:
    """Passages of a JSON lines file with ``title`` and ``text``.

    Raises:
        NotFoundError: no such file.
        DataError: a row without them, with file and row.
    """
    passages = []
    for number, row in read_jsonl(place):
        if not isinstance(row, Mapping) or not isinstance(row.get("text"), str):
            raise DataError(f"{place}, row {number}: a passage needs 'text' (and 'title')")
        passages.append(Passage(str(row.get("title", "")), row["text"]))
    return passages


class WebSearch:
    """The web, by ``ddgs``; what it finds changes from day to day."""

    def __init__(self) -> None:
        self.ddgs = require("search", "ddgs")

    def __call__(self, query: str, k: int) -> list[Passage]:
        """Titles and snippets."""

        def ask() -> list[Passage]:
            found = self.ddgs.DDGS().text(query, max_results=k)
            return [Passage(one["title"], one["body"]) for one in found]

        return tried("ddgs", ask, (self.ddgs.exceptions.DDGSException, OSError))


class SerperSearch:
    """Google by Serper, as in the paper; needs ``SERPER_API_KEY``.

    Raises:
        ConfigError: there is no key.
    """

    def __init__(self) -> None:
        self.key = os.environ.get(SERPER_KEY)
        if not self.key:
            raise ConfigError(f"search=serper needs a key in {SERPER_KEY}")

    def __call__(self, query: str, k: int) -> list[Passage]:
        """Titles and snippets."""
        request = urllib.request.Request(
            SERPER,
            data=json.dumps({"q": query, "num": k}).encode(),
            headers={"X-API-KEY": self.key, "Content-Type": "application/json"},
        )

        def ask() -> list[Passage]:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as reply:
                found = json.load(reply)["organic"][:k]
            return [Passage(one["title"], one.get("snippet", "")) for one in found]

        return tried("Serper", ask, (OSError, KeyError, TypeError, ValueError))


def tried(name: str, ask: Any, faults: tuple[type[Exception], ...]) -> list[Passage]:
    """Ask again after a fault, with pauses that double.

    Raises:
        NoAnswer: the last try failed, too.
    """
    for number in range(TRIES):
        if number:
            time.sleep(PAUSE * 2 ** (number - 1))
        try:
            return ask()
        except faults as error:
            reason = first_line(error)
    raise NoAnswer(f"{name}: {reason} ({TRIES} tries)")
