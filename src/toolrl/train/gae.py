"""Advantages for PPO: rewards on tokens, and generalised advantage estimation over them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def action_mask(batch: Mapping[str, Tensor]) -> Tensor:
    """True (B, C) at the tokens of a batch that the model wrote: no padding, no tool's result."""
    counted = batch["completion_mask"].bool()
    return counted & batch["tool_mask"].bool() if "tool_mask" in batch else counted


def token_rewards(totals: Tensor, mask: Tensor, penalty: Tensor | None = None) -> Tensor:
    """Rewards (B, C) on the tokens that a model wrote: the total on the last, a penalty on each.

    Args:
        totals: (B,), the answers' rewards.
        mask: (B, C), true where the model wrote a token, with any holes: tools' results, padding.
        penalty: (B, C), taken off token by token (PPO's KL); None is none.

    Example:
        >>> token_rewards(torch.tensor([4.0]), torch.tensor([[True, False, True, False]]))
        tensor([[0., 0., 4., 0.]])
    """
    left = mask.flip(1).cumsum(dim=1).flip(1)  # tokens from here to the end
    is_last = mask & (left == 1)
    rewards = totals.float()[:, None].where(is_last, 0)
    return rewards if penalty is None else rewards - penalty.where(mask, 0)


def gae(rewards: Tensor, values: Tensor, mask: Tensor, *, gamma: float, lam: float) -> Tensor:
    """Generalised advantage estimates (B, C), 0 where the mask is (arXiv 1506.02438, eq. 16).

    A token follows the one that the model wrote before it, whatever stands between them: what a
    tool returned is no action, takes no discount, and its rewards and values are never read.

    Args:
        rewards: (B, C), of taking each token.
        values: (B, C), expected before each token; the value after the last one is 0.
        mask: (B, C), true where the model wrote a token, with any holes.
        gamma: discount a token, in [0, 1].
        lam: in [0, 1]; 0 trusts the critic for all but one reward, 1 the rewards alone.

    Example:
        >>> mask = torch.tensor([[True, False, True]])
        >>> gae(torch.tensor([[0.0, 9.0, 4.0]]), torch.ones(1, 3), mask, gamma=1.0, lam=1.0)
        tensor([[3., 0., 3.]])
    """
    found = torch.zeros_like(values)
    ahead = value_ahead = values.new_zeros(len(values))
    for t in reversed(range(values.size(1))):
        here = mask[:, t]
        surprise = rewards[:, t] + gamma * value_ahead - values[:, t]
        ahead = torch.where(here, surprise + gamma * lam * ahead, ahead)
        value_ahead = torch.where(here, values[:, t], value_ahead)
        found[:, t] = ahead.where(here, 0)
    return found


def whitened(advantages: Tensor, mask: Tensor) -> Tensor:
    """Advantages (B, C) of mean 0 and deviation 1 over the tokens that count."""
    some = advantages[mask]
    if len(some) < 2:
        return advantages
    return ((advantages - some.mean()) / (some.std() + 1e-8)).where(mask, 0)


ROUNDING = 1e-6
"""Variance of returns that are all the same, but summed in float32."""


def explained_variance(values: Tensor, returns: Tensor, mask: Tensor) -> float:
    """How much of the returns' variance the critic foretells: 1 is all, 0 none, below 0 is harm.

    Where the returns are all one number, up to rounding, there is nothing to foretell: 0.

    Example:
        >>> exact = torch.tensor([[1.0, 2.0]])
        >>> explained_variance(exact, exact, exact.bool())
        1.0
    """
    left, whole = (returns - values)[mask].var(), returns[mask].var()
    return (1 - left / whole).item() if whole > ROUNDING else 0.0
