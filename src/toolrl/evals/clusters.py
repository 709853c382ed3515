"""Observations that belong together: turns of one conversation, calls of one chain.

They resemble each other, so that ten of one conversation say less than one of each of ten. Whoever
gives ``groups`` gives each observation its cluster's name; the empty name stands alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)


def clusters_of(groups: Sequence[str] | None, n: int) -> list[list[int]]:
    """Places of the observations, cluster by cluster, in the order in which they come.

    Raises:
        ValueError: not one group for each observation.

    Example:
        >>> clusters_of(["a", "", "a", ""], 4), clusters_of(None, 2)
        ([[0, 2], [1], [3]], [[0], [1]])
    """
    if groups is None:
        return [[place] for place in range(n)]
    found: dict[str | int, list[int]] = {}
    for place, (group, _) in enumerate(zip(groups, range(n), strict=True)):
        found.setdefault(group or place, []).append(place)
    return list(found.values())


def design_effect(
    values: Sequence[float], weights: Sequence[float], groups: Sequence[str] | None
) -> float:
    """By how much the clusters widen a weighted mean's variance; 1 where each stands alone.

    Kish's design effect, from the linearised variance between clusters (Kish, *Survey Sampling*,
    1965), at least 1, times the squared ratio of Student's quantiles for so many clusters and for
    so many observations (Korn and Graubard, 1998). Values without any spread tell nothing of how
    the members of a cluster resemble each other: they are then taken to be as one.

    Args:
        values: less their mean.
        weights: of each value in the mean.
        groups: of each value.

    Example:
        >>> design_effect([0.0] * 4, [0.25] * 4, ["a", "a", "b", "b"])
        2.0
    """
    clusters, n = clusters_of(groups, len(values)), len(values)
    count = len(clusters)
    if count == n:
        return 1.0
    parts = [weight * value for weight, value in zip(weights, values, strict=True)]
    alone = sum(part**2 for part in parts) * n / (n - 1)
    squares = sum(weight**2 for weight in weights)
    if count == 1 or alone < 1e-18 * squares:
        return sum(sum(weights[i] for i in places) ** 2 for places in clusters) / squares
    between = sum(sum(parts[i] for i in places) ** 2 for places in clusters) * count / (count - 1)
    return max(1.0, between / alone) * few(count, n) ** 2


def few(clusters: int, n: int) -> float:
    """How much wider an interval is, having its spread from so few clusters and not from n values.

    Example:
        >>> few(30, 30), round(few(10, 1000), 2)
        (1.0, 1.15)
    """
    return student(clusters - 1) / student(n - 1)


def student(freedom: int) -> float:
    """Student's quantile for 95 %, two-sided; by its expansion from 3 degrees of freedom on.

    Example:
        >>> [round(student(n), 2) for n in (1, 2, 3, 9, 30)]
        [12.71, 4.3, 3.16, 2.26, 2.04]
    """
    if freedom == 1:
        return math.tan(0.475 * math.pi)
    if freedom == 2:
        return 0.95 * math.sqrt(2 / (1 - 0.95**2))
    z, n = Z95, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )
