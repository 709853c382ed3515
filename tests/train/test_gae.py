"""Advantages are held to a plain reference, and to a problem whose answer is known."""

import itertools

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from toolrl.train.gae import (  # noqa: E402
    action_mask,
    explained_variance,
    gae,
    token_rewards,
    whitened,
)

SHARE = st.floats(0, 1)
POINTS = st.floats(-4, 4)


def plain_gae(rewards, values, gamma, lam):
    """Equation 16 of arXiv 1506.02438 as it stands: a sum of discounted surprises."""
    ahead = [*values[1:], 0.0][: len(values)]
    surprises = [r + gamma * a - v for r, a, v in zip(rewards, ahead, values, strict=True)]
    n = len(rewards)
    return [sum((gamma * lam) ** (k - t) * surprises[k] for k in range(t, n)) for t in range(n)]


@given(st.lists(st.lists(st.tuples(POINTS, POINTS), max_size=6), min_size=1, max_size=3),
       SHARE, SHARE)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_it_equals_the_plain_sum_for_answers_of_any_length(rows, gamma, lam):
    width = max(1, *map(len, rows))
    rewards, values = torch.full(
        (2, len(rows), width), 9.0, dtype=torch.float64
    )  # padding is not 0
    mask = torch.zeros(len(rows), width, dtype=torch.bool)
    for i, row in enumerate(rows):
        for j, (reward, value) in enumerate(row):
            rewards[i, j], values[i, j], mask[i, j] = reward, value, True
    found = gae(rewards * mask, values, mask, gamma=gamma, lam=lam)
    assert not found[~mask].any()
    for i, row in enumerate(rows):
        plain = plain_gae([r for r, _ in row], [v for _, v in row], gamma, lam)
        assert found[i, : len(row)].tolist() == pytest.approx(plain, abs=1e-6)


ANY_MASK = st.lists(st.booleans(), min_size=1, max_size=9)
NO_NUMBER = float("nan")  # what stands outside the mask is never read


@given(st.lists(ANY_MASK, min_size=1, max_size=3), SHARE, SHARE, st.randoms())
@settings(max_examples=80, deadline=None)
def test_with_holes_it_is_that_of_the_tokens_the_model_wrote_put_together(masks, gamma, lam, draw):
    width = max(map(len, masks))
    mask = torch.tensor([[*row, *[False] * (width - len(row))] for row in masks])
    totals = torch.tensor([draw.uniform(-4, 4) for _ in masks])
    values = torch.tensor([[draw.uniform(-4, 4) for _ in range(width)] for _ in masks])
    penalty = torch.tensor([[draw.uniform(-1, 1) for _ in range(width)] for _ in masks])
    values[~mask] = penalty[~mask] = NO_NUMBER
    rewards = token_rewards(totals, mask, penalty)
    found = gae(rewards, values, mask, gamma=gamma, lam=lam)
    assert not rewards[~mask].any()
    assert not found[~mask].any()
    for i, here in enumerate(mask):
        n = int(here.sum())
        plain = -penalty[i, here]
        plain[n - 1 :] += totals[i]
        assert torch.allclose(rewards[i, here], plain)
        packed = (x[i, here][None] for x in (rewards, values, mask))
        alone = gae(*packed, gamma=gamma, lam=lam)
        assert torch.allclose(found[i, here], alone[0], atol=1e-5)


def test_an_answer_before_a_tools_result_is_paid_for_what_comes_after_it():
    mask = torch.tensor([[True, True, False, False, True, True]])
    rewards = token_rewards(torch.tensor([4.0]), mask)
    assert rewards.tolist() == [[0, 0, 0, 0, 0, 4]]
    found = gae(rewards, torch.zeros(1, 6), mask, gamma=1.0, lam=1.0)
    assert found.tolist() == [[4, 4, 0, 0, 4, 4]]
    found = gae(rewards, torch.zeros(1, 6), mask, gamma=0.5, lam=1.0)
    assert found.tolist() == [[0.5, 1, 0, 0, 2, 4]]


def test_what_a_tool_returned_is_no_action():
    batch = {"completion_mask": torch.tensor([[1, 1, 1, 0]])}
    assert action_mask(batch).tolist() == [[True, True, True, False]]
    batch["tool_mask"] = torch.tensor([[1, 0, 1, 1]])
    assert action_mask(batch).tolist() == [[True, False, True, False]]


@pytest.mark.parametrize("lam", [0.0, 0.5, 1.0])
def test_with_the_true_values_its_mean_is_the_true_advantage(lam):
    """Two tosses of a biased coin; the reward is 3 for two heads, 1 for one."""
    heads, worth = 0.3, [0.0, 1.0, 3.0]
    after_one = [heads * worth[1 + k] + (1 - heads) * worth[k] for k in (0, 1)]
    at_first = heads * after_one[1] + (1 - heads) * after_one[0]
    tosses = list(itertools.product((0, 1), repeat=2))
    mask = torch.ones(4, 2, dtype=torch.bool)
    rewards = token_rewards(torch.tensor([worth[sum(t)] for t in tosses]), mask)
    values = torch.tensor([[at_first, after_one[t[0]]] for t in tosses])
    found = gae(rewards, values, mask, gamma=1.0, lam=lam)
    chance = torch.tensor([(heads if b else 1 - heads) for _, b in tosses])
    for first in (0, 1):
        rows = [i for i, t in enumerate(tosses) if t[0] == first]
        mean = (found[rows, 0] * chance[rows]).sum()
        assert mean.item() == pytest.approx(after_one[first] - at_first, abs=1e-6)
    for i, (first, second) in enumerate(tosses):
        true = worth[first + second] - after_one[first]
        assert found[i, 1].item() == pytest.approx(true, abs=1e-6)


def test_the_reward_stands_on_the_last_token_and_the_penalty_on_each():
    mask = torch.tensor([[True, True, False], [False, False, False]])
    found = token_rewards(torch.tensor([2.0, 5.0]), mask, torch.full((2, 3), 0.5))
    assert found.tolist() == [[-0.5, 1.5, 0.0], [0.0, 0.0, 0.0]]


def test_whitening_leaves_padding_out():
    mask = torch.tensor([[True, True, False], [True, False, False]])
    found = whitened(torch.tensor([[1.0, 2.0, 99.0], [6.0, 99.0, 99.0]]), mask)
    assert found[mask].mean().item() == pytest.approx(0, abs=1e-6)
    assert found[mask].std().item() == pytest.approx(1, abs=1e-6)
    assert not found[~mask].any()


def test_explained_variance_is_nothing_for_a_constant():
    returns, mask = torch.tensor([[1.0, 3.0]]), torch.ones(1, 2, dtype=torch.bool)
    assert explained_variance(torch.full((1, 2), 2.0), returns, mask) == 0.0
    nearly = torch.tensor([[-3.0, -3.0000002]])
    assert explained_variance(torch.zeros(1, 2), nearly, mask) == 0.0
    assert explained_variance(-returns, returns, mask) < 0
