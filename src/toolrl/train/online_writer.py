"""The callback that writes every sampled answer of a step, and what they say of the training."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from toolrl.models.trained import Trained
from toolrl.rewards.samples import Sample
from toolrl.rewards.trl import BatchScorer, RewardFunction
from toolrl.runs import METRICS, Run, read_lines
from toolrl.train.callbacks import RunWriter, issue_counts, write_samples
from toolrl.train.collapse import CollapseWatch, repeats
from toolrl.train.looks import Validation
from toolrl.types import Example

LOG = logging.getLogger(__name__)


class OnlineWriter(RunWriter):
    """Writes samples and what is counted over them; watches for a collapse; validates.

    Attributes:
        collapsed: why the training was ended early; empty where it was not.
    """

    def __init__(
        self,
        run: Run,
        label: str,
        made: Trained,
        *,
        rewards: Sequence[RewardFunction],
        group_size: int,
        trainer: Any,
        validation: Validation,
        stop_on_collapse: bool,
    ) -> None:
        super().__init__(run, label, made)
        self.rewards = rewards
        self.group_size = group_size
        self.trainer = trainer
        self.validation = validation
        self.stop_on_collapse = stop_on_collapse
        self.watch = CollapseWatch()
        self.collapsed = ""

    def remember(self) -> None:
        """What a resumed run has seen before."""
        for row in self.rows():
            if "samples" in row:
                self.heed(row["step"], self.watch.see(row))

    def rows(self) -> list[dict[str, Any]]:
        """What was written so far."""
        path = self.run.path / METRICS
        return list(read_lines(path)) if path.exists() else []

    def heed(self, step: int, lines: Sequence[str]) -> None:
        """Take the first sign of a collapse for the end, if the recipe says so."""
        if lines and self.stop_on_collapse and not self.collapsed:
            self.collapsed = f"step {step}: {lines[0]}"

    def on_train_begin(self, args, state, control, **kwargs):
        """Start the clock, and look at what there is."""
        super().on_train_begin(args, state, control, **kwargs)
        if self.validation.every and not self.rows():
            self.run.append(METRICS, {"step": 0, **self.validation.figures(self.trainer)})

    def on_log(self, args, state, control, logs=None, **kwargs):
        """One row a step, then a line for each sign of a collapse."""
        row = self.write_row(state, logs)
        if not row or "samples" not in row:
            return control
        lines = self.watch.see(row)
        for line in lines:
            LOG.warning("step %d: %s", state.global_step, line)
        self.heed(state.global_step, lines)
        if self.collapsed:
            control.should_training_stop = True
        return control

    def extra(self, step: int, logs: Mapping[str, Any]) -> dict[str, Any]:
        """What is counted over the step's samples, and now and then the validation."""
        samples = drain_samples(self.rewards[0].scorer)
        found = self.counts(samples) if samples else {}  # none: a further pass over written ones
        if samples:
            write_samples(self.run, step, samples)
        if self.validation.due(step, self.trainer.state.max_steps):
            found |= self.validation.figures(self.trainer)
        return found

    def counts(self, samples: Sequence[Sample]) -> dict[str, Any]:
        """Over all samples of a step, those of groups that were replaced among them."""
        scores = [sample.score for sample in samples]
        totals = [score.total for score in scores]
        found: dict[str, Any] = {"samples": len(samples), "reward": fmean(totals)}
        for name in scores[0].parts:
            points = [score.parts[name].points for score in scores]
            found[f"rewards/{name}/mean"] = fmean(points)
        found["fraction"] = fmean(part.fraction for s in scores for part in s.parts.values())
        found["format_rate"] = fmean(score.parts["format"].fraction == 1.0 for score in scores)
        found["repeated"] = fmean(repeats(sample.text) for sample in samples)
        if self.group_size:
            found["groups"] = len(totals) // self.group_size
            found["zero_std_groups"] = zero_std_groups(totals, self.group_size)
        return found | issue_counts(scores)

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Reward, parts, and the groups without signal."""
        if "samples" not in row:
            return super().shown(row)
        parts = {f.__name__: float(row[f"rewards/{f.__name__}/mean"]) for f in self.rewards}
        shown = {"reward": float(row["reward"]), **parts}
        if "validation/reward" in row:
            shown["validation"] = float(row["validation/reward"])
        if "groups" in row:
            shown["zero-std groups"] = f"{row['zero_std_groups']}/{row['groups']}"
        return shown


def drain_samples(scorer: BatchScorer) -> list[Sample]:
    """The samples scored since the last call."""
    return [
        Sample(Example.from_dict(json.loads(answer)), text, score)
        for text, answer, score in scorer.drain()
    ]


def zero_std_groups(totals: Sequence[float], size: int) -> int:
    """How many groups of ``size`` neighbours have one and the same reward: no signal in them.

    Example:
        >>> zero_std_groups([1.0, 1.0, 4.0, -3.0], 2)
        1
    """
    groups = [totals[i : i + size] for i in range(0, len(totals), size)]
    return sum(max(group) == min(group) for group in groups)
