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
class ValidationConfig:
    """Looks at tasks that are never trained on, while a training goes on.

    Attributes:
        every: steps between two looks, and one after the last step; 0 is never.
        n: tasks, answered greedily and scored by the default reward, which never moves.
    """

    every: int = 0
    n: int = 32


@dataclass(frozen=True)
class TrainConfig:
    """What every training recipe may say.

    Attributes:
        model: a folder, a hub name, or ``builtin:smollm2-135m``.
        output: the run folder; the trained model is in ``<output>/model``.
        data: the examples.
        format: dialect of prompt and answer, see ``toolrl.formats.FORMAT_NAMES``; None is the one
            that the model was trained in, if its folder says so, else ``paper``.
        reward: preset of ``toolrl.load_reward``; SFT uses it only to score its samples.
        seed: of everything random.
        lora: rank of a LoRA adapter; None trains all weights.
        save_every: steps between checkpoints.
        prefix_sharing: encode what sequences share once, in sampling, scoring and the update; the
            stock trainer's numbers, sooner. A model that can't is trained by the stock path, and
            a line says so. False is the stock path.
        trainer: passed to TRL's own config unchanged: ``trl.SFTConfig``, ``trl.GRPOConfig`` (GRPO
            and PPO) or ``trl.RLOOConfig``. Where it says nothing of ``bf16`` and ``fp16``, the
            machine decides (:mod:`toolrl.models.precision`).
    """

    model: str
    output: str
    data: DataConfig
    format: str | None = None
    reward: str = "toolrl"
    seed: int = 0
    lora: int | None = None
    save_every: int = 50
    prefix_sharing: bool = True
    trainer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SFTTrainConfig(TrainConfig):
    """A recipe for ``toolrl train sft``.

    Attributes:
        sample_every: steps between looks at four greedy answers; 0 is never.
    """

    sample_every: int = 10


@dataclass(frozen=True)
class OnlineTrainConfig(TrainConfig):
    """What a recipe may say where the model in training writes the answers.

    Attributes:
        reward_steps: steps that the reward's schedule takes; None is the whole training, whatever
            its length.
        length_words: for rewards with a length part: words of thought worth a point; None is the
            paper's 512.
        validation: see :class:`ValidationConfig`.
        stop_on_collapse: end the training when it collapses; else a line says so.
    """

    reward_steps: int | None = None
    length_words: int | None = None
    validation: ValidationConfig = field(default_factory=ValidationConfig)
    stop_on_collapse: bool = False


@dataclass(frozen=True)
class GroupTrainConfig(OnlineTrainConfig):
    """A recipe for ``toolrl train grpo`` and ``toolrl train rloo``.

    Attributes:
        resample: how often, at most, groups whose answers all have one reward are replaced by
            groups of other prompts before a step (DAPO's dynamic sampling, arXiv 2503.14476). With
            RLOO only where ``trainer.beta`` is 0.
    """

    resample: int = 0


@dataclass(frozen=True)
class CriticConfig:
    """PPO's critic, and how advantages come from it.

    Attributes:
        trunk: ``policy``: a linear head on the policy's own hidden states, which it never moves; or
            ``own``: a head on a second model that begins as a copy of the policy, with its own
            optimizer: more than twice the memory, and a pass forward and back for each epoch.
        learning_rate: of the head, which begins at 0.
        trunk_learning_rate: of the second model, where there is one.
        epochs: passes over each batch of answers.
        warmup_steps: steps in which the critic learns alone: advantages are 0.
        gamma: discount a token, in [0, 1].
        lam: GAE's lambda, in [0, 1].
        clip: how far a value may move from what it was when the answers were sampled, in points of
            reward; None is any way.
        whiten: bring a batch's advantages to mean 0 and deviation 1.
        kl_coef: points of reward that each token costs for each nat it is likelier than to the
            model that training began with; 0 keeps no such model.
        max_grad_norm: of the critic's gradient.
    """

    trunk: str = "policy"
    learning_rate: float = 1e-2
    trunk_learning_rate: float = 1e-5
    epochs: int = 4
    warmup_steps: int = 0
    gamma: float = 1.0
    lam: float = 1.0
    clip: float | None = 0.5
    whiten: bool = True
    kl_coef: float = 0.0
    max_grad_norm: float = 1.0


@dataclass(frozen=True)
class PPOTrainConfig(OnlineTrainConfig):
    """A recipe for ``toolrl train ppo``; ``trainer`` is passed to ``trl.GRPOConfig``.

    Attributes:
        critic: see :class:`CriticConfig`.
    """

    critic: CriticConfig = field(default_factory=CriticConfig)
