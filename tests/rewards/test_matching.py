import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reward_strategies import forms

from toolrl.rewards import matching
from toolrl.rewards.assignment import Assignment
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
@pytest.mark.parametrize("few_pairs", [16, 0], ids=["compared", "hashed"])
@given(expected=form_lists, predicted=form_lists)
@settings(max_examples=60, deadline=None)
def test_no_assignment_is_better(key_points, few_pairs, expected, predicted):
    before = matching._FEW_PAIRS
    matching._FEW_PAIRS = few_pairs
    try:
        pairs = best_pairs(expected, predicted, key_points)
    finally:
        matching._FEW_PAIRS = before
    assert len(pairs) == min(len(expected), len(predicted))
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    best = brute_force(expected, predicted, key_points)
    assert worth(pairs, expected, predicted, key_points) == pytest.approx(best)


def random_costs(kind, rows, columns):
    dice = random.Random(5)
    cost_of = {
        "dense": lambda i, j: dice.randrange(10**6),
        "few costs": lambda i, j: dice.randrange(4),
        "all alike": lambda i, j: 7,
        "sparse": lambda i, j: dice.randrange(-1000, 0) if dice.random() < 0.03 else 0,
        "ordered": lambda i, j: i * j // 50,
    }[kind]
    return [[cost_of(i, j) for j in range(columns)] for i in range(rows)]


@pytest.mark.parametrize("shape", [(200, 200), (190, 200), (3, 200), (1, 1)])
@pytest.mark.parametrize("kind", ["dense", "few costs", "all alike", "sparse", "ordered"])
def test_the_prices_prove_that_no_assignment_is_cheaper(kind, shape):
    cost = random_costs(kind, *shape)
    state = Assignment(cost)
    found = state.solve()
    assert len(set(found)) == len(cost)
    # Whoever sits elsewhere pays at least as much, and who moves away frees no dearer column.
    assert all(state.reduced(i)[j] == min(state.reduced(i)) for i, j in enumerate(found))
    left = [price for j, price in enumerate(state.price) if j not in set(found)]
    assert not left or max(left) == min(state.price)


def test_costs_hold_the_points_of_every_pair():
    dice = random.Random(5)
    expected, predicted = (
        [
            {k: dice.randrange(3) for k in dice.sample("abcdef", dice.randint(0, 6))}
            for _ in range(n)
        ]
        for n in (30, 300)  # more columns than are counted at once
    )
    costs = matching.pair_costs(expected, predicted, jaccard)
    scale = -costs[0][0] / pair_points(expected[0], predicted[0])
    for form, line in zip(expected, costs, strict=True):
        for other, cost in zip(predicted, line, strict=True):
            assert -cost == pytest.approx(scale * pair_points(form, other))


def test_costs_of_calls_with_very_many_keys_stay_exact():
    many = [{str(key): 0 for key in range(count)} for count in (60, 61, 67, 71)]
    others = [{str(key): key % 2 for key in range(count)} for count in (59, 73, 79, 83)]
    assert {type(cost) for line in matching.pair_costs(many, others) for cost in line} == {int}
    pairs = best_pairs(many, others)
    assert worth(pairs, many, others) == pytest.approx(brute_force(many, others, jaccard))


def test_the_case_that_greedy_matching_gets_wrong():
    pairs = best_pairs([{"x": 1}, {"x": 1, "y": 2}], [{"x": 1, "y": 2}, {"z": 5}])
    assert pairs == [(0, 1), (1, 0)]


def test_equal_calls_are_paired_in_order():
    assert best_pairs([{"a": 1}] * 3, [{"a": 1}] * 3) == [(0, 0), (1, 1), (2, 2)]


def test_nothing_to_match_is_no_pair():
    assert best_pairs([], [{"a": 1}]) == best_pairs([{"a": 1}], []) == []
