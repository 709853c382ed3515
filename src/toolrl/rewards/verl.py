"""Rewards for verl: ``reward.custom_reward_function.path=pkg://toolrl.rewards.verl``.

The reward's name and its other options come from ``reward_kwargs``. verl hands the step over in
``extra_info["global_steps"]`` (the version of the weights, 0 in the first step) where its reward
manager merges it in; where it does not, schedules stay at step 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from toolrl.errors import ConfigError, did_you_mean
from toolrl.rewards.load import load_reward
from toolrl.rewards.reward import ScoringReward

OPTIONS = ("reward", "format_name", "total_steps", "strict", "length_words")
FROM_VERL = {"reward_router_address", "reward_model_tokenizer"}
"""What verl's reward managers add to the call where a reward model runs beside the reward."""


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    reward: str = "toolrl",
    format_name: str = "paper",
    total_steps: int = 100,
    strict: bool | None = None,
    length_words: int | None = None,
    **from_verl: Any,
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
        strict: whether any departure from the format voids the calls too, see
            `toolrl.load_reward`.
        length_words: words of thought worth a point, for rewards with a length part.
        from_verl: what verl adds where a reward model runs; not looked at.

    Returns:
        ``score``, then the points of each component by name.

    Raises:
        ConfigError: no such reward, format or option.
        DataError: the answer can't be read.

    Example:
        >>> answer = "<think> a </think>\n<response> Hi. </response>"
        >>> compute_score("toolrl", answer, answer)
        {'score': 4.0, 'format': 1.0, 'correctness': 3.0}
    """
    if unknown := from_verl.keys() - FROM_VERL:
        name = min(unknown)
        raise ConfigError(
            f"reward_kwargs: there is no option '{name}'{did_you_mean(name, OPTIONS)}"
        )
    step = (extra_info or {}).get("global_steps")
    scoring = _loaded(reward, format_name, total_steps, strict, length_words)
    score = scoring(solution_str, ground_truth, int(step) if step is not None else 0)
    return {
        "score": score.total,
        **{component: score.parts[component].points for component in scoring.components},
    }


@cache
def _loaded(
    name: str, format_name: str, total_steps: int, strict: bool | None, length_words: int | None
) -> ScoringReward:
    return load_reward(
        name,
        format_name=format_name,
        total_steps=total_steps,
        strict=strict,
        length_words=length_words,
    )
