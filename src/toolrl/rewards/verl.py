"""Rewards for verl: ``reward.custom_reward_function.path=pkg://toolrl.rewards.verl``.

The reward's name and its other options come from ``reward_kwargs``. verl hands the step over in
``extra_info["global_steps"]`` (the version of the weights, 0 in the first step) where its reward
manager merges it in; where it does not, schedules stay at step 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from toolrl.rewards.load import load_reward
from toolrl.rewards.reward import ScoringReward


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    reward: str = "toolrl",
    format_name: str = "paper",
    total_steps: int = 100,
    **kwargs: Any,
) -> dict[str, float]:
    r"""The score of one completion with all its parts, the same keys for every row.

    Args:
        data_source: not looked at.
        solution_str: what the model wrote.
        ground_truth: the JSON of an example, or text in the paper's format.
        extra_info: may have ``global_steps``, which may be None.
        reward: a name for `toolrl.load_reward`.
        format_name: the format that completions are written in.
        total_steps: how long schedules move.
        kwargs: what else verl passes is not looked at.

    Returns:
        ``score``, then the points of each component by name.

    Raises:
        ConfigError: no such reward or format.
        DataError: the answer can't be read.

    Example:
        >>> answer = "<think> a </think>\n<response> Hi. </response>"
        >>> compute_score("toolrl", answer, answer)
        {'score': 4.0, 'format': 1.0, 'correctness': 3.0}
    """
    step = (extra_info or {}).get("global_steps")
    scoring = _loaded(reward, format_name, total_steps)
    score = scoring(solution_str, ground_truth, int(step) if step is not None else 0)
    return {
        "score": score.total,
        **{component: score.parts[component].points for component in scoring.components},
    }


@cache
def _loaded(name: str, format_name: str, total_steps: int) -> ScoringReward:
    return load_reward(name, format_name=format_name, total_steps=total_steps)
