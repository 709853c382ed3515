"""The shared-prefix trainer is held to the stock trainer's own numbers, on five families."""

import os
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from families import CONFIGS, make  # noqa: E402
from trl import GRPOTrainer  # noqa: E402
from trl.trainer.utils import add_fused_lm_head  # noqa: E402

from toolrl.models.sharing import prepare  # noqa: E402
from toolrl.models.tree_attention import masked_tree  # noqa: E402
from toolrl.train.answer_logps import fused_logps  # noqa: E402
from toolrl.train.critic import checkpoint_activations  # noqa: E402
from toolrl.train.shared_prefix import SharedPrefixGRPOTrainer, regrouped  # noqa: E402

ANSWER = 7


def model_of(family):
    model = make(family)
    add_fused_lm_head(model, temperature=0.9, outputs=("log_probs", "entropy"))
    return model


def batch():
    """Two prompts of different length with three answers each, rows shuffled as TRL does."""
    torch.manual_seed(1)
    prompts = torch.randint(3, 97, (2, 30)).repeat_interleave(3, dim=0)
    prompts[:3, :12] = prompts[3:, 5:17]  # both begin alike
    mask = torch.ones(6, 30 + ANSWER, dtype=torch.long)
    mask[3:, :5] = 0
    for row, cut in enumerate([0, 2, 4, 1, 0, ANSWER]):
        mask[row, 37 - cut :] = 0
    ids = torch.cat([prompts, torch.randint(3, 97, (6, ANSWER))], dim=1) * mask
    order = torch.randperm(6)
    return ids[order], mask[order]


def forward(trainer_class, model, batch_size=None, autocast=nullcontext):
    """Log-probabilities and entropies of the counted tokens."""
    ids, mask = batch()
    trainer = SimpleNamespace(
        temperature=0.9,
        accelerator=SimpleNamespace(autocast=autocast, is_main_process=True),
        _entropy_bonus_enabled=True,
    )
    logps, entropies, _ = trainer_class._get_per_token_logps_and_entropies(
        trainer, model, ids, mask, ANSWER, batch_size=batch_size, compute_entropy=True
    )
    assert logps.shape == entropies.shape == (6, ANSWER)
    counted = mask[:, -ANSWER:].bool()
    assert not logps[~counted].any()
    return logps[counted], entropies[counted]


def gradients(model, logps, entropies):
    model.zero_grad()
    (logps.square().sum() + entropies.sum()).backward()
    return torch.cat([p.grad.flatten() for p in model.parameters()])


def both(model, **options):
    """Values and gradients of stock and of ours."""
    found = []
    for trainer_class in (GRPOTrainer, SharedPrefixGRPOTrainer):
        if trainer_class is SharedPrefixGRPOTrainer:
            assert prepare(model, 64) is None
        values = forward(trainer_class, model, **options)
        found.append((*values, gradients(model, *values)))
    return found


def relative(one, other):
    return (one - other).norm() / other.norm()


@pytest.mark.parametrize("batch_size", [None, 4])
@pytest.mark.parametrize("family", CONFIGS)
def test_log_probabilities_entropies_and_gradients_equal_the_stock_trainers(family, batch_size):
    stock, ours = both(model_of(family), batch_size=batch_size)
    assert torch.allclose(ours[0], stock[0], rtol=0, atol=1e-4)
    assert torch.allclose(ours[1], stock[1], rtol=0, atol=1e-4)
    assert relative(ours[2], stock[2]) < 1e-5


def test_they_are_equal_under_activation_checkpointing():
    model = model_of("llama").train()
    _, plain = both(model)
    checkpoint_activations(model)
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: saved.append(x) or x, lambda x: x):
        values = forward(SharedPrefixGRPOTrainer, model)
    few = len(saved)
    assert relative(gradients(model, *values), plain[2]) < 1e-6
    older = model.gradient_checkpointing_disable
    getattr(model, "activation_checkpointing_disable", older)()
    saved.clear()
    with torch.autograd.graph.saved_tensors_hooks(lambda x: saved.append(x) or x, lambda x: x):
        forward(SharedPrefixGRPOTrainer, model)
    assert few < len(saved) / 2


def test_under_bfloat16_autocast_they_differ_no_more_than_bfloat16_does():
    def autocast():
        return torch.autocast("cpu", torch.bfloat16)

    exact, _ = both(model_of("llama"))
    stock, ours = both(model_of("llama"), autocast=autocast)
    assert relative(ours[0], exact[0]) < 1.5 * relative(stock[0], exact[0])
    assert relative(ours[2], exact[2]) < 1.5 * relative(stock[2], exact[2])


@pytest.mark.parametrize("family", ["llama", "gemma"])
def test_what_a_gpu_computes_is_the_same(family, monkeypatch):
    monkeypatch.setattr("toolrl.models.attention.tree_attention", masked_tree)
    monkeypatch.setattr(
        "toolrl.train.shared_prefix.values_of", lambda trainer, *args, entropy: fused_logps(*args)
    )
    stock, ours = both(model_of(family))
    assert torch.allclose(ours[0], stock[0], rtol=0, atol=1e-4)
    assert torch.allclose(ours[1], stock[1], rtol=0, atol=1e-4)
    assert relative(ours[2], stock[2]) < 1e-5


def test_only_low_rank_weights_get_gradients_and_the_same_ones():
    peft = pytest.importorskip("peft")
    model = model_of("qwen2")
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=4, target_modules="all-linear"))
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    found = []
    for trainer_class in (GRPOTrainer, SharedPrefixGRPOTrainer):
        if trainer_class is SharedPrefixGRPOTrainer:
            assert prepare(model, 64) is None
        adapted.zero_grad()
        logps, entropies = forward(trainer_class, adapted)
        (logps.square().sum() + entropies.sum()).backward()
        grads = {n: p.grad for n, p in adapted.named_parameters() if p.grad is not None}
        assert grads
        assert all("lora_" in name for name in grads)
        found.append(torch.cat([grad.flatten() for grad in grads.values()]))
    assert relative(found[1], found[0]) < 1e-5


def test_prompts_go_through_the_model_once_and_without_padding():
    model = model_of("llama")
    prepare(model, 64)
    seen = []
    handle = model.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs), with_kwargs=True
    )
    forward(SharedPrefixGRPOTrainer, model)
    handle.remove()
    (kwargs,) = seen
    answers = int(batch()[1][:, -ANSWER:].sum())
    assert kwargs["input_ids"].shape == (1, 12 + 18 + 13 + answers)
    assert len(kwargs["logits_to_keep"]) <= answers  # of prompts only where an answer begins


def test_a_batch_without_a_counted_token_still_reaches_the_weights():
    model = model_of("llama")
    prepare(model, 64)
    ids, mask = batch()
    mask[:, -ANSWER:] = 0
    trainer = SimpleNamespace(
        temperature=1.0, accelerator=SimpleNamespace(autocast=nullcontext),
        _entropy_bonus_enabled=False,
    )  # fmt: skip
    logps, _, _ = SharedPrefixGRPOTrainer._get_per_token_logps_and_entropies(
        trainer, model, ids, mask, ANSWER
    )
    logps.sum().backward()
    assert all(not p.grad.any() for p in model.parameters() if p.grad is not None)


def micro_batches():
    prompts = torch.tensor([[7, 1], [8, 2], [7, 1], [9, 3], [8, 2], [9, 3]])
    whole = {"prompt_ids": prompts, "text": list("abcdef"), "sum": torch.tensor(3), "none": None}
    cut = [{k: v[i : i + 2] if k in ("prompt_ids", "text") else v for k, v in whole.items()}
           for i in (0, 2, 4)]  # fmt: skip
    return whole, cut


def test_groups_are_put_side_by_side_and_no_answer_is_lost():
    _, cut = micro_batches()
    again = regrouped(cut)
    assert [part["text"] for part in again] == [["a", "c"], ["b", "e"], ["d", "f"]]
    assert [part["prompt_ids"][:, 0].tolist() for part in again] == [[7, 7], [8, 8], [9, 9]]
    assert all(part["sum"] == 3 and part["none"] is None for part in again)


def replica(rank, folder):
    """One of two processes: gradients of its half of the batch, averaged over both."""
    import torch.distributed as dist

    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    dist.init_process_group(
        "gloo", f"file://{folder}/meet", rank=rank, world_size=2, timeout=timedelta(seconds=60)
    )
    torch.set_num_threads(1)
    model = model_of("llama")
    prepare(model, 64)
    wrapped = torch.nn.parallel.DistributedDataParallel(model)
    ids, mask = batch()
    half = slice(3 * rank, 3 * rank + 3)
    trainer = SimpleNamespace(
        temperature=0.9, accelerator=SimpleNamespace(autocast=nullcontext),
        _entropy_bonus_enabled=False,
    )  # fmt: skip
    logps, _, _ = SharedPrefixGRPOTrainer._get_per_token_logps_and_entropies(
        trainer, wrapped, ids[half], mask[half], ANSWER
    )
    logps.square().sum().backward()
    torch.save([p.grad for p in model.parameters()], f"{folder}/{rank}.pt")
    while not Path(folder, f"{1 - rank}.pt").exists():  # its gradients need this process
        time.sleep(0.01)
    # Not by destroy_process_group: in torch 2.13 the group's destructor holds the GIL while it
    # waits for a thread that wants it, now and then for ever.
    os._exit(0)


def test_two_processes_get_the_mean_of_the_stock_trainers_gradients(tmp_path):
    torch.multiprocessing.spawn(replica, (str(tmp_path),), nprocs=2)
    model = model_of("llama")
    logps, _ = forward(GRPOTrainer, model)
    (logps.square().sum() / 2).backward()
    for rank in (0, 1):
        for found, parameter in zip(
            torch.load(tmp_path / f"{rank}.pt"), model.parameters(), strict=True
        ):
            assert relative(found, parameter.grad) < 1e-4
