"""A catalogue of tools that really run, and seeded tasks for them.

`catalogue` lists the tools, `world` gives a fresh world to run them in, `make_tasks` makes tasks.
"""

from toolrl.data.gym.catalogue import GymTool, catalogue, gym_tool, world
from toolrl.data.gym.kinds import KINDS
from toolrl.data.gym.tasks import DEFAULT_KINDS, make_tasks

__all__ = ["DEFAULT_KINDS", "KINDS", "GymTool", "catalogue", "gym_tool", "make_tasks", "world"]
