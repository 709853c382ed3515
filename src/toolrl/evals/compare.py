"""Two runs of a benchmark, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from toolrl.errors import DataError
from toolrl.evals.benchmark import FIGURES, Benchmark
from toolrl.evals.shares import Observed, change, is_plain, no_change_p, weighted_change
from toolrl.evals.weighted import group_of

Row = Mapping[str, Any]


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
        found[figure] = changes(benchmark, pairs_of(both, figure))
    return found


def changes(benchmark: Benchmark, counted: Mapping[str, Observed]) -> dict[str, Any]:
    """Differences in all and by category, of one figure; ``test`` says what ``p`` is of.

    McNemar's exact test where the headline counts each item alike and none belong together, else
    the sign-flip test with the headline's weights.
    """
    pairs = {key: counted[key] for key in benchmark.categories if key in counted}
    name, weights = benchmark.headline(pairs)
    return {
        "overall": {
            "weighting": name,
            **weighted_change(pairs, weights).to_dict(),
            "only_before": sum(pair.lost for pair in pairs.values()),
            "only_after": sum(pair.won for pair in pairs.values()),
            "p": round(no_change_p(pairs, weights), 4),
            "test": "mcnemar" if is_plain(pairs, weights) else "sign_flip",
        },
        "categories": {
            key: change(pair).to_dict() | {"only_before": pair.lost, "only_after": pair.won}
            for key, pair in pairs.items()
        },
    }


def failed(row: Row) -> bool:
    """Whether an item has no answer."""
    return bool(row.get("failed"))


def pairs_of(both: Iterable[tuple[Row, Row]], figure: str) -> dict[str, Observed]:
    """What changed, by category."""
    pairs: dict[str, list[tuple[float, str]]] = {}
    for one, other in both:
        gain = bool(other[figure]) - bool(one[figure])
        pairs.setdefault(one["category"], []).append((gain, group_of(other) or group_of(one)))
    return {name: Observed.of(some) for name, some in pairs.items()}
