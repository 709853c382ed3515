"""Teach a transformers model to attend over a prefix tree, through its own attention interface."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import Dropout
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from toolrl.errors import ConfigError
from toolrl.models.prefix_tree import PrefixTree
from toolrl.models.tree_attention import tree_attention

NAME = "prefix_tree"
"""Of the attention implementation, and of the keyword by which a call asks for it."""

PROBE = ((5, 6, 7, 8, 9), (5, 6, 7, 3, 4, 2), (4, 3))
"""Token ids that any vocabulary has."""

PROBE_TOLERANCE = 0.05
"""Greatest difference of the probe's logits, of their deviation; a wrong mask makes about 1."""


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
    dtype = attention_dtype(query)
    query, key, value = (x.to(dtype) for x in (query, key, value))
    if (window := kwargs.get("sliding_window")) and state.longest > window:
        raise ConfigError(too_long(window, state.longest))
    scale = query.size(-1) ** -0.5 if scaling is None else scaling
    state.used = True
    return state.attend(module.layer_idx, query, key, value, scale).transpose(1, 2), None


def attention_dtype(query: Tensor) -> torch.dtype:
    """What attention is computed in: what autocast says, but float32 on a CPU.

    The CPU's kernel takes up to six times longer backward in bfloat16, on nodes of 50 tokens.
    """
    device = query.device.type
    if device == "cpu":
        return torch.promote_types(query.dtype, torch.float32)
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else query.dtype


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)


class TreeState:
    """Attention of one forward pass over a tree; keeps its keys and values if asked to.

    Attributes:
        longest: tokens of the longest sequence.
        kept: layer to keys and values, each (1, K, T, D).
    """

    def __init__(self, tree: PrefixTree, *, keep: bool = False) -> None:
        self.nodes = tree.nodes
        self.longest = tree.longest
        self.keep = keep
        self.kept: dict[int, tuple[Tensor, Tensor]] = {}

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """(1, H, T, D)."""
        if self.keep:
            self.kept[layer] = key, value
        return tree_attention(query, key, value, self.nodes, scale)


def tree_logits(model: Any, tree: PrefixTree, places: Tensor, state: Any = None) -> Tensor:
    """Logits (N, V) after the tokens at ``places`` (N,), each token of the tree computed once."""
    device = model.device
    return forward(
        model,
        torch.tensor([tree.tokens], device=device),
        torch.tensor([tree.positions], device=device),
        state or TreeState(tree),
        places.to(device),
    )[0]


def forward(model: Any, ids: Tensor, positions: Tensor, state: Any, keep: Tensor | int) -> Tensor:
    """Logits (B, N, V) of a forward pass whose attention is ``state.attend``.

    Raises:
        RuntimeError: the model never asked for it, since it was not prepared.
    """
    state.used = False
    ready_mask = torch.ones(1, 1, 1, 1, device=ids.device)  # 4-D: the model makes none of its own
    outputs = model(
        input_ids=ids,
        position_ids=positions,
        attention_mask=ready_mask,
        use_cache=False,
        logits_to_keep=keep,
        **{NAME: state},
    )
    if not state.used:
        raise RuntimeError("this model does not attend over prefix trees; prepare() it first")
    return outputs.logits


def prepare(model: Any, longest: int) -> str | None:
    """Let the model attend over prefix trees; else say why it can't, and leave it as it is.

    Args:
        model: a causal language model of transformers.
        longest: tokens of the longest sequence it will see.
    """
    config = model.config.get_text_config()
    before = config._attn_implementation
    if reason := unfit(config, longest):
        return reason
    if any(isinstance(part, Dropout) and part.p for part in model.modules()):
        return "it drops activations at random, for every answer anew"
    if before == NAME:
        return None
    model.set_attn_implementation(NAME)
    if model.config._attn_implementation != NAME or not probe(model):
        model.set_attn_implementation(before)
        return f"{type(model).__name__} does not take attention from outside"
    return None


def unfit(config: Any, longest: int) -> str | None:
    """Why a model of this config can't, as far as the config tells."""
    if config._attn_implementation not in ("sdpa", NAME):
        return f"its attention is '{config._attn_implementation}', not torch's own"
    if getattr(config, "attention_dropout", 0):
        return "it drops attention at random"
    window = getattr(config, "sliding_window", None)
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    if kinds - {"full_attention", "sliding_attention"}:
        return f"it has layers of {', '.join(sorted(kinds - {'full_attention'}))}"
    if window and longest > window:
        return too_long(window, longest)
    return None


def too_long(window: int, longest: int) -> str:
    """What is wrong with a window of attention that is shorter than a sequence."""
    return f"attention slides over {window} tokens, fewer than the {longest} of a sequence"


@torch.no_grad()
def probe(model: Any) -> bool:
    """Whether a few sequences get the same logits by a tree and one by one."""
    was_training = model.training
    model.eval()
    try:
        tree = PrefixTree.of(PROBE, min_shared=1)
        ends = torch.tensor([places[-1] for places in tree.places])
        ours = tree_logits(model, tree, ends).float()
        plain = [torch.tensor([ids], device=model.device) for ids in PROBE]
        own = torch.stack([model(input_ids=ids).logits[0, -1] for ids in plain]).float()
        return bool((ours - own).abs().max() <= PROBE_TOLERANCE * own.std())
    except (TypeError, ValueError, RuntimeError, AttributeError, IndexError):
        return False  # it takes no such keyword, or its layers don't know their places
    finally:
        model.train(was_training)
