"""Minimum-cost assignment over a full matrix, exact and without numpy.

Every column has a price, and a row wants the column where cost plus price is the least. First each
row bids once: it takes the column it wants and pays for it up to its second choice, which settles
most rows. The others are settled by shortest augmenting paths. Both keep what makes a matching the
best one: a matched row has a column that it wants, and no price is lower than that of a column that
nobody took.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from math import inf
from operator import add


def assign(cost: Sequence[Sequence[float]]) -> list[int]:
    """The column of each row so that the sum of costs is the least possible.

    Args:
        cost: for each row the cost of each column: whole numbers of any sign, as int or as float
            (faster, and exact while a few thousand of them add up to less than ``2**53``). There
            are at least as many columns as rows, and at least one row.

    Example:
        >>> assign([[0, 1], [0, 3]])
        [1, 0]
    """
    return Assignment(cost).solve()


class Assignment:
    """The matching so far and what proves that it is the best one for its rows.

    Attributes:
        price: of each column; at the end every row has a column where cost plus price is the least.
        column_of: row to column, -1 while it has none.
        row_of: column to row, -1 while nobody took it.
    """

    def __init__(self, cost: Sequence[Sequence[float]]):
        """Begin with nothing matched."""
        self.cost = cost
        self.price = _first_prices(cost)
        self.column_of = [-1] * len(cost)
        self.row_of = [-1] * len(cost[0])

    def solve(self) -> list[int]:
        """Match all rows; returns the column of each."""
        for row in range(len(self.cost)):
            self._bid(row)
        for row, column in enumerate(self.column_of):
            if column < 0:
                _PathSearch(self, row).run()
        return self.column_of

    def reduced(self, row: int) -> list[float]:
        """Cost plus price in each column."""
        return list(map(add, self.cost[row], self.price))

    def _bid(self, row: int) -> None:
        """Give the row the column that it wants, unless all that it wants equally are taken."""
        reduced = self.reduced(row)
        best = min(reduced)
        column = self._wanted(reduced, best)
        loser = self.row_of[column]
        reduced[column] = inf
        second = min(reduced)
        if loser < 0 or best < second:
            self.price[column] += second - best if second < inf else 0
            self.row_of[column], self.column_of[row] = row, column
            if loser >= 0:
                self.column_of[loser] = -1

    def _wanted(self, reduced: list[float], best: float) -> int:
        """The first column at the best value that is free, else one that is taken."""
        column = reduced.index(best)
        for _ in range(reduced.count(best) - 1):
            if self.row_of[column] < 0:
                break
            column = reduced.index(best, column + 1)
        return column


class _PathSearch:
    """Dijkstra over columns from a free row to the nearest free column.

    ``level`` is distance minus price: what the cost of an edge is compared with. Distances beyond
    ``bound``, the nearest free column so far, don't matter and are cut off there.
    """

    def __init__(self, state: Assignment, root: int):
        self.state = state
        self.root = root
        distance = state.reduced(root)
        free = (column for column, row in enumerate(state.row_of) if row < 0)
        self.end = min(free, key=distance.__getitem__)
        self.bound = bound = distance[self.end]
        self.heap = [(at, column) for column, at in enumerate(distance) if at < bound]
        self.level = [
            (at if at < bound else bound) - price
            for at, price in zip(distance, state.price, strict=True)
        ]
        self.parent = [root] * len(distance)
        self.open = list(range(len(distance)))
        heapify(self.heap)

    def run(self) -> None:
        """Match the root, moving other rows along the path; prices follow."""
        settled: dict[int, float] = {}
        while self.heap and self.heap[0][0] < self.bound:
            at, column = heappop(self.heap)
            if column not in settled:
                settled[column] = at
                self.open.remove(column)
                self._go_on(column, at)
        for column, at in settled.items():
            self.state.price[column] += self.bound - at
        self._turn_around()

    def _go_on(self, column: int, at: float) -> None:
        """From a settled column, by way of its row, to every column that comes nearer by it."""
        price, level = self.state.price, self.level
        row = self.state.row_of[column]
        line = self.state.cost[row]
        offset = line[column] + price[column] - at
        for other in [k for k in self.open if line[k] - level[k] < offset]:
            level[other] = line[other] - offset
            distance = level[other] + price[other]
            if distance < self.bound:
                self.parent[other] = row
                if self.state.row_of[other] < 0:
                    self.bound, self.end = distance, other
                else:
                    heappush(self.heap, (distance, other))

    def _turn_around(self) -> None:
        """Match along the path, from its end back to the root."""
        column, row = self.end, -1
        while row != self.root:
            row = self.parent[column]
            self.state.row_of[column] = row
            self.state.column_of[row], column = column, self.state.column_of[row]


def _first_prices(cost: Sequence[Sequence[float]]) -> list[float]:
    """What makes columns cost the same on average, or nothing.

    Where every column will be taken any prices do. These take out what makes a column cheap
    for everybody (a call with many arguments shares some with all), so that rows bid for what is
    their own: measured, that saves four of five steps. Where columns will be left over, those
    must be the ones with the lowest price, so all start from nothing.
    """
    columns = len(cost[0])
    if len(cost) < columns:
        return [0] * columns
    return [-(sum(column) // columns) for column in zip(*cost, strict=True)]
