"""BFCL's categories, and how the leaderboard of each version weighs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from toolrl.errors import ConfigError, did_you_mean

NON_LIVE = ("simple_python", "simple_java", "simple_javascript", "multiple", "parallel",
            "parallel_multiple", "irrelevance")  # fmt: skip
LIVE = ("live_simple", "live_multiple", "live_parallel", "live_parallel_multiple",
        "live_irrelevance", "live_relevance")  # fmt: skip
MULTI_TURN = ("multi_turn_base", "multi_turn_miss_func", "multi_turn_miss_param",
              "multi_turn_long_context")  # fmt: skip
GROUPS: dict[str, tuple[str, ...]] = {
    "all": (*NON_LIVE, *LIVE, *MULTI_TURN),
    "single_turn": (*NON_LIVE, *LIVE),
    "non_live": NON_LIVE,
    "live": LIVE,
    "multi_turn": MULTI_TURN,
    "languages": ("simple_python", "simple_java", "simple_javascript"),
    "abstention": ("irrelevance", "live_irrelevance"),
}
LANGUAGE = {"simple_java": "java", "simple_javascript": "javascript"}

Weights = Mapping[str, float]


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """Categories by name or group, each once, in BFCL's order.

    Raises:
        ConfigError: no such category, with the nearest.

    Example:
        >>> chosen(["multi_turn", "simple_java"])[:2]
        ('simple_java', 'multi_turn_base')
    """
    wanted: set[str] = set()
    for name in names:
        if name not in GROUPS and name not in GROUPS["all"]:
            known = (*GROUPS, *GROUPS["all"])
            raise ConfigError(f"BFCL has no category '{name}'{did_you_mean(name, known)}")
        wanted.update(GROUPS.get(name, (name,)))
    return tuple(name for name in GROUPS["all"] if name in wanted)


def needs_no_call(category: str) -> bool:
    """Whether the right answer is to call nothing."""
    return category.endswith("irrelevance")


def any_call_will_do(category: str) -> bool:
    """Whether BFCL only asks that something is called."""
    return category == "live_relevance"


def language(category: str) -> str:
    """Whose values the parameters are: ``python``, ``java`` or ``javascript``."""
    return LANGUAGE.get(category, "python")
