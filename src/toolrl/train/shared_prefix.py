"""GRPO and RLOO with every shared prefix encoded once, in sampling, in scoring and in the update.

The answers of a group share their prompt. The stock trainer encodes it again for every one of
them; here what sequences share goes through the model once, and gradients flow back through it
from all of them. The numbers are the stock trainer's (``tests/train/test_shared_prefix.py``). The
idea is that of Prefix Grouper (arXiv 2506.05433), here for any depth of sharing.
"""

from __future__ import annotations

from typing import Any

import torch
from trl import GRPOTrainer, RLOOTrainer
from trl.trainer.utils import split_tensor_dict

from toolrl.errors import ConfigError
from toolrl.models.sampling import picker, plain_forward, sample
from toolrl.train.answer_logps import (
    answer_logits,
    fused_logps,
    spread,
    token_entropies,
    token_logps,
)


class SharedPrefix:
    """A trainer of TRL's, but for sampling, the log-probabilities, and the order of a batch.

    The model must be prepared (:func:`toolrl.models.sharing.prepare`). Made for trl 1.16.
    """

    def sampled(self, prompt_ids) -> list[list[int]]:
        """Token ids of an answer for each prompt."""
        model = self.accelerator.unwrap_model(self.model_wrapped)
        was_training = model.training
        model.eval()
        with plain_forward(model):
            answers = sample(
                model,
                prompt_ids,
                max_new_tokens=self.max_completion_length,
                pick=picker(self.temperature, top_k=self.top_k, top_p=self.top_p, min_p=self.min_p),
                eos_ids=self.eos_token_ids,
                dtype=torch.bfloat16 if self.args.bf16 else torch.float32,
            )
        model.train(was_training)
        return answers

    def _prepare_inputs(self, generation_batch):
        """The stock inputs of a micro-batch; the answers of an optimizer step in another order.

        The stock trainer shuffles the answers of a generation batch over its micro-batches. An
        optimizer step here has the very answers it has there, but those of a group side by side.
        """
        fresh = self._buffered_inputs
        inputs = super()._prepare_inputs(generation_batch)
        if not self.model.training or self._buffered_inputs is fresh or not any_order(self):
            return inputs
        window = self.args.gradient_accumulation_steps
        batches = self._buffered_inputs
        for i in range(0, len(batches), window):
            batches[i : i + window] = regrouped(batches[i : i + window])
        return batches[self._step % self.args.steps_per_generation]

    def _get_per_token_logps_and_entropies(
        self,
        model,
        input_ids,
        attention_mask,
        logits_to_keep,
        batch_size=None,
        compute_entropy=False,
        **unused: Any,
    ):
        """Log-probabilities (B, C) of the answers, entropies (B, C) or None, no aux loss."""
        if unused.get("compute_aux_loss"):
            raise ConfigError("prefix_sharing has no router loss; set prefix_sharing=false")
        size = batch_size or len(input_ids)
        logps, entropies = [], []
        for i in range(0, len(input_ids), size):
            ids, mask = input_ids[i : i + size], attention_mask[i : i + size].bool()
            asked = mask.clone()
            asked[:, :-logits_to_keep] = False
            with self.accelerator.autocast():
                found = values_of(self, model, ids, mask, asked, entropy=compute_entropy)
            answers = asked[:, -logits_to_keep:]
            logps.append(spread(found[0], answers))
            if compute_entropy:
                entropies.append(spread(found[1], answers))
        return torch.cat(logps), torch.cat(entropies) if compute_entropy else None, None


class SharedPrefixGRPOTrainer(SharedPrefix, GRPOTrainer):
    """Stock GRPO, with shared prefixes."""

    def _generate_single_turn(self, prompt_ids, *args: Any, **kwargs: Any):
        """Token ids of an answer for each prompt, and no log-probabilities, as the stock method."""
        if samples_itself(self):
            return self.sampled(prompt_ids), None
        return super()._generate_single_turn(prompt_ids, *args, **kwargs)


class SharedPrefixRLOOTrainer(SharedPrefix, RLOOTrainer):
    """Stock RLOO, with shared prefixes."""

    def _generate_single_turn(self, prompt_ids, *args: Any, **kwargs: Any):
        """Token ids of an answer for each prompt, as the stock method."""
        if samples_itself(self):
            return self.sampled(prompt_ids)
        return super()._generate_single_turn(prompt_ids, *args, **kwargs)


def values_of(trainer: SharedPrefix, model, ids, mask, asked, *, entropy: bool):
    """Log-probabilities (M,) and, if wanted, entropies (M,) of the tokens asked for."""
    if ids.device.type != "cpu":
        return fused_logps(model, ids, mask, asked)
    logits, rows = answer_logits(model, ids, mask, asked)
    if trainer.temperature != 1:
        logits = logits / trainer.temperature
    logps = token_logps(logits, rows, ids[asked])
    if not entropy:
        return logps, None
    in_graph = getattr(trainer, "_entropy_bonus_enabled", False)  # RLOO has none
    return logps, token_entropies(logits, rows, in_graph=in_graph)


def any_order(trainer: SharedPrefix) -> bool:
    """Whether an optimizer step is the same however its answers are cut into micro-batches."""
    if trainer.args.steps_per_generation % trainer.args.gradient_accumulation_steps:
        return False
    return isinstance(trainer, RLOOTrainer) or (
        trainer.loss_type != "bnpo"
        and trainer.top_entropy_quantile >= 1
        and not trainer._entropy_bonus_enabled
    )


def samples_itself(trainer: SharedPrefix) -> bool:
    """Whether sampling is ours: with the model's own weights, whole, and by the plain options.

    vLLM has a prefix cache of its own.
    """
    return not (
        trainer.use_vllm
        or trainer.is_fsdp_enabled
        or trainer.is_deepspeed_enabled
        or trainer.repetition_penalty != 1.0
        or trainer.args.generation_kwargs
    )


def regrouped(batches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of some micro-batches, those of a prompt side by side, in order of occurrence."""
    if len(batches) == 1:
        return batches
    prompts = torch.cat([batch["prompt_ids"] for batch in batches])
    groups = [tuple(row) for row in prompts.tolist()]
    first = {group: i for i, group in reversed(list(enumerate(groups)))}
    order = sorted(range(len(groups)), key=lambda i: first[groups[i]])
    whole = {key: reordered([batch[key] for batch in batches], order) for key in batches[0]}
    return split_tensor_dict(whole, len(batches))


def reordered(parts: list[Any], order: list[int]) -> Any:
    """Rows in parts, joined in another order; what has no rows is the same in all parts."""
    if isinstance(parts[0], torch.Tensor) and parts[0].ndim:
        return torch.cat(parts)[torch.tensor(order, device=parts[0].device)]
    if isinstance(parts[0], list):
        rows = [row for part in parts for row in part]
        return [rows[i] for i in order]
    return parts[0]
