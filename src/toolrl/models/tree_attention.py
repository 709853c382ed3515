"""Exact attention over a tree of shared prefixes, forward and backward.

A token attends to the tokens before it in its own node and to all tokens of the nodes above. On a
CPU every node is two calls of the flash kernel: its own tokens, causally, and the tokens below it,
wholly; the parts of a token are merged by their log-sum-exps, and the backward pass of a part takes
the merged output and log-sum-exp, as in Ring Attention (arXiv 2310.01889). Elsewhere a tree is one
masked call of torch's own attention.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from toolrl.models.prefix_tree import Node

_FLASH = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_FLASH_BACKWARD = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward


def tree_attention(
    query: Tensor, key: Tensor, value: Tensor, nodes: Sequence[Node], scale: float
) -> Tensor:
    """Attention of tokens in a tree's layout.

    Args:
        query: (1, H, T, D).
        key: (1, K, T, D); K divides H.
        value: as the keys.
        nodes: of the tree; T tokens together.
        scale: of the scores.

    Returns:
        (1, H, T, D).
    """
    if query.device.type == "cpu":
        return _FlashTree.apply(query, key, value, nodes, scale)
    return masked_tree(query, key, value, nodes, scale)


def masked_tree(
    query: Tensor, key: Tensor, value: Tensor, nodes: Sequence[Node], scale: float
) -> Tensor:
    """The same by torch's attention with a mask, one call a root; on any device."""
    repeats = query.size(1) // key.size(1)
    key, value = (x.repeat_interleave(repeats, dim=1) for x in (key, value))
    outputs = []
    for start, end in roots(nodes):
        mask = visible([n for n in nodes if start <= n.start < end], start, end, query.device)
        part = (x[:, :, start:end] for x in (query, key, value))
        outputs.append(scaled_dot_product_attention(*part, attn_mask=mask, scale=scale))
    return torch.cat(outputs, dim=2)


def roots(nodes: Sequence[Node]) -> list[tuple[int, int]]:
    """The ranges of the whole trees, in the layout's order.

    Example:
        >>> roots([Node(2, 4, 4), Node(0, 2, 4), Node(4, 7, 7)])
        [(0, 4), (4, 7)]
    """
    found: list[tuple[int, int]] = []
    for node in sorted(nodes, key=lambda n: n.start):
        if not found or node.start >= found[-1][1]:
            found.append((node.start, node.last))
    return found


def visible(nodes: Sequence[Node], start: int, end: int, device: Any) -> Tensor:
    """Mask (T, T) of one tree in ``[start, end)``: True where a row may look at a column."""
    mask = torch.zeros(end - start, end - start, dtype=torch.bool, device=device)
    for node in nodes:
        own, below = slice(node.start - start, node.end - start), node.last - start
        mask[own.start : below, own] = True
    return mask.tril_()


class _FlashTree(torch.autograd.Function):
    """The flash kernel of the CPU, a node at a time; keys and values are never copied."""

    @staticmethod
    def forward(ctx, query, key, value, nodes, scale):
        wide = torch.promote_types(query.dtype, torch.float32)
        output = token_major(query, torch.empty, wide)
        sums = torch.empty(query.shape[:3], dtype=wide)
        for queries, keys, causal in calls(nodes):
            parts = _FLASH(
                query[:, :, queries], key[:, :, keys], value[:, :, keys], 0.0, causal, scale=scale
            )
            if causal:
                output[:, :, queries], sums[:, :, queries] = parts
            else:
                merge(output[:, :, queries], sums[:, :, queries], *parts)
        output = output.to(query.dtype)
        ctx.save_for_backward(query, key, value, output, sums)
        ctx.nodes, ctx.scale = nodes, scale
        return output

    @staticmethod
    def backward(ctx, gradient):
        query, key, value, output, sums = ctx.saved_tensors
        found = [token_major(x, torch.zeros, sums.dtype) for x in (query, key, value)]
        for queries, keys, causal in calls(ctx.nodes):
            parts = _FLASH_BACKWARD(
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


def token_major(like: Tensor, make: Callable[..., Tensor], dtype: torch.dtype) -> Tensor:
    """A tensor of that shape (1, H, T, D) that lies in memory as the layers around it want it."""
    _, heads, tokens, dim = like.shape
    return make(1, tokens, heads, dim, dtype=dtype).transpose(1, 2)


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
