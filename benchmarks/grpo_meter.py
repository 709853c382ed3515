"""Seconds and memory of a trainer's steps."""

from __future__ import annotations

import ctypes
import time
from contextlib import contextmanager
from pathlib import Path

import torch
from transformers import TrainerCallback


class Clock(TrainerCallback):
    """Seconds of a step and of its shares."""

    def __init__(self, trainer) -> None:
        self.seconds: dict[str, float] = {}
        self.watch(trainer, "_generate_single_turn", "sampling")
        self.watch(trainer, "_calculate_rewards", "scoring")
        self.watch(trainer, "_prepare_inputs", "inputs")

    def watch(self, trainer, method: str, share: str) -> None:
        """Add the seconds of every call of a method to a share."""
        inner = getattr(trainer, method)

        def timed(*args, **kwargs):
            began = now()
            try:
                return inner(*args, **kwargs)
            finally:
                self.seconds[share] = self.seconds.get(share, 0.0) + now() - began

        setattr(trainer, method, timed)

    def on_step_begin(self, args, state, control, **kwargs):
        self.seconds = {}
        self.began = now()

    def on_step_end(self, args, state, control, **kwargs):
        self.seconds["step"] = now() - self.began
        self.seconds["update"] = self.seconds["step"] - self.seconds["inputs"]


def now() -> float:
    """Seconds, after all work given to the accelerator is done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


@contextmanager
def peak_memory():
    """Yields a list that holds the peak, in MiB: of the accelerator, or of the process."""
    peak: list[float] = []
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        yield peak
        peak.append(torch.cuda.max_memory_allocated() / 2**20)
        return
    ctypes.CDLL(None).malloc_trim(0)  # what the other trainer gave back does not count
    # start the high-water mark anew
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    yield peak
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak.append(int(next(x for x in status if x.startswith("VmHWM")).split()[1]) / 1024)
