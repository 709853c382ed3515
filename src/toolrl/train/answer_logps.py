"""Log-probabilities of answers, every token that sequences share computed once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from trl.trainer.utils import entropy_from_logits

from toolrl.models.attention import TreeState, forward, tree_logits
from toolrl.models.prefix_tree import PrefixTree


def answer_logits(
    model: Any, input_ids: Tensor, mask: Tensor, asked: Tensor
) -> tuple[Tensor, Tensor]:
    """Logits (N, V) in float32, and for each of the M tokens asked for the row (M,) it stands in.

    Args:
        model: prepared (:func:`toolrl.models.sharing.prepare`), maybe wrapped.
        input_ids: (B, T), padded on whichever side.
        mask: (B, T), true where a token counts.
        asked: (B, T), true at the M tokens; part of the mask, and nowhere a row's first token.
    """
    tree, before = tree_of(input_ids, mask, asked)
    distinct, rows = torch.unique(before, return_inverse=True)
    logits = tree_logits(model, tree, distinct).float()
    return logits, rows.to(logits.device)


def fused_logps(
    model: Any, input_ids: Tensor, mask: Tensor, asked: Tensor
) -> tuple[Tensor, Tensor]:
    """Log-probabilities and entropies (M,) by the fused head that TRL puts on a model.

    It makes no logits as a whole, which on a GPU matters more than its second product of the head;
    it wants one label a token, and divides by the trainer's temperature itself. Arguments as of
    :func:`answer_logits`.
    """
    device = input_ids.device
    tree, before = tree_of(input_ids, mask, asked, one_successor=True)
    ids, positions = (torch.tensor([x], device=device) for x in (tree.tokens, tree.positions))
    before = before.to(device)
    labels = torch.full_like(ids, -100)
    labels[0, before] = input_ids[asked]
    outputs = forward(
        model, ids, positions, TreeState(tree), shift_labels=labels, fused_lm_head=True
    )
    return outputs.log_probs[0, before], outputs.entropy[0, before]


def tree_of(
    input_ids: Tensor, mask: Tensor, asked: Tensor, *, one_successor: bool = False
) -> tuple[PrefixTree, Tensor]:
    """The rows' tree, and the places (M,) in it of the tokens before those asked for."""
    sequences = [row[keep].tolist() for row, keep in zip(input_ids, mask, strict=True)]
    tree = PrefixTree.of(sequences, one_successor=one_successor)
    places = torch.full(input_ids.shape, -1)
    places[mask.cpu()] = torch.tensor([place for row in tree.places for place in row])
    latest = places.cummax(dim=1).values  # a row's places grow, so padding repeats the one before
    return tree, latest.roll(1, dims=1)[asked.cpu()]


def token_logps(logits: Tensor, rows: Tensor, tokens: Tensor) -> Tensor:
    """Log-probabilities (M,) of ``tokens`` (M,), each in its row (M,) of the logits (N, V).

    Example:
        >>> token_logps(torch.zeros(1, 4), torch.tensor([0, 0]), torch.tensor([1, 3])).exp()
        tensor([0.2500, 0.2500])
    """
    return _TokenLogps.apply(logits, rows, tokens)


class _TokenLogps(torch.autograd.Function):
    """Saves the logits and makes one buffer of their size, backward; autograd would make five."""

    @staticmethod
    def forward(ctx, logits, rows, tokens):
        sums = logits.logsumexp(dim=-1)
        ctx.save_for_backward(logits, sums, rows, tokens)
        return logits[rows, tokens] - sums[rows]

    @staticmethod
    def backward(ctx, gradient):
        logits, sums, rows, tokens = ctx.saved_tensors
        weights = torch.zeros_like(sums).index_add_(0, rows, gradient)
        found = torch.sub(logits, sums[:, None]).exp_().mul_(-weights[:, None])
        return found.index_put_((rows, tokens), gradient, accumulate=True), None, None


def token_entropies(logits: Tensor, rows: Tensor, *, in_graph: bool) -> Tensor:
    """Entropies (M,) of rows (M,) of the logits (N, V); gradients flow through them if asked."""
    with torch.set_grad_enabled(in_graph and torch.is_grad_enabled()):
        return entropy_from_logits(logits)[rows]


def spread(values: Tensor, where: Tensor) -> Tensor:
    """Values (M,) at the M true places of ``where`` (B, C), 0 elsewhere."""
    return values.new_zeros(where.shape).masked_scatter(where, values)
