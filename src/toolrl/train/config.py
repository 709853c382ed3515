"""What a training recipe may say. ``trainer:`` goes to TRL's own config unchanged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class GymData:
    """Examples made by the built-in gym.

    Attributes:
        n: how many to make.
        seed: which ones; None takes the recipe's seed.
        kinds: task kind to its share, for example ``{single: 2, parallel: 1}``; empty is the
            gym's own mix.
    """

    n: int
    seed: int | None = None
    kinds: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataConfig:
    """Where the examples come from: exactly one of ``gym`` and ``path``.

    Attributes:
        gym: made by the gym (its training split).
        path: an examples file (``.jsonl``, ``.parquet``) or a folder made by ``toolrl data build``.
        take: draw that many with the recipe's seed, before the limits below; None is all.
        max_prompt_tokens: longer prompts are left out and counted, never cut.
        max_answer_tokens: longer expected answers are left out and counted; None is no limit.
    """

    gym: GymData | None = None
    path: str | None = None
    take: int | None = None
    max_prompt_tokens: int = 1024
    max_answer_tokens: int | None = None


@dataclass(frozen=True)
class TrainConfig:
    """A training recipe, for ``toolrl train sft`` and ``toolrl train grpo``.

    Attributes:
        model: a folder, a hub name, or ``builtin:smollm2-135m``.
        output: the run folder; the trained model is in ``<output>/model``.
        data: the examples.
        format: dialect of prompt and answer, see ``toolrl.formats.FORMAT_NAMES``.
        reward: preset of ``toolrl.load_reward``; SFT uses it only to score its samples.
        seed: of everything random.
        lora: rank of a LoRA adapter; None trains all weights.
        save_every: steps between checkpoints.
        sample_every: SFT only: steps between looks at four greedy answers; 0 is never.
        prefix_sharing: encode what sequences share once, in sampling, scoring and the update; the
            stock trainer's numbers, sooner. A model that can't is trained by the stock path, and
            a line says so. False is the stock path.
        trainer: passed to ``trl.SFTConfig`` or ``trl.GRPOConfig`` unchanged.
    """

    model: str
    output: str
    data: DataConfig
    format: str = "paper"
    reward: str = "toolrl"
    seed: int = 0
    lora: int | None = None
    save_every: int = 50
    sample_every: int = 10
    prefix_sharing: bool = True
    trainer: dict[str, Any] = field(default_factory=dict)
