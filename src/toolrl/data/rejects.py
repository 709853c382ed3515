"""What can't become an example is a value with its reason: nothing vanishes.

A converter yields one outcome per expected answer it read: an :class:`~toolrl.types.Example` or a
:class:`Rejection`. So ``read = kept + rejected`` holds for every file, by construction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from toolrl.errors import DataError
from toolrl.types import Example


class RejectedRow(DataError):
    """A row, or one answer in it, that can't be an example.

    Args:
        reason: the rule in a few fixed words, so that rejects can be counted by it.
        detail: what broke it in this row.

    Example:
        >>> str(RejectedRow("call to a tool that is not offered", "get_wether"))
        'call to a tool that is not offered: get_wether'
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejected answer, with its place; one line of ``rejects.jsonl``.

    Attributes:
        reason: the rule that it broke, in a few fixed words.
        detail: what broke it here, at most 200 characters.
        source: the data set, for example ``"toolace"``.
        file: as the user wrote it.
        row: from 1; 0 where unknown.
    """

    reason: str
    detail: str = ""
    source: str = ""
    file: str = ""
    row: int = 0

    @classmethod
    def of(cls, error: RejectedRow) -> Rejection:
        """The same as a value."""
        return cls(error.reason, error.detail[:200])

    def at(self, source: str, file: str, row: int) -> Rejection:
        """With its place filled in."""
        return replace(self, source=source, file=file, row=row)

    def to_dict(self) -> dict[str, Any]:
        """A JSON object; what can't be written as UTF-8 is escaped."""
        detail = self.detail.encode("utf-8", "backslashreplace").decode()
        names = ("source", "file", "row", "reason")
        return {name: getattr(self, name) for name in names} | {"detail": detail}


Outcome = Example | Rejection


@dataclass
class Tally:
    """Examples and rejections, counted.

    Example:
        >>> tally = Tally()
        >>> tally.add([Rejection("empty assistant turn"), Example("a", (), ())])
        >>> tally.counts()
        {'read': 2, 'kept': 1, 'rejected': 1, 'examples': 1, 'calls': 0}
    """

    examples: list[Example] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Sort outcomes into the two lists."""
        for outcome in outcomes:
            if isinstance(outcome, Rejection):
                self.rejections.append(outcome)
            else:
                self.examples.append(outcome)

    def reasons(self) -> Counter[str]:
        """How often each reason occurs."""
        return Counter(rejection.reason for rejection in self.rejections)

    def counts(self) -> dict[str, int]:
        """``read, kept, rejected, examples, calls``; the unit of the first three is an answer."""
        kept, rejected = len(self.examples), len(self.rejections)
        return {
            "read": kept + rejected,
            "kept": kept,
            "rejected": rejected,
            "examples": kept,
            "calls": sum(len(example.calls) for example in self.examples),
        }
