"""Notice early that a training is going wrong, and say what to try."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

WINDOW = 5
"""Steps a figure is averaged over: single steps say little."""

LOST = 0.25
"""How much of its range a training must have lost before a sign is said."""

REPEATED_WORDS = 4
FEWEST_WORDS = 16
"""A shorter text is not called repetitive."""


@dataclass(frozen=True)
class Sign:
    """One way to collapse.

    Attributes:
        column: of the metrics row.
        text: what is wrong, with the figures before and now to fill in.
        remedy: what to try.
    """

    column: str
    text: str
    remedy: str

    def line(self, before: float, now: float) -> str:
        """One line for a person."""
        return f"{self.text} ({before:.2f} -> {now:.2f}); {self.remedy}"


SIGNS = (
    Sign("format_rate", "answers lose the format", "try a lower trainer.learning_rate"),
    Sign("entropy", "answers hardly vary any more",
         "try a higher trainer.temperature or a lower trainer.learning_rate"),
    Sign("completions/mean_length", "the length of answers runs away",
         "look at samples.jsonl; try a reward without a length part, or trainer.beta (PPO: "
         "critic.kl_coef)"),
    Sign("repeated", "answers repeat themselves",
         "try a lower trainer.learning_rate, or trainer.beta (PPO: critic.kl_coef)"),
    Sign("completions/clipped_ratio", "answers are cut at trainer.max_completion_length",
         "raise it, or set trainer.mask_truncated_completions=true"),
)  # fmt: skip


class CollapseWatch:
    """Sees each step's metrics row; says once of each sign that it stands.

    A sign alone is no collapse: a policy that has learned its task varies little. It counts while
    the answers have lost a quarter of the range that they moved in: the mean fraction of the
    reward's parts, which no scale or schedule moves, averaged over five steps.
    """

    def __init__(self) -> None:
        self.rows: list[Mapping[str, Any]] = []
        self.best = -math.inf
        self.best_format = 0.0
        self.said: set[str] = set()

    def see(self, row: Mapping[str, Any]) -> list[str]:
        """The lines to show after this step, none most of the time."""
        self.rows.append(row)
        if len(self.rows) < 2 * WINDOW:
            self.remember()
            return []
        seen = [row["fraction"] for row in self.rows]
        worse = self.now("fraction") < self.best - LOST * (max(seen) - min(seen))
        self.remember()
        found = [sign for sign in SIGNS if worse and sign.column not in self.said]
        lines = []
        for sign in found:
            before, now = self.before(sign.column), self.now(sign.column)
            if None not in (before, now) and stands(sign.column, before, now):
                self.said.add(sign.column)
                lines.append(sign.line(before, now))
        return lines

    def remember(self) -> None:
        """Keep the best windows so far."""
        if len(self.rows) >= WINDOW:
            self.best = max(self.best, self.now("fraction"))
            self.best_format = max(self.best_format, self.now("format_rate"))

    def before(self, column: str) -> float | None:
        """What to compare with: the first window, and of the format the best."""
        return self.best_format if column == "format_rate" else mean_of(self.rows[:WINDOW], column)

    def now(self, column: str) -> float | None:
        """The last window."""
        return mean_of(self.rows[-WINDOW:], column)


def mean_of(rows: Sequence[Mapping[str, Any]], column: str) -> float | None:
    """Mean of a column where all rows have it."""
    values = [row.get(column) for row in rows]
    return None if None in values else fmean(values)


def stands(column: str, before: float, now: float) -> bool:
    """Whether a figure moved so far that it is a sign.

    Example:
        >>> stands("format_rate", 0.9, 0.4), stands("entropy", 0.5, 0.2)
        (True, False)
    """
    if column == "format_rate":
        return before >= 0.3 and now < before / 2
    if column == "entropy":
        return now < before / 10
    if column == "completions/mean_length":
        return not before / 3 <= now <= before * 3
    return now >= 0.3 and now >= before + 0.25


def repeats(text: str) -> bool:
    """Whether most runs of four words in a text stand there more than once.

    Example:
        >>> repeats("and so on " * 10), repeats("no word of this short text is there twice")
        (True, False)
    """
    words = text.split()
    if len(words) < FEWEST_WORDS:
        return False
    runs = list(zip(*(words[i:] for i in range(REPEATED_WORDS)), strict=False))
    return len(set(runs)) < len(runs) / 2
