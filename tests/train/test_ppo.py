"""PPO: what the critic sees, what it learns, and the whole training on a tiny model."""

import json
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from families import CONFIGS, make  # noqa: E402
from test_training import GRPO, furthest, interrupt_after_save, weights  # noqa: E402

from toolrl.errors import ConfigError  # noqa: E402
from toolrl.models.local import load  # noqa: E402
from toolrl.models.sharing import prepare  # noqa: E402
from toolrl.runs import METRICS, SAMPLES, read_lines  # noqa: E402
from toolrl.train.config import CriticConfig, DataConfig, PPOTrainConfig  # noqa: E402
from toolrl.train.critic import (  # noqa: E402
    make_critic,
    states_before,
    trunk_of,
    value_loss,
)
from toolrl.train.engine import as_known  # noqa: E402
from toolrl.train.ppo import train_ppo  # noqa: E402
from toolrl.train.ppo_trainer import PPOArguments, SharedPrefixPPOTrainer  # noqa: E402


@pytest.fixture
def config(half_right_model, two_call_data, tmp_path):
    return PPOTrainConfig(
        model=str(half_right_model), output=str(tmp_path / "run"), seed=3, save_every=2,
        data=DataConfig(path=str(two_call_data)), format="python", trainer=GRPO,
    )  # fmt: skip


def rows_of(run):
    return list(read_lines(run / METRICS))


@pytest.mark.parametrize("family", CONFIGS)
def test_states_are_those_before_each_token_by_both_paths(family):
    model = make(family).eval()
    ids = torch.randint(3, 97, (4, 24))
    ids[1, :20] = ids[0, :20]
    mask = torch.ones(4, 24, dtype=torch.bool)
    mask[2:, :6] = False
    mask[1, -2:] = False
    with torch.no_grad():
        stock = states_before(trunk_of(model), ids, mask, 4, shared=False)
        assert prepare(model, 64) is None
        ours = states_before(trunk_of(model), ids, mask, 4, shared=True)
        logits = model(input_ids=ids[:1]).logits[0, -5:-1]
    counted = mask[:, -4:]
    assert torch.allclose(ours[counted], stock[counted], atol=1e-4)
    assert torch.allclose(model.get_output_embeddings()(stock[0]), logits, atol=1e-3) or (
        family == "gemma"  # caps its logits
    )


def test_a_head_learns_what_follows_from_the_state():
    torch.manual_seed(0)
    model = make("llama")
    critic = make_critic(model, own_trunk=False)
    states = torch.randn(64, 3, model.config.hidden_size)
    returns = states[..., 0].sign()
    mask = torch.ones(64, 3, dtype=torch.bool)
    assert not critic(states).any()
    optimizer = torch.optim.AdamW(critic.parameters(), lr=0.3, weight_decay=0)
    for _ in range(100):
        optimizer.zero_grad()
        value_loss(critic(states), torch.zeros(64, 3), returns, mask, None).backward()
        optimizer.step()
    assert (critic(states).sign() == returns).float().mean() > 0.9


def test_beyond_the_clip_a_value_gains_nothing():
    mask = torch.tensor([[True, True, False]])
    values = torch.tensor([[3.0, 0.1, 9.0]], requires_grad=True)
    loss = value_loss(values, torch.zeros(1, 3), torch.tensor([[4.0, 4.0, 0.0]]), mask, 0.5)
    loss.backward()
    assert loss.item() == pytest.approx(0.5 * (3.5**2 + 3.9**2) / 2)
    assert values.grad[0, 0] == 0  # moved too far already
    assert values.grad[0, 1] < 0
    assert values.grad[0, 2] == 0


def test_a_trunk_of_its_own_is_a_copy_that_the_policy_does_not_share():
    model = make("llama")
    critic = make_critic(model, own_trunk=True)
    ours = dict(trunk_of(model).named_parameters())
    for name, weight in critic.trunk.named_parameters():
        assert torch.equal(weight, ours[name])
        assert weight.data_ptr() != ours[name].data_ptr()


def small_letters(completions, **columns):
    """A reward whose best is known: 1 for nothing but small letters."""
    return [sum("a" <= c <= "z" for c in text) / max(1, len(text)) for text in completions]


def ppo_arguments(**values):
    """By the names that this release of transformers has for them."""
    return PPOArguments(**as_known(PPOArguments, values))


@pytest.mark.parametrize("trunk", ["policy", "own"])
@pytest.mark.parametrize("lam", [1.0, 0.9])
def test_ppo_finds_the_best_answer_and_its_critic_foresees_it(tiny_model, tmp_path, trunk, lam):
    from datasets import Dataset

    model, tokenizer = load(str(tiny_model), for_training=True)
    assert prepare(model, 64) is None
    args = ppo_arguments(
        output_dir=str(tmp_path), max_steps=60, per_device_train_batch_size=32, num_generations=1,
        max_completion_length=6, learning_rate=1e-2, lr_scheduler_type="constant", bf16=False,
        report_to="none", disable_tqdm=True, logging_steps=1, save_strategy="no", use_cpu=True,
        activation_checkpointing=False,
        dataloader_pin_memory=False, seed=1,
    )  # fmt: skip
    trainer = SharedPrefixPPOTrainer(
        model=model, args=args, reward_funcs=small_letters, processing_class=tokenizer,
        train_dataset=Dataset.from_list([{"prompt": f"{i}?"} for i in range(64)]),
        critic=CriticConfig(trunk=trunk, lam=lam),
    )  # fmt: skip
    trainer.train()
    rows = [row for row in trainer.state.log_history if "reward" in row]
    assert sum(row["reward"] for row in rows[:5]) / 5 < 0.3
    assert sum(row["reward"] for row in rows[-5:]) / 5 > 0.9
    assert rows[0]["critic/value"] == 0.0
    assert abs(rows[-1]["critic/value"] - rows[-1]["reward"]) < 0.15


def test_a_batch_without_any_difference_moves_nothing(config):
    never = replace(config, reward="toolrl/binary", format="paper-brief")
    run = train_ppo(replace(never, trainer=GRPO | {"max_steps": 2}))
    assert {row["total"] for row in read_lines(run / SAMPLES)} == {0.0}
    assert furthest(weights(config.model), weights(run / "model")) == 0.0


def test_the_whole_recipe_runs_and_writes_what_the_critic_does(config):
    run = train_ppo(replace(config, critic=CriticConfig(lam=0.9)))
    rows = rows_of(run)
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert {"critic/loss", "critic/value", "critic/explained_variance"} <= rows[0].keys()
    assert "zero_std_groups" not in rows[0]
    assert len(list(read_lines(run / SAMPLES))) == 4 * 8
    assert furthest(weights(config.model), weights(run / "model")) > 1e-3


def test_one_answer_a_prompt_is_enough(config):
    run = train_ppo(replace(config, trainer=GRPO | {"num_generations": 1}))
    assert all(None not in row.values() for row in rows_of(run))  # a NaN is written as null
    samples = [row for row in read_lines(run / SAMPLES) if row["step"] == 1]
    assert len(samples) == len({row["example"] for row in samples}) == 8
    assert furthest(weights(config.model), weights(run / "model")) > 1e-3


@pytest.mark.parametrize(
    "batch", [{"per_device_train_batch_size": 7},
              {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 3}],
)  # fmt: skip
def test_an_odd_number_of_them_too(config, batch):
    run = train_ppo(replace(config, trainer=GRPO | batch | {"num_generations": 1, "max_steps": 2}))
    wanted = batch["per_device_train_batch_size"] * batch.get("gradient_accumulation_steps", 1)
    assert [row["samples"] for row in rows_of(run)] == [wanted] * 2


def test_one_answer_in_all_is_refused_by_its_own_name(config):
    alone = GRPO | {"num_generations": 1, "per_device_train_batch_size": 1}
    with pytest.raises(ConfigError, match=r"^trainer: one answer in all is too few for a step"):
        train_ppo(replace(config, trainer=alone))


@pytest.mark.parametrize("sharing", [True, False])
@pytest.mark.parametrize("kl_coef", [0.0, 0.1])
def test_a_batch_of_cut_answers_alone_teaches_nothing_and_logs_no_nan(config, sharing, kl_coef):
    cut = {"mask_truncated_completions": True, "max_completion_length": 1, "max_steps": 2}
    run = train_ppo(
        replace(
            config,
            trainer=GRPO | cut,
            prefix_sharing=sharing,
            critic=CriticConfig(kl_coef=kl_coef),
        )
    )
    assert all(None not in row.values() for row in rows_of(run))  # a NaN is written as null
    assert {row["completions/clipped_ratio"] for row in rows_of(run)} == {1.0}
    assert furthest(weights(config.model), weights(run / "model")) == 0.0


def test_while_the_critic_warms_up_the_policy_stands_still(config):
    critic = CriticConfig(warmup_steps=4)
    run = train_ppo(replace(config, critic=critic))
    assert furthest(weights(config.model), weights(run / "model")) == 0.0
    assert rows_of(run)[-1]["critic/value"] != 0.0


def test_the_penalty_keeps_the_policy_nearer_to_its_start(config, tmp_path):
    more = {"max_steps": 20, "learning_rate": 3e-3, "per_device_train_batch_size": 16}
    gone = []
    for kl_coef in (1e-6, 3.0):
        run = train_ppo(
            replace(
                config,
                output=str(tmp_path / str(kl_coef)),
                trainer=GRPO | more,
                critic=CriticConfig(kl_coef=kl_coef),
            )
        )
        rows = rows_of(run)
        assert rows[0]["kl"] == pytest.approx(0, abs=1e-5)
        gone.append(sum(row["kl"] for row in rows[-5:]) / 5)
    assert abs(gone[1]) < gone[0] / 2


def test_without_a_penalty_no_other_model_is_kept(config):
    assert "kl" not in rows_of(train_ppo(config))[0]


@pytest.mark.parametrize("trunk", ["policy", "own"])
def test_both_paths_train_to_the_same_weights(config, tmp_path, monkeypatch, trunk):
    monkeypatch.setattr("toolrl.models.sampling.SHARE_ENDED", 2)
    monkeypatch.setattr("toolrl.models.sampling.draw", lambda x: torch.multinomial(x, 1).squeeze(1))
    plain = GRPO | {"optim": "sgd", "learning_rate": 0.05, "max_steps": 3}
    runs = [
        train_ppo(
            replace(
                config,
                trainer=plain,
                prefix_sharing=sharing,
                output=str(tmp_path / str(sharing)),
                critic=CriticConfig(trunk=trunk, learning_rate=1e-3),
            )
        )
        for sharing in (False, True)
    ]
    for one, other in zip(*map(rows_of, runs), strict=True):
        assert one["critic/loss"] == pytest.approx(other["critic/loss"], rel=1e-3)
    assert furthest(*(weights(run / "model") for run in runs)) < 1e-4


@pytest.mark.parametrize("trunk", ["policy", "own"])
def test_a_killed_run_goes_on_with_its_critic(config, tmp_path, trunk):
    config = replace(config, critic=CriticConfig(trunk=trunk))
    whole = train_ppo(replace(config, output=str(tmp_path / "whole")))
    interrupt_after_save(config, train_ppo)
    again = train_ppo(config, resume=True)
    keys = ("step", "reward", "critic/loss", "critic/value")
    assert [[r[k] for k in keys] for r in rows_of(whole)] == [
        [r[k] for k in keys] for r in rows_of(again)
    ]
    assert furthest(weights(whole / "model"), weights(again / "model")) == 0.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"critic": CriticConfig(trunk="polcy")}, "'critic.trunk' must be one of"),
        ({"critic": CriticConfig(lam=1.5)}, "in \\[0, 1\\]"),
        ({"critic": CriticConfig(epochs=0)}, "above 0"),
        ({"critic": CriticConfig(clip=0.0)}, "clip above 0"),
        ({"trainer": GRPO | {"beta": 0.1}}, "use 'critic.kl_coef'"),
        ({"trainer": GRPO | {"scale_rewards": "batch"}}, "see 'critic.whiten'"),
    ],
)
def test_what_means_nothing_is_refused(config, changes, message):
    with pytest.raises(ConfigError, match=message):
        train_ppo(replace(config, **changes))


def test_the_run_says_what_it_was_made_with(config):
    run = train_ppo(config)
    assert json.loads((run / "scores.json").read_text())["prefix_sharing"] is True
    assert "critic:" in (run / "config.yaml").read_text()
