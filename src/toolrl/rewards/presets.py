"""The rewards that have a name, as data: one row each.

``paper/*`` give the published module's figures, defects included, with its variants' schedules as
they are in the code. ``toolrl*`` is the project's own family, with the variants of paper section 5
and the schedules as the *paper* states them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from toolrl.rewards.correctness import COARSE, INTERMEDIATE, REFINED
from toolrl.rewards.schedule import Jump, Ramp, Scale

EQUAL = Scale(-1.0, 1.0)
TWO_STAGE = {  # the code keeps the paper's step 30
    "format_scale": Scale(0.0, Jump(1.0, 0.5, 30)),
    "correctness_scale": Scale(Jump(-1.0, -3.0, 30), Jump(1.0, 3.0, 30)),
}

PUBLISHED: dict[str, dict[str, Any]] = {
    "paper/default": {},
    "paper/coarse": {"granularity": "coarse"},
    "paper/intermediate": {"granularity": "intermediate"},
    "paper/refined": {"granularity": "refined"},
    "paper/equal_max": {"correctness_scale": EQUAL},
    "paper/two_stage": TWO_STAGE,
    # The code divides by 150 in a run of 105 steps, and the lower bound of the format moves twice
    # as fast as in the paper.
    "paper/dynamic_scale": {
        "format_scale": Scale(Ramp(-2.0, -1.0, 75), Ramp(2.0, 1.0, 150)),
        "correctness_scale": Scale(Ramp(-2.0, -3.0, 150), Ramp(2.0, 3.0, 150)),
    },
    "paper/length": {"length_target": 512.0},
    # The code moves the target from 384 to 640 and beyond; the paper says from 512 to 1024.
    "paper/dynamic_length": {"length_target": Ramp(384.0, 640.0, 105, goes_on=True)},
}


def _dynamic_scale(total_steps: int) -> dict[str, Any]:
    return {  # paper section 5.2, with p = step / total_steps
        "format_scale": Scale(Ramp(-2.0, -1.0, total_steps), Ramp(2.0, 1.0, total_steps)),
        "correctness_scale": Scale(Ramp(-2.0, -3.0, total_steps), Ramp(2.0, 3.0, total_steps)),
    }


OWN: dict[str, Callable[[int], dict[str, Any]]] = {
    "toolrl": lambda total_steps: {},
    "toolrl/strict": lambda total_steps: {"strict": True},
    "toolrl/coarse": lambda total_steps: {"granularity": COARSE},
    "toolrl/intermediate": lambda total_steps: {"granularity": INTERMEDIATE},
    "toolrl/refined": lambda total_steps: {"granularity": REFINED},
    "toolrl/equal_max": lambda total_steps: {"correctness_scale": EQUAL},
    "toolrl/two_stage": lambda total_steps: TWO_STAGE,
    "toolrl/dynamic_scale": _dynamic_scale,
    "toolrl/length": lambda total_steps: {"length_target": 512.0},
    "toolrl/dynamic_length": lambda total_steps: {
        "length_target": Ramp(512.0, 1024.0, total_steps)
    },
}

PRESET_NAMES = (*OWN, *PUBLISHED)
