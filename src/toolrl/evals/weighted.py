"""Scores of a benchmark's categories, and weighted means of them with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from toolrl.evals.shares import Categories, Observed, Weights, share, weighted_share
from toolrl.evals.statistics import Interval

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


def weighted(observed: Categories, weights: Weights) -> Interval | None:
    """Weighted mean of the categories' shares; None when one of them was not run.

    One category by itself has Wilson's interval, others Agresti and Coull's; both know clusters.

    Example:
        >>> ten = ("",) * 10
        >>> both = {"a": Observed((1.0,) * 10, ten), "b": Observed((0.0,) * 10, ten)}
        >>> weighted(both, {"a": 0.5, "b": 0.5}).value
        0.5
    """
    if not weights.keys() <= observed.keys():
        return None
    if list(weights.values()) == [1.0]:
        return share(observed[next(iter(weights))])
    return weighted_share(observed, weights)


def group_of(row: Mapping[str, Any]) -> str:
    """The cluster of a line of ``samples.jsonl``: what it was cut from; empty stands alone."""
    return row.get("group") or ""


def observed_in(rows: Iterable[Mapping[str, Any]], figure: str) -> dict[str, Observed]:
    """By category, which rows have a true ``figure``."""
    found: dict[str, list[tuple[float, str]]] = {}
    for row in rows:
        found.setdefault(row["category"], []).append((bool(row[figure]), group_of(row)))
    return {name: Observed.of(pairs) for name, pairs in found.items()}


def categories(observed: Categories) -> dict[str, Any]:
    """Each category's share with its interval."""
    return {name: share(one).to_dict() for name, one in observed.items()}
