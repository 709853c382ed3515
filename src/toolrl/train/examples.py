"""From a recipe's ``data:`` to the rows a trainer eats. Each row's tools are rendered by us."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolrl.data.gym import make_tasks
from toolrl.data.load import read_examples
from toolrl.errors import ConfigError, DataError
from toolrl.formats import Format
from toolrl.train.config import DataConfig
from toolrl.types import Example


def load_examples(data: DataConfig, seed: int) -> list[Example]:
    """The recipe's training examples.

    Raises:
        ConfigError: not exactly one of ``gym`` and ``path``.
        NotFoundError, DataError: the file is missing or broken.
    """
    if (data.gym is None) == (data.path is None):
        raise ConfigError("data: give exactly one of 'gym' and 'path'")
    if data.gym is not None:
        gym_seed = seed if data.gym.seed is None else data.gym.seed
        examples = make_tasks(gym_seed, data.gym.n, data.gym.kinds or None, split="train")
    else:
        examples = [e for e in read_examples(data.path) if e.split != "heldout"]
    if not examples:
        raise DataError("data: there is no training example; check the path, or data.gym.n")
    if data.take is not None and data.take < 1:
        raise ConfigError(f"'data.take' must be 1 or more, not {data.take}")
    if data.take is not None and data.take < len(examples):
        examples = random.Random(seed).sample(examples, data.take)
    return examples


@dataclass(frozen=True)
class Chosen:
    """Examples within a recipe's limits.

    Attributes:
        examples: in their order.
        left_out: how many were too long.
        longest_prompt, longest_answer: tokens, of the examples.
    """

    examples: list[Example]
    left_out: int
    longest_prompt: int
    longest_answer: int

    def counts(self) -> dict[str, int]:
        """What a run says of its data."""
        return {"examples": len(self.examples), "too_long": self.left_out}


def within_limits(
    examples: Sequence[Example], form: Format, tokenizer: Any, data: DataConfig
) -> Chosen:
    """Examples no longer than the recipe's limits in tokens.

    Raises:
        DataError: none is left.
    """
    sizes = [lengths(example, form, tokenizer) for example in examples]
    kept = [pair for pair in zip(examples, sizes, strict=True) if fits(*pair[1], data)]
    if not kept:
        raise DataError(
            f"none of {len(examples)} examples is within data.max_prompt_tokens="
            f"{data.max_prompt_tokens} and data.max_answer_tokens={data.max_answer_tokens}; "
            "raise data.max_prompt_tokens or data.max_answer_tokens"
        )
    chosen, sizes = zip(*kept, strict=True)
    prompts, answers = zip(*sizes, strict=True)
    return Chosen(list(chosen), len(examples) - len(kept), max(prompts), max(answers))


def lengths(example: Example, form: Format, tokenizer: Any) -> tuple[int, int]:
    """Tokens of the rendered prompt and of the expected answer."""
    prompt = tokenizer.apply_chat_template(
        form.render_prompt(example), add_generation_prompt=True, return_dict=False
    )
    answer = tokenizer(form.render_expected(example), add_special_tokens=False)["input_ids"]
    return len(prompt), len(answer)


def fits(prompt: int, answer: int, data: DataConfig) -> bool:
    """Whether a prompt and an answer of so many tokens are within the limits."""
    limit = data.max_answer_tokens
    return prompt <= data.max_prompt_tokens and (limit is None or answer <= limit)


def sft_row(example: Example, form: Format) -> dict[str, Any]:
    """TRL's conversational prompt-completion form; loss falls on the completion only."""
    answer = {"role": "assistant", "content": form.render_expected(example)}
    return {"prompt": form.render_prompt(example), "completion": [answer]}


def grpo_row(example: Example, form: Format) -> dict[str, Any]:
    """TRL's conversational prompt form; the example rides along for the reward."""
    answer = json.dumps(example.to_dict(), ensure_ascii=False)
    return {"prompt": form.render_prompt(example), "answer": answer}
