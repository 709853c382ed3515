"""Scores of a benchmark's categories, and weighted means of them with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from toolrl.evals.statistics import Z95, Interval, share_interval

Weights = dict[str, float]
Counts = Mapping[str, tuple[int, int]]
"""By category: how many are right, of how many."""


MEAN = "mean_of_categories"


def whole(name: str) -> Weights:
    """One category by itself."""
    return {name: 1.0}


def equal(*parts: Weights) -> Weights:
    """The plain mean of several scores, as weights of categories.

    Example:
        >>> equal({"a": 1.0}, {"b": 0.5, "c": 0.5})
        {'a': 0.5, 'b': 0.25, 'c': 0.25}
    """
    return mixed(dict.fromkeys(range(len(parts)), 1.0), parts)


def mixed(shares: Mapping[int, float], parts: Iterable[Weights]) -> Weights:
    """Several scores, each with its share (they need not sum to 1), as weights of categories."""
    total, weights = sum(shares.values()), {}
    for number, part in enumerate(parts):
        for name, weight in part.items():
            weights[name] = weights.get(name, 0.0) + weight * shares[number] / total
    return weights


def weighted(counts: Counts, weights: Weights) -> Interval | None:
    """Weighted mean of the categories' shares; None when one of them was not run.

    The 95 % interval adds up the categories' variances, each with two right and two wrong items
    added (Agresti and Coull, 1998), so that a category without a hit is not taken for certain.

    Example:
        >>> weighted({"a": (10, 10), "b": (0, 10)}, {"a": 0.5, "b": 0.5}).value
        0.5
    """
    if not weights.keys() <= counts.keys():
        return None
    if len(weights) == 1:
        ((name, _),) = weights.items()
        if weights[name] == 1.0:
            return share_interval(*counts[name])
    value = sum(weight * counts[name][0] / counts[name][1] for name, weight in weights.items())
    variance = 0.0
    for name, weight in weights.items():
        hits, n = counts[name]
        share = (hits + 2) / (n + 4)
        variance += weight**2 * share * (1 - share) / (n + 4)
    half = Z95 * math.sqrt(variance)
    n = sum(counts[name][1] for name in weights)
    return Interval(value, max(0.0, value - half), min(1.0, value + half), n)


def counts_of(rows: Iterable[Mapping[str, Any]], figure: str) -> dict[str, tuple[int, int]]:
    """By category, how many rows have a true ``figure``, of how many."""
    counts: dict[str, tuple[int, int]] = {}
    for row in rows:
        hits, n = counts.get(row["category"], (0, 0))
        counts[row["category"]] = (hits + bool(row[figure]), n + 1)
    return counts


def categories(counts: Counts) -> dict[str, Any]:
    """Each category's share with Wilson's interval."""
    return {name: share_interval(hits, n).to_dict() for name, (hits, n) in counts.items()}
