"""Intervals, so that no figure stands alone. Everything is standard library."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist, fmean

Z95 = NormalDist().inv_cdf(0.975)
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval and the number of observations."""

    value: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, float]:
        """JSON form, rounded to four places; an unknown bound (of one observation) is null."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4) if math.isfinite(self.low) else None,
            "high": round(self.high, 4) if math.isfinite(self.high) else None,
            "n": self.n,
        }


def mean_interval(values: Sequence[float], seed: int = 0) -> Interval:
    """Mean with a bootstrap 95 % interval over tasks, which stays within the values' range.

    Percentiles of 2000 resamples; rewards pile up at the ends of their range and at zero
    difference, and are far from normal. One value has no interval: its bounds are infinite.

    Raises:
        ValueError: no values.

    Example:
        >>> mean_interval([1.0, 3.0]).value
        2.0
    """
    if not values:
        raise ValueError("no values to average")
    n = len(values)
    if n == 1:
        return Interval(values[0], -math.inf, math.inf, 1)
    draw = random.Random(seed)
    means = sorted(fmean(draw.choices(values, k=n)) for _ in range(RESAMPLES))
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
    # A mean of equal values may be rounded to their neighbour.
    least, most = min(values), max(values)
    return Interval(*(min(max(x, least), most) for x in (fmean(values), low, high)), n)


def share_interval(hits: int, n: int) -> Interval:
    """A share with Wilson's 95 % interval, which stays in [0, 1] and is right near its ends.

    Example:
        >>> share_interval(0, 10).low
        0.0
    """
    if n == 0:
        raise ValueError("no trials")
    share, z2 = hits / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = max(0.0, centre - half) if hits else 0.0  # exact at the ends, where rounding is not
    high = min(1.0, centre + half) if hits < n else 1.0
    return Interval(share, low, high, n)


def paired_interval(before: Sequence[float], after: Sequence[float], seed: int = 0) -> Interval:
    """Mean of ``after - before`` on the same tasks, with its interval as of `mean_interval`.

    Raises:
        ValueError: the lists have different lengths or are empty.

    Example:
        >>> paired_interval([0.0] * 50, [1.0] * 50)
        Interval(value=1.0, low=1.0, high=1.0, n=50)
    """
    return mean_interval([b - a for a, b in zip(before, after, strict=True)], seed)


def crossed_interval(rows: Sequence[Sequence[float]], seed: int = 0) -> Interval:
    """Mean over seeds and tasks, with a bootstrap 95 % interval over both.

    Every seed faces the same tasks, so seeds and tasks are drawn apart from each other. With few
    seeds this says too little of what another seed would do: with three, the variance between
    seeds is shown at two thirds of what it is.

    Args:
        rows: one row a seed, with a value for each task, in the same order.
        seed: of the resampling.

    Raises:
        ValueError: no values, or rows of different lengths.

    Example:
        >>> crossed_interval([[1.0, 1.0], [3.0, 3.0]]).value
        2.0
    """
    if len({len(row) for row in rows}) != 1:
        raise ValueError("every seed needs a value for each task")
    if len(rows) == 1:
        return mean_interval(rows[0], seed)
    n, seeds = len(rows[0]), len(rows)
    draw = random.Random(seed)
    chosen = [tuple(sorted(draw.choices(range(seeds), k=seeds))) for _ in range(RESAMPLES)]
    columns = {some: [fmean(rows[s][i] for s in some) for i in range(n)] for some in set(chosen)}
    pairs = zip(chosen, task_draws(n, seed), strict=True)
    means = sorted(sum(columns[some][i] for i in tasks) / n for some, tasks in pairs)
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
    return Interval(fmean(map(fmean, rows)), low, high, n * seeds)


@lru_cache(8)
def task_draws(n: int, seed: int) -> list[list[int]]:
    """Places of resampled tasks; kept, as a table asks for the same ones again and again."""
    draw = random.Random(seed)
    return [draw.choices(range(n), k=n) for _ in range(RESAMPLES)]
