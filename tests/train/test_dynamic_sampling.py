"""Groups without signal are replaced, and nothing of them is left in the batch."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from test_training import GRPO  # noqa: E402

from toolrl.errors import ConfigError  # noqa: E402
from toolrl.runs import METRICS, SAMPLES, read_lines  # noqa: E402
from toolrl.train import dynamic_sampling  # noqa: E402
from toolrl.train.config import DataConfig, GroupTrainConfig  # noqa: E402
from toolrl.train.dynamic_sampling import (  # noqa: E402
    dead_groups,
    other_rows,
    replace_groups,
)
from toolrl.train.grpo import train_grpo  # noqa: E402
from toolrl.train.rloo import train_rloo  # noqa: E402


@pytest.fixture
def config(half_right_model, two_call_data, tmp_path):
    return GroupTrainConfig(
        model=str(half_right_model), output=str(tmp_path / "run"), seed=3,
        data=DataConfig(path=str(two_call_data)), format="python",
        trainer=GRPO | {"num_generations": 2},
    )  # fmt: skip


def test_fresh_groups_take_the_places_of_the_dead_ones_padding_and_all():
    batch = {
        "prompt_ids": torch.tensor([[1, 2], [1, 2], [0, 3], [0, 3]]),
        "completion_ids": torch.tensor([[5], [6], [7], [8]]),
        "completion_mask": torch.ones(4, 1, dtype=torch.long),
        "advantages": torch.tensor([0.0, 0.0, 1.0, -1.0]),
        "num_items_in_batch": torch.tensor(4),
    }
    fresh = {
        "prompt_ids": torch.tensor([[9, 9, 9], [9, 9, 9]]),
        "completion_ids": torch.tensor([[4, 4], [4, 0]]),
        "completion_mask": torch.tensor([[1, 1], [1, 0]]),
        "advantages": torch.tensor([2.0, -2.0]),
        "num_items_in_batch": torch.tensor(3),
    }
    merged = replace_groups(batch, fresh, dead_groups(torch.tensor([4.0, 4.0, 1.0, 2.0]), 2), 2)
    assert merged["prompt_ids"].tolist() == [[9, 9, 9], [9, 9, 9], [0, 0, 3], [0, 0, 3]]
    assert merged["completion_ids"].tolist() == [[4, 4], [4, 0], [7, 0], [8, 0]]
    assert merged["advantages"].tolist() == [2.0, -2.0, 1.0, -1.0]
    assert merged["num_items_in_batch"] == 5
    assert batch["num_items_in_batch"] == 4


def test_tokens_of_tools_are_not_counted_in_the_batch():
    rows = {"completion_mask": torch.ones(2, 2), "tool_mask": torch.tensor([[1, 0], [1, 1]])}
    fresh = {key: value[1:] for key, value in rows.items()}
    merged = replace_groups(rows | {"num_items_in_batch": torch.tensor(3)}, fresh, [1], 1)
    assert merged["num_items_in_batch"] == 3


def test_other_prompts_are_drawn_the_same_way_twice_and_not_those_of_the_step():
    data = [{"prompt": f"p{i}"} for i in range(10)]
    trainer = SimpleNamespace(
        args=SimpleNamespace(seed=1), state=SimpleNamespace(global_step=4),
        train_dataset=data, num_generations=2,
    )  # fmt: skip
    first = other_rows(trainer, data[:4], 3, 0)
    assert first == other_rows(trainer, data[:4], 3, 0)
    names = [row["prompt"] for row in first]
    assert names[0::2] == names[1::2]
    assert len(set(names)) == 3
    assert not set(names) & {"p0", "p1", "p2", "p3"}
    assert len(other_rows(trainer, data, 2, 0)) == 4  # nothing fresh is left: seen ones again


@pytest.mark.parametrize("train", [train_grpo, train_rloo])
def test_dead_groups_alone_are_replaced_and_all_that_was_sampled_is_counted(
    config, monkeypatch, train
):
    kept = []
    original = dynamic_sampling.replace_groups

    def watched(batch, fresh, dead, size):
        kept.append(len(dead))
        merged = original(batch, fresh, dead, size)
        was, now, new = (x["advantages"].view(-1, size) for x in (batch, merged, fresh))
        alive = [group for group in range(len(was)) if group not in dead]
        assert torch.equal(now[alive], was[alive])
        assert torch.equal(now[dead], new)
        return merged

    monkeypatch.setattr(dynamic_sampling, "replace_groups", watched)
    run = train(replace(config, resample=3, trainer=config.trainer | {"beta": 0.0}))
    rows = list(read_lines(run / METRICS))
    assert sum(kept) == sum(row["resampled_groups"] for row in rows) > 0
    samples = list(read_lines(run / SAMPLES))
    assert len(samples) == sum(row["samples"] for row in rows) == 4 * 8 + 2 * sum(kept)
    dead = sum(row["zero_std_groups"] for row in rows)  # over all that were sampled
    assert dead >= sum(kept) > 0
    totals = [s["total"] for s in samples if s["step"] == 1]
    assert rows[0]["reward"] == pytest.approx(sum(totals) / len(totals))


def test_without_it_no_group_is_replaced(config):
    rows = list(read_lines(train_grpo(config) / METRICS))
    assert all("resampled_groups" not in row and row["samples"] == 8 for row in rows)
    assert any(row["zero_std_groups"] for row in rows)


@pytest.mark.parametrize("prefix_sharing", [True, False])
def test_both_paths_can_do_it(config, prefix_sharing):
    run = train_grpo(replace(config, resample=1, prefix_sharing=prefix_sharing))
    assert len(list(read_lines(run / METRICS))) == 4


@pytest.mark.parametrize(
    "more", [{"scale_rewards": "batch"}, {"multi_objective_aggregation": "normalize_then_sum"}]
)
def test_advantages_over_the_whole_batch_are_refused(config, more):
    with pytest.raises(ConfigError, match="leave one of them out"):
        train_grpo(replace(config, resample=1, trainer=GRPO | more))


def test_with_rloos_penalty_a_group_of_one_reward_still_teaches_so_it_is_not_replaced(config):
    with pytest.raises(ConfigError, match=r"trainer\.beta=0\.05.*set trainer\.beta=0"):
        train_rloo(replace(config, resample=1))
    with pytest.raises(ConfigError, match=r"trainer\.beta=0\.1"):
        train_rloo(replace(config, resample=1, trainer=config.trainer | {"beta": 0.1}))
    train_grpo(replace(config, resample=1, trainer=config.trainer | {"beta": 0.1}))  # in the loss
