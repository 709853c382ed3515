"""Sample answers with every shared prefix encoded once, and ended rows dropped.

``generate`` encodes a prompt once for every answer asked of it, copies its keys and values for
every answer and again for every token, and goes on computing rows that have ended until the longest
has. Here a prompt is encoded once, its keys and values stand once for all its answers, and ended
rows leave the batch. Greedy tokens are those of ``generate``, up to rounding.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from toolrl.errors import DataError
from toolrl.models.attention import TreeState, forward, tree_logits
from toolrl.models.decoding import Decoding, Prompts
from toolrl.models.packed_linear import packed_linears
from toolrl.models.prefix_tree import PrefixTree

SHARE_ENDED = 0.15
"""Rows are dropped when that share of them has ended: dropping copies what they have written."""

TokenIds = list[int]
Pick = Callable[[Tensor], Tensor]


@torch.no_grad()
def sample(
    model: Any,
    prompts: Sequence[TokenIds],
    *,
    max_new_tokens: int,
    pick: Pick,
    eos_ids: Collection[int],
    dtype: torch.dtype = torch.float32,
) -> list[TokenIds]:
    """One answer for each prompt; what prompts share is encoded once.

    Args:
        model: a causal model that was prepared (:func:`toolrl.models.sharing.prepare`).
        prompts: token ids, not empty; repeat a prompt to get several answers to it.
        max_new_tokens: where an answer is cut, 1 or more.
        pick: next tokens (B,) from logits (B, V), see :func:`picker`.
        eos_ids: tokens that end an answer; the ending token is part of it.
        dtype: of the products of a float32 model on a CPU: bfloat16 is what autocast would do.

    Returns:
        Token ids of the answers, in the prompts' order.
    """
    with packed_linears(model, dtype):
        return answers_to(model, prompts, max_new_tokens, pick, eos_ids)


def answers_to(
    model: Any,
    prompts: Sequence[TokenIds],
    max_new_tokens: int,
    pick: Pick,
    eos_ids: Collection[int],
) -> list[TokenIds]:
    """Token ids of the answers, token by token, all rows at once."""
    state, logits = encode_prompts(model, prompts)
    ends = torch.tensor(sorted(eos_ids), device=model.device)
    answers: list[TokenIds] = [[] for _ in prompts]
    alive = list(range(len(prompts)))
    going = torch.ones(len(prompts), dtype=torch.bool, device=model.device)
    for step in range(max_new_tokens):
        tokens = pick(logits)
        for row, token, goes_on in zip(alive, tokens.tolist(), going.tolist(), strict=True):
            if goes_on:
                answers[row].append(token)
        going &= ~torch.isin(tokens, ends)
        if step + 1 == max_new_tokens or not going.any():
            break
        if (~going).float().mean() >= SHARE_ENDED:
            kept = going.nonzero().squeeze(1)
            state.select(kept)
            alive = [alive[i] for i in kept.tolist()]
            tokens, going = tokens[kept], going[kept]
        outputs = forward(model, tokens[:, None], state.positions(), state, logits_to_keep=1)
        logits = outputs.logits[:, -1]
        state.advance()
    return answers


def encode_prompts(model: Any, prompts: Sequence[TokenIds]) -> tuple[Decoding, Tensor]:
    """Where the answers can begin, and the next-token logits (B, V)."""
    distinct, owner = index_of_each(prompts)
    tree = PrefixTree.of(distinct)
    state = TreeState(tree, keep=True)
    ends = torch.tensor([places[-1] for places in tree.places])
    logits = tree_logits(model, tree, ends, state)
    rows = torch.tensor(owner, device=model.device)
    return Decoding(Prompts.of(state, tree.places), rows), logits[rows]


def index_of_each(prompts: Sequence[TokenIds]) -> tuple[list[TokenIds], list[int]]:
    """The distinct prompts, and for each prompt the place of its equal among them.

    Example:
        >>> index_of_each([[1], [2], [1]])
        ([[1], [2]], [0, 1, 0])
    """
    places: dict[tuple[int, ...], int] = {}
    owner = [places.setdefault(tuple(prompt), len(places)) for prompt in prompts]
    return [list(prompt) for prompt in places], owner


@torch.no_grad()
def generate(
    model: Any,
    prompts: Sequence[TokenIds],
    max_new_tokens: int,
    temperature: float,
    eos_ids: Collection[int],
) -> list[TokenIds]:
    """As :func:`sample`, by the model's own ``generate``, for models that can't share prefixes."""
    width = max(map(len, prompts))
    pad = min(eos_ids)
    ids = torch.tensor([[pad] * (width - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
    written = model.generate(
        input_ids=ids.to(model.device),
        attention_mask=mask.to(model.device),
        max_new_tokens=max_new_tokens,
        do_sample=temperature > 0,
        eos_token_id=sorted(eos_ids),
        pad_token_id=pad,
        repetition_penalty=1.0,
        **({"temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature else {}),
    )[:, width:].tolist()
    ends = ([i for i, token in enumerate(row, start=1) if token in eos_ids] for row in written)
    return [row[: end[0]] if end else row for row, end in zip(written, ends, strict=True)]


def picker(
    temperature: float,
    *,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> Pick:
    """Next tokens (B,) from logits (B, V): the likeliest at temperature 0, else at random.

    Args:
        temperature: the logits are divided by it; 0 is greedy, and the rest is not looked at.
        top_k: the likeliest tokens are left in; None or 0 is all.
        top_p: the likeliest tokens of together that chance are left in; None or 1 is all.
        min_p: tokens of at least that share of the likeliest one's chance are left in.
    """
    from transformers import MinPLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    if temperature == 0:
        return lambda logits: logits.argmax(dim=-1)
    warpers = [TopKLogitsWarper(top_k)] if top_k else []
    warpers += [TopPLogitsWarper(top_p)] if top_p is not None and top_p < 1 else []
    warpers += [MinPLogitsWarper(min_p)] if min_p else []

    def pick(logits: Tensor) -> Tensor:
        logits = logits.float() / temperature
        for warper in warpers:
            logits = warper(None, logits)
        return draw(torch.softmax(logits, dim=-1))

    return pick


def draw(chances: Tensor) -> Tensor:
    """Places (B,) drawn with chances (B, V), one uniform number a row.

    ``torch.multinomial`` draws a number a place, which took a twelfth of a token's time.

    Raises:
        DataError: a chance is not a number.
    """
    steps = chances.cumsum(dim=-1, dtype=torch.float64)
    if not steps[:, -1].isfinite().all():
        raise DataError(
            "the model's logits are no numbers any more; lower trainer.learning_rate, or set "
            "trainer.bf16=false and trainer.fp16=false"
        )
    points = torch.rand(len(chances), 1, dtype=torch.float64, device=chances.device) * steps[:, -1:]
    places = torch.searchsorted(steps, points, right=True).squeeze(1)
    return places.clamp(max=chances.size(1) - 1)


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
