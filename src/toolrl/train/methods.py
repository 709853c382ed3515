"""The ways to train, by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from toolrl.models.trained import settle
from toolrl.rewards import load_reward, refuse_moving
from toolrl.train.config import GroupTrainConfig, PPOTrainConfig, SFTTrainConfig, TrainConfig

METHODS: dict[str, type[TrainConfig]] = {
    "sft": SFTTrainConfig,
    "grpo": GroupTrainConfig,
    "rloo": GroupTrainConfig,
    "ppo": PPOTrainConfig,
}
"""Name of a method to what its recipe may say."""


def check_recipe(method: str, config: TrainConfig) -> None:
    """Find mistakes that would else be found when the training begins.

    Raises:
        ToolRLError: a leaf of it.
    """
    module = importlib.import_module(f"toolrl.train.{method}")
    config, _ = settle(config)
    if method == "sft":
        refuse_moving(load_reward(config.reward, format_name=config.format))
        module.sft_arguments(config)
    else:
        from toolrl.train.online import check_online

        check_online(config, getattr(module, f"{method}_method")(config))


def trainer_of(method: str) -> Callable[..., Any]:
    """``train_sft`` and the like; torch is imported only when it is asked for."""
    return getattr(importlib.import_module(f"toolrl.train.{method}"), f"train_{method}")
