"""The shared-prefix trainer is held to the stock trainer's own numbers."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from transformers import LlamaConfig, LlamaForCausalLM  # noqa: E402
from trl import GRPOTrainer  # noqa: E402
from trl.trainer.utils import add_fused_lm_head  # noqa: E402

from toolrl.train.shared_prefix import SharedPrefixGRPOTrainer  # noqa: E402


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=97, hidden_size=32, intermediate_size=48, num_hidden_layers=3,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=128,
        )
    )  # fmt: skip
    add_fused_lm_head(model, temperature=0.9, outputs=("log_probs", "entropy"))
    return model


def batch():
    """Two prompts of different length with three answers each, rows shuffled as TRL does."""
    torch.manual_seed(1)
    prompts = torch.randint(3, 97, (2, 12)).repeat_interleave(3, dim=0)
    mask = torch.ones(6, 12 + 7, dtype=torch.long)
    mask[3:, :5] = 0
    for row, cut in enumerate([0, 2, 4, 1, 0, 6]):
        mask[row, 19 - cut :] = 0
    ids = torch.cat([prompts, torch.randint(3, 97, (6, 7))], dim=1) * mask
    order = torch.randperm(6)
    return ids[order], mask[order]


def forward(trainer_class, model, batch_size=None):
    ids, mask = batch()
    trainer = SimpleNamespace(
        temperature=0.9, accelerator=SimpleNamespace(autocast=nullcontext, is_main_process=True)
    )
    method = trainer_class._get_per_token_logps_and_entropies
    logps, entropies, _ = method(
        trainer, model, ids, mask, 7, batch_size=batch_size, compute_entropy=True
    )
    counted = mask[:, -7:].bool()
    return logps, logps[counted], entropies[counted]


@pytest.mark.parametrize("batch_size", [None, 4])
def test_log_probabilities_entropies_and_gradients_equal_the_stock_trainers(model, batch_size):
    gradients = []
    for trainer_class in (GRPOTrainer, SharedPrefixGRPOTrainer):
        model.zero_grad()
        _, logps, entropies = forward(trainer_class, model, batch_size)
        logps.square().sum().backward()
        grads = torch.cat([p.grad.flatten() for p in model.parameters()])
        gradients.append((logps.detach(), entropies.detach(), grads))
    for stock, ours in zip(*gradients, strict=True):
        assert torch.allclose(stock, ours, rtol=1e-4, atol=1e-5)


def test_each_distinct_prompt_is_encoded_once(model):
    seen = []
    handle = model.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(tuple(kwargs["input_ids"].shape)),
        with_kwargs=True,
    )
    forward(SharedPrefixGRPOTrainer, model)
    handle.remove()
    assert seen == [(2, 12), (6, 6)]
