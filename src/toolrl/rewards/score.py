"""What a reward returns: a total, its parts, and an explanation made only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from toolrl.types import Issue


class Part(NamedTuple):
    """One component of a score.

    Attributes:
        fraction: how much of the component was earned, in [0, 1].
        points: what that fraction is worth on the component's scale at this step.
    """

    fraction: float
    points: float


class Score:
    """The reward of one completion.

    Attributes:
        total: the sum of the points of all parts.
        parts: component name (``"format"``, ``"correctness"``, ``"length"``) to its `Part`.
        issues: where the completion departs from its format.

    Example:
        >>> score = Score(4.0, {"format": Part(1.0, 1.0), "correctness": Part(1.0, 3.0)})
        >>> print(score.explain())
        total +4.00 = format +1.00 + correctness +3.00
    """

    __slots__ = ("_explainer", "_subject", "issues", "parts", "total")

    def __init__(
        self,
        total: float,
        parts: Mapping[str, Part],
        issues: tuple[Issue, ...] = (),
        explainer: Callable[..., list[str]] | None = None,
        subject: tuple[Any, ...] = (),
    ):
        """Keep the figures; ``explainer(*subject)`` gives the explanation's lines when asked."""
        self.total = total
        self.parts = parts
        self.issues = issues
        self._explainer = explainer
        self._subject = subject

    def explain(self) -> str:
        """Text for a person: expected against predicted, with points that add up to the total."""
        lines = [*self._explainer(*self._subject)] if self._explainer else []
        lines += [f"issue, {issue}" for issue in self.issues]
        return "\n".join([*lines, self.summary()])

    def summary(self) -> str:
        """One line: the total as the sum of its parts."""
        parts = " + ".join(f"{name} {part.points:+.2f}" for name, part in self.parts.items())
        return f"total {self.total:+.2f} = {parts}"

    def to_dict(self) -> dict[str, Any]:
        """A JSON object: total, parts and issues."""
        return {
            "total": self.total,
            "parts": {name: part._asdict() for name, part in self.parts.items()},
            "issues": [
                {"code": issue.code, "message": issue.message, "line": issue.line}
                for issue in self.issues
            ],
        }

    def __repr__(self) -> str:
        return f"<Score {self.summary()}>"
