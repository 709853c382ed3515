"""GRPO with the fine-grained tool reward: sample groups, score them, follow the better answers."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolrl.errors import DataError
from toolrl.extras import require
from toolrl.formats import Format, get_format
from toolrl.models.local import load
from toolrl.models.quiet import quiet_engine
from toolrl.rewards import load_reward
from toolrl.rewards.samples import Sample
from toolrl.rewards.trl import BatchScorer, reward_functions
from toolrl.runs import Run
from toolrl.train.config import TrainConfig
from toolrl.train.engine import (
    check_trainer_keys,
    engine_config,
    is_finished,
    lora_config,
    open_run,
    run_to_end,
    save_final,
    shares_prefixes,
    trainer_mistakes,
)
from toolrl.train.examples import grpo_row, load_examples, within_limits
from toolrl.types import Example

LOG = logging.getLogger(__name__)


def train_grpo(config: TrainConfig, *, resume: bool = False) -> Path:
    """Run the recipe; returns the run folder.

    Raises:
        ToolRLError: a leaf of it, for every mistake in the recipe, before the folder is made.
    """
    require("train", "trl")
    quiet_engine()
    form = get_format(config.format)
    load_reward(config.reward, format_name=config.format)
    found = load_examples(config.data, config.seed)
    args = grpo_arguments(config)
    model, tokenizer = load(config.model, for_training=True)
    chosen = within_limits(found, form, tokenizer, config.data)
    check_enough(chosen.examples, args)
    steps = planned_steps(len(chosen.examples), args)
    rewards = reward_functions(
        load_reward(config.reward, format_name=config.format, total_steps=steps)
    )
    longest = chosen.longest_prompt + args.max_completion_length
    shares = shares_prefixes(config, args, model, longest)
    trainer = make_trainer(config, args, chosen.examples, form, model, tokenizer, rewards, shares)
    run, checkpoint = open_run(config, resume)
    if is_finished(run.path):
        return run.path
    run.write_scores(chosen.counts() | {"prefix_sharing": shares})
    trainer.add_callback(make_writer(run, rewards, args.num_generations))
    run_to_end(trainer, checkpoint)
    save_final(trainer, tokenizer, run.path)
    return run.path


def grpo_arguments(config: TrainConfig) -> Any:
    """TRL's config."""
    from trl import GRPOConfig

    check_trainer_keys(GRPOConfig, config.trainer)
    return engine_config(GRPOConfig, config)


def check_enough(examples: Sequence[Example], args: Any) -> None:
    """A step samples answers to several distinct prompts; there must be that many."""
    prompts = args.generation_batch_size // args.num_generations
    if len(examples) < prompts:
        raise DataError(
            f"{len(examples)} examples are fewer than the {prompts} prompts of one step; give "
            "more, or lower trainer.per_device_train_batch_size"
        )


def planned_steps(examples: int, args: Any) -> int:
    """Optimizer steps of the whole run, for schedules that move with it."""
    if args.max_steps > 0:
        return args.max_steps
    batches = examples // (args.generation_batch_size // args.num_generations)  # whole ones only
    steps = batches * args.steps_per_generation * args.num_iterations
    return max(1, math.ceil(args.num_train_epochs * steps / args.gradient_accumulation_steps))


def make_trainer(
    config: TrainConfig,
    args: Any,
    examples: Sequence[Example],
    form: Format,
    model,
    tokenizer,
    rewards,
    shares: bool,
):
    """TRL's trainer over our rows, without its own console output."""
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl import GRPOTrainer

    from toolrl.train.shared_prefix import SharedPrefixGRPOTrainer, samples_itself

    trainer_class = SharedPrefixGRPOTrainer if shares else GRPOTrainer
    with trainer_mistakes():
        trainer = trainer_class(
            model=model,
            reward_funcs=list(rewards),
            args=args,
            train_dataset=Dataset.from_list([grpo_row(example, form) for example in examples]),
            processing_class=tokenizer,
            peft_config=lora_config(config.lora),
        )
    trainer.remove_callback(PrinterCallback)
    if shares and not args.use_vllm and not samples_itself(trainer):
        LOG.warning("answers are sampled by the stock path, as the trainer's options ask for it")
    return trainer


def make_writer(run: Run, rewards: Sequence[Any], group_size: int):
    """The callback that writes every sample of a step and counts the groups without signal."""
    from toolrl.train.callbacks import RunWriter, issue_counts, write_samples

    class GRPOWriter(RunWriter):
        def extra(self, step: int, logs: Mapping[str, Any]) -> dict[str, Any]:
            samples = drain_samples(rewards[0].scorer)
            if not samples:  # a further pass over answers that are written already
                return {}
            write_samples(run, step, samples)
            totals = [sample.score.total for sample in samples]
            counts = {
                "groups": len(totals) // group_size,
                "zero_std_groups": zero_std_groups(totals, group_size),
            }
            return counts | issue_counts(sample.score for sample in samples)

        def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
            if "groups" not in row:
                return super().shown(row)
            parts = {f.__name__: float(row[f"rewards/{f.__name__}/mean"]) for f in rewards}
            zero = f"{row['zero_std_groups']}/{row['groups']}"
            return {"reward": float(row["reward"]), **parts, "zero-std groups": zero}

    return GRPOWriter(run, "grpo")


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
