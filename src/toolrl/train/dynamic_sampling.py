"""Groups whose answers all have one reward are replaced by groups of other prompts.

Such a group teaches nothing. DAPO (arXiv 2503.14476, section 3.2) samples on until a batch has
none; here for a given number of rounds at most, so that a step's cost stays bounded.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from toolrl.errors import ConfigError
from toolrl.train.config import GroupTrainConfig
from toolrl.train.gae import action_mask
from toolrl.train.online import Method

BY_BATCH = {"scale_rewards": ("batch",), "multi_objective_aggregation": ("normalize_then_sum",),
            "normalize_advantages": (True,)}  # fmt: skip


def with_resampling(method: Method, config: GroupTrainConfig) -> Method:
    """The method, replacing groups without signal if the recipe says so. Raises ConfigError."""
    check_resample(config)
    if not config.resample:
        return method
    return replace(
        method,
        stock=resampling(method.stock),
        sharing=resampling(method.sharing),
        options={"resample": config.resample},
    )


def check_resample(config: GroupTrainConfig) -> None:
    """Refuse what would make an advantage depend on groups that are thrown away.

    Raises:
        ConfigError: it would, or the number is negative.
    """
    if config.resample < 0:
        raise ConfigError(f"'resample' must be 0 or more, not {config.resample}")
    for key, values in BY_BATCH.items():
        if config.resample and config.trainer.get(key) in values:
            raise ConfigError(
                f"'resample' can't be had with 'trainer.{key}': advantages would depend on groups "
                "that are thrown away; leave one of them out"
            )


def resampling(trainer_class: type) -> type:
    """A trainer that replaces groups without signal; it takes ``resample``, the rounds at most."""

    class Resampling(trainer_class):
        def __init__(self, *args: Any, resample: int, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.rounds = resample

        def _calculate_rewards(self, *args: Any, **kwargs: Any) -> Tensor:
            points = super()._calculate_rewards(*args, **kwargs)
            self._totals = points.nansum(dim=1)
            return points

        def _generate_and_score_completions(self, inputs):
            batch = super()._generate_and_score_completions(inputs)
            if not self.model.training:
                return batch
            replaced, totals = 0, self._totals
            for number in range(self.rounds):
                dead = dead_groups(totals, self.num_generations)
                if not dead:
                    break
                others = other_rows(self, inputs, len(dead), number)
                fresh = super()._generate_and_score_completions(others)
                inputs = [*inputs, *others]
                totals = in_places(totals, self._totals, dead, self.num_generations)
                batch = replace_groups(batch, fresh, dead, self.num_generations)
                replaced += len(dead)
            self._metrics["train"]["resampled_groups"].append(float(replaced))
            return batch

    Resampling.__name__ = f"Resampling{trainer_class.__name__}"
    return Resampling


def dead_groups(totals: Tensor, size: int) -> list[int]:
    """Places of the groups of ``size`` neighbours whose rewards (B,) are all the same.

    Example:
        >>> dead_groups(torch.tensor([0.1, 0.1, 1.0, -1.0]), 2)
        [0]
    """
    groups = totals.view(-1, size)
    return (groups == groups[:, :1]).all(dim=1).nonzero().squeeze(1).tolist()


def in_places(old: Tensor, fresh: Tensor, groups: list[int], size: int) -> Tensor:
    """Rows (B, …) with fresh ones (G * size, …) in the places of G groups of ``size`` neighbours.

    Example:
        >>> in_places(torch.zeros(6), torch.ones(4), [0, 2], 2)
        tensor([1., 1., 0., 0., 1., 1.])
    """
    rows = [group * size + i for group in groups for i in range(size)]
    return old.index_copy(0, torch.tensor(rows, device=old.device), fresh)


def other_rows(trainer: Any, inputs: list[dict[str, Any]], groups: int, number: int) -> list:
    """Rows of prompts that this step has not seen, each as often as a group has answers.

    Drawn by seed, step, round and batch, so that a resumed training draws the same.
    """
    draw = random.Random(
        f"{trainer.args.seed}-{trainer.state.global_step}-{number}-{inputs[0]['prompt']}"
    )
    seen = {str(row["prompt"]) for row in inputs}
    data = trainer.train_dataset
    order = draw.sample(range(len(data)), len(data))
    fresh = [data[i] for i in order[: len(seen) + groups] if str(data[i]["prompt"]) not in seen]
    chosen = (fresh or [data[i] for i in order])[:groups]
    chosen = [chosen[i % len(chosen)] for i in range(groups)]  # few prompts: some stand twice
    return [dict(row) for row in chosen for _ in range(trainer.num_generations)]


def replace_groups(
    batch: dict[str, Any], fresh: dict[str, Any], dead: list[int], size: int
) -> dict[str, Any]:
    """The batch with fresh groups in the places of the dead ones."""
    merged = {}
    for key, old in batch.items():
        if isinstance(old, Tensor) and old.ndim:
            old, new = same_width(old, fresh[key], left=key.startswith("prompt"))
            merged[key] = in_places(old, new, dead, size)
        else:
            merged[key] = old
    if "num_items_in_batch" in merged:
        merged["num_items_in_batch"] = action_mask(merged).sum()
    return merged


def same_width(one: Tensor, other: Tensor, *, left: bool) -> tuple[Tensor, Tensor]:
    """Both padded with 0 to the wider one's width; prompts on the left, answers on the right."""
    if one.ndim == 1:
        return one, other
    width = max(one.size(1), other.size(1))
    sides = [(width - x.size(1), 0) if left else (0, width - x.size(1)) for x in (one, other)]
    return pad(one, sides[0]), pad(other, sides[1])
