"""Intervals: held to simulation and to known values."""

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from toolrl.evals.statistics import (
    crossed_interval,
    mean_interval,
    paired_interval,
    share_interval,
    unvaried,
)

REWARD = (-3.0, 4.0)


@given(st.lists(st.floats(-3, 4), min_size=1, max_size=50))
@example([-1.0, -1.0, -5.497935098217451e-55])
@settings(max_examples=30, deadline=None)
def test_an_interval_holds_its_own_mean_has_a_width_and_stays_in_the_range(values):
    found = mean_interval(values, within=REWARD)
    assert -3 <= found.low <= found.value <= found.high <= 4
    assert found.low < found.high
    assert min(values) <= found.value <= max(values)
    assert found.n == len(values)


def test_of_equal_values_without_a_known_range_nothing_is_known():
    for values in ([1.0], [1.0] * 20):
        expected = {"value": 1.0, "low": None, "high": None, "n": len(values)}
        assert mean_interval(values).to_dict() == expected
        assert paired_interval(values, values).to_dict() == expected | {"value": 0.0}
        assert crossed_interval([values, values]).low < 1.0


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_stays_between_nought_and_one(case):
    hits, n = case
    found = share_interval(hits, n)
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0


def test_wilson_gives_the_textbook_figures():
    found = share_interval(7, 10)
    assert (round(found.low, 3), round(found.high, 3)) == (0.397, 0.892)


def test_the_interval_covers_the_truth_about_95_times_in_100():
    draw = random.Random(0)
    hits = 0
    for _ in range(100):
        found = mean_interval([draw.uniform(-3, 4) for _ in range(60)])
        hits += found.low <= 0.5 <= found.high
    assert 89 <= hits <= 99


def test_pairing_is_much_sharper_than_two_separate_means():
    draw = random.Random(2)
    before = [draw.uniform(-3, 4) for _ in range(200)]
    after = [b + draw.uniform(0, 0.2) for b in before]
    assert paired_interval(before, after).low > 0
    assert mean_interval(after).low < mean_interval(before).high


def test_lists_of_different_length_are_not_pairs():
    with pytest.raises(ValueError, match="zip"):
        paired_interval([1.0], [1.0, 2.0])


@pytest.mark.parametrize(
    "function",
    [mean_interval, lambda v: paired_interval(v, v), lambda v: share_interval(0, len(v))],
)
def test_no_values_is_an_error(function):
    with pytest.raises(ValueError, match="no "):
        function([])


@pytest.mark.parametrize("value", [-3.0, 0.5, 4.0])
@pytest.mark.parametrize("n", [1, 2, 30, 400])
def test_no_interval_is_without_width(value, n):
    same = [value] * n
    alone = mean_interval(same, within=REWARD)
    crossed = crossed_interval([same] * 3, within=REWARD)
    unchanged = paired_interval(same, same, within=REWARD)
    assert (alone.low, alone.high) == (crossed.low, crossed.high)  # seeds are no further tasks
    for found in (alone, crossed, unchanged):
        assert found.low < found.high
        assert found.low <= found.value <= found.high
    assert -7 <= unchanged.low < 0 < unchanged.high <= 7
    assert unchanged.high == pytest.approx(7 * (1 - 0.025 ** (1 / n)))


@pytest.mark.parametrize("n", [1, 3, 10, 60])
def test_equal_values_bound_the_mean_as_clopper_and_pearson_do(n):
    low, high = unvaried(0.0, n, (0.0, 1.0))
    assert low == 0.0
    assert (1 - high) ** n == pytest.approx(0.025)  # so few would all be 0, were it more


@pytest.mark.parametrize("rare", [0.02, 0.05, 0.1])
def test_equal_values_hardly_ever_deny_the_truth(rare):
    draw, missed = random.Random(1), 0
    for _ in range(200):  # mostly the minimum, now and then the maximum
        values = draw.choices([4.0, -3.0], [rare, 1 - rare], k=25)
        found = mean_interval(values, within=REWARD) if len(set(values)) == 1 else None
        missed += found is not None and not found.low <= -3 + 7 * rare <= found.high
    assert missed / 200 <= 0.05


def test_seeds_that_agree_give_the_interval_of_the_tasks():
    draw = random.Random(3)
    tasks = [draw.uniform(-3, 4) for _ in range(80)]
    alone, many = mean_interval(tasks), crossed_interval([tasks] * 3)
    assert many.value == pytest.approx(alone.value)
    assert many.high - many.low == pytest.approx(alone.high - alone.low, rel=0.1)
    assert many.n == 240


def test_seeds_that_differ_widen_it_and_their_order_does_not_matter():
    draw = random.Random(4)
    tasks = [draw.uniform(-1, 1) for _ in range(80)]
    rows = [[task + shift for task in tasks] for shift in (-2.0, 0.0, 2.0)]
    wide, plain = crossed_interval(rows), crossed_interval([tasks] * 3)
    assert wide.high - wide.low > 3 * (plain.high - plain.low)
    turned = crossed_interval(rows[::-1])
    assert turned.value == pytest.approx(wide.value)
    assert turned.high == pytest.approx(wide.high, abs=0.3)


def test_every_seed_needs_every_task():
    with pytest.raises(ValueError, match="for each task"):
        crossed_interval([[1.0, 2.0], [1.0]])
