"""What a training computes beside TRL, on a device that is not the CPU: the CPU's values."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from fake_device import DEVICE, FakeDevice  # noqa: E402
from families import make  # noqa: E402
from trl.trainer.utils import add_fused_lm_head  # noqa: E402

from toolrl.models.sampling import picker, sample  # noqa: E402
from toolrl.models.sharing import prepare  # noqa: E402
from toolrl.train import dynamic_sampling  # noqa: E402
from toolrl.train.answer_logps import (  # noqa: E402
    answer_logits,
    spread,
    token_entropies,
    token_logps,
)
from toolrl.train.answer_loss import AnswerLossSFTTrainer  # noqa: E402
from toolrl.train.config import CriticConfig  # noqa: E402
from toolrl.train.critic import make_critic  # noqa: E402
from toolrl.train.dynamic_sampling import resampling  # noqa: E402
from toolrl.train.gae import explained_variance, gae, token_rewards, whitened  # noqa: E402
from toolrl.train.ppo_trainer import SharedPrefixPPOTrainer  # noqa: E402
from toolrl.train.shared_prefix import SharedPrefixGRPOTrainer, regrouped  # noqa: E402

ANSWER = 5


@pytest.fixture(autouse=True)
def fake_device():
    with FakeDevice():
        yield


def there(*tensors):
    return [tensor.detach().to(DEVICE) for tensor in tensors]


@pytest.fixture
def model():
    model = make("llama").eval()
    add_fused_lm_head(model, temperature=0.9, outputs=("log_probs", "entropy"))
    assert prepare(model, 64) is None
    return model


def batch():
    """Two prompts with two answers each, padded on both sides, the last answer with a hole."""
    torch.manual_seed(0)
    prompts = torch.randint(3, 97, (2, 8)).repeat_interleave(2, dim=0)
    mask = torch.ones(4, 8, dtype=torch.long)
    mask[:2, :3] = 0
    answered = torch.ones(4, ANSWER, dtype=torch.long)
    answered[1, 3:] = 0
    tools = torch.ones(4, ANSWER, dtype=torch.long)
    tools[3, 1:3] = 0
    return {
        "prompt_ids": prompts, "prompt_mask": mask, "tool_mask": tools,
        "completion_ids": torch.randint(3, 97, (4, ANSWER)), "completion_mask": answered,
        "advantages": torch.tensor([0.0, 0.0, 1.0, -1.0]), "num_items_in_batch": torch.tensor(18),
    }  # fmt: skip


def moved(rows):
    return dict(zip(rows, there(*rows.values()), strict=True))


def rows_of(rows):
    """Token ids, what counts of them, and what of that is the answers'."""
    ids = torch.cat([rows["prompt_ids"], rows["completion_ids"]], dim=1)
    mask = torch.cat([rows["prompt_mask"], rows["completion_mask"]], dim=1).bool()
    asked = mask.clone()
    asked[:, :-ANSWER] = False
    return ids, mask, asked


def logps_and_gradients(model, ids, mask, asked):
    model.zero_grad()
    logits, rows = answer_logits(model, ids, mask, asked)
    logps = token_logps(logits, rows, ids[asked])
    entropies = token_entropies(logits, rows, in_graph=True)
    found = spread(logps, asked), spread(entropies, asked)
    (found[0].square().sum() + found[1].sum()).backward()
    return [*found, *(p.grad for p in model.parameters())]


def test_log_probabilities_entropies_and_their_gradients(model):
    own = [x.clone() for x in logps_and_gradients(model, *rows_of(batch()))]
    found = logps_and_gradients(model.to(DEVICE), *there(*rows_of(batch())))
    for one, other in zip(own, found, strict=True):
        assert torch.allclose(one, other.detach().cpu(), atol=1e-4)


def scored(model, ids, mask):
    trainer = SimpleNamespace(
        temperature=0.9, accelerator=SimpleNamespace(autocast=nullcontext),
        _entropy_bonus_enabled=False,
    )  # fmt: skip
    return SharedPrefixGRPOTrainer._get_per_token_logps_and_entropies(
        trainer, model, ids, mask, ANSWER, batch_size=2, compute_entropy=True
    )


def test_the_fused_head_that_a_gpu_takes(model):
    ids, mask, _ = rows_of(batch())
    own = scored(model, ids, mask)
    found = scored(model.to(DEVICE), *there(ids, mask))
    for one, other in zip(own[:2], found[:2], strict=True):
        assert torch.allclose(one, other.detach().cpu(), atol=1e-4)


def sft_loss(model, ids, mask, labels):
    inputs = {"input_ids": ids, "attention_mask": mask, "labels": labels}
    return AnswerLossSFTTrainer.compute_loss(None, model, inputs)


def test_the_loss_of_sft(model):
    ids, mask, asked = rows_of(batch())
    labels = ids.where(asked, -100)
    own = sft_loss(model, ids, mask, labels)
    found = sft_loss(model.to(DEVICE), *there(ids, mask, labels))
    assert found.item() == pytest.approx(own.item(), abs=1e-5)


def test_sampling(model):
    prompts = [[5, 6, 7], [5, 6, 8, 9], [5, 6, 7]]
    greedy = {"max_new_tokens": 6, "pick": picker(0), "eos_ids": [0]}
    own = sample(model, prompts, **greedy)
    assert sample(model.to(DEVICE), prompts, **greedy) == own
    hot = picker(1.0, top_k=20, top_p=0.9, min_p=0.01)
    assert len(sample(model, prompts, max_new_tokens=3, pick=hot, eos_ids=[0])) == 3


def test_advantages():
    totals, mask = torch.tensor([4.0, -3.0]), torch.tensor([[True, False, True], [True] * 3])
    values, penalty = torch.rand(2, 3), torch.rand(2, 3)

    def found(totals, mask, values, penalty):
        rewards = token_rewards(totals, mask, penalty)
        advantages = gae(rewards, values, mask, gamma=0.9, lam=0.8)
        return whitened(advantages, mask), explained_variance(values, rewards, mask)

    own, there_too = (
        found(totals, mask, values, penalty),
        found(*there(totals, mask, values, penalty)),
    )
    assert torch.allclose(own[0], there_too[0].detach().cpu())
    assert own[1] == pytest.approx(there_too[1])


def learn(model, rows, totals, trunk):
    """A step of the critic, by a trainer that has no more than that needs."""
    trainer = object.__new__(SharedPrefixPPOTrainer)
    trainer.settings = CriticConfig(trunk=trunk, kl_coef=0.1)
    trainer.critic = make_critic(model, own_trunk=trunk == "own")
    trainer.critic_optimizer = torch.optim.AdamW(trainer.critic.parameters(), lr=1e-2)
    trainer.args = SimpleNamespace(train_batch_size=2)
    trainer.accelerator = SimpleNamespace(unwrap_model=lambda x: x, autocast=nullcontext)
    trainer.model, trainer.state = model, SimpleNamespace(global_step=0)
    trainer.temperature, trainer._entropy_bonus_enabled = 0.9, False
    trainer._metrics = {"train": {name: [] for name in (
        "critic/loss", "critic/value", "critic/explained_variance", "kl")}}  # fmt: skip
    rows["ref_per_token_logps"] = torch.zeros_like(rows["completion_ids"], dtype=torch.float32)
    advantages = trainer.learn_from(rows, totals)
    return advantages, trainer.critic.head.weight, trainer._metrics["train"]


@pytest.mark.parametrize("trunk", ["policy", "own"])
def test_the_critic_of_ppo(model, trunk):
    totals = torch.tensor([4.0, -3.0, 1.0, 0.0])
    own = learn(model, batch(), totals, trunk)
    advantages, head, metrics = learn(model.to(DEVICE), moved(batch()), *there(totals), trunk)
    assert torch.allclose(own[0], advantages.detach().cpu(), atol=1e-4)
    assert own[1].abs().max() > 0
    assert torch.allclose(own[1], head.detach().cpu(), atol=1e-4)
    for name, values in metrics.items():
        assert values == pytest.approx(own[2][name], abs=1e-4)
    assert not own[0][3, 1:3].any()  # what a tool returned


class Fixed:
    """A trainer that samples the same batch again and again; the first group has one reward."""

    model = SimpleNamespace(training=True)
    num_generations = 2

    def __init__(self):
        self._metrics = {"train": {"resampled_groups": []}}

    def _calculate_rewards(self, n):
        return torch.tensor([[1.0, 3.0], [1.0, 3.0], [1.0, 1.0], [0.0, 0.0]], device=DEVICE)[:n]

    def _generate_and_score_completions(self, inputs):
        n = len(inputs)
        self._calculate_rewards(n)
        rows = {key: value if key == "num_items_in_batch" else value[:n]
                for key, value in batch().items()}  # fmt: skip
        return moved(rows)


def test_groups_that_are_replaced(monkeypatch):
    monkeypatch.setattr(dynamic_sampling, "other_rows", lambda *args: ["a", "a"])
    trainer = resampling(Fixed)(resample=2)
    merged = trainer._generate_and_score_completions(["b", "b", "c", "c"])
    assert trainer._metrics["train"]["resampled_groups"] == [2.0]
    assert {value.device.type for value in merged.values()} == {DEVICE.type}
    assert merged["num_items_in_batch"].item() == 16


def test_groups_are_put_side_by_side():
    rows = {key: value for key, value in batch().items() if key != "num_items_in_batch"}
    order = [0, 2, 1, 3]
    mixed = {key: value[order] for key, value in rows.items()}
    halves = [{key: value[i : i + 2] for key, value in mixed.items()} for i in (0, 2)]
    found = regrouped([moved(half) for half in halves])
    for one, other in zip(regrouped(halves), found, strict=True):
        assert all(torch.equal(one[key], other[key].detach().cpu()) for key in rows)
