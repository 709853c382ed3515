"""RLOO: an answer's reward against the mean of the others to its prompt (arXiv 2402.14740)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

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

    return with_resampling(Method("rloo", RLOOConfig, RLOOTrainer, SharedPrefixRLOOTrainer), config)
