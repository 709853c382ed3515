"""What a full fraction is worth, and how that moves with the training step.

A `Scale` has two bounds. A bound is a number, or an object with ``at(step)`` that gives one: a
straight `Ramp` or a sudden `Jump`. Granularity (how a component counts) knows nothing of this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ramp:
    """A bound that moves in a straight line, then stays.

    Attributes:
        start: its value at step 0.
        end: its value from step ``steps`` on.
        steps: how long it moves, at least 1.
        goes_on: whether it moves on past ``end`` instead of staying there.

    Example:
        >>> ramp = Ramp(2.0, 1.0, 150)
        >>> ramp.at(0), ramp.at(75), ramp.at(300)
        (2.0, 1.5, 1.0)
    """

    start: float
    end: float
    steps: int
    goes_on: bool = False

    def at(self, step: int) -> float:
        """The value at a step."""
        if step >= self.steps and not self.goes_on:
            return self.end
        return (self.end - self.start) * step / self.steps + self.start


@dataclass(frozen=True, slots=True)
class Jump:
    """A bound that changes once, at a step.

    Example:
        >>> jump = Jump(1.0, 3.0, step=30)
        >>> jump.at(29), jump.at(30)
        (1.0, 3.0)
    """

    before: float
    after: float
    step: int

    def at(self, step: int) -> float:
        """The value at a step."""
        return self.before if step < self.step else self.after


Bound = float | Ramp | Jump


def moves(*bounds: Bound | Scale | None) -> bool:
    """Whether any of them depends on the step.

    Example:
        >>> moves(None, 1.0, Scale(0.0, 1.0)), moves(Scale(0.0, Ramp(0.0, 1.0, 10)))
        (False, True)
    """
    return any(bound.moves if isinstance(bound, Scale) else isinstance(bound, Ramp | Jump)
               for bound in bounds)  # fmt: skip


def value_at(bound: Bound, step: int) -> float:
    """The number that a bound stands for at a step."""
    return bound.at(step) if isinstance(bound, Ramp | Jump) else bound


@dataclass(frozen=True, slots=True)
class Scale:
    """What an empty and a full fraction are worth.

    Example:
        >>> Scale(-3.0, 3.0).points(0.5), Scale(-3.0, 3.0).moves
        (0.0, False)
    """

    low: Bound
    high: Bound

    @property
    def moves(self) -> bool:
        """Whether the worth depends on the step."""
        return moves(self.low, self.high)

    def points(self, fraction: float, step: int = 0) -> float:
        """The points of a fraction at a step."""
        low = value_at(self.low, step)
        return low + fraction * (value_at(self.high, step) - low)


def points_of(scale: Scale) -> Callable[[float, int], float]:
    """The same as ``scale.points``, faster where nothing moves; it runs for every completion.

    Example:
        >>> points_of(Scale(-3.0, 3.0))(0.5, 0)
        0.0
    """
    if scale.moves:
        return scale.points
    low, span = scale.low, scale.high - scale.low
    return lambda fraction, step: low + fraction * span


# The paper's ranges (section 3.3).
FORMAT_SCALE = Scale(0.0, 1.0)
CORRECTNESS_SCALE = Scale(-3.0, 3.0)
