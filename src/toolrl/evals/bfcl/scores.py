"""BFCL's overall scores, by the weights of its leaderboards.

Sources: ``eval_runner_helper`` of bfcl-eval 2026.3.23 (v4) and of nvidia-bfcl 26.3 (v3).
"""

from __future__ import annotations

from collections.abc import Iterable

from toolrl.evals.bfcl.categories import GROUPS, LIVE, MULTI_TURN
from toolrl.evals.shares import Weights
from toolrl.evals.weighted import MEAN, equal, mixed, whole

SIZE = {
    "live_simple": 258, "live_multiple": 1053, "live_parallel": 16, "live_parallel_multiple": 24,
    "live_irrelevance": 884, "live_relevance": 16,
}  # fmt: skip
"""BFCL weighs what is live by these numbers of items; a sample keeps the full sizes."""


def by_size(*names: str) -> Weights:
    """Categories by their full sizes."""
    total = sum(SIZE[name] for name in names)
    return {name: SIZE[name] / total for name in names}


SIMPLE = equal(*map(whole, ("simple_python", "simple_java", "simple_javascript")))
AST = (SIMPLE, *map(whole, ("multiple", "parallel", "parallel_multiple")))
NON_LIVE_AST = equal(*AST)
LIVE_AST = by_size("live_simple", "live_multiple", "live_parallel", "live_parallel_multiple")
ABSTAINING = equal(whole("irrelevance"), whole("live_irrelevance"))
TURNS = equal(*map(whole, MULTI_TURN))
V4 = mixed({0: 10, 1: 10, 2: 10, 3: 30}, (NON_LIVE_AST, LIVE_AST, ABSTAINING, TURNS))
WEIGHTINGS: dict[str, Weights] = {
    "non_live_ast": NON_LIVE_AST,
    "live_ast": LIVE_AST,
    "both_irrelevance": ABSTAINING,
    "all_multi_turn": TURNS,
    "v3_without_exec": equal(equal(*AST, whole("irrelevance")), by_size(*LIVE), TURNS),
    "v4_without_agentic": V4,
    "v4_agentic_as_zero": {name: 0.6 * weight for name, weight in V4.items()},
}
"""Weighted means of categories. v3's executable categories are gone from the data, v4's agentic
ones (40 %) need a paid search service: what a name says is left out, is left out."""


def headline(names: Iterable[str]) -> tuple[str, Weights]:
    """The weighting that stands for a run of these categories.

    v4's, where all its categories were run, else the plain mean of those that were.
    """
    names = tuple(names)
    if set(names) == set(GROUPS["all"]):
        return "v4_without_agentic", V4
    return MEAN, equal(*map(whole, names))
