"""Attention over a prefix tree, through transformers' own attention interface."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from toolrl.errors import ConfigError
from toolrl.models.prefix_tree import PrefixTree
from toolrl.models.tree_attention import Kept, tree_attention

NAME = "prefix_tree"
"""Of the attention implementation, and of the keyword by which a call asks for it."""


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Torch's own attention, or that of the object given as ``prefix_tree``."""
    state = kwargs.pop(NAME, None)
    if state is None:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **kwargs
        )
    if (window := kwargs.get("sliding_window")) and state.longest > window:
        raise ConfigError(
            f"{too_long(window, state.longest)}; shorten data.max_prompt_tokens or the answers, or "
            "set prefix_sharing=false"
        )
    wanted, given = attention_dtype(query), value.dtype
    scale = query.size(-1) ** -0.5 if scaling is None else scaling
    state.used = True
    parts = (x.to(wanted) for x in (query, key, value))
    return state.attend(module.layer_idx, *parts, scale).transpose(1, 2).to(given), None


def too_long(window: int, longest: int) -> str:
    """What is wrong with a window of attention that is shorter than a sequence."""
    return f"attention slides over {window} tokens, fewer than the {longest} of a sequence"


def attention_dtype(query: Tensor) -> torch.dtype:
    """What attention is computed in: what autocast says, but float32 or wider on a CPU.

    The CPU's kernel takes up to six times longer backward in bfloat16, on nodes of 50 tokens.
    """
    device = query.device.type
    if device == "cpu":
        return torch.promote_types(query.dtype, torch.float32)
    casts = torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
    return torch.get_autocast_dtype(device) if casts else query.dtype


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)


class TreeState:
    """Attention of one forward pass over a tree; keeps its keys and values if asked to.

    Attributes:
        longest: tokens of the longest sequence.
        kept: layer to keys and values, each (1, K, T, D).
        cut: how masked attention cuts the tree, once for all layers.
    """

    def __init__(self, tree: PrefixTree, *, keep: bool = False) -> None:
        self.nodes = tree.nodes
        self.longest = tree.longest
        self.keep = keep
        self.kept: dict[int, tuple[Tensor, Tensor]] = {}
        self.cut: Kept = {}

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """(1, H, T, D)."""
        if self.keep:
            self.kept[layer] = key, value
        return tree_attention(query, key, value, self.nodes, scale, self.cut)


def tree_logits(model: Any, tree: PrefixTree, places: Tensor, state: Any = None) -> Tensor:
    """Logits (N, V) after the tokens at ``places`` (N,), each token of the tree computed once."""
    device = model.device
    ids, positions = (torch.tensor([x], device=device) for x in (tree.tokens, tree.positions))
    keep = {"logits_to_keep": places.to(device)}
    return forward(model, ids, positions, state or TreeState(tree), **keep).logits[0]


def forward(model: Any, ids: Tensor, positions: Tensor, state: Any, **more: Any) -> Any:
    """The model's outputs for tokens (B, T) at positions (B, T), attending as ``state`` says.

    Raises:
        RuntimeError: the model never asked for it, since it was not prepared.
    """
    state.used = False
    outputs = model(
        input_ids=ids,
        position_ids=positions,
        attention_mask=torch.ones(1, 1, 1, 1, device=ids.device),  # 4-D: it makes none of its own
        use_cache=False,
        **{NAME: state},
        **more,
    )
    if not state.used:
        raise RuntimeError("this model does not attend over prefix trees; prepare() it first")
    return outputs
