"""PPO on TRL's GRPO trainer: its sampling and its loss, with advantages from a critic.

TRL has no PPO any more, but its GRPO loss takes an advantage for each token. So only what comes
between sampling and loss is here: rewards on tokens, values, advantages, and the critic's own
updates, which need nothing of the policy's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from trl import GRPOConfig, GRPOTrainer

from toolrl.errors import ConfigError
from toolrl.train.config import CriticConfig
from toolrl.train.critic import (
    checkpoint_activations,
    make_critic,
    states_before,
    trunk_of,
    value_loss,
)
from toolrl.train.gae import action_mask, explained_variance, gae, token_rewards, whitened
from toolrl.train.shared_prefix import SharedPrefix, SharedPrefixGRPOTrainer

FILE = "critic.pt"


@dataclass
class PPOArguments(GRPOConfig):
    """TRL's GRPO config, which may sample one answer a prompt: a critic needs no group."""

    def __post_init__(self) -> None:
        wanted = self.num_generations
        if wanted == 1:
            self.num_generations = self.answers()  # TRL wants 2 or more, and a divisor of all
        super().__post_init__()
        self.num_generations = wanted

    def answers(self) -> int:
        """How many are sampled at a time, by one process.

        Raises:
            ConfigError: one alone, which TRL can't.
        """
        steps = self.steps_per_generation or self.gradient_accumulation_steps
        found = self.generation_batch_size or self.per_device_train_batch_size * steps
        if found < 2:
            raise ConfigError(
                "trainer: one answer in all is too few for a step; raise "
                "per_device_train_batch_size or gradient_accumulation_steps"
            )
        return found


class WithCritic:
    """Advantages a token by a critic, in place of those by a group's mean."""

    def __init__(self, *args: Any, critic: CriticConfig, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.beta = 0.0  # TRL's would put the penalty into the loss; ours is in the rewards
        self.settings = critic
        model = self.accelerator.unwrap_model(self.model)
        self.critic = make_critic(model, own_trunk=critic.trunk == "own")
        groups = [{"params": self.critic.head.parameters(), "lr": critic.learning_rate}]
        if self.critic.trunk is not None:
            groups += [{"params": self.critic.trunk.parameters(), "lr": critic.trunk_learning_rate}]
            if self.args.gradient_checkpointing:  # by that name also where there is a newer one
                checkpoint_activations(self.critic.trunk)
        self.critic_optimizer = torch.optim.AdamW(groups, weight_decay=0.0)

    def _calculate_rewards(self, *args: Any, **kwargs: Any) -> Tensor:
        """The stock points (B, parts), kept for the critic."""
        self._points = super()._calculate_rewards(*args, **kwargs)
        return self._points

    def _generate_and_score_completions(self, inputs):
        """The stock batch, with the critic's advantages (B, C); the critic learns from it too."""
        self.beta = self.settings.kl_coef  # so that the reference model is asked
        try:
            batch = super()._generate_and_score_completions(inputs)
        finally:
            self.beta = 0.0
        if self.model.training:
            batch["advantages"] = self.learn_from(batch, self._points.nansum(dim=1))
        return batch

    def learn_from(self, batch: dict[str, Any], totals: Tensor) -> Tensor:
        """Advantages (B, C) of a batch's tokens; then the critic is fitted to what came."""
        mask = action_mask(batch)
        sequences = torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1)
        counted = torch.cat([batch["prompt_mask"], batch["completion_mask"]], dim=1).bool()
        states = self.policy_states(sequences, counted, mask.size(1))
        old = self.values(sequences, counted, mask.size(1), states)
        penalty = self.penalty(batch, sequences, counted, mask)
        rewards = token_rewards(totals, mask, penalty)
        found = gae(rewards, old, mask, gamma=self.settings.gamma, lam=self.settings.lam)
        returns = found + old
        loss = self.fit(sequences, counted, states, old, returns, mask)
        if mask.any():  # else all answers were cut and left out: there is nothing to say
            self.record("critic/loss", loss)
            self.record("critic/value", old[mask].mean().item())
            self.record("critic/explained_variance", explained_variance(old, returns, mask))
        no_signal = penalty is None and totals.min() == totals.max()
        if no_signal or self.state.global_step < self.settings.warmup_steps:
            return torch.zeros_like(found)  # Adam would make whole steps of the critic's error
        return whitened(found, mask) if self.settings.whiten else found

    def penalty(
        self, batch: dict[str, Any], sequences: Tensor, counted: Tensor, mask: Tensor
    ) -> Tensor | None:
        """The KL estimate (B, C) of each token against the reference model, as it costs."""
        reference = batch.pop("ref_per_token_logps", None)
        if reference is None:
            return None
        logps = batch.get("old_per_token_logps")
        if logps is None:
            with torch.no_grad():
                logps, _, _ = self._get_per_token_logps_and_entropies(
                    self.model,
                    sequences,
                    counted,
                    mask.size(1),
                    batch_size=self.args.train_batch_size,
                )
        kl = logps - reference
        if mask.any():
            self.record("kl", kl[mask].mean().item())
        return self.settings.kl_coef * kl

    def policy_states(self, ids: Tensor, mask: Tensor, width: int) -> Tensor | None:
        """The policy's own states (B, C, H), where the critic has no trunk."""
        if self.critic.trunk is not None:
            return None
        trunk = trunk_of(self.accelerator.unwrap_model(self.model))
        with torch.no_grad():
            return torch.cat([self.states(trunk, ids[i], mask[i], width) for i in self.rows(ids)])

    def states(self, trunk: Any, ids: Tensor, mask: Tensor, width: int) -> Tensor:
        """States (B, C, H) of some rows."""
        shared = isinstance(self, SharedPrefix)
        with self.accelerator.autocast():
            return states_before(trunk, ids, mask, width, shared=shared)

    def rows(self, ids: Tensor) -> Iterator[slice]:
        """As many rows at a time as the update takes."""
        size = self.args.train_batch_size
        return (slice(i, i + size) for i in range(0, len(ids), size))

    @torch.no_grad()
    def values(self, ids: Tensor, mask: Tensor, width: int, states: Tensor | None) -> Tensor:
        """What the critic expects (B, C)."""
        if states is not None:
            return self.critic(states)
        trunk = self.critic.trunk
        parts = [self.critic(self.states(trunk, ids[i], mask[i], width)) for i in self.rows(ids)]
        return torch.cat(parts)

    def fit(
        self,
        ids: Tensor,
        counted: Tensor,
        states: Tensor | None,
        old: Tensor,
        returns: Tensor,
        mask: Tensor,
    ) -> float:
        """Some passes over the batch, a step of the critic each; returns the first one's loss."""
        losses = []
        for _ in range(self.settings.epochs):
            self.critic_optimizer.zero_grad()
            total = 0.0
            for i in self.rows(ids):
                if not mask[i].any():
                    continue
                some = self.states(self.critic.trunk, ids[i], counted[i], mask.size(1)) \
                    if states is None else states[i]  # fmt: skip
                loss = value_loss(
                    self.critic(some), old[i], returns[i], mask[i], self.settings.clip
                )
                share = mask[i].sum() / mask.sum()
                (loss * share).backward()
                total += (loss * share).item()
            torch.nn.utils.clip_grad_norm_(self.critic.parameters(), self.settings.max_grad_norm)
            self.critic_optimizer.step()
            losses.append(total)
        return losses[0]

    def record(self, name: str, value: float) -> None:
        """A figure of this step, as TRL keeps them."""
        self._metrics["train"][name].append(value)

    def _save_checkpoint(self, model, trial) -> None:
        """The stock checkpoint, and the critic in it."""
        super()._save_checkpoint(model, trial)
        folder = Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}"
        state = {
            "critic": self.critic.state_dict(),
            "optimizer": self.critic_optimizer.state_dict(),
        }
        torch.save(state, folder / FILE)

    def _load_optimizer_and_scheduler(self, checkpoint) -> None:
        """The stock states, and the critic's."""
        super()._load_optimizer_and_scheduler(checkpoint)
        if checkpoint is None:
            return
        device = self.critic.head.weight.device
        state = torch.load(Path(checkpoint) / FILE, weights_only=True, map_location=device)
        self.critic.load_state_dict(state["critic"])
        self.critic_optimizer.load_state_dict(state["optimizer"])


class PPOTrainer(WithCritic, GRPOTrainer):
    """PPO by TRL's own forward passes."""


class SharedPrefixPPOTrainer(WithCritic, SharedPrefixGRPOTrainer):
    """PPO with shared prefixes."""
