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


WHOLE = 8192
"""Tokens of a tree that are attended to in one masked call."""

Masks = dict[tuple[int, int], Tensor]


def tree_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    nodes: Sequence[Node],
    scale: float,
    masks: Masks | None = None,
) -> Tensor:
    """Attention of tokens in a tree's layout.

    Args:
        query: (1, H, T, D).
        key: (1, K, T, D); K divides H.
        value: (1, K, T, E).
        nodes: of the tree; T tokens together.
        scale: of the scores.
        masks: where masks are kept from one layer to the next.

    Returns:
        (1, H, T, E).
    """
    if query.device.type == "cpu":
        return _FlashTree.apply(query, key, value, nodes, scale)
    return masked_tree(query, key, value, nodes, scale, masks)


def masked_tree(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    nodes: Sequence[Node],
    scale: float,
    masks: Masks | None = None,
) -> Tensor:
    """The same by torch's attention with masks, on any device."""
    masks = {} if masks is None else masks
    repeats = query.size(1) // key.size(1)
    key, value = (x.repeat_interleave(repeats, dim=1) for x in (key, value))
    outputs = []
    for above, own in pieces(nodes):
        if (own.start, own.stop) not in masks:
            masks[own.start, own.stop] = visible(nodes, above, own, query.device)
        keys, values = (torch.cat([x[:, :, above], x[:, :, own]], dim=2) for x in (key, value))
        mask = masks[own.start, own.stop]
        part = scaled_dot_product_attention(
            query[:, :, own], keys, values, attn_mask=mask, scale=scale
        )
        outputs.append(part)
    return torch.cat(outputs, dim=2)


def pieces(nodes: Sequence[Node], whole: int = WHOLE) -> list[tuple[slice, slice]]:
    """Ranges to attend from, each after the range that it sees wholly, in the layout's order.

    A tree of more than ``whole`` tokens is cut below its root, so that no mask is as large as all
    prompts that begin with the same system message.

    Example:
        >>> nodes = [Node(2, 4, 4), Node(4, 6, 6), Node(0, 2, 6), Node(6, 8, 8)]
        >>> [(above.stop - above.start, own.start, own.stop) for above, own in pieces(nodes, 4)]
        [(0, 0, 2), (2, 2, 4), (2, 4, 6), (0, 6, 8)]
        >>> [(above.stop - above.start, own.start, own.stop) for above, own in pieces(nodes, 9)]
        [(0, 0, 6), (0, 6, 8)]
    """
    found: list[tuple[slice, slice]] = []
    root, done, tree_end = slice(0, 0), 0, 0
    for node in sorted(nodes, key=lambda n: n.start):
        if node.start < done:
            continue
        cut = node.last - node.start > whole
        is_root = node.start >= tree_end
        if is_root:
            root, tree_end = slice(node.start, node.end if cut else node.start), node.last
        done = node.end if is_root and cut else node.last
        above = slice(node.start, node.start) if is_root else root
        found.append((above, slice(node.start, done)))
    return found


def visible(nodes: Sequence[Node], above: slice, own: slice, device: Any) -> Tensor:
    """Mask (T, S + T) of T tokens in ``own`` after S in ``above``: True where a row may look."""
    before, size = above.stop - above.start, own.stop - own.start
    mask = torch.zeros(size, size, dtype=torch.bool, device=device)
    for node in nodes:
        if own.start <= node.start < own.stop:
            columns = slice(node.start - own.start, node.end - own.start)
            mask[columns.start : node.last - own.start, columns] = True
    return torch.cat([mask.new_ones(size, before), mask.tril_()], dim=1)


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
