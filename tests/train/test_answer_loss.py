"""The CPU loss of SFT is held to the stock trainer's weights after training."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from datasets import Dataset  # noqa: E402
from trl import SFTConfig, SFTTrainer  # noqa: E402

from toolrl.models.local import load  # noqa: E402
from toolrl.models.sharing import prepare  # noqa: E402
from toolrl.train.answer_loss import AnswerLossSFTTrainer  # noqa: E402

ROWS = [
    {"prompt": [{"role": "user", "content": "ask " * n}],
     "completion": [{"role": "assistant", "content": "say " * (9 - n)}]}
    for n in range(1, 9)
]  # fmt: skip


def trained(trainer_class, tiny_model, folder):
    model, tokenizer = load(str(tiny_model))
    if trainer_class is AnswerLossSFTTrainer:
        assert prepare(model, 64) is None
    args = SFTConfig(
        output_dir=str(folder), max_steps=3, per_device_train_batch_size=2,
        gradient_accumulation_steps=2, learning_rate=1e-3, bf16=False, use_cpu=True,
        report_to="none", save_strategy="no", logging_steps=1, disable_tqdm=True,
    )  # fmt: skip
    trainer = trainer_class(
        model=model, args=args, train_dataset=Dataset.from_list(ROWS), processing_class=tokenizer
    )
    trainer.train()
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    return losses, torch.cat([p.detach().flatten() for p in model.parameters()])


def test_losses_and_weights_are_the_stock_trainers(tiny_model, tmp_path):
    stock_losses, stock = trained(SFTTrainer, tiny_model, tmp_path / "a")
    our_losses, ours = trained(AnswerLossSFTTrainer, tiny_model, tmp_path / "b")
    assert our_losses == pytest.approx(stock_losses, rel=1e-4)
    assert torch.allclose(ours, stock, atol=2e-5)
