"""RLOO: an answer's reward against the mean of the others to its prompt (arXiv 2402.14740)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from toolrl.errors import ConfigError
from toolrl.train.config import GroupTrainConfig
from toolrl.train.online import Method, train_online


def train_rloo(config: GroupTrainConfig, *, resume: bool = False) -> Path:
    """Run the recipe; returns the run folder. Raises as `toolrl.train.online.train_online`."""
    return train_online(config, partial(rloo_method, config), resume=resume)


def rloo_method(config: GroupTrainConfig) -> Method:
    """TRL's RLOO trainer, and its own with shared prefixes; both may replace dead groups."""
    from trl import RLOOConfig, RLOOTrainer

    from toolrl.train.dynamic_sampling import with_resampling
    from toolrl.train.shared_prefix import SharedPrefixRLOOTrainer

    check_penalty(config, RLOOConfig.beta)
    return with_resampling(Method("rloo", RLOOConfig, RLOOTrainer, SharedPrefixRLOOTrainer), config)


def check_penalty(config: GroupTrainConfig, default: float) -> None:
    """Refuse to replace groups of one reward where their advantages differ all the same.

    TRL's RLOO takes a KL penalty off each answer's reward, by default; GRPO's is in its loss.

    Raises:
        ConfigError: ``resample`` and a penalty.
    """
    beta = config.trainer.get("beta", default)
    if config.resample and beta:
        raise ConfigError(
            f"'resample' can't be had with RLOO's penalty (trainer.beta={beta}): answers of one "
            "reward differ by it, so their groups still teach; set trainer.beta=0, or leave "
            "'resample' out"
        )
