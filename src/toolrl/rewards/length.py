"""The length part: long thoughts earn more, up to a target (paper section 5.1).

The paper found that it does not help and hurts small models, so it is off unless asked for.
"""

from __future__ import annotations

from toolrl.rewards.schedule import Bound, value_at


def length_fraction(thought: str | None, target: Bound, step: int = 0) -> float:
    """Words of the thought over a target that may move with the step, at most 1.

    The paper counts the length without naming a unit; words are counted here, as they need no
    tokenizer and are what the published code counts.

    Example:
        >>> length_fraction("one two three", 6), length_fraction(None, 6)
        (0.5, 0.0)
    """
    if not thought:
        return 0.0
    return min(1.0, len(thought.split()) / value_at(target, step))
