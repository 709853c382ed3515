"""Exact attention over a tree of shared prefixes, forward and backward.

A token attends to the tokens before it in its own node and to all tokens of the nodes above. On a
CPU every node is two calls of the flash kernel: its own tokens, causally, and the tokens below it,
wholly; the parts of a token are merged by their log-sum-exps, and the backward pass of a part takes
the merged output and log-sum-exp, as in Ring Attention (arXiv 2310.01889). Elsewhere a tree is cut
into pieces, each one call of torch's own attention, with a mask that lives for that call alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from toolrl.models.cpu_kernels import flash
from toolrl.models.prefix_tree import Node

LARGEST = 2**24
"""Elements of the largest mask."""

TOGETHER = 1024
"""Tokens of several nodes that share a call, though not all of them look at each other."""

Kept = dict[torch.device, "Cut"]


def tree_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    nodes: Sequence[Node],
    scale: float,
    kept: Kept | None = None,
) -> Tensor:
    """Attention of tokens in a tree's layout.

    Args:
        query: (1, H, T, D).
        key: (1, K, T, D); K divides H.
        value: (1, K, T, E).
        nodes: of the tree; T tokens together.
        scale: of the scores.
        kept: where the way a tree is cut is kept from one layer to the next.

    Returns:
        (1, H, T, E).
    """
    like = query.size(-1) == value.size(-1)  # the kernel takes no others
    if query.device.type == "cpu" and like and flash():
        return _FlashTree.apply(query, key, value, nodes, scale)
    return masked_tree(query, key, value, nodes, scale, kept)


def masked_tree(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    nodes: Sequence[Node],
    scale: float,
    kept: Kept | None = None,
) -> Tensor:
    """The same by torch's own attention, on any device.

    The backward pass computes each piece again: no mask, and no copy of keys and values, is held
    from the forward pass of a layer to its backward pass.
    """
    kept = {} if kept is None else kept
    if query.device not in kept:
        kept[query.device] = Cut.of(nodes, query.device)
    return _MaskedTree.apply(query, key, value, kept[query.device], scale)


@dataclass(frozen=True)
class Piece:
    """Tokens that one call attends from.

    Attributes:
        above: ranges of tokens that all of them see.
        own: their range; the tokens of it that they see, they see as the tree says.
        chain: whether ``own`` is one node's, or a part of it.
    """

    above: tuple[slice, ...]
    own: slice
    chain: bool

    @property
    def seen(self) -> int:
        """How many tokens ``above`` has."""
        return sum(map(width, self.above))

    @property
    def columns(self) -> tuple[slice, ...]:
        """The tokens whose keys and values it takes."""
        return (*self.above, self.own)

    @property
    def rows(self) -> tuple[slice, ...]:
        """The tokens whose queries it takes; its own come last."""
        return self.columns if self.causal else (self.own,)

    @property
    def causal(self) -> bool:
        """Whether it is computed as plain causal attention, without a mask.

        The queries above are then computed again and dropped: that takes less than a mask does,
        where they are fewer than its own.
        """
        return self.chain and self.seen < width(self.own)


@dataclass(frozen=True)
class Cut:
    """A tree cut into pieces.

    Attributes:
        pieces: in the layout's order; together their own ranges are the tree.
        last: (T,), where the tokens end that see a token.
    """

    pieces: list[Piece]
    last: Tensor

    @classmethod
    def of(cls, nodes: Sequence[Node], device: Any) -> Cut:
        """The pieces of a tree, for masks on a device."""
        order = sorted(nodes, key=lambda node: node.start)
        last = [node.last for node in order for _ in range(node.start, node.end)]
        return cls(pieces(nodes, LARGEST), torch.tensor(last, device=device))

    def mask(self, piece: Piece) -> Tensor:
        """(Q, S + Q) of the Q tokens of a piece after S above: True where a row may look."""
        own = torch.arange(piece.own.start, piece.own.stop, device=self.last.device)
        mask = (own <= own[:, None]) & (own[:, None] < self.last[piece.own])
        return torch.cat([mask.new_ones(len(own), piece.seen), mask], dim=1)


def pieces(nodes: Sequence[Node], largest: int) -> list[Piece]:
    """A tree cut so that no mask has more than ``largest`` elements, in the layout's order.

    What fits is one piece with the siblings beside it; else a node's tokens come first, in parts if
    they must, and what is below it after them.

    Example:
        >>> nodes = [Node(2, 4, 4), Node(4, 6, 6), Node(0, 2, 6), Node(6, 8, 8)]
        >>> [(piece.seen, piece.own.start, piece.own.stop) for piece in pieces(nodes, 16)]
        [(0, 0, 2), (2, 2, 4), (2, 4, 6), (0, 6, 8)]
        >>> [(piece.seen, piece.own.start, piece.own.stop) for piece in pieces(nodes, 64)]
        [(0, 0, 8)]
    """
    starts = {node.start: node for node in nodes}
    end = max(node.last for node in nodes)
    return list(subtrees(starts, 0, end, (), largest))


def subtrees(
    starts: Mapping[int, Node], begin: int, end: int, above: tuple[slice, ...], largest: int
) -> Iterator[Piece]:
    """The pieces of the subtrees in ``[begin, end)``, which all see ``above``."""
    seen = sum(map(width, above))

    def fits(tokens: int) -> bool:
        return tokens <= TOGETHER and tokens * (seen + tokens) <= largest

    def piece(own: slice) -> Piece:
        return Piece(above, own, chain=starts[own.start].end == own.stop)

    first, at = begin, begin  # of the subtrees that wait to be one piece, and where they end
    while at < end:
        node = starts[at]
        if not fits(node.last - first):
            if first < at:
                yield piece(slice(first, at))
            first = at
            if not fits(node.last - node.start):
                own = slice(node.start, node.end)
                yield from parts(above, own, seen, largest)
                yield from subtrees(starts, node.end, node.last, (*above, own), largest)
                first = node.last
        at = node.last
    if first < end:
        yield piece(slice(first, end))


def parts(above: tuple[slice, ...], own: slice, seen: int, largest: int) -> Iterator[Piece]:
    """The pieces of one node: one where it needs no mask, else as many as its mask must be cut."""
    whole = Piece(above, own, chain=True)
    rows = max(1, largest // (seen + width(own)))
    if whole.causal or width(own) <= rows:
        yield whole
        return
    for start in range(own.start, own.stop, rows):
        before = (slice(own.start, start),) if start > own.start else ()
        yield Piece((*above, *before), slice(start, min(start + rows, own.stop)), chain=True)


def width(tokens: slice) -> int:
    """How many tokens a range has."""
    return tokens.stop - tokens.start


class _MaskedTree(torch.autograd.Function):
    """Torch's own attention, a piece at a time; the backward pass computes each piece again."""

    @staticmethod
    def forward(ctx, query, key, value, cut, scale):
        ctx.save_for_backward(query, key, value)
        ctx.cut, ctx.scale = cut, scale
        output = token_major((*query.shape[:3], value.size(3)), query, torch.empty, query.dtype)
        for piece in cut.pieces:
            taken = gathered(piece, query, key, value)
            output[:, :, piece.own] = piece_attention(*taken, piece, cut, scale)
        return output

    @staticmethod
    def backward(ctx, gradient):
        tensors = ctx.saved_tensors
        wide = torch.promote_types(tensors[0].dtype, torch.float32)
        found = [token_major(x.shape, x, torch.zeros, wide) for x in tensors]
        for piece in ctx.cut.pieces:
            taken = [x.detach().requires_grad_() for x in gathered(piece, *tensors)]
            with torch.enable_grad():
                output = piece_attention(*taken, piece, ctx.cut, ctx.scale)
            parts = torch.autograd.grad(output, taken, gradient[:, :, piece.own])
            places = (piece.rows, piece.columns, piece.columns)
            for total, ranges, part in zip(found, places, parts, strict=True):
                for tokens, some in zip(
                    ranges, part.split(list(map(width, ranges)), 2), strict=True
                ):
                    total[:, :, tokens] += some
        grads = (total.to(x.dtype) for total, x in zip(found, tensors, strict=True))
        return *grads, None, None


def gathered(piece: Piece, query: Tensor, key: Tensor, value: Tensor) -> list[Tensor]:
    """The queries, keys and values of a piece."""
    ranges = ((query, piece.rows), (key, piece.columns), (value, piece.columns))
    return [torch.cat([x[:, :, tokens] for tokens in some], dim=2) for x, some in ranges]


def piece_attention(
    query: Tensor, key: Tensor, value: Tensor, piece: Piece, cut: Cut, scale: float
) -> Tensor:
    """(1, H, Q, E) of a piece's own tokens, from what was gathered for it."""
    repeats = query.size(1) // key.size(1)
    key, value = (x.repeat_interleave(repeats, dim=1) for x in (key, value))
    how = {"is_causal": True} if piece.causal else {"attn_mask": cut.mask(piece)}
    output = scaled_dot_product_attention(query, key, value, scale=scale, **how)
    return output[:, :, -width(piece.own) :]


class _FlashTree(torch.autograd.Function):
    """The flash kernel of the CPU, a node at a time; keys and values are never copied."""

    @staticmethod
    def forward(ctx, query, key, value, nodes, scale):
        kernel = flash()
        wide = torch.promote_types(query.dtype, torch.float32)
        output = token_major(query.shape, query, torch.empty, wide)
        sums = torch.empty(query.shape[:3], dtype=wide)
        for queries, keys, causal in calls(nodes):
            parts = kernel.forward(
                query[:, :, queries], key[:, :, keys], value[:, :, keys], 0.0, causal, scale=scale
            )
            if causal:
                output[:, :, queries], sums[:, :, queries] = parts
            else:
                merge(output[:, :, queries], sums[:, :, queries], *parts)
        output = output.to(query.dtype)
        ctx.save_for_backward(query, key, value, output, sums)
        ctx.nodes, ctx.scale, ctx.kernel = nodes, scale, kernel
        return output

    @staticmethod
    def backward(ctx, gradient):
        query, key, value, output, sums = ctx.saved_tensors
        found = [token_major(x.shape, x, torch.zeros, sums.dtype) for x in (query, key, value)]
        for queries, keys, causal in calls(ctx.nodes):
            parts = ctx.kernel.backward(
                gradient[:, :, queries],
                query[:, :, queries],
                key[:, :, keys],
                value[:, :, keys],
                output[:, :, queries],
                sums[:, :, queries],
                0.0,
                causal,
                scale=ctx.scale,
            )
            for total, place, part in zip(found, (queries, keys, keys), parts, strict=True):
                total[:, :, place] += part
        grads = (total.to(x.dtype) for total, x in zip(found, (query, key, value), strict=True))
        return *grads, None, None


def token_major(
    shape: Sequence[int], like: Tensor, make: Callable[..., Tensor], dtype: torch.dtype
) -> Tensor:
    """A tensor (1, H, T, D), where another is, laid out in memory as the layers around want it."""
    _, heads, tokens, dim = shape
    return make(1, tokens, heads, dim, dtype=dtype, device=like.device).transpose(1, 2)


def calls(nodes: Sequence[Node]) -> list[tuple[slice, slice, bool]]:
    """Which queries look at which keys, and whether causally; the causal ones come first."""
    own = [(slice(n.start, n.end),) * 2 for n in nodes]
    below = [(slice(n.end, n.last), slice(n.start, n.end)) for n in nodes if n.end < n.last]
    return [(*pair, True) for pair in own] + [(*pair, False) for pair in below]


def merge(output: Tensor, sums: Tensor, part: Tensor, part_sums: Tensor) -> None:
    """Add a part (1, H, T, D) with its log-sum-exps (1, H, T) to what is there, in place."""
    total = torch.logaddexp(sums, part_sums)
    output.mul_((sums - total).exp_()[..., None])
    output.addcmul_(part.to(output.dtype), (part_sums - total).exp_()[..., None])
    sums.copy_(total)
