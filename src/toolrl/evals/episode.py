"""One item of a benchmark, from the first prompt to its verdict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from toolrl.errors import DataError
from toolrl.evals.prompting import Prompting, spec_of
from toolrl.formats.paper_tools import brief_line
from toolrl.models.answers import Answer, Request

UNASKED = {
    "official": False,
    "strict": False,
    "error_type": "too_long",
    "error": "the prompt did not fit the model's context",
}
"""What a row says where a prompt was never answered; else it could pass for an abstention."""


class Episode(ABC):
    """An item that is being worked on: asks until it has what its verdict needs.

    What it asks next depends only on the answers so far, so saved answers can be judged again.

    Attributes:
        id: of the item, unique in its benchmark.
        category: of the item.
        how: the prompting.
        tools: what the model is offered, as ``how`` wants it.
        answers: those received, in order.
        group: what else was cut from the same conversation or scenario; empty stands alone.
    """

    tools: Sequence[Any] = ()
    group: str = ""

    def __init__(self, id_: str, category: str, how: Prompting) -> None:
        self.id = id_
        self.category = category
        self.how = how
        self.answers: list[Answer] = []

    @property
    @abstractmethod
    def asked(self) -> str:
        """The question, in short, for people who read the row."""

    @property
    @abstractmethod
    def expected(self) -> Any:
        """What the key says, for people who read the row; None where there is none."""

    @abstractmethod
    def request(self) -> Request | None:
        """What to ask the model next; None when the item is over."""

    @abstractmethod
    def take(self, answer: Answer) -> None:
        """Go on from an answer to the last request."""

    @abstractmethod
    def gold(self) -> Answer:
        """The right answer to the last request, by the benchmark's key."""

    @abstractmethod
    def verdict(self) -> dict[str, Any]:
        """``official`` and ``strict``, each a bool, and whatever explains them."""

    def recall(self, row: dict[str, Any]) -> None:  # noqa: B027 - most items have no world
        """Take from a saved row what the world said, where it may say something else by now."""

    def receive(self, answer: Answer) -> None:
        """Keep an answer and go on."""
        self.answers.append(answer)
        self.take(answer)

    def offered(self) -> list[str]:
        """The tools, a line each, for people who read the row."""
        return [brief_line(spec_of(tool)) for tool in self.tools]

    def row(self) -> dict[str, Any]:
        """The line of ``samples.jsonl``, once the item is over."""
        return {
            "item": self.id,
            "category": self.category,
            **({"group": self.group} if self.group else {}),
            "asked": self.asked,
            "expected": self.expected,
            "tools": self.offered(),
            **json_safe(self.verdict()),
            **(UNASKED if any(answer.too_long for answer in self.answers) else {}),
            **self.how.notes(),
            "answers": [answer.to_dict() for answer in self.answers],
        }


def json_safe(value: Any) -> Any:
    """The value as JSON can have it; what it can't have (bytes, sets …) as Python writes it.

    Example:
        >>> json_safe({1: b"a", "b": (2j, None)})
        {'1': "b'a'", 'b': ['2j', None]}
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): json_safe(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(one) for one in value]
    return repr(value)


def replay(episode: Episode, row: dict[str, Any]) -> dict[str, Any]:
    """The line of an item whose answers are known, by today's rules.

    Raises:
        DataError: by today's rules the item is over before the last of them, or not after it.
    """
    episode.recall(row)
    answers = [Answer.from_dict(answer) for answer in row["answers"]]
    for number, answer in enumerate(answers):
        if episode.request() is None:
            raise DataError(f"item {episode.id} is over after {number} of its {len(answers)} "
                            "answers by the rules of today")  # fmt: skip
        episode.receive(answer)
    if episode.request() is not None:
        raise DataError(f"item {episode.id} is not over after its {len(answers)} answers by the "
                        "rules of today")  # fmt: skip
    return episode.row()
