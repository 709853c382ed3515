"""Advantages for PPO: rewards on tokens, and generalised advantage estimation over them."""

from __future__ import annotations

import torch
from torch import Tensor


def token_rewards(totals: Tensor, mask: Tensor, penalty: Tensor | None = None) -> Tensor:
    """Rewards (B, C) on the tokens of answers: the total on the last one, a penalty on each.

    Args:
        totals: (B,), the answers' rewards.
        mask: (B, C), true where a token counts; true places stand at the left.
        penalty: (B, C), taken off token by token (PPO's KL); None is none.

    Example:
        >>> token_rewards(torch.tensor([4.0]), torch.tensor([[True, True, False]]))
        tensor([[0., 4., 0.]])
    """
    rewards = torch.zeros(mask.shape, device=totals.device)
    rows = mask.any(dim=1).nonzero().squeeze(1)
    rewards[rows, mask[rows].sum(dim=1) - 1] = totals[rows].float()
    return rewards if penalty is None else rewards - penalty * mask


def gae(rewards: Tensor, values: Tensor, mask: Tensor, *, gamma: float, lam: float) -> Tensor:
    """Generalised advantage estimates (B, C), 0 where the mask is (arXiv 1506.02438, eq. 16).

    Args:
        rewards: (B, C), of taking each token.
        values: (B, C), expected before each token; the value after the last one is 0.
        mask: (B, C), true where a token counts; true places stand at the left.
        gamma: discount a token, in [0, 1].
        lam: in [0, 1]; 0 trusts the critic for all but one reward, 1 the rewards alone.

    Example:
        >>> one = torch.ones(1, 2)
        >>> gae(torch.tensor([[0.0, 4.0]]), one, one.bool(), gamma=1.0, lam=1.0)
        tensor([[3., 3.]])
    """
    values = values * mask
    found = torch.zeros_like(values)
    ahead = value_ahead = torch.zeros(len(values), device=values.device)
    for t in reversed(range(values.size(1))):
        surprise = rewards[:, t] + gamma * value_ahead - values[:, t]
        ahead = (surprise + gamma * lam * ahead) * mask[:, t]
        found[:, t], value_ahead = ahead, values[:, t]
    return found


def whitened(advantages: Tensor, mask: Tensor) -> Tensor:
    """Advantages (B, C) of mean 0 and deviation 1 over the tokens that count."""
    some = advantages[mask]
    if len(some) < 2:
        return advantages
    return (advantages - some.mean()) / (some.std() + 1e-8) * mask


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
