"""Leave out examples that are too long, that occur twice, or that a benchmark asks."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from toolrl.data.load import read_rows
from toolrl.errors import DataError
from toolrl.files import existing, read_text
from toolrl.formats.results import in_call_order
from toolrl.types import Example

WORD = re.compile(r"\w+")
# A run of 13 shared words is the usual sign of contamination (GPT-3's appendix C).
RUN = 13
QUESTION_KEYS = ("question", "query", "Question", "prompt", "instruction", "input", "text", "user")


def words(text: str) -> list[str]:
    """A text as lower-case words, so that spacing and punctuation don't count.

    Example:
        >>> words("What's  the TIME?")
        ['what', 's', 'the', 'time']
    """
    return WORD.findall(text.casefold())


def prompt_length(example: Example) -> int:
    """Characters of what a model must read: tools as JSON and messages."""
    tools = sum(len(json.dumps(tool.to_dict(), ensure_ascii=False)) for tool in example.tools)
    return tools + sum(message_length(message.to_dict()) for message in example.messages)


def message_length(row: Mapping[str, Any]) -> int:
    """Characters of a message: its text, and its calls as JSON; ids stand in few prompts."""
    if row.get("raw"):
        return len(row["raw"])
    calls = [{"name": c["name"], "arguments": c["arguments"]} for c in row.get("tool_calls") or ()]
    return len(row["content"]) + (len(json.dumps(calls, ensure_ascii=False)) if calls else 0)


def fingerprint(example: Example) -> str:
    """The same for two examples that ask the same with the same tools, whatever they answer.

    Two answers to one prompt contradict each other in training, so the first is kept. Ids say
    nothing but whose a result is: two logs of one conversation have others.
    """
    said = [
        [m.role, words(m.raw or m.content), [[c.name, c.arguments] for c in m.tool_calls]]
        for m in in_call_order(example.messages)
    ]
    names = sorted(tool.name for tool in example.tools)
    key = json.dumps([said, names], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(key.encode()).hexdigest()


class Contamination:
    """Texts that must not occur in the data, usually a benchmark's questions.

    A user message hits when it is one of the texts (case and punctuation aside) or shares a run
    of 13 words with one.

    Example:
        >>> Contamination(["What is the capital of France?"]).hits("what is the capital of france")
        True
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.whole: set[str] = set()
        self.runs: set[str] = set()
        for text in texts:
            found = words(text)
            self.whole.add(" ".join(found))
            self.runs.update(runs(found))
        self.whole.discard("")

    def hits(self, text: str) -> bool:
        """Whether a text is one of them, or shares a run of words."""
        found = words(text)
        return " ".join(found) in self.whole or any(run in self.runs for run in runs(found))

    def hit_in(self, example: Example) -> str:
        """The first user message that hits, or empty text."""
        said = (m.content for m in example.messages if m.role == "user")
        return next((text for text in said if self.hits(text)), "")


def runs(found: list[str]) -> Iterator[str]:
    """All runs of 13 words."""
    return (" ".join(found[i : i + RUN]) for i in range(len(found) - RUN + 1))


def read_texts(file: str) -> Iterator[str]:
    """The questions in a file: a text a line (.txt), or rows with messages or a question."""
    path = existing(file, "decontamination file")
    if path.suffix == ".txt":
        yield from read_text(path).splitlines()
        return
    for number, row in read_rows(path):
        try:
            found = list(texts_in(row))
        except (ValueError, RecursionError):  # messages as a text that is no JSON
            found = []
        if not found:
            raise DataError(f"{file}, row {number}: no text; give rows with {QUESTION_KEYS[0]}")
        yield from found


def texts_in(row: Any) -> Iterator[str]:
    """The user's texts of a row in any common form."""
    if isinstance(row, str):
        yield row
    elif isinstance(row, list):
        for item in row:
            yield from texts_in(item)
    elif isinstance(row, Mapping) and "content" in row:
        if row.get("role", "user") == "user" and isinstance(row["content"], str):
            yield row["content"]
    elif isinstance(row, Mapping):
        messages = row.get("messages")
        inside = json.loads(messages) if isinstance(messages, str) else messages
        yield from texts_in(inside or [])
        yield from (text for key in QUESTION_KEYS for text in texts_in(row.get(key)))


def file_name(path: str) -> str:
    """The last part of a path, for a reader."""
    return Path(path).name
