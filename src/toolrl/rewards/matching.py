"""Which predicted call answers which expected call: a pure, optimal assignment.

A call is its *form*: argument name to canonical value (`toolrl.schema.values`). Calls are compared
within one tool name only. Two calls are worth ``key_points(keys, keys)`` plus one point for every
argument that both have with the same value; a matching is worth the sum, and the best is found.

Equal calls are matched first. That loses nothing: sharing arguments, and the Jaccard index and
equality of key sets, are one minus a distance that keeps the triangle inequality, so a pair of
equal calls can always be swapped into a best matching.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from math import lcm

from toolrl.rewards.assignment import assign
from toolrl.rewards.shared_counts import Form, count_shared, read_counts

Pairs = list[tuple[int, int]]
KeyPoints = Callable[[int, int, int], Fraction]

_FEW_PAIRS = 16
_EXACT_AS_FLOAT = 2**40  # prices are sums of a few thousand costs at most, well below 2**53


@cache
def jaccard(shared: int, first: int, second: int) -> Fraction:
    """Shared keys over all keys (paper section 3.3); two calls without arguments agree fully.

    Args:
        shared: how many keys both calls have.
        first: how many keys the one call has.
        second: how many the other.

    Example:
        >>> jaccard(1, 2, 2)
        Fraction(1, 3)
    """
    union = first + second - shared
    return Fraction(shared, union) if union else Fraction(1)


@cache
def same_keys(shared: int, first: int, second: int) -> Fraction:
    """One when the key sets are equal, else nothing (paper section 5.3, "finegrained")."""
    return Fraction(int(shared == first == second))


def pair_points(expected: Form, predicted: Form, key_points: KeyPoints = jaccard) -> float:
    """What one predicted call earns for one expected call of the same tool.

    Example:
        >>> pair_points({"a": 1, "b": 2}, {"a": 1, "b": 3})
        2.0
    """
    size = len(expected)
    if expected == predicted:
        return 1.0 + size
    keys = values = 0
    for key, value in expected.items():
        if key in predicted:
            keys += 1
            if predicted[key] == value:
                values += 1
    if keys == size == len(predicted):
        return 1.0 + values
    return float(key_points(keys, size, len(predicted))) + values


def best_pairs(
    expected: Sequence[Form], predicted: Sequence[Form], key_points: KeyPoints = jaccard
) -> Pairs:
    """The matching with the most points, as ``(expected index, predicted index)`` pairs.

    As many pairs as the shorter list has calls, even where a pair earns nothing.

    Example:
        >>> best_pairs([{"x": 1}, {"x": 1, "y": 2}], [{"x": 1, "y": 2}, {"z": 5}])
        [(0, 1), (1, 0)]
    """
    if len(expected) == 1 and len(predicted) == 1:
        return [(0, 0)]
    pairs, rows, columns = _match_equal(expected, predicted)
    if rows and columns:
        pairs += _match_rest(expected, predicted, rows, columns, key_points)
    return sorted(pairs)


def _match_equal(
    expected: Sequence[Form], predicted: Sequence[Form]
) -> tuple[Pairs, list[int], list[int]]:
    """Pair off equal calls; returns the pairs and the indices left on both sides."""
    if len(expected) * len(predicted) <= _FEW_PAIRS:
        return _match_few_equal(expected, predicted)
    waiting: dict[frozenset, list[int]] = {}
    for j in reversed(range(len(predicted))):
        waiting.setdefault(frozenset(predicted[j].items()), []).append(j)
    pairs, rows = [], []
    for i, form in enumerate(expected):
        same = waiting.get(frozenset(form.items()))
        if same:
            pairs.append((i, same.pop()))
        else:
            rows.append(i)
    return pairs, rows, sorted(j for left in waiting.values() for j in left)


def _match_few_equal(
    expected: Sequence[Form], predicted: Sequence[Form]
) -> tuple[Pairs, list[int], list[int]]:
    """The same for a handful of calls, where comparing each with each is faster than hashing."""
    left = list(range(len(predicted)))
    pairs, rows = [], []
    for i, form in enumerate(expected):
        for j in left:
            if predicted[j] == form:
                pairs.append((i, j))
                left.remove(j)
                break
        else:
            rows.append(i)
    return pairs, rows, left


def _match_rest(
    expected: Sequence[Form],
    predicted: Sequence[Form],
    rows: list[int],
    columns: list[int],
    key_points: KeyPoints,
) -> Pairs:
    if len(rows) == len(columns) == 1:
        return [(rows[0], columns[0])]
    if len(rows) > len(columns):  # the shorter side searches, so nobody searches in vain
        swapped = _match_rest(predicted, expected, columns, rows, key_points)
        return [(i, j) for j, i in swapped]
    found = assign(
        pair_costs([expected[i] for i in rows], [predicted[j] for j in columns], key_points)
    )
    return [(rows[r], columns[c]) for r, c in enumerate(found)]


def pair_costs(
    rows: Sequence[Form], columns: Sequence[Form], key_points: KeyPoints = jaccard
) -> list[list[float]]:
    """For each row the cost of each column: its points, scaled to whole numbers, below nothing.

    Example:
        >>> pair_costs([{"a": 1}], [{"a": 2}, {"a": 1, "b": 2}])
        [[-2.0, -3.0]]
    """
    lines = count_shared(rows, columns)
    met: dict[int, set[int]] = {}  # size of a row to all counts in its line: few among many pairs
    for row, line in zip(rows, lines, strict=True):
        met.setdefault(len(row), set()).update(line)
    costs = _costs_of_counts(met, key_points)
    return [
        list(map(costs[len(row)].__getitem__, line)) for row, line in zip(rows, lines, strict=True)
    ]


def _costs_of_counts(
    met: dict[int, set[int]], key_points: KeyPoints
) -> dict[int, dict[int, float]]:
    """What each count costs for a row of each size; floats, which are faster, while exact."""
    read = {size: [read_counts(packed) for packed in counts] for size, counts in met.items()}
    points = {
        (keys, size, other): key_points(keys, size, other)
        for size, shared in read.items()
        for keys, other in {(keys, other) for keys, _, other in shared}
    }
    scale = lcm(*(one.denominator for one in points.values()))
    worth = {shape: one.numerator * (scale // one.denominator) for shape, one in points.items()}
    number = float if scale * (1 + max(met)) < _EXACT_AS_FLOAT else int
    return {
        size: {
            packed: number(-worth[keys, size, other] - arguments * scale)
            for packed, (keys, arguments, other) in zip(counts, read[size], strict=True)
        }
        for size, counts in met.items()
    }
