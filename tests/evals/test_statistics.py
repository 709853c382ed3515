"""Intervals: held to simulation and to known values."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolrl.evals.statistics import mean_interval, paired_interval, share_interval


@given(st.lists(st.floats(-3, 4), min_size=2, max_size=50))
def test_an_interval_holds_its_own_mean(values):
    found = mean_interval(values)
    assert found.low <= found.value <= found.high
    assert found.n == len(values)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_stays_between_nought_and_one(case):
    hits, n = case
    found = share_interval(hits, n)
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0


def test_wilson_gives_the_textbook_figures():
    found = share_interval(7, 10)
    assert (round(found.low, 3), round(found.high, 3)) == (0.397, 0.892)


def test_the_mean_interval_covers_the_truth_about_95_times_in_100():
    draw = random.Random(0)
    hits = 0
    for _ in range(400):
        found = mean_interval([draw.uniform(-3, 4) for _ in range(60)])
        hits += found.low <= 0.5 <= found.high
    assert 0.91 <= hits / 400 <= 0.99


def test_the_paired_interval_covers_the_truth_about_95_times_in_100():
    draw = random.Random(1)
    hits = 0
    for _ in range(60):
        before = [draw.uniform(-3, 4) for _ in range(80)]
        after = [b + draw.gauss(0.3, 1) for b in before]
        found = paired_interval(before, after)
        hits += found.low <= 0.3 <= found.high
    assert hits / 60 >= 0.85


def test_pairing_is_much_sharper_than_two_separate_means():
    draw = random.Random(2)
    before = [draw.uniform(-3, 4) for _ in range(200)]
    after = [b + 0.1 for b in before]
    assert paired_interval(before, after).low > 0
    assert mean_interval(after).low < mean_interval(before).high


def test_lists_of_different_length_are_not_pairs():
    with pytest.raises(ValueError, match="zip"):
        paired_interval([1.0], [1.0, 2.0])


@pytest.mark.parametrize("function", [mean_interval, lambda v: share_interval(0, len(v))])
def test_no_values_is_an_error(function):
    with pytest.raises(ValueError, match="no "):
        function([])
