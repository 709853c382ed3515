"""How far an evaluation is, on standard error."""

from __future__ import annotations

import sys
import time

from toolrl.train.progress import Progress


class ShowProgress:
    """Called with the items done and all: a line redrawn on a terminal, one now and then elsewhere.

    Args:
        every: seconds between two lines; None is short on a terminal and 10 elsewhere.
    """

    def __init__(self, every: float | None = None) -> None:
        self.every = (0.2 if sys.stderr.isatty() else 10.0) if every is None else every
        self.done = 0
        self.shown = 0.0
        self.line: Progress | None = None

    def __call__(self, done: int, total: int) -> None:
        """Show it, if it is time to; fewer items than before are another evaluation's."""
        if self.line is None or done < self.done:
            self.line = Progress("eval", total, sys.stderr)
            self.line.start(done)
            self.shown = 0.0
        self.done = done
        now = time.monotonic()
        if done == total or now - self.shown >= self.every:
            self.shown = now
            self.line.show(done, {})
        if done == total:
            self.line.close()
