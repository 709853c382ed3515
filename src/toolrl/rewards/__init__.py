"""Rewards: score what a model wrote against what was expected.

``load_reward(name)`` gives a callable ``(completion, answer, step=0) -> Score``. Three independent
ideas make a reward: granularity (`correctness`), scale and schedule (`schedule`); the named
combinations are data (`presets`). ``trl`` and ``verl`` hold the adapters for those trainers.
"""

from toolrl.rewards.load import load_reward, refuse_moving
from toolrl.rewards.presets import PRESET_NAMES
from toolrl.rewards.reward import Reward
from toolrl.rewards.schedule import Jump, Ramp, Scale
from toolrl.rewards.score import Part, Score

__all__ = [
    "PRESET_NAMES",
    "Jump",
    "Part",
    "Ramp",
    "Reward",
    "Scale",
    "Score",
    "load_reward",
    "refuse_moving",
]
