"""Attention while answers are written: each prompt's keys and values stand once for its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from toolrl.models.attention import TreeState

GROWTH = 64
"""Tokens an answer's buffer grows by at first; then it doubles."""


@dataclass
class Prompts:
    """Keys and values of distinct prompts, padded on the right.

    Attributes:
        layers: keys and values of each layer, each (N, K, P, D).
        lengths: (N,), tokens of each.
    """

    layers: list[tuple[Tensor, Tensor]]
    lengths: Tensor

    @classmethod
    def of(cls, state: TreeState, places: Sequence[Sequence[int]]) -> Prompts:
        """Those whose tokens lie at ``places`` of a tree that was computed with ``keep``."""
        lengths = torch.tensor([len(p) for p in places])
        width = int(lengths.max())
        index = torch.tensor([[*p, *[0] * (width - len(p))] for p in places])
        layers = [state.kept[layer] for layer in sorted(state.kept)]
        index = index.to(layers[0][0].device)
        take = [tuple(x[0][:, index].transpose(0, 1).contiguous() for x in pair) for pair in layers]
        return cls(take, lengths.to(index.device))

    def select(self, which: Tensor) -> None:
        """Keep those at ``which`` (M,)."""
        self.lengths = self.lengths[which]
        width = int(self.lengths.max())
        self.layers = [(k[which, :, :width], v[which, :, :width]) for k, v in self.layers]

    def bias(self) -> Tensor | None:
        """(N, 1, 1, P) to add to the scores: nothing, or minus infinity where there is no token."""
        keys = self.layers[0][0]
        held = torch.arange(keys.size(2), device=keys.device) < self.lengths[:, None]
        if held.all():
            return None
        bias = torch.zeros(held.shape, device=keys.device).masked_fill(~held, -torch.inf)
        return bias[:, None, None]


class Decoding:
    """Attention of rows that all have written equally many tokens to their prompts.

    Attributes:
        written: tokens a row has written, before the one being computed.
    """

    def __init__(self, prompts: Prompts, owner: Tensor) -> None:
        """``owner`` (R,): which prompt each row answers."""
        self.prompts = prompts
        self.written = 0
        self.own = [tuple(empty(x, len(owner)) for x in pair) for pair in prompts.layers]
        self.seat(owner)

    @property
    def longest(self) -> int:
        """Tokens of the longest row, the one being computed with them."""
        return int(self.prompts.lengths.max()) + self.written + 1

    def positions(self) -> Tensor:
        """(R, 1), of the tokens being computed."""
        return (self.prompts.lengths[self.owner] + self.written)[:, None]

    def seat(self, owner: Tensor) -> None:
        """Give every row a seat beside the other rows of its prompt."""
        counts = torch.bincount(owner, minlength=len(self.prompts.lengths))
        self.owner, self.width = owner, int(counts.max())
        order = torch.argsort(owner, stable=True)
        starts = counts.cumsum(0) - counts
        among = torch.empty_like(owner)
        among[order] = torch.arange(len(owner), device=owner.device) - starts[owner[order]]
        self.seats = owner * self.width + among
        in_order = torch.arange(len(counts) * self.width, device=owner.device)
        self.is_seated = torch.equal(self.seats, in_order)
        self.bias = self.prompts.bias()

    def select(self, rows: Tensor) -> None:
        """Go on with the rows at ``rows`` (S,) alone; prompts that none answers are dropped."""
        used = self.written
        for layer, pair in enumerate(self.own):
            fresh = [x.new_empty(len(rows), *x.shape[1:]) for x in pair]
            for new, old in zip(fresh, pair, strict=True):
                new[:, :, :used] = old[rows, :, :used]
            self.own[layer] = tuple(fresh)
        asked, owner = torch.unique(self.owner[rows], return_inverse=True)
        if len(asked) < len(self.prompts.lengths):
            self.prompts.select(asked)
        self.seat(owner)

    def advance(self) -> None:
        """The tokens that were computed are written."""
        self.written += 1
        size = self.own[0][0].size(2)
        if self.written == size:
            self.own = [tuple(map(doubled, pair)) for pair in self.own]

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """(R, H, 1, D) for queries (R, H, 1, D), keys and values (R, K, 1, D) of one token."""
        own_keys, own_values = self.own[layer]
        now = self.written
        own_keys[:, :, now : now + 1], own_values[:, :, now : now + 1] = key, value
        rows, heads, _, dim = query.shape
        query = (query * scale).reshape(rows, key.size(1), -1, dim)
        keys, values = self.prompts.layers[layer]
        scores = self.to_tables(query) @ keys.transpose(2, 3)
        if self.bias is not None:
            scores += self.bias
        own_scores = query @ own_keys[:, :, : now + 1].transpose(2, 3)
        chances = torch.cat([self.to_rows(scores, query.size(2)), own_scores], dim=-1)
        chances = chances.softmax(dim=-1, dtype=torch.float32).to(value.dtype)
        shared, own = chances.split([keys.size(2), now + 1], dim=-1)
        output = self.to_rows(self.to_tables(shared) @ values, query.size(2))
        output += own @ own_values[:, :, : now + 1]
        return output.reshape(rows, heads, 1, -1)

    def to_tables(self, rows: Tensor) -> Tensor:
        """(R, K, Q, X) to (N, K, width * Q, X): the rows of a prompt together."""
        _, heads, queries, size = rows.shape
        seated = rows
        if not self.is_seated:
            places = len(self.prompts.lengths) * self.width
            seated = rows.new_zeros(places, heads, queries, size)
            seated[self.seats] = rows
        tables = seated.view(-1, self.width, heads, queries, size).transpose(1, 2)
        return tables.reshape(-1, heads, self.width * queries, size)

    def to_rows(self, tables: Tensor, queries: int) -> Tensor:
        """The way back."""
        number, heads, _, size = tables.shape
        seated = tables.view(number, heads, self.width, queries, size).transpose(1, 2)
        rows = seated.reshape(-1, heads, queries, size)
        return rows if self.is_seated else rows[self.seats]


def empty(like: Tensor, rows: int) -> Tensor:
    """A buffer (rows, K, GROWTH, D) for what is like the prompts' (N, K, P, D)."""
    return like.new_empty(rows, like.size(1), GROWTH, like.size(3))


def doubled(buffer: Tensor) -> Tensor:
    """A buffer (R, K, T, D) with room for twice as many tokens."""
    grown = buffer.new_empty(*buffer.shape[:2], 2 * buffer.size(2), buffer.size(3))
    grown[:, :, : buffer.size(2)] = buffer
    return grown
