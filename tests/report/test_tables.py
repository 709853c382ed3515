"""Tables that a person reads."""

from toolrl.report.tables import differences, interval, percent, side_by_side, signed


def figure(value, n=10):
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": n}


def scores(reward):
    return {
        "n": 10, "reward": figure(reward), "parts": {"format": figure(0.9)},
        "exact": figure(0.5), "exact_by_kind": {"single": figure(0.4, 7)}, "no_call": figure(0.3),
    }  # fmt: skip


def test_evaluations_stand_side_by_side():
    text = side_by_side(["start", "after"], [scores(-3.0), scores(2.5)])
    lines = text.splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "-3.00 [-3.10, -2.90]" in text
    assert "2.50 [2.40, 2.60]" in text
    assert "single (n=7)" in text
    assert "no call, rightly" in text


def test_a_difference_shows_its_sign():
    assert "+0.30 [+0.20, +0.40]" in differences({"reward": figure(0.3)}, "after − before")


def test_no_interval_is_shown_without_width_and_an_unknown_bound_is_not_a_number():
    narrow = {"value": 0.0, "low": -0.0012, "high": 0.0012, "n": 3000}
    assert signed(narrow) == "+0.00 [-0.001, +0.001]"
    assert percent(narrow | {"low": 0.0}) == "0% [0.0, 0.1]"
    assert interval(narrow | {"value": 1.0, "low": 0.98, "high": None}) == "1.00 [0.98, ∞)"
    assert interval(narrow | {"low": None, "high": None, "n": 1}) == "0.00 (no interval, n=1)"
