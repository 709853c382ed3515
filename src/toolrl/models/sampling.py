"""Sample answers with each distinct prompt encoded once, and ended rows dropped.

``generate`` encodes a prompt once for every answer asked of it and goes on computing rows that
have ended until the longest has. Here the keys and values of a prompt are computed once and
copied, and ended rows leave the batch. Greedy tokens are those of ``generate``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import torch

SHARE_ENDED = 0.15
"""Rows are dropped when that share of them has ended: dropping copies the cache."""

TokenIds = list[int]


@torch.no_grad()
def sample(
    model: Any,
    prompts: Sequence[TokenIds],
    *,
    max_new_tokens: int,
    temperature: float,
    eos_ids: Collection[int],
    pad_id: int,
) -> list[TokenIds]:
    """One answer for each prompt; equal prompts are encoded once and answered independently.

    Args:
        model: a causal model with a standard key-value cache.
        prompts: token ids, not empty; repeat a prompt to get several answers to it.
        max_new_tokens: where an answer is cut, 1 or more.
        temperature: 0 is greedy; else the logits are divided by it and sampled from.
        eos_ids: tokens that end an answer; the ending token is part of it.
        pad_id: any token, for the padding on the left.

    Returns:
        Token ids of the answers, in the prompts' order.
    """
    cache, mask, logits = encode_prompts(model, prompts, pad_id)
    ends = torch.tensor(sorted(eos_ids), device=model.device)
    answers: list[TokenIds] = [[] for _ in prompts]
    alive = list(range(len(prompts)))
    open_rows = torch.ones(len(prompts), dtype=torch.bool, device=model.device)
    for step in range(max_new_tokens):
        tokens = pick(logits, temperature)
        for row, token, is_open in zip(alive, tokens.tolist(), open_rows.tolist(), strict=True):
            if is_open:
                answers[row].append(token)
        open_rows &= ~torch.isin(tokens, ends)
        if step + 1 == max_new_tokens or not open_rows.any():
            break
        if (~open_rows).float().mean() >= SHARE_ENDED:
            kept = open_rows.nonzero().squeeze(1)
            cache.batch_select_indices(kept)
            alive = [alive[i] for i in kept.tolist()]
            tokens, mask, open_rows = tokens[kept], mask[kept], open_rows[kept]
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
        out = model(
            input_ids=tokens[:, None],
            attention_mask=mask,
            position_ids=mask.sum(dim=1, keepdim=True) - 1,
            past_key_values=cache,
            use_cache=True,
        )
        logits = out.logits[:, -1]
    return answers


def encode_prompts(model: Any, prompts: Sequence[TokenIds], pad_id: int):
    """Cache, mask (B, P) and next-token logits (B, V) of all prompts; equal ones run once."""
    distinct, owner = index_of_each(prompts)
    ids, mask = left_padded(distinct, pad_id, model.device)
    out = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=positions(mask),
        use_cache=True,
        logits_to_keep=1,
    )
    rows = torch.tensor(owner, device=model.device)
    out.past_key_values.batch_select_indices(rows)
    return out.past_key_values, mask[rows], out.logits[rows, -1]


def index_of_each(prompts: Sequence[TokenIds]) -> tuple[list[TokenIds], list[int]]:
    """The distinct prompts, and for each prompt the place of its equal among them.

    Example:
        >>> index_of_each([[1], [2], [1]])
        ([[1], [2]], [0, 1, 0])
    """
    places: dict[tuple[int, ...], int] = {}
    owner = [places.setdefault(tuple(prompt), len(places)) for prompt in prompts]
    return [list(prompt) for prompt in places], owner


def left_padded(prompts: Sequence[TokenIds], pad_id: int, device: Any):
    """Ids and mask (B, P), padded on the left."""
    width = max(map(len, prompts))
    ids = [[pad_id] * (width - len(prompt)) + prompt for prompt in prompts]
    mask = [[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def positions(mask):
    """Positions (B, P) that count from each row's first real token."""
    return (mask.cumsum(dim=1) - 1).clamp(min=0)


def pick(logits, temperature: float):
    """Next tokens (B,) from logits (B, V)."""
    if temperature == 0:
        return logits.argmax(dim=-1)
    chances = torch.softmax(logits.float() / temperature, dim=-1)
    return torch.multinomial(chances, 1).squeeze(1)


@contextlib.contextmanager
def plain_forward(model: Any) -> Iterator[None]:
    """On a CPU, take off the trainer's autocast for the block.

    Under autocast every call casts all weights anew, which for a call of one token a row costs
    more than the call: three times, measured on two cores with 135M parameters.
    """
    wrapped = model.__dict__.pop("forward", None) if model.device.type == "cpu" else None
    try:
        yield
    finally:
        if wrapped is not None:
            model.forward = wrapped
