"""GRPO with each prompt encoded once, not once an answer, in sampling and in the update.

The answers of a group share their prompt. The stock trainer encodes it again for every one of
them; here each distinct prompt goes through the model once, and its keys and values serve all its
answers, gradients flowing back through them. The numbers are the stock trainer's
(``tests/train/test_shared_prefix.py``); the idea is that of Prefix Grouper (arXiv 2506.05433).
"""

from __future__ import annotations

from typing import Any

import torch
from trl import GRPOTrainer
from trl.trainer.utils import entropy_from_logits, selective_log_softmax

from toolrl.errors import ConfigError
from toolrl.models.sampling import plain_forward, sample


class SharedPrefixGRPOTrainer(GRPOTrainer):
    """Stock TRL, but for two methods: sampling, and the forward pass over prompts and answers.

    Text-only models with a standard key-value cache. Made for trl 1.16.
    """

    def _generate_single_turn(self, prompt_ids, *args: Any, **kwargs: Any):
        """Token ids of an answer for each prompt, and no log-probabilities, as the stock method."""
        if not samples_plainly(self):
            return super()._generate_single_turn(prompt_ids, *args, **kwargs)
        model = self.accelerator.unwrap_model(self.model_wrapped)
        was_training = model.training
        model.eval()
        with plain_forward(model):
            answers = sample(
                model,
                prompt_ids,
                max_new_tokens=self.max_completion_length,
                temperature=self.temperature,
                eos_ids=self.eos_token_ids,
                pad_id=self._tokenizer.pad_token_id,
            )
        model.train(was_training)
        return answers, None

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
            ids, mask = input_ids[i : i + size], attention_mask[i : i + size]
            logits = answer_logits(model, ids, mask, logits_to_keep) / self.temperature
            logps.append(selective_log_softmax(logits, ids[:, -logits_to_keep:]))
            if compute_entropy:
                with torch.no_grad():
                    entropies.append(entropy_from_logits(logits))
        return torch.cat(logps), torch.cat(entropies) if compute_entropy else None, None


def samples_plainly(trainer: GRPOTrainer) -> bool:
    """Whether sampling is by temperature alone, on the transformers backend, on one process."""
    return (
        not trainer.use_vllm
        and not trainer.use_transformers_continuous_batching
        and trainer.accelerator.num_processes == 1
        and trainer.top_p == 1.0
        and not trainer.top_k
        and trainer.min_p is None
        and trainer.repetition_penalty == 1.0
        and not trainer.args.generation_kwargs
    )


def answer_logits(model, input_ids, attention_mask, length: int):
    """Logits (B, C, V) that predict the last ``length`` tokens of each row, prompts encoded once.

    Args:
        model: a causal model with a standard cache.
        input_ids: (B, P + C) prompts padded on the left, then answers padded on the right.
        attention_mask: (B, P + C), 1 where a token counts.
        length: C, tokens of an answer.
    """
    rows = torch.cat([input_ids[:, :-length], attention_mask[:, :-length]], dim=1)
    distinct, owner = torch.unique(rows, dim=0, return_inverse=True)
    prompts, masks = distinct.chunk(2, dim=1)
    first = model(input_ids=prompts, attention_mask=masks, use_cache=True, logits_to_keep=1)
    if length == 1:
        return first.logits[owner]
    cache = first.past_key_values
    if cache is None or cache.get_seq_length() != prompts.size(1):
        raise ConfigError("this model keeps no standard cache; set prefix_sharing=false")
    cache.batch_select_indices(owner)
    rest = model(
        input_ids=input_ids[:, -length:-1],
        attention_mask=attention_mask[:, :-1],
        past_key_values=cache,
        use_cache=True,
    )
    return torch.cat([first.logits[owner], rest.logits], dim=1)
