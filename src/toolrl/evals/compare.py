"""Two runs of a benchmark, item by item."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from math import comb
from typing import Any

from toolrl.errors import DataError
from toolrl.evals.benchmark import FIGURES, Benchmark
from toolrl.evals.statistics import Z95, Interval
from toolrl.evals.weighted import Weights

Row = Mapping[str, Any]
Pairs = Mapping[str, tuple[int, int, int]]
"""By category: items right only before, only after, and how many in all."""


def compare_rows(
    benchmark: Benchmark, before: Iterable[Row], after: Iterable[Row], *, variants: bool = False
) -> dict[str, Any]:
    """Paired differences ``after - before``, by figure: in all, and in each category.

    Items that failed in either run are left out, and counted. So are items that stand in one run
    only where ``variants`` says that the runs change the items differently: a variant is without
    the items that its change can't be made to.

    Raises:
        DataError: the runs are of different items, or no item was answered in both.
    """
    left, right = ({row["item"]: row for row in rows} for rows in (before, after))
    alone = left.keys() ^ right.keys()
    if alone and not variants:
        raise DataError(
            f"the two runs are of different items ({len(alone)} stand in only one); run both with "
            "the same categories, limit and seed, to their ends"
        )
    shared = [(row, right[item]) for item, row in left.items() if item in right]
    both = [pair for pair in shared if not any(map(failed, pair))]
    if not both:
        raise DataError("no item was answered in both runs")
    found: dict[str, Any] = {
        "n": len(both),
        "left_out": len(shared) - len(both),
        "only_one": len(alone),
    }
    for figure in FIGURES:
        counted = pairs_of(both, figure)
        pairs = {key: counted[key] for key in benchmark.categories if key in counted}
        name, weights = benchmark.headline(pairs)
        lost, won = (sum(pair[i] for pair in pairs.values()) for i in (0, 1))
        found[figure] = {
            "overall": {
                "weighting": name,
                **difference(pairs, weights).to_dict(),
                "only_before": lost,
                "only_after": won,
                "p": round(mcnemar(lost, won), 4),
            },
            "categories": {
                key: difference(pairs, {key: 1.0}).to_dict()
                | {"only_before": pair[0], "only_after": pair[1]}
                for key, pair in pairs.items()
            },
        }
    return found


def failed(row: Row) -> bool:
    """Whether an item has no answer."""
    return bool(row.get("failed"))


def pairs_of(both: Iterable[tuple[Row, Row]], figure: str) -> dict[str, tuple[int, int, int]]:
    """What changed, by category."""
    pairs: dict[str, tuple[int, int, int]] = {}
    for one, other in both:
        lost, won, n = pairs.get(one["category"], (0, 0, 0))
        lost += one[figure] and not other[figure]
        won += other[figure] and not one[figure]
        pairs[one["category"]] = (lost, won, n + 1)
    return pairs


def difference(pairs: Pairs, weights: Weights) -> Interval:
    """Weighted mean of the categories' differences of shares.

    The 95 % interval adds half an item to each of a category's four cells (Agresti and Min, 2005),
    so that a category without a change is not taken for certain.

    Example:
        >>> difference({"a": (1, 3, 10)}, {"a": 1.0}).value
        0.2
    """
    value = variance = 0.0
    for name, weight in weights.items():
        lost, won, n = pairs[name]
        value += weight * (won - lost) / n
        share = (won - lost) / (n + 2)
        variance += weight**2 * ((won + lost + 1) / (n + 2) - share**2) / (n + 2)
    half = Z95 * math.sqrt(variance)
    n = sum(pairs[name][2] for name in weights)
    return Interval(value, max(-1.0, value - half), min(1.0, value + half), n)


def mcnemar(lost: int, won: int) -> float:
    """Exact two-sided p of as many changes one way and the other, if both were as likely.

    Example:
        >>> mcnemar(0, 5), mcnemar(3, 3)
        (0.0625, 1.0)
    """
    n, least = lost + won, min(lost, won)
    return min(1.0, 2 * sum(comb(n, i) for i in range(least + 1)) / 2**n)
