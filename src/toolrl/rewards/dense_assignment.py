"""Minimum-cost assignment over a full matrix of integers: for weights of many different sizes.

First every free row takes its cheapest column and pays it up to the second cheapest (an auction
round), which settles most rows; what stays free is settled by shortest augmenting paths, which is
exact. Both keep the invariant that a matched row sits on a column of least reduced cost, and a
column that was never taken keeps price 0, so that fewer rows than columns are fine.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, repeat
from math import inf
from operator import sub

_AUCTION_ROUNDS = 4  # per row; more costs as much as the paths that it saves


def assign_dense(cost: Sequence[Sequence[float]], columns: int) -> list[int]:
    """The column of each row so that the sum of costs is the least possible.

    Args:
        cost: for each row the cost of each column: whole numbers, as int or as float.
        columns: how many columns there are, at least as many as rows.

    Example:
        >>> assign_dense([[0, 1], [0, 3]], 2)
        [1, 0]
    """
    return _DenseAssignment(cost, columns).solve()


class _DenseAssignment:
    """Prices of the columns (at most 0) and the matching so far."""

    def __init__(self, cost: Sequence[Sequence[float]], columns: int):
        self.cost = cost
        square = len(cost) == columns  # then every column is taken in the end, at any price
        self.price = list(map(min, *cost)) if square and columns > 1 else [0] * columns
        self.column_of = [-1] * len(cost)
        self.row_of = [-1] * columns

    def solve(self) -> list[int]:
        for root in self._auction():
            self._shortest_path(root)
        return self.column_of

    def _reduced(self, row: int) -> list[float]:
        return list(map(sub, self.cost[row], self.price))

    def _auction(self) -> list[int]:
        """Rows bid for their cheapest column; returns the rows that are still free."""
        waiting, tied = list(range(len(self.cost))), []
        for _ in repeat(None, _AUCTION_ROUNDS * len(self.cost)):
            if not waiting or len(self.price) < 2:
                break
            row = waiting.pop()
            if not self._bid(row, waiting):
                tied.append(row)
        return waiting + tied

    def _bid(self, row: int, waiting: list[int]) -> bool:
        reduced = self._reduced(row)
        best = min(reduced)
        column = reduced.index(best)
        reduced[column] = inf
        second = min(reduced)
        self.price[column] -= second - best
        loser = self.row_of[column]
        if loser >= 0 and second == best:
            column = reduced.index(second)
            loser = self.row_of[column]
            if loser >= 0:
                return False
        self.row_of[column], self.column_of[row] = row, column
        if loser >= 0:
            self.column_of[loser] = -1
            waiting.append(loser)
        return True

    def _shortest_path(self, root: int) -> None:
        """Dijkstra over columns from a free row to the nearest free column, then turn it around.

        ``level`` is distance plus price: what the cost of an edge is compared with. A column that
        is done has an infinite distance and a level that nothing undercuts.
        """
        distance, parent = self._reduced(root), [root] * len(self.price)
        level, done = list(self.cost[root]), []
        while True:
            reached = min(distance)
            column = distance.index(reached)
            if self.row_of[column] < 0:
                break
            done.append((column, reached))
            distance[column], level[column] = inf, -inf
            self._relax(column, reached, distance, level, parent)
        for other, at in done:
            self.price[other] += at - reached
        self._turn_around(root, column, parent)

    def _relax(
        self, column: int, reached: float, distance: list, level: list, parent: list[int]
    ) -> None:
        row, price = self.row_of[column], self.price
        line = self.cost[row]
        offset = line[column] - price[column] - reached
        closer = [k for k, gap in enumerate(map(sub, line, level)) if gap < offset]
        for other in closer:
            level[other] = line[other] - offset
            distance[other] = level[other] - price[other]
            parent[other] = row

    def _turn_around(self, root: int, column: int, parent: list[int]) -> None:
        for _ in count():
            row = parent[column]
            self.row_of[column] = row
            self.column_of[row], column = column, self.column_of[row]
            if row == root:
                return
