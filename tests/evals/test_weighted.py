"""Weighted means of categories, and how sure they are."""

import random

import pytest

from toolrl.evals.bfcl.categories import GROUPS
from toolrl.evals.bfcl.scores import SIZE, WEIGHTINGS, headline
from toolrl.evals.shares import Observed
from toolrl.evals.statistics import share_interval
from toolrl.evals.weighted import equal, weighted


def seen(counts):
    """By category, so many right of so many, each by itself."""
    return {
        name: Observed((1.0,) * hits + (0.0,) * (n - hits), ("",) * n)
        for name, (hits, n) in counts.items()
    }


@pytest.mark.parametrize("name", WEIGHTINGS)
def test_weights_sum_to_one(name):
    expected = 0.6 if name == "v4_agentic_as_zero" else 1.0
    assert sum(WEIGHTINGS[name].values()) == pytest.approx(expected)


def test_v4_is_the_leaderboards_sum_worked_out_by_hand():
    counts = dict.fromkeys(GROUPS["all"], (0, 10))
    counts |= {"simple_java": (10, 10), "irrelevance": (10, 10), "multi_turn_base": (10, 10)}
    by_hand = (10 * (1 / 3) / 4 + 10 * 1 / 2 + 30 * 1 / 4) / 60
    assert weighted(seen(counts), WEIGHTINGS["v4_without_agentic"]).value == pytest.approx(by_hand)


def test_what_is_live_is_weighed_by_its_full_size_also_in_a_sample():
    counts = dict.fromkeys(SIZE, (0, 5)) | {"live_multiple": (5, 5)}
    share = weighted(seen(counts), WEIGHTINGS["live_ast"]).value
    assert share == pytest.approx(1053 / (258 + 1053 + 16 + 24))


def test_a_score_with_a_category_missing_is_not_given():
    assert weighted(seen({"irrelevance": (1, 2)}), WEIGHTINGS["both_irrelevance"]) is None
    assert headline(["irrelevance"]) == ("mean_of_categories", {"irrelevance": 1.0})


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    draw, covered, weights = random.Random(1), 0, equal({"a": 1.0}, {"b": 1.0})
    chances = {"a": (0.1, 30), "b": (0.8, 50)}
    for _ in range(400):
        counts = {k: (sum(draw.random() < p for _ in range(n)), n) for k, (p, n) in chances.items()}
        found = weighted(seen(counts), weights)
        covered += found.low <= 0.45 <= found.high
    assert covered / 400 > 0.92


def test_v3_has_live_and_irrelevance_in_it():
    v3 = WEIGHTINGS["v3_without_exec"]
    assert {*GROUPS["multi_turn"], *GROUPS["live"], "irrelevance"} <= v3.keys()
    assert sum(v3[name] for name in GROUPS["live"]) == pytest.approx(1 / 3)


def test_one_category_has_the_same_interval_as_the_mean_of_it():
    assert weighted(seen({"a": (1, 3)}), {"a": 1.0}) == share_interval(1, 3)
