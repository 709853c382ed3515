"""Intervals, so that no figure stands alone, and none claims to be certain.

Means of scores are resampled (here), shares and their differences have closed forms
(`toolrl.evals.shares`). Both know clusters (`toolrl.evals.clusters`), and neither gives an interval
without width: where all observations are equal, resampling shows nothing, and `unvaried` says what
is known all the same. Everything is standard library.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean

from toolrl.evals.clusters import Z95, clusters_of, few

RESAMPLES = 2000

Range = tuple[float, float]
"""The least and the greatest value that an observation can have, whatever was seen."""
UNIT: Range = (0.0, 1.0)
UNKNOWN: Range = (-math.inf, math.inf)
Groups = Sequence[str] | None
"""Of each observation the name of its cluster; empty, or None for all: it stands alone."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval and the number of observations."""

    value: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, float]:
        """JSON form, rounded to four places; an unknown bound is null."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4) if math.isfinite(self.low) else None,
            "high": round(self.high, 4) if math.isfinite(self.high) else None,
            "n": self.n,
        }


def mean_interval(
    values: Sequence[float], groups: Groups = None, *, within: Range = UNKNOWN, seed: int = 0
) -> Interval:
    """Mean with a bootstrap 95 % interval over clusters.

    Percentiles of 2000 resamples; rewards pile up at the ends of their range and at zero
    difference, and are far from normal. Whole clusters are drawn, and where that leaves fewer draws
    than values the interval is widened by `few`. Where each value stands alone the interval stays
    within those that were seen, unless they are all equal (`unvaried`).

    Args:
        values: one an observation.
        groups: their clusters.
        within: what a value can be; unknown, equal values have no interval: its bounds are
            infinite.
        seed: of the resampling.

    Raises:
        ValueError: no values, or not one group for each.

    Example:
        >>> mean_interval([1.0, 3.0]).value
        2.0
        >>> mean_interval([1.0] * 20, within=(0.0, 4.0)).to_dict()
        {'value': 1.0, 'low': 0.8316, 'high': 1.5053, 'n': 20}
    """
    if not values:
        raise ValueError("no values to average")
    n = len(values)
    places = clusters_of(groups, n)
    sums, sizes = [sum(values[i] for i in some) for some in places], [*map(len, places)]
    draw, count = random.Random(seed), len(places)
    drawn = (draw.choices(range(count), k=count) for _ in range(RESAMPLES))
    means = sorted(ratio(sums, sizes, some) for some in drawn)
    return resampled(fmean(values), means, n, count, values, within)


def ratio(sums: Sequence[float], sizes: Sequence[int], drawn: Sequence[int]) -> float:
    """The mean of the drawn clusters' members."""
    return sum(map(sums.__getitem__, drawn)) / sum(map(sizes.__getitem__, drawn))


def resampled(
    value: float,
    means: Sequence[float],
    n: int,
    clusters: int,
    values: Sequence[float],
    within: Range,
    alone: int | None = None,
) -> Interval:
    """The interval of a sorted list of resampled means.

    Args:
        value: the mean itself.
        means: the resampled ones.
        n: observations, for the record.
        clusters: those that were drawn from.
        values: all that were observed.
        within: what a value can be.
        alone: how many there would be to draw from if each stood alone; None is n.
    """
    alone = n if alone is None else alone
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
    least, most = min(values), max(values)
    if high - low <= 1e-12 * max(1.0, abs(least), abs(most)):
        value = min(max(value, least), most)
        return Interval(value, *unvaried(value, clusters, within), n)
    if clusters < alone:
        wider = few(clusters, alone)
        low, high = value - wider * (value - low), value + wider * (high - value)
        least, most = within
    # A mean of equal values may be rounded to their neighbour.
    return Interval(*(min(max(x, least), most) for x in (value, low, high)), n)


def unvaried(value: float, clusters: int, within: Range) -> Range:
    """A 95 % interval for a mean where all of so many independent observations are one value.

    With a range ``[a, b]`` and ``c = 0.025 ** (1 / clusters)`` it is ``a + c * (value - a)`` to
    ``b - c * (b - value)``. By Markov's inequality an observation exceeds ``a`` by more than
    ``1 / c`` times what the mean does in less than ``c`` of the cases, so all of them do in less
    than 2.5 %; from ``b`` likewise. For shares it is Clopper and Pearson's exact interval (1934),
    and its width is nearly that of the "rule of three" (Hanley and Lippman-Hand, 1983), for 97.5 %:
    the range times 3.7 over ``clusters``. It holds for any distribution, so it is a wide one.

    Example:
        >>> [round(bound, 3) for bound in unvaried(0.0, 30, (-1.0, 1.0))]
        [-0.116, 0.116]
    """
    least, most = min(within[0], value), max(within[1], value)
    kept = 0.025 ** (1 / clusters)
    low = least + kept * (value - least) if math.isfinite(least) else least
    high = most - kept * (most - value) if math.isfinite(most) else most
    return low, high


def share_interval(hits: float, n: float) -> Interval:
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


def differences_within(within: Range) -> Range:
    """What a difference of two values can be.

    Example:
        >>> differences_within((-3.0, 4.0))
        (-7.0, 7.0)
    """
    return within[0] - within[1], within[1] - within[0]


def paired_interval(
    before: Sequence[float],
    after: Sequence[float],
    groups: Groups = None,
    *,
    within: Range = UNKNOWN,
    seed: int = 0,
) -> Interval:
    """Mean of ``after - before`` on the same tasks, with its interval as of `mean_interval`.

    Where no pair differs, `unvaried` bounds the share of those that would, times the range.

    Args:
        before: a value a task.
        after: the same.
        groups: the tasks' clusters.
        within: what a value can be, before or after.
        seed: of the resampling.

    Raises:
        ValueError: the lists have different lengths or are empty.

    Example:
        >>> paired_interval([0.0] * 50, [1.0] * 50, within=(0.0, 1.0)).to_dict()
        {'value': 1.0, 'low': 0.8578, 'high': 1.0, 'n': 50}
    """
    gains = [b - a for a, b in zip(before, after, strict=True)]
    return mean_interval(gains, groups, within=differences_within(within), seed=seed)


def crossed_interval(
    rows: Sequence[Sequence[float]],
    groups: Groups = None,
    *,
    within: Range = UNKNOWN,
    seed: int = 0,
) -> Interval:
    """Mean over seeds and tasks, with a bootstrap 95 % interval over both.

    Every seed faces the same tasks, so seeds and clusters of tasks are drawn apart from each other.
    With few seeds this says too little of what another seed would do: with three, the variance
    between seeds is shown at two thirds of what it is. Where all seeds have one value on every
    task the interval is `unvaried`'s over the tasks, which says nothing of other seeds.

    Args:
        rows: one row a seed, with a value for each task, in the same order.
        groups: the tasks' clusters.
        within: what a value can be.
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
        return mean_interval(rows[0], groups, within=within, seed=seed)
    n, seeds = len(rows[0]), len(rows)
    places = clusters_of(groups, n)
    draw = random.Random(seed)
    chosen = [tuple(sorted(draw.choices(range(seeds), k=seeds))) for _ in range(RESAMPLES)]
    columns = {
        some: [sum(fmean(rows[s][i] for s in some) for i in cluster) for cluster in places]
        for some in set(chosen)
    }
    sizes = [*map(len, places)]
    pairs = zip(chosen, task_draws(len(places), RESAMPLES, seed), strict=True)
    means = sorted(ratio(columns[some], sizes, drawn) for some, drawn in pairs)
    values = [value for row in rows for value in row]
    return resampled(fmean(values), means, n * seeds, len(places), values, within, alone=n)


@lru_cache(8)
def task_draws(n: int, times: int, seed: int) -> list[list[int]]:
    """Places of resampled tasks; kept, as a table asks for the same ones again and again."""
    draw = random.Random(seed)
    return [draw.choices(range(n), k=n) for _ in range(times)]
