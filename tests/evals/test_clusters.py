"""Intervals that know what belongs together, held to simulation beside those that don't."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.evals.clusters import clusters_of, design_effect, student
from toolrl.evals.shares import (
    Observed,
    change,
    mcnemar,
    no_change_p,
    share,
    weighted_change,
    weighted_share,
)
from toolrl.evals.statistics import (
    UNIT,
    crossed_interval,
    mean_interval,
    paired_interval,
    share_interval,
)

SETS = 400
"""Simulated data sets."""


def conversations(draw, alike, one, *, count=25):
    """Values in clusters of 1 to 7; with the chance ``alike`` a member repeats its cluster's."""
    values, groups = [], []
    for number in range(count):
        shared = one(draw)
        for _ in range(draw.randint(1, 7)):
            values.append(shared if draw.random() < alike else one(draw))
            groups.append(f"talk-{number}")
    return values, groups


def right(draw):
    return float(draw.random() < 0.3)


def gain(draw):
    return draw.choices([-1.0, 0.0, 1.0], [0.1, 0.6, 0.3])[0]


def score(draw):
    return draw.uniform(-3, 4)


def alone(values):
    return Observed(tuple(values), ("",) * len(values))


def together(values, groups):
    return Observed(tuple(values), tuple(groups))


FIGURES = {
    "share": (right, 0.3, lambda v, g: share(together(v, g)), lambda v: share(alone(v))),
    "change": (gain, 0.2, lambda v, g: change(together(v, g)), lambda v: change(alone(v))),
    "paired": (
        score,
        0.5,
        lambda v, g: paired_interval([0.0] * len(v), v, g),
        lambda v: paired_interval([0.0] * len(v), v),
    ),
}


@pytest.mark.parametrize("alike", [0.75, 1.0])  # the correlation in a cluster is its square
@pytest.mark.parametrize("name", FIGURES)
def test_the_interval_covers_the_truth_where_that_of_single_items_does_not(
    name, alike, monkeypatch
):
    monkeypatch.setattr("toolrl.evals.statistics.RESAMPLES", 120)
    one, truth, knowing, naive = FIGURES[name]
    draw, covered, covered_before = random.Random(5), 0, 0
    for _ in range(SETS):
        values, groups = conversations(draw, alike, one)
        known, old = knowing(values, groups), naive(values)
        covered += known.low <= truth <= known.high
        covered_before += old.low <= truth <= old.high
    assert covered / SETS >= 0.90
    assert covered_before / SETS <= 0.82
    assert covered - covered_before >= 0.1 * SETS


def test_tasks_under_several_seeds_and_in_clusters_are_covered(monkeypatch):
    monkeypatch.setattr("toolrl.evals.statistics.RESAMPLES", 120)
    draw, covered, covered_before = random.Random(6), 0, 0
    for _ in range(SETS):
        values, groups = conversations(draw, 1.0, score)
        rows = [[v + draw.uniform(-0.5, 0.5) for v in values] for _ in range(3)]
        known, old = crossed_interval(rows, groups), crossed_interval(rows)
        covered += known.low <= 0.5 <= known.high
        covered_before += old.low <= 0.5 <= old.high
    assert covered / SETS >= 0.90
    assert covered_before / SETS <= 0.82


def test_a_weighted_mean_knows_clusters_that_lie_across_its_categories():
    draw, covered, covered_before = random.Random(7), 0, 0
    weights = dict.fromkeys("abcd", 0.25)
    for _ in range(SETS):
        scenarios = [right(draw) for _ in range(50)]  # each in four categories, as BFCL's
        one = together(scenarios, [f"scenario {i}" for i in range(50)])
        known = weighted_share(dict.fromkeys("abcd", one), weights)
        old = weighted_share(dict.fromkeys("abcd", alone(scenarios)), weights)
        covered += known.low <= 0.3 <= known.high
        covered_before += old.low <= 0.3 <= old.high
    assert covered / SETS >= 0.90
    assert covered_before / SETS <= 0.75


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_where_each_stands_alone_the_intervals_are_the_plain_ones(values):
    names = [f"talk-{i}" for i in range(len(values))]
    hits = int(sum(values))
    assert share(together(values, names)) == share_interval(hits, len(values))
    assert mean_interval(values, names, within=UNIT) == mean_interval(values, within=UNIT)
    assert change(together(values, names)) == change(alone(values))
    rows = [values, values[::-1]]
    assert crossed_interval(rows, names, within=UNIT) == crossed_interval(rows, within=UNIT)


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from(["a", "b", "c", ""])), min_size=1
    )
)
@settings(max_examples=60, deadline=None)
def test_clusters_never_narrow_a_share_and_no_interval_is_without_width(pairs):
    values, groups = zip(*pairs, strict=True)
    known, plain = share(together(values, groups)), share(alone(values))
    assert known.high - known.low >= plain.high - plain.low - 1e-9
    assert 0 <= known.low <= known.value <= known.high <= 1
    for found in (
        known,
        change(together(values, groups)),
        mean_interval(values, groups, within=UNIT),
        crossed_interval([values, values], groups, within=UNIT),
    ):
        assert found.low < found.high
        assert found.low <= found.value <= found.high


def test_turns_that_cancel_out_in_every_conversation_are_not_certain():
    values, groups = [1.0, 0.0] * 20, [f"talk-{i // 2}" for i in range(40)]
    found = mean_interval(values, groups, within=UNIT)
    assert found.low < 0.5 < found.high


def test_ten_turns_of_one_conversation_are_one_observation():
    one, ten = share(together([1.0], ["a"])), share(together([1.0] * 10, ["a"] * 10))
    assert (ten.low, ten.high, ten.n) == (pytest.approx(one.low), one.high, 10)
    alike = design_effect([0.5, 0.5, -0.5, -0.5], [0.25] * 4, ["a", "a", "b", "b"])
    assert alike > 2  # two conversations, each of one mind


def test_every_observation_needs_its_group():
    with pytest.raises(ValueError, match="zip"):
        clusters_of(["a"], 2)


def test_students_quantiles_are_the_tables():
    table = {1: 12.706, 2: 4.303, 3: 3.182, 5: 2.571, 10: 2.228, 100: 1.984}
    for freedom, expected in table.items():
        assert student(freedom) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(("lost", "won"), [(0, 0), (1, 5), (2, 9), (8, 8), (3, 0)])
def test_p_is_mcnemars_where_every_item_counts_alike_and_nearly_so_by_flips(lost, won):
    values = (-1.0,) * lost + (1.0,) * won + (0.0,) * 10
    exact = no_change_p({"a": alone(values)}, {"a": 1.0})
    assert exact == mcnemar(lost, won)
    pair = together((1.0, -1.0), ("x", "x"))  # a cluster that changes nothing
    flipped = no_change_p(
        {"a": Observed(values + pair.values, ("",) * len(values) + pair.groups)}, {"a": 1.0}
    )
    assert flipped == pytest.approx(exact, abs=0.02)


def test_p_is_of_the_weighted_difference_and_never_of_the_other_direction():
    many = alone([-1.0] * 12 + [0.0] * 988)  # pooled: 12 lost, 8 won
    few = alone([1.0] * 8 + [0.0] * 2)
    pairs, weights = {"many": many, "few": few}, {"many": 0.5, "few": 0.5}
    found = weighted_change(pairs, weights)
    assert found.low > 0
    assert mcnemar(12, 8) > 0.5
    assert no_change_p(pairs, weights) < 0.05


def test_changes_of_one_conversation_count_once():
    apart = no_change_p({"a": alone([1.0] * 12)}, {"a": 1.0})
    one = no_change_p({"a": together([1.0] * 12, ["talk"] * 12)}, {"a": 1.0})
    assert apart < 0.001
    assert one == 1.0
