"""What the model in training answers now, greedily: SFT's looks, and validation."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from toolrl.data.gym import make_tasks
from toolrl.data.load import read_examples
from toolrl.errors import ConfigError, DataError
from toolrl.formats import Format
from toolrl.models.local import LocalModel
from toolrl.models.native_syntax import opens_thought
from toolrl.rewards import load_reward
from toolrl.rewards.samples import Sample
from toolrl.train.config import DataConfig, TrainConfig
from toolrl.types import Example

VALIDATION_SEED = 30_000
"""Of validation's tasks, the same for every training. The gym's are apart from an evaluation's;
those of a file are held-out rows, which an evaluation may ask too, so choose nothing by them."""


def greedy_samples(
    trainer: Any,
    examples: Sequence[Example],
    form: Format,
    reward: Any,
    max_new_tokens: int = 128,
) -> list[Sample]:
    """Greedy answers to some examples, scored; the trainer's model is left as it was.

    Prefixes are shared if the training shares them: a look never changes the model's attention.
    The answers are read as the chat template's prompts have them begin.
    """
    from toolrl.models.sharing import is_prepared

    reward = replace(reward, thought_open=opens_thought(trainer.processing_class))

    model = trainer.accelerator.unwrap_model(trainer.model)
    was_training = model.training
    model.eval()
    writer = LocalModel(model, trainer.processing_class, prefix_sharing=is_prepared(model))
    prompts = [form.render_prompt(example) for example in examples]
    texts = writer.generate(prompts, max_new_tokens=max_new_tokens)
    model.train(was_training)
    return [Sample(e, t, reward(t, e)) for e, t in zip(examples, texts, strict=True)]


class Validation:
    """A fixed set of tasks and a fixed reward, so that curves of different trainings compare.

    The reward is the default one, whatever the training's own is and however that moves.
    """

    def __init__(self, config: TrainConfig, form: Format, max_new_tokens: int) -> None:
        self.every = config.validation.every
        self.examples = validation_examples(config.data, config.validation.n) if self.every else []
        self.form = form
        self.reward = load_reward("toolrl", format_name=config.format)
        self.max_new_tokens = max_new_tokens

    def due(self, step: int, last: int) -> bool:
        """Whether to look after this step."""
        return bool(self.every) and (step % self.every == 0 or step == last)

    def figures(self, trainer: Any) -> dict[str, float]:
        """``validation/reward``, each part's points, and the share of exact calls."""
        samples = greedy_samples(
            trainer, self.examples, self.form, self.reward, self.max_new_tokens
        )
        scores = [sample.score for sample in samples]
        found = {"reward": fmean(score.total for score in scores)}
        found |= {part: fmean(s.parts[part].points for s in scores) for part in scores[0].parts}
        found["exact"] = fmean(s.parts["correctness"].fraction == 1.0 for s in scores)
        return {f"validation/{name}": value for name, value in found.items()}


def validation_examples(data: DataConfig, n: int) -> list[Example]:
    """Tasks that are never trained on: the gym's held-out tools, or a file's held-out rows.

    Raises:
        ConfigError: n is below 1.
        DataError: the file has no held-out rows.
    """
    if n < 1:
        raise ConfigError(f"'validation.n' must be 1 or more, not {n}")
    if data.gym is not None:
        return make_tasks(VALIDATION_SEED, n, data.gym.kinds or None, split="heldout")
    found = [example for example in read_examples(data.path) if example.split == "heldout"]
    if not found:
        raise DataError(
            f"{data.path} has no row with split 'heldout' to validate on; make one by `toolrl data "
            "build`, or leave 'validation' out"
        )
    return random.Random(VALIDATION_SEED).sample(found, min(n, len(found)))
