"""PPO's critic: what reward to expect after each token that stands before an answer's next one."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from toolrl.models.attention import TreeState, forward
from toolrl.train.answer_logps import spread, tree_of


class Critic(nn.Module):
    """A linear head on hidden states, those of the policy or of a trunk of its own.

    States are brought to length 1, so that a learning rate means the same for every model, and the
    head begins at 0, so that nothing is promised before something was seen.
    """

    def __init__(self, size: int, trunk: nn.Module | None = None) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = nn.utils.skip_init(
            nn.Linear, size, 1
        )  # throws no dice that sampling would miss
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, states: Tensor) -> Tensor:
        """Values (...) of states (..., H)."""
        return self.head(normalize(states.float(), dim=-1)).squeeze(-1)


def make_critic(model: Any, *, own_trunk: bool) -> Critic:
    """A critic for a causal model; its own trunk begins as a copy of the model's."""
    trunk = copy.deepcopy(trunk_of(model)).requires_grad_(True) if own_trunk else None
    size = model.config.get_text_config().hidden_size
    return Critic(size, trunk).to(model.device)


def trunk_of(model: Any) -> Any:
    """The part of a causal model, wrapped by PEFT or not, that makes hidden states."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    return base.get_decoder()


def checkpoint_activations(trunk: Any) -> None:
    """Have a model compute its activations again backward, by whichever name it knows that."""
    older = trunk.gradient_checkpointing_enable
    getattr(trunk, "activation_checkpointing_enable", older)({"use_reentrant": False})


def states_before(trunk: Any, ids: Tensor, mask: Tensor, width: int, *, shared: bool) -> Tensor:
    """Hidden states (B, C, H) before each of the last C = ``width`` tokens.

    Args:
        trunk: see :func:`trunk_of`.
        ids: (B, T), prompts padded on the left, answers on the right.
        mask: (B, T), true where a token counts.
        width: the tokens of the answers, padding included.
        shared: whether what rows share goes through the trunk once; else states of padding are
            whatever comes out.
    """
    if not shared:
        outputs = trunk(input_ids=ids, attention_mask=mask.long(), use_cache=False)
        return outputs.last_hidden_state[:, -width - 1 : -1]
    asked = mask.clone()
    asked[:, :-width] = False
    tree, before = tree_of(ids, mask, asked)
    tokens, positions = (
        torch.tensor([x], device=ids.device) for x in (tree.tokens, tree.positions)
    )
    hidden = forward(trunk, tokens, positions, TreeState(tree)).last_hidden_state[0]
    found = hidden[before.to(hidden.device)]
    where = asked[:, -width:, None].expand(-1, -1, hidden.size(-1))
    return spread(found.flatten(), where)


def value_loss(
    values: Tensor, old: Tensor, returns: Tensor, mask: Tensor, clip: float | None
) -> Tensor:
    """Half the mean square over the tokens that count; moves beyond ``clip`` from old earn nothing.

    Args:
        values: (B, C), now.
        old: (B, C), when the answers were sampled.
        returns: (B, C), what came.
        mask: (B, C), true where a token counts.
        clip: how far a value may move from the old one, in points of reward; None is any way.
    """
    error = (values - returns).square()
    if clip is not None:
        near = old + (values - old).clamp(-clip, clip)
        error = torch.maximum(error, (near - returns).square())
    return 0.5 * error[mask].mean()
