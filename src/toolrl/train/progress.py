"""One line that says how training goes: reward parts, groups without signal, time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

BAR = 16


def say(line: str) -> None:
    """A line of its own, before there is a progress line."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


class Progress:
    """A line redrawn in place on a terminal, one line a step elsewhere (a log file).

    Attributes:
        total: steps in all.
    """

    def __init__(self, label: str, total: int, out: TextIO | None = None) -> None:
        self.label = label
        self.total = total
        self.out = out or sys.stderr
        self.started = time.monotonic()
        self.first = 0

    def start(self, step: int) -> None:
        """Begin at ``step``, not 0, when a run is resumed."""
        self.started, self.first = time.monotonic(), step

    def show(self, step: int, values: Mapping[str, Any]) -> None:
        """Draw the line for a finished step."""
        line = f"{self.label} {bar(step, self.total)} {step}/{self.total}  {summary(values)}"
        line += f"  {self.time_left(step)}"
        if self.out.isatty():
            self.out.write("\r\x1b[2K" + line)
        else:
            self.out.write(line + "\n")
        self.out.flush()

    def time_left(self, step: int) -> str:
        """Minutes and seconds left, by this process's mean pace; a dash before there is one."""
        if step == self.first < self.total:
            return "– left"
        done = max(1, step - self.first)
        left = (time.monotonic() - self.started) / done * (self.total - step)
        return f"{int(left // 60)}:{int(left % 60):02d} left"

    def close(self) -> None:
        """Leave the last line standing."""
        if self.out.isatty():
            self.out.write("\n")


def bar(step: int, total: int) -> str:
    """``█████░░░``."""
    full = BAR * step // max(1, total)
    return "█" * full + "░" * (BAR - full)


def summary(values: Mapping[str, Any]) -> str:
    """``reward 2.31  format 0.94  …`` from a metrics row, in its order."""
    shown = [f"{name} {value:.2f}" for name, value in values.items() if isinstance(value, float)]
    shown += [f"{name} {value}" for name, value in values.items() if isinstance(value, str)]
    return "  ".join(shown)
