"""The ways to train, by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from toolrl.train.config import GroupTrainConfig, PPOTrainConfig, SFTTrainConfig, TrainConfig

METHODS: dict[str, type[TrainConfig]] = {
    "sft": SFTTrainConfig,
    "grpo": GroupTrainConfig,
    "rloo": GroupTrainConfig,
    "ppo": PPOTrainConfig,
}
"""Name of a method to what its recipe may say."""


def check_arguments(method: str, config: TrainConfig) -> None:
    """Find mistakes that TRL's own config would find only when the training begins.

    Raises:
        ConfigError: one of them.
    """
    module = importlib.import_module(f"toolrl.train.{method}")
    if method == "sft":
        module.sft_arguments(config)
    else:
        from toolrl.train.online import online_arguments

        online_arguments(config, getattr(module, f"{method}_method")(config))


def trainer_of(method: str) -> Callable[..., Any]:
    """``train_sft`` and the like; torch is imported only when it is asked for."""
    return getattr(importlib.import_module(f"toolrl.train.{method}"), f"train_{method}")
