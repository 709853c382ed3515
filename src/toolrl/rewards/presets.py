"""The rewards that have a name, as data: one row each.

``paper/*`` give the published module's figures, defects included, with its variants' schedules as
they are in the code. ``toolrl*`` is the project's own family, with the variants of paper section 5
and the schedules as the *paper* states them, by the fraction of the training that is done, so that
they end where they should in a training of any length. Two are not the paper's:
``toolrl/binary`` (Tool-N1's) and ``toolrl/format_first`` (for a model that can't write the format).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from toolrl.rewards.correctness import COARSE, INTERMEDIATE, REFINED
from toolrl.rewards.schedule import Jump, Ramp, Scale

EQUAL = Scale(-1.0, 1.0)
TWO_STAGE = {  # the published code switches at step 30, whatever the training's length
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


def _two_stage(total_steps: int) -> dict[str, Any]:
    switch = max(1, round(total_steps * 30 / 105))  # the paper's step 30 of its 105
    return {
        "format_scale": Scale(0.0, Jump(1.0, 0.5, switch)),
        "correctness_scale": Scale(Jump(-1.0, -3.0, switch), Jump(1.0, 3.0, switch)),
    }


def _format_first(total_steps: int) -> dict[str, Any]:
    switch = max(1, round(total_steps / 3))
    return {"correctness_scale": Scale(Jump(0.0, -3.0, switch), Jump(0.0, 3.0, switch))}


BINARY = {  # after Tool-N1 (arXiv 2505.00024): all right, format and calls, or nothing
    "granularity": COARSE,
    "format_scale": Scale(0.0, 0.0),
    "correctness_scale": Scale(0.0, 1.0),
    "strict": True,
}

OWN: dict[str, Callable[[int], dict[str, Any]]] = {
    "toolrl": lambda total_steps: {},
    "toolrl/strict": lambda total_steps: {"strict": True},
    "toolrl/coarse": lambda total_steps: {"granularity": COARSE},
    "toolrl/intermediate": lambda total_steps: {"granularity": INTERMEDIATE},
    "toolrl/refined": lambda total_steps: {"granularity": REFINED},
    "toolrl/equal_max": lambda total_steps: {"correctness_scale": EQUAL},
    "toolrl/binary": lambda total_steps: BINARY,
    "toolrl/format_first": _format_first,
    "toolrl/two_stage": _two_stage,
    "toolrl/dynamic_scale": _dynamic_scale,
    "toolrl/length": lambda total_steps: {"length_target": 512.0},
    "toolrl/dynamic_length": lambda total_steps: {
        "length_target": Ramp(512.0, 1024.0, total_steps)
    },
}

PRESET_NAMES = (*OWN, *PUBLISHED)
