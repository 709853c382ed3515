"""PPO with a critic: an answer's reward against what the critic expected, token by token."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from toolrl.errors import ConfigError
from toolrl.train.config import CriticConfig, PPOTrainConfig
from toolrl.train.online import Method, train_online

TRUNKS = ("policy", "own")
NOT_PPOS = {
    "scale_rewards": "advantages come from the critic; see 'critic.whiten'",
    "multi_objective_aggregation": "advantages come from the critic, of the sum of the parts",
    "use_bias_correction_kl": "the penalty is in the reward; see 'critic.kl_coef'",
    "beta": "the penalty is in the reward; use 'critic.kl_coef'",
}
"""Keys of TRL's config that nothing would read here."""


def train_ppo(config: PPOTrainConfig, *, resume: bool = False) -> Path:
    """Run the recipe; returns the run folder. Raises as :func:`toolrl.train.online.train_online`.

    The samples of a step are ``per_device_train_batch_size`` x ``gradient_accumulation_steps``, as
    in GRPO; ``num_generations`` says how many of them answer one prompt, and may be 1. (The paper's
    PPO had one answer a prompt where its GRPO had four, and half the prompt's length.)
    """
    return train_online(config, partial(ppo_method, config), resume=resume)


def ppo_method(config: PPOTrainConfig) -> Method:
    """PPO on TRL's GRPO trainer."""
    from toolrl.train.ppo_trainer import PPOArguments, PPOTrainer, SharedPrefixPPOTrainer

    check_critic(config.critic)
    for key, why in NOT_PPOS.items():
        if key in config.trainer:
            raise ConfigError(f"'trainer.{key}' can't be set for PPO: {why}")
    return Method(
        "ppo",
        PPOArguments,
        PPOTrainer,
        SharedPrefixPPOTrainer,
        set={"beta": config.critic.kl_coef},
        options={"critic": config.critic},
        groups=False,
    )


def check_critic(critic: CriticConfig) -> None:
    """Refuse values that mean nothing.

    Raises:
        ConfigError: one of them.
    """
    if critic.trunk not in TRUNKS:
        raise ConfigError(
            f"'critic.trunk' must be one of {', '.join(TRUNKS)}, not {critic.trunk!r}"
        )
    if not (0 <= critic.gamma <= 1 and 0 <= critic.lam <= 1):
        raise ConfigError("'critic.gamma' and 'critic.lam' must be in [0, 1]")
    rates = min(critic.learning_rate, critic.trunk_learning_rate)
    if critic.epochs < 1 or rates <= 0 or critic.max_grad_norm <= 0:
        raise ConfigError("'critic': epochs, learning rates and max_grad_norm must be above 0")
    no_clip = critic.clip is not None and critic.clip <= 0
    if critic.warmup_steps < 0 or critic.kl_coef < 0 or no_clip:
        raise ConfigError("'critic': warmup_steps and kl_coef must be 0 or more, clip above 0")
