"""A study's figures: no difference is certain, and turns of one conversation are no tasks more."""

import pytest

from toolrl.evals.shares import Observed, change
from toolrl.study.results import FIGURES, differences, figures

RANGES = dict.fromkeys(FIGURES, (0.0, 1.0))
RANGES |= {"reward": (-3.0, 4.0), "calls_per_task": (0.0, float("inf"))}


def rows(exact, *, due=lambda i: i % 5 != 0, group=lambda i: ""):
    """Answered tasks, of which the first ``exact`` are right."""
    return [
        {
            "example": str(i),
            "total": 4.0 if i < exact else -3.0,
            "parts": {"format": {"fraction": 1.0}},
            "exact": i < exact,
            "calls": 1,
            "answer": {"calls": [{}] if due(i) else []},
        }
        | ({"group": group(i)} if group(i) else {})
        for i in range(150)
    ]


@pytest.mark.parametrize("seeds", [1, 3])
def test_no_difference_is_certain_also_where_no_pair_differs(seeds):
    same = [rows(40)] * seeds
    found = differences(same, same, RANGES)
    assert found.keys() == FIGURES.keys()
    for name, one in found.items():
        low, high = one["low"], one["high"]
        assert low is None or low < 0 < high, name
    assert found["abstained"]["high"] == pytest.approx(1.96 / 32, abs=1e-3)  # of 30 tasks
    thirty = change(Observed((0.0,) * 30, ("",) * 30))
    assert found["abstained"]["high"] == pytest.approx(thirty.high, abs=1e-4)
    assert found["abstained"]["n"] == 30 * seeds
    assert found["reward"]["high"] == pytest.approx(7 * (1 - 0.025 ** (1 / 150)), abs=1e-3)


@pytest.mark.parametrize("right", [0, 40, 150])
@pytest.mark.parametrize("seeds", [1, 3])
def test_no_figure_is_certain(right, seeds):
    for name, one in figures([rows(right)] * seeds, RANGES).items():
        high = float("inf") if one["high"] is None else one["high"]
        assert one["low"] < high, name
        assert one["low"] <= one["value"] <= high, name


@pytest.mark.parametrize("seeds", [1, 3])
def test_turns_of_one_conversation_widen_every_interval(seeds):
    plain = figures([rows(60)] * seeds, RANGES)
    known = figures([rows(60, group=lambda i: f"talk {i // 10}")] * seeds, RANGES)
    for name in ("reward", "exact", "exact_calls"):
        assert known[name]["value"] == plain[name]["value"]
        width, before = (one[name]["high"] - one[name]["low"] for one in (known, plain))
        assert width > 1.5 * before
