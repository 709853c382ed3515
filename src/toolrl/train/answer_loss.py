"""SFT's loss on a CPU, with logits computed from where the first answer begins.

TRL's fused head computes logits for every position, prompts too, where there is no Triton; with a
vocabulary of 49,000 that was half of a training step of 135M parameters on two cores. The loss is
the stock trainer's (``tests/train/test_answer_loss.py``).
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy
from trl import SFTConfig, SFTTrainer

IGNORED = -100


class AnswerLossSFTTrainer(SFTTrainer):
    """Stock TRL, but for the loss, and without its extra metrics. Made for trl 1.16."""

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """Summed cross-entropy of the answers' tokens over their number in the whole batch."""
        labels = inputs["labels"]
        length = labels.size(1) - first_label(labels) + 1
        outputs = model(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            logits_to_keep=length,
            use_cache=False,
        )
        wanted = labels[:, -length + 1 :].reshape(-1)
        found = outputs.logits[:, :-1].reshape(len(wanted), -1)
        total = cross_entropy(found.float(), wanted, ignore_index=IGNORED, reduction="sum")
        loss = total / (
            (wanted != IGNORED).sum() if num_items_in_batch is None else num_items_in_batch
        )
        return (loss, outputs) if return_outputs else loss


def suits(args: SFTConfig) -> bool:
    """Whether this loss is what the arguments ask for: plain, unpacked, on a CPU."""
    return (
        args.device.type == "cpu"
        and args.loss_type in ("nll", "chunked_nll")
        and not args.label_smoothing_factor
        and not args.packing
        and not args.padding_free
        and not args.assistant_only_loss
    )


def first_label(labels: torch.Tensor) -> int:
    """Column of the first token that any row of labels (B, T) asks for; 1 or more.

    Example:
        >>> first_label(torch.tensor([[-100, -100, 5], [-100, -100, -100]]))
        2
    """
    asked = (labels[:, 1:] != IGNORED).any(dim=0)
    return 1 + int(asked.int().argmax())
