"""The ``paper/*`` rewards: the published behaviour with its scales and schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from toolrl.formats.base import OPEN_THOUGHT
from toolrl.rewards.expected import read_example
from toolrl.rewards.published import (
    PublishedAnswer,
    correctness_fraction,
    format_fraction,
    length_fraction,
    read_answer,
)
from toolrl.rewards.schedule import (
    CORRECTNESS_SCALE,
    FORMAT_SCALE,
    Bound,
    Scale,
    moves,
    value_at,
)
from toolrl.rewards.score import Part, Score
from toolrl.types import Example


@dataclass(frozen=True)
class PublishedReward:
    r"""Scores as the published module does; see `toolrl.rewards.published` for what that means.

    Attributes:
        name: the preset's name.
        granularity: ``"default"``, ``"refined"``, ``"intermediate"`` or ``"coarse"``.
        format_scale: what format fractions 0 and 1 are worth.
        correctness_scale: the same for correctness.
        length_target: words of thought worth one point, None for no length part.
        thought_open: whether prompts end in an opened thought, which is put back before scoring.

    Example:
        >>> call = '{"name": "f", "parameters": {}}'
        >>> answer = f"<think> a </think>\n<tool_call>\n{call}\n</tool_call>"
        >>> PublishedReward("paper/default")(answer, answer).total
        4.0
    """

    name: str
    granularity: str = "default"
    format_scale: Scale = FORMAT_SCALE
    correctness_scale: Scale = CORRECTNESS_SCALE
    length_target: Bound | None = None
    thought_open: bool = False

    @property
    def format_name(self) -> str:
        """The format that is read: the paper's, always."""
        return "paper"

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the parts that every score has."""
        return ("format", "correctness") + (() if self.length_target is None else ("length",))

    @property
    def moves(self) -> bool:
        """Whether the same answer is worth more or less at another step."""
        return moves(self.format_scale, self.correctness_scale, self.length_target)

    def __call__(
        self, completion: str, answer: str | Example | Mapping[str, Any], step: int = 0
    ) -> Score:
        """Score one completion; raises DataError when the answer can't be read."""
        text, expected = completion.strip(), _read(answer)
        if self.thought_open and not text.startswith(OPEN_THOUGHT):
            text = OPEN_THOUGHT + text
        layout = format_fraction(text, expected)
        correctness = correctness_fraction(text, expected, self.granularity)
        parts = {
            "format": Part(layout, self.format_scale.points(layout, step)),
            "correctness": Part(correctness, self.correctness_scale.points(correctness, step)),
        }
        if self.length_target is not None:
            fraction = length_fraction(text, value_at(self.length_target, step))
            parts["length"] = Part(fraction, fraction)
        total = sum(part.points for part in parts.values())
        return Score(total, parts, (), _explanation, (self, text, expected, parts))


def _read(answer: str | Example | Mapping[str, Any]) -> PublishedAnswer:
    if isinstance(answer, str) and not answer.lstrip().startswith("{"):
        return read_answer(answer)
    return read_answer(read_example(answer))


def _explanation(
    reward: PublishedReward, text: str, expected: PublishedAnswer, parts: dict[str, Part]
) -> list[str]:
    block = text.partition("<tool_call>")[2].partition("</tool_call>")[0].strip()
    lines = [f"expected  {call['name']}({call['parameters']})" for call in expected.calls]
    lines += [f"predicted {line}" for line in block.split("\n") if line]
    lines += [f"{name}: {part.fraction:.3f} of its scale" for name, part in parts.items()]
    return [f"{reward.name}, the published behaviour ({reward.granularity} matching)", *lines]
