"""Rewards by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from toolrl.errors import ConfigError, did_you_mean
from toolrl.rewards.presets import OWN, PRESET_NAMES, PUBLISHED
from toolrl.rewards.published_reward import PublishedReward
from toolrl.rewards.reward import Reward
from toolrl.rewards.schedule import Ramp


def load_reward(
    name: str = "toolrl",
    *,
    format_name: str = "paper",
    strict: bool | None = None,
    total_steps: int = 100,
    length_words: int | None = None,
    thought_open: bool = False,
) -> Reward | PublishedReward:
    r"""The reward of that name.

    Args:
        name: one of `PRESET_NAMES`, for example ``"toolrl"`` or ``"paper/default"``.
        format_name: the format that completions are written in; ``paper/*`` only read the paper's.
        strict: for ``toolrl*``: whether any departure from the format voids the calls too.
        total_steps: the training's steps, at least 1; schedules of ``toolrl*`` go by their share.
        length_words: for ``toolrl/*length``: words of thought worth a point; None is the paper's
            512.

        thought_open: whether prompts end in an opened thought, ``<think>``, as the chat templates
            of some models have it: a completion then begins inside its thought.

    Raises:
        ConfigError: no such reward or format, or an option that this reward does not have.

    Example:
        >>> reward = load_reward("toolrl")
        >>> call = '{"name": "f", "parameters": {"x": 1}}'
        >>> answer = f"<think> a </think>\n<tool_call>\n{call}\n</tool_call>"
        >>> reward(answer.replace("1", "2"), answer).total
        2.0
    """
    if name not in PRESET_NAMES:
        raise ConfigError(f"no reward is named {name!r}{did_you_mean(name, PRESET_NAMES)}")
    if total_steps < 1:
        raise ConfigError(f"total_steps must be at least 1, not {total_steps}")
    if name in PUBLISHED:
        published = _load_published(name, format_name, strict, length_words)
        return replace(published, thought_open=thought_open)
    options = OWN[name](total_steps)
    if length_words is not None:
        options |= _length(name, options, length_words)
    reward = Reward(name=name, format_name=format_name, thought_open=thought_open, **options)
    return reward if strict is None else replace(reward, strict=strict)


def refuse_moving(reward: Reward | PublishedReward) -> None:
    """Where there is no training step, a reward must be worth the same at each.

    Raises:
        ConfigError: it has a schedule.
    """
    if reward.moves:
        raise ConfigError(
            f"reward {reward.name!r} moves with the training step, and there is none here; use one "
            "without a schedule, such as 'toolrl'"
        )


def _length(name: str, options: Mapping[str, Any], words: int) -> dict[str, Any]:
    target = options.get("length_target")
    if target is None:
        raise ConfigError(f"reward {name!r} has no length part; leave 'length_words' out")
    if words < 1:
        raise ConfigError(f"'length_words' must be 1 or more, not {words}")
    if isinstance(target, Ramp):
        return {"length_target": replace(target, start=float(words), end=2.0 * words)}
    return {"length_target": float(words)}


def _load_published(
    name: str, format_name: str, strict: bool | None, length_words: int | None
) -> PublishedReward:
    if length_words is not None:
        raise ConfigError(f"reward {name!r} has no option 'length_words'; use 'toolrl/length'")
    if format_name not in ("paper", "paper-brief", "paper-example"):
        raise ConfigError(
            f"reward {name!r} only reads the paper's format, not {format_name!r}; "
            "use one of the toolrl rewards"
        )
    if strict is not None:
        raise ConfigError(f"reward {name!r} has no option 'strict'; use 'toolrl/strict'")
    return PublishedReward(name, **PUBLISHED[name])
