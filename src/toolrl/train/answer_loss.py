"""SFT's loss with every shared prefix encoded once, no padding, and logits for answers alone.

The loss is the stock trainer's (``tests/train/test_answer_loss.py``).
"""

from __future__ import annotations

from trl import SFTTrainer

from toolrl.train.answer_logps import answer_logits, token_logps

IGNORED = -100


class AnswerLossSFTTrainer(SFTTrainer):
    """Stock TRL, but for the loss, and without its extra metrics. Made for trl 1.16.

    The model must be prepared (:func:`toolrl.models.sharing.prepare`).
    """

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """Summed cross-entropy of the answers' tokens over their number in the whole batch."""
        ids, mask = inputs["input_ids"], inputs["attention_mask"].bool()
        asked = inputs["labels"] != IGNORED
        asked[:, 0] = False
        logits, rows = answer_logits(model, ids, mask, asked)
        total = -token_logps(logits, rows, ids[asked]).sum()
        loss = total / (asked.sum() if num_items_in_batch is None else num_items_in_batch)
        return (loss, {"logits": logits}) if return_outputs else loss
