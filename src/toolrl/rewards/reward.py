"""The project's own reward: granularity, scales and length put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from typing import Any, Protocol

from toolrl.formats import Format, get_format
from toolrl.rewards.correctness import FINE, Granularity, correctness_fraction
from toolrl.rewards.expected import Expected, ExpectedCache
from toolrl.rewards.explain import explain_calls
from toolrl.rewards.format import format_fraction
from toolrl.rewards.length import length_fraction
from toolrl.rewards.schedule import (
    CORRECTNESS_SCALE,
    FORMAT_SCALE,
    Bound,
    Scale,
    moves,
    points_of,
)
from toolrl.rewards.score import Part, Score
from toolrl.types import Completion, Example, Issue

Answer = str | Example | Mapping[str, Any]

_MOST_PARTS = 1024


class ScoringReward(Protocol):
    """What `load_reward` returns: names of itself, its format and its parts, and a scoring call."""

    name: str
    format_name: str

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the parts that every score has."""

    @property
    def moves(self) -> bool:
        """Whether the same answer is worth more or less at another step."""

    def __call__(self, completion: str, answer: Answer, step: int = 0) -> Score:
        """Score one completion."""


@dataclass(frozen=True)
class Reward:
    r"""Scores a completion against an answer; three independent ideas as plain values.

    Attributes:
        name: for messages and records.
        granularity: how correctness counts.
        format_scale: what format fractions 0 and 1 are worth.
        correctness_scale: the same for correctness.
        length_target: words of thought worth one point, None for no length part.
        strict: whether any departure from the format voids correctness.
        format_name: the format that completions are written in.
        thought_open: whether prompts end in an opened thought (`Format.parse`).

    Example:
        >>> reward = Reward()
        >>> call = '{"name": "f", "parameters": {}}'
        >>> answer = f"<think> a </think>\n<tool_call>\n{call}\n</tool_call>"
        >>> reward(answer, answer).total, reward("", answer).total
        (4.0, -3.0)
    """

    name: str = "toolrl"
    granularity: Granularity = FINE
    format_scale: Scale = FORMAT_SCALE
    correctness_scale: Scale = CORRECTNESS_SCALE
    length_target: Bound | None = None
    strict: bool = False
    format_name: str = "paper"
    thought_open: bool = False

    def __post_init__(self):
        """Look up the format; raises ConfigError when there is none of that name."""
        form = get_format(self.format_name)
        object.__setattr__(self, "_form", form)
        object.__setattr__(self, "_needs_tools", form.types_by_tools)
        parse = partial(form.parse, thought_open=True) if self.thought_open else form.read
        object.__setattr__(self, "_parse", parse)
        object.__setattr__(self, "_both", form.reply_beside_calls)
        object.__setattr__(self, "_expected", ExpectedCache(form))
        object.__setattr__(self, "_format_part", _parts_of(self.format_scale))
        object.__setattr__(self, "_correctness_part", _parts_of(self.correctness_scale))

    def __reduce__(self):
        """Copies and pickles are made anew from the attributes."""
        return type(self), tuple(getattr(self, field.name) for field in fields(self))

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the parts that every score has."""
        return ("format", "correctness") + (() if self.length_target is None else ("length",))

    @property
    def moves(self) -> bool:
        """Whether the same answer is worth more or less at another step."""
        return moves(self.format_scale, self.correctness_scale, self.length_target)

    def __call__(self, completion: str, answer: Answer, step: int = 0) -> Score:
        """Score one completion.

        Args:
            completion: what the model wrote, whatever it is.
            answer: an `Example`, its JSON, or text in the paper's format.
            step: the training step, from 0; only schedules look at it.

        Raises:
            DataError: the answer can't be read.
        """
        expected = self._expected.get(answer)
        if self._needs_tools:
            tools = expected.example.tools
            done = self._form.parse(completion, thought_open=self.thought_open, tools=tools)
        else:
            done = self._parse(completion)
        return self.score(done, expected, step)

    def score(self, completion: Completion, expected: Expected, step: int = 0) -> Score:
        """Score a completion that was parsed already, against a prepared answer."""
        if completion.reply or completion.outside:
            completion = note_attempt(completion, expected, self._form)
        issues = completion.issues
        if completion.calls and expected.count and not issues and not expected.wants_reply:
            layout = 1.0  # the most common answer of a trained model
        else:
            layout = format_fraction(completion, expected, self._both)
        correctness = 0.0
        if not (self.strict and issues):
            correctness = correctness_fraction(completion, expected, self.granularity)
        layout_part = self._format_part(layout, step)
        correctness_part = self._correctness_part(correctness, step)
        parts = {"format": layout_part, "correctness": correctness_part}
        total = layout_part.points + correctness_part.points
        if self.length_target is not None:
            fraction = length_fraction(completion.thought, self.length_target, step)
            parts["length"] = Part(fraction, fraction)
            total += fraction
        return Score(total, parts, issues, _explanation, (self, completion, expected, step))


def note_attempt(completion: Completion, expected: Expected, form: Format) -> Completion:
    """The completion with an issue more where its words call a tool in a syntax not read here."""
    for words in filter(None, (completion.reply, completion.outside)):
        attempt = expected.unexpected_attempt(words, form)
        if attempt:
            message = f"the words hold a call that is not read: {attempt.what}"
            issue = Issue("call_in_reply", message)
            return replace(completion, issues=(*completion.issues, issue))
    return completion


def _parts_of(scale: Scale) -> Callable[[float, int], Part]:
    """A part for each fraction and step; kept, as a batch has few different ones."""
    points = points_of(scale)
    return lru_cache(_MOST_PARTS)(lambda fraction, step: Part(fraction, points(fraction, step)))


def _explanation(
    reward: Reward, completion: Completion, expected: Expected, step: int
) -> list[str]:
    low, high = (reward.correctness_scale.points(end, step) for end in (0.0, 1.0))
    if reward.strict and completion.issues:
        return [f"strict: text that departs from its format earns {low:+.2f} for its calls"]
    return explain_calls(completion, expected, reward.granularity, low, high)
