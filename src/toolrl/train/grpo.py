"""GRPO with the fine-grained tool reward: of the answers to one prompt, follow the better ones."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from toolrl.train.config import GroupTrainConfig
from toolrl.train.online import Method, train_online


def train_grpo(config: GroupTrainConfig, *, resume: bool = False) -> Path:
    """Run the recipe; returns the run folder. Raises as :func:`toolrl.train.online.train_online`.

    Per-part normalisation (GDPO, arXiv 2601.05242) is TRL's
    ``trainer.multi_objective_aggregation=normalize_then_sum`` over the reward's parts.
    """
    return train_online(config, partial(grpo_method, config), resume=resume)


def grpo_method(config: GroupTrainConfig) -> Method:
    """TRL's GRPO trainer, and its own with shared prefixes; both may replace dead groups."""
    from trl import GRPOConfig, GRPOTrainer

    from toolrl.train.dynamic_sampling import with_resampling
    from toolrl.train.shared_prefix import SharedPrefixGRPOTrainer

    return with_resampling(Method("grpo", GRPOConfig, GRPOTrainer, SharedPrefixGRPOTrainer), config)
