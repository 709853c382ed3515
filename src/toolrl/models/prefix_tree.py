"""Token sequences as a tree of shared prefixes, laid out in one row without padding.

Sequences that begin alike share the tokens they begin with: the answers of a group share their
prompt, prompts share their system message, equal answers share everything. The tree's nodes are
laid out depth first, so the tokens that may look at a node are its own and the range right after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

TokenIds = Sequence[int]

MIN_SAVED = 16
"""Where sharing saves fewer tokens they are computed again: a node costs more than that."""


@dataclass(frozen=True)
class Node:
    """Tokens that the same sequences share.

    Attributes:
        start, end: its tokens' places in the layout.
        last: where its descendants end; they lie in ``[end, last)``.
    """

    start: int
    end: int
    last: int


@dataclass(frozen=True)
class PrefixTree:
    """Where every token of some sequences lies when each shared prefix is stored once.

    Attributes:
        tokens: the token ids, depth first.
        positions: each token's place in its sequences, from 0.
        nodes: children before their parents.
        places: for each sequence, in the order given, the places of its tokens.

    Example:
        >>> tree = PrefixTree.of([[1, 2, 3], [1, 2, 4], [1, 2, 3]], min_saved=2)
        >>> tree.tokens, tree.places
        ([1, 2, 3, 4], [[0, 1, 2], [0, 1, 3], [0, 1, 2]])
    """

    tokens: list[int]
    positions: list[int]
    nodes: list[Node]
    places: list[list[int]]

    @classmethod
    def of(
        cls,
        sequences: Sequence[TokenIds],
        *,
        min_saved: int = MIN_SAVED,
        one_successor: bool = False,
    ) -> PrefixTree:
        """The tree of some sequences.

        Args:
            sequences: token ids, none empty.
            min_saved: a shared run is stored once where that saves as many tokens; 1 or more.
            one_successor: store the token before a fork once for each branch, so that every token
                is followed by one and the same token in all its sequences.
        """
        tree = cls([], [], [], [[] for _ in sequences])
        order = sorted(range(len(sequences)), key=lambda i: sequences[i])
        tree._add(sequences, order, 0, [], max(1, min_saved), int(one_successor))
        return tree

    def _add(
        self,
        sequences: Sequence[TokenIds],
        rows: list[int],
        depth: int,
        path: list[int],
        min_saved: int,
        held_back: int,
    ) -> None:
        """Lay out what the sorted ``rows`` have after ``depth`` tokens, which lie at ``path``."""
        first, last = sequences[rows[0]], sequences[rows[-1]]
        shared = shared_length(first, last, depth)
        start = len(self.tokens)
        stop = shared if shared == len(last) else shared - held_back
        stored = shared == len(last) or (stop - depth) * (len(rows) - 1) >= min_saved
        if stored:
            self.tokens.extend(first[depth:stop])
            self.positions.extend(range(depth, stop))
            path, depth = [*path, *range(start, len(self.tokens))], stop
        end = len(self.tokens)
        for some in branches(sequences, rows, shared):
            if depth == len(sequences[some[0]]):
                for row in some:
                    self.places[row] = path
            else:
                self._add(sequences, some, depth, path, min_saved, held_back)
        if stored:
            self.nodes.append(Node(start, end, len(self.tokens)))

    @property
    def longest(self) -> int:
        """Tokens of the longest sequence."""
        return 1 + max(self.positions)


def branches(sequences: Sequence[TokenIds], rows: list[int], depth: int) -> Iterator[list[int]]:
    """Sorted rows by their token at ``depth``; those that end there come first."""
    for _, some in groupby(rows, key=lambda i: sequences[i][depth : depth + 1]):
        yield list(some)


def shared_length(first: TokenIds, second: TokenIds, start: int) -> int:
    """How many leading tokens two sequences share that are known to share ``start``.

    Example:
        >>> shared_length([1, 2, 3], [1, 2, 4], 1)
        2
    """
    end = min(len(first), len(second))
    for i in range(start, end):
        if first[i] != second[i]:
            return i
    return end
