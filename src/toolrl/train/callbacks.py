"""Callbacks that write the run: metrics and samples flushed each step, whole checkpoints."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from transformers import TrainerCallback

from toolrl.models.trained import Trained, write_trained
from toolrl.rewards.samples import Sample, sample_row
from toolrl.rewards.score import Score
from toolrl.runs import METRICS, SAMPLES, Run
from toolrl.train.checkpoints import checkpoint, mark_complete
from toolrl.train.progress import Progress


class RunWriter(TrainerCallback):
    """Writes each step's row to ``metrics.jsonl``, draws the progress line, marks checkpoints.

    Subclasses add what they know of the step by :meth:`extra` and :meth:`shown`.
    """

    def __init__(self, run: Run, label: str, made: Trained) -> None:
        self.run = run
        self.label = label
        self.made = made
        self.progress: Progress | None = None
        self.started = time.monotonic()

    def on_train_begin(self, args, state, control, **kwargs):
        """Start the clock, at the resumed step if there is one."""
        self.progress = Progress(self.label, state.max_steps)
        self.progress.start(state.global_step)

    def on_log(self, args, state, control, logs=None, **kwargs):
        """One row a step."""
        self.write_row(state, logs)

    def write_row(self, state, logs) -> dict[str, Any] | None:
        """Write the step's row, and return it; the engine's closing summary is not a step."""
        if not logs or "loss" not in logs:
            return None
        row = {"step": state.global_step, "seconds": round(time.monotonic() - self.started, 2)}
        row |= logs | self.extra(state.global_step, logs)
        self.run.append(METRICS, row)
        self.progress.show(state.global_step, self.shown(row))
        return row

    def on_save(self, args, state, control, **kwargs):
        """Everything of the checkpoint is on disk: say so in it, and what it is."""
        write_trained(checkpoint(self.run.path, state.global_step), self.made)
        mark_complete(self.run.path, state.global_step)

    def on_train_end(self, args, state, control, **kwargs):
        """Leave the progress line standing."""
        self.progress.close()

    def extra(self, step: int, logs: Mapping[str, Any]) -> dict[str, Any]:
        """More columns of the metrics row."""
        return {}

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What the progress line shows."""
        return {"loss": float(row["loss"])}


def write_samples(run: Run, step: int, samples: Iterable[Sample]) -> None:
    """One line a sample."""
    run.append(SAMPLES, *({"step": step, **sample_row(sample)} for sample in samples))


def issue_counts(scores: Iterable[Score]) -> dict[str, int]:
    """How many samples had each kind of format issue, as ``parse/<code>``."""
    counts = Counter(code for score in scores for code in {issue.code for issue in score.issues})
    return {f"parse/{code}": count for code, count in sorted(counts.items())}
