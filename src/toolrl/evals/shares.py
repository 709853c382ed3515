"""Shares and differences of shares, with intervals that know clusters and never have no width.

Closed forms for independent items, applied to the *effective* number of items: all counts are
divided by the design effect (`toolrl.evals.clusters`). Where every item stands alone that is 1.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from statistics import fmean

from toolrl.evals.clusters import Z95, clusters_of, design_effect
from toolrl.evals.statistics import Interval, share_interval

Weights = dict[str, float]
"""Category to its weight in a mean of categories."""
FLIPS = 9999


@dataclass(frozen=True, slots=True)
class Observed:
    """Observations of one figure, and the clusters they belong to.

    Attributes:
        values: 1.0 or 0.0 for an item that is right or wrong; for a pair of answers to one item
            the difference, 1.0, 0.0 or -1.0.
        groups: each one's cluster; empty stands alone.
    """

    values: tuple[float, ...]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, str]]) -> Observed:
        """From pairs of value and group."""
        values, groups = zip(*pairs, strict=True)
        return cls(tuple(map(float, values)), groups)

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.values)

    @property
    def won(self) -> int:
        """How many are right; of pairs, only after."""
        return self.values.count(1.0)

    @property
    def lost(self) -> int:
        """Of pairs, how many are right only before."""
        return self.values.count(-1.0)


Categories = Mapping[str, Observed]


def share(observed: Observed) -> Interval:
    """The share of right items, with Wilson's interval of the effective counts.

    Example:
        >>> share(Observed((1.0, 0.0), ("", ""))) == share_interval(1, 2)
        True
    """
    n = observed.n / effect({"": observed}, {"": 1.0})
    value = observed.won / observed.n
    found = share_interval(value * n, n)
    return Interval(value, min(found.low, value), max(found.high, value), observed.n)


def change(observed: Observed) -> Interval:
    """The mean difference of pairs of right or wrong answers; see `weighted_change`."""
    return weighted_change({"": observed}, {"": 1.0})


def weighted_share(categories: Categories, weights: Weights) -> Interval:
    """Weighted mean of the categories' shares.

    The 95 % interval adds up the categories' variances, each with two right and two wrong items
    added (Agresti and Coull, 1998), so that a category without a hit is not taken for certain.
    """
    by = effect(categories, weights)
    value = variance = 0.0
    for name, weight in weights.items():
        one = categories[name]
        n = one.n / by
        right = (one.won / by + 2) / (n + 4)
        value += weight * one.won / one.n
        variance += weight**2 * right * (1 - right) / (n + 4)
    half = Z95 * math.sqrt(variance)
    return Interval(
        value, max(0.0, value - half), min(1.0, value + half), count(categories, weights)
    )


def weighted_change(categories: Categories, weights: Weights) -> Interval:
    """Weighted mean of the categories' differences of shares, of paired items.

    The 95 % interval adds half an item to each of a category's four cells (Agresti and Min, 2005),
    so that a category without a change is not taken for certain.

    Example:
        >>> ten = Observed((1.0,) * 3 + (-1.0,) + (0.0,) * 6, ("",) * 10)
        >>> weighted_change({"a": ten}, {"a": 1.0}).value
        0.2
    """
    by = effect(categories, weights)
    value = variance = 0.0
    for name, weight in weights.items():
        one = categories[name]
        n, gain, moved = one.n / by, (one.won - one.lost) / by, (one.won + one.lost) / by
        value += weight * (one.won - one.lost) / one.n
        variance += weight**2 * ((moved + 1) / (n + 2) - (gain / (n + 2)) ** 2) / (n + 2)
    half = Z95 * math.sqrt(variance)
    n = count(categories, weights)
    return Interval(value, max(-1.0, value - half), min(1.0, value + half), n)


def count(categories: Categories, weights: Weights) -> int:
    """How many items a weighted mean is of."""
    return sum(categories[name].n for name in weights)


def effect(categories: Categories, weights: Weights) -> float:
    """The design effect of a weighted mean; a cluster may have members in several categories."""
    values: list[float] = []
    each: list[float] = []
    groups: list[str] = []
    for name, weight in weights.items():
        one = categories[name]
        mean = fmean(one.values)
        values += [value - mean for value in one.values]
        each += [weight / one.n] * one.n
        groups += one.groups
    return design_effect(values, each, groups)


def is_plain(categories: Categories, weights: Weights) -> bool:
    """Whether a weighted mean counts every item alike, and each stands alone."""
    each = [weights[name] / categories[name].n for name in weights]
    groups = [group for name in weights for group in categories[name].groups]
    alone = len(clusters_of(groups, len(groups))) == len(groups)
    return alone and max(each) - min(each) < 1e-9 * max(each)


def no_change_p(categories: Categories, weights: Weights, seed: int = 0) -> float:
    """Two-sided p of a difference at least as large, if each change were as likely turned round.

    The test of the very difference that `weighted_change` gives, so the two do not point in
    opposite directions: a change counts with its category's weight, and changes of one cluster are
    turned together. Where all count alike and each stands alone this is McNemar's exact test; else
    it is Fisher's sign-flip test with 9999 random draws, and p is at least 0.0001.
    """
    names = list(weights)
    if is_plain(categories, weights):
        lost, won = (sum(getattr(categories[name], of) for name in names) for of in ("lost", "won"))
        return mcnemar(lost, won)
    values = [
        value * weights[name] / categories[name].n
        for name in names
        for value in categories[name].values
    ]
    groups = [group for name in names for group in categories[name].groups]
    return flipped(
        [sum(values[i] for i in places) for places in clusters_of(groups, len(groups))], seed
    )


def flipped(gains: Sequence[float], seed: int = 0) -> float:
    """Two-sided p of a sum, over random signs of its parts."""
    sizes = Counter(round(abs(gain), 12) for gain in gains if abs(gain) > 1e-12)
    least, draw = abs(sum(gains)) - 1e-9, random.Random(seed)
    reached = sum(
        abs(sum(size * (2 * draw.getrandbits(n).bit_count() - n) for size, n in sizes.items()))
        >= least
        for _ in range(FLIPS)
    )
    return (1 + reached) / (1 + FLIPS)


def mcnemar(lost: int, won: int) -> float:
    """Exact two-sided p of as many changes one way and the other, if both were as likely.

    Example:
        >>> mcnemar(0, 5), mcnemar(3, 3)
        (0.0625, 1.0)
    """
    n, least = lost + won, min(lost, won)
    return min(1.0, 2 * sum(comb(n, i) for i in range(least + 1)) / 2**n)
