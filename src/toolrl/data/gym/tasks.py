"""Seeded tasks of the gym, each tried once in a fresh world before it is handed out."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from toolrl.data.gym.catalogue import GymTool, catalogue, world
from toolrl.data.gym.kinds import KINDS, Draft
from toolrl.data.gym.maker import Maker
from toolrl.data.gym.pools import SPLITS
from toolrl.errors import ConfigError, did_you_mean
from toolrl.types import Example

DEFAULT_KINDS: Mapping[str, float] = {
    "single": 0.2,
    "distractors": 0.2,
    "parallel": 0.12,
    "parallel_different": 0.12,
    "dependent": 0.12,
    "no_tool": 0.12,
    "ask": 0.12,
}
_TRIES = 25


def make_tasks(
    seed: int,
    n: int,
    kinds: Mapping[str, float] | Sequence[str] | None = None,
    split: str = "train",
) -> list[Example]:
    """Make tasks; the same arguments give the same tasks.

    Tool after tool takes its turn as the one that is asked for. The first m tasks of n are the m
    tasks of the same seed. Worlds are `catalogue.world(split)`; the held-out split has other
    tools, people, cities, dates and numbers.

    Args:
        seed: any integer. Two seeds share requests (about one in six between 5000 and 1000
            tasks), while one call makes few twice: cut a validation part from the same call.
        n: how many, 0 or more.
        kinds: kind to weight (above 0), or kinds of equal weight; None for `DEFAULT_KINDS`.
            Known: the keys of `kinds.KINDS`.
        split: ``"train"`` or ``"heldout"``.

    Returns:
        Examples with ids like ``gym-train-7-000012``, ``source="gym"``.

    Raises:
        ConfigError: an unknown kind or split, a weight or n out of range.
        RuntimeError: an expected call fails in its world: a bug of the gym.

    Example:
        >>> task = make_tasks(7, 13)[12]
        >>> task.id, task.split, all(task.tool(call.name) for call in task.calls)
        ('gym-train-7-000012', 'train', True)
    """
    weights = _weights(kinds)
    if split not in SPLITS:
        raise ConfigError(f"unknown split '{split}'{did_you_mean(split, SPLITS)}")
    if n < 0:
        raise ConfigError(f"n is {n}; it must be 0 or more")
    seen: set[str] = set()
    return [_new_task(seed, number, weights, split, seen) for number in range(n)]


def _weights(kinds: Mapping[str, float] | Sequence[str] | None) -> dict[str, float]:
    if kinds is None:
        return dict(DEFAULT_KINDS)
    weights = dict(kinds) if isinstance(kinds, Mapping) else dict.fromkeys(kinds, 1.0)
    for kind, weight in weights.items():
        if kind not in KINDS:
            raise ConfigError(f"unknown kind '{kind}'{did_you_mean(kind, KINDS)}")
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not (number and 0 <= weight < math.inf):
            raise ConfigError(f"kind '{kind}' has weight {weight!r}; give a number, 0 or more")
    if not sum(weights.values()) > 0:
        raise ConfigError(f"no kind has a weight above 0; known kinds: {', '.join(KINDS)}")
    return weights


def _new_task(
    seed: int, number: int, weights: Mapping[str, float], split: str, seen: set[str]
) -> Example:
    """A task whose request was not made before, if a few tries find one."""
    rng = random.Random(f"gym-{split}-{seed}-{number}")
    lead = _turn(seed, number, split)
    kind = rng.choices(list(weights), list(weights.values()))[0]
    for _ in range(_TRIES):
        draft = KINDS[kind](Maker(split, rng), lead)
        if draft.messages[0].content not in seen:
            break
    seen.add(draft.messages[0].content)
    _try_out(draft, split)
    return Example(
        id=f"gym-{split}-{seed}-{number:06d}",
        tools=tuple(tool.spec for tool in draft.tools),
        messages=tuple(draft.messages),
        calls=tuple(draft.calls),
        reply=draft.reply,
        thought=draft.thought,
        source="gym",
        split=split,
        kind=kind,
    )


def _turn(seed: int, number: int, split: str) -> GymTool:
    """Whose turn it is: the tools in rounds, each round shuffled anew."""
    tools = catalogue(split)
    round_, place = divmod(number, len(tools))
    order = random.Random(f"round-{split}-{seed}-{round_}").sample(range(len(tools)), len(tools))
    return tools[order[place]]


def _try_out(draft: Draft, split: str) -> None:
    calls = draft.before + draft.calls
    box = world(split, names={call.name for call in calls})
    for call in calls:
        result = box.run(call)
        if not result.ok:
            raise RuntimeError(f"gym task is wrong: {call.to_dict()} gives '{result.error}'")
