"""Which models can share prefixes, and what makes them do it."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import Dropout
from transformers import PreTrainedModel

from toolrl.errors import first_line
from toolrl.models.attention import NAME, TreeState, forward, too_long, tree_logits
from toolrl.models.decoding import Decoding, Prompts
from toolrl.models.prefix_tree import PrefixTree

PROBE = ((5, 6, 7, 8, 9), (5, 6, 7, 3, 4, 2), (4, 3))
"""Token ids that any vocabulary has."""

PROBE_TOLERANCE = 0.05
"""Greatest difference of the probe's logits, of their deviation; a wrong mask makes about 1."""


def prepare(model: Any, longest: int) -> str | None:
    """Let the model attend over prefix trees; else say why it can't, and leave it as it is.

    Args:
        model: a causal language model of transformers.
        longest: tokens of the longest sequence it will see.
    """
    config = model.config.get_text_config()
    if reason := unfit(config, longest):
        return reason
    if any(isinstance(part, Dropout) and part.p for part in model.modules()):
        return "it drops activations at random, for every answer anew"
    if config._attn_implementation == NAME:
        return None
    before = attentions(model)
    model.set_attn_implementation(NAME)
    given = config._attn_implementation == NAME
    reason = probe(model) if given else "it can't be given from outside"
    if reason:
        for each, name in before:
            each._attn_implementation_internal = name
        return f"the attention of {type(model).__name__} does not fit: {reason}"
    return None


def is_prepared(model: Any) -> bool:
    """Whether the model, wrapped by PEFT or not, attends over prefix trees."""
    return model.config.get_text_config()._attn_implementation == NAME


def unfit(config: Any, longest: int) -> str | None:
    """Why a model of this config can't, as far as the config tells."""
    if getattr(config, "attn_logit_softcapping", None):  # torch's own attention knows no cap
        return "its attention caps its scores (attn_logit_softcapping of its config)"
    if config._attn_implementation not in ("sdpa", NAME):
        return f"its attention is '{config._attn_implementation}', not torch's own"
    drops = [name for name, value in vars(config).items() if is_dropout(name, value)]
    if drops:
        return f"it drops activations at random ({', '.join(sorted(drops))} of its config)"
    window = getattr(config, "sliding_window", None)
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    if kinds - {"full_attention", "sliding_attention"}:
        return f"it has layers of {', '.join(sorted(kinds - {'full_attention'}))}"
    if window and longest > window:
        return too_long(window, longest)
    return None


def is_dropout(name: str, value: Any) -> bool:
    """Whether a value of a config is a chance to drop activations that is not zero."""
    named = name.endswith(("dropout", "pdrop", "dropout_prob")) and "classifier" not in name
    return named and isinstance(value, float) and value > 0


def attentions(model: Any) -> list[tuple[Any, str]]:
    """The attention that each config of the model names now."""
    parts = [part for part in model.modules() if isinstance(part, PreTrainedModel)]
    configs = {id(c): c for part in parts for c in (part.config, part.config.get_text_config())}
    return [(config, config._attn_implementation) for config in configs.values()]


@torch.no_grad()
def probe(model: Any) -> str | None:
    """Compare a few logits by a tree, and one token on, with those of the sequences one by one."""
    was_training = model.training
    model.eval()
    try:
        ours, own = logits_by_tree(model), logits_one_by_one(model)
    except (TypeError, ValueError, RuntimeError, AttributeError, IndexError, KeyError) as error:
        return f"{type(error).__name__}: {first_line(error)}"
    finally:
        model.train(was_training)
    off = ((ours - own).pow(2).mean().sqrt() / own.std()).item()
    return None if off <= PROBE_TOLERANCE else f"its logits differ by {off:.2f} of their deviation"


def logits_by_tree(model: Any) -> torch.Tensor:
    """Logits (2N, V): after each sequence of the probe, and after its first token once more."""
    tree = PrefixTree.of(PROBE, min_saved=1)
    state = TreeState(tree, keep=True)
    ends = torch.tensor([places[-1] for places in tree.places])
    ended = tree_logits(model, tree, ends, state)
    owner = torch.arange(len(PROBE), device=model.device)
    decoding = Decoding(Prompts.of(state, tree.places), owner)
    again = torch.tensor([ids[:1] for ids in PROBE], device=model.device)
    outputs = forward(model, again, decoding.positions(), decoding, logits_to_keep=1)
    return torch.cat([ended, outputs.logits[:, -1]]).float()


def logits_one_by_one(model: Any) -> torch.Tensor:
    """The same by the model's own path."""
    rows = [*PROBE, *((*ids, ids[0]) for ids in PROBE)]
    ids = (torch.tensor([row], device=model.device) for row in rows)
    return torch.stack([model(input_ids=row).logits[0, -1] for row in ids]).float()
