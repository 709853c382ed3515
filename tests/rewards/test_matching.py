import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reward_strategies import forms

from toolrl.rewards import matching
from toolrl.rewards.assignment import assign, members
from toolrl.rewards.dense_assignment import assign_dense
from toolrl.rewards.matching import best_pairs, jaccard, pair_points, same_keys

form_lists = st.lists(forms, max_size=5)


def brute_force(expected, predicted, key_points):
    """The most points of any assignment."""
    if len(expected) > len(predicted):
        expected, predicted = predicted, expected
    return max(
        sum(pair_points(a, predicted[j], key_points) for a, j in zip(expected, order, strict=True))
        for order in permutations(range(len(predicted)), len(expected))
    )


def worth(pairs, expected, predicted, key_points=jaccard):
    return sum(pair_points(expected[i], predicted[j], key_points) for i, j in pairs)


@pytest.mark.parametrize("key_points", [jaccard, same_keys])
@pytest.mark.parametrize("limits", [(16, 24), (0, 24), (0, 0)], ids=["usual", "bits", "matrix"])
@given(expected=form_lists, predicted=form_lists)
@settings(max_examples=60, deadline=None)
def test_no_assignment_is_better(key_points, limits, expected, predicted):
    before = matching._FEW_PAIRS, matching._FEW_WEIGHTS
    matching._FEW_PAIRS, matching._FEW_WEIGHTS = limits
    try:
        pairs = best_pairs(expected, predicted, key_points)
    finally:
        matching._FEW_PAIRS, matching._FEW_WEIGHTS = before
    assert len(pairs) == min(len(expected), len(predicted))
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    best = brute_force(expected, predicted, key_points)
    assert worth(pairs, expected, predicted, key_points) == pytest.approx(best)


@pytest.mark.parametrize("keys", ["abc", "abcdefgh"])
def test_bit_sets_and_matrix_agree_on_large_groups(keys):
    dice = random.Random(5)
    expected, predicted = (
        [
            {k: dice.randrange(4) for k in dice.sample(keys, dice.randint(1, 3))}
            for _ in range(count)
        ]
        for count in (40, 55)
    )
    classes = matching.weight_classes(expected, predicted, jaccard)
    highest = max(weight for row in classes for weight, _ in row)
    matrix = matching._cost_matrix(classes, highest, len(predicted))
    by_bits = worth(enumerate(assign(classes, 55)), expected, predicted)
    by_matrix = worth(enumerate(assign_dense(matrix, 55)), expected, predicted)
    assert by_bits == pytest.approx(by_matrix)


def test_weight_classes_hold_the_points_of_every_pair():
    expected, predicted = [{"a": 1, "b": 2}, {}], [{"a": 1}, {"b": 2, "a": 1}, {"c": 1}, {}]
    rows = matching.weight_classes(expected, predicted, jaccard)
    scale = rows[1][0][0] or max(weight for weight, _ in rows[1])
    scale = max(weight for weight, bits in rows[1] if bits & 0b1000) if scale else scale
    for form, row in zip(expected, rows, strict=True):
        for weight, bits in row:
            for column in members(bits):
                assert weight / scale == pytest.approx(pair_points(form, predicted[column]))


def test_the_case_that_greedy_matching_gets_wrong():
    pairs = best_pairs([{"x": 1}, {"x": 1, "y": 2}], [{"x": 1, "y": 2}, {"z": 5}])
    assert pairs == [(0, 1), (1, 0)]


def test_equal_calls_are_paired_in_order():
    assert best_pairs([{"a": 1}] * 3, [{"a": 1}] * 3) == [(0, 0), (1, 1), (2, 2)]


def test_nothing_to_match_is_no_pair():
    assert best_pairs([], [{"a": 1}]) == best_pairs([{"a": 1}], []) == []
