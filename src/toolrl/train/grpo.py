"""GRPO with the fine-grained tool reward: sample groups, score them, follow the better answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
    require_trl,
    save_final,
)
from toolrl.train.examples import grpo_row, load_examples, within_limits
from toolrl.types import Example


def train_grpo(config: TrainConfig, *, resume: bool = False) -> Path:
    """Run the recipe; returns the run folder. Raises ToolRLError leaves before anything is made."""
    require_trl()
    quiet_engine()
    from trl import GRPOConfig

    check_trainer_keys(GRPOConfig, config.trainer)
    form = get_format(config.format)
    rewards = reward_functions(load_reward(config.reward, format_name=config.format))
    found = load_examples(config.data, config.seed)
    model, tokenizer = load(config.model)
    examples, left_out = within_limits(found, form, tokenizer, config.data)
    run, checkpoint = open_run(config, resume)
    if is_finished(run.path):
        return run.path
    run.write_scores({"examples": len(examples), "too_long": left_out})
    trainer = make_trainer(config, examples, form, model, tokenizer, rewards)
    trainer.add_callback(make_writer(run, rewards, trainer.args.num_generations))
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    save_final(trainer, tokenizer, run.path)
    return run.path


def make_trainer(
    config: TrainConfig, examples: Sequence[Example], form: Format, model, tokenizer, rewards
):
    """TRL's trainer over our rows, without its own console output."""
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl import GRPOConfig, GRPOTrainer

    from toolrl.train.shared_prefix import SharedPrefixGRPOTrainer

    trainer_class = SharedPrefixGRPOTrainer if config.prefix_sharing else GRPOTrainer
    trainer = trainer_class(
        model=model,
        reward_funcs=list(rewards),
        args=engine_config(GRPOConfig, config),
        train_dataset=Dataset.from_list([grpo_row(example, form) for example in examples]),
        processing_class=tokenizer,
        peft_config=lora_config(config.lora),
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def make_writer(run: Run, rewards: Sequence[Any], group_size: int):
    """The callback that writes every sample of a step and counts the groups without signal."""
    from toolrl.train.callbacks import RunWriter, issue_counts, write_samples

    class GRPOWriter(RunWriter):
        def extra(self, step: int, logs: Mapping[str, Any]) -> dict[str, Any]:
            samples = last_samples(rewards[0].scorer)
            write_samples(run, step, samples)
            totals = [sample.score.total for sample in samples]
            counts = {
                "groups": len(totals) // group_size,
                "groups_equal": equal_groups(totals, group_size),
            }
            return counts | issue_counts(sample.score for sample in samples)

        def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
            parts = {f.__name__: float(row[f"rewards/{f.__name__}/mean"]) for f in rewards}
            equal = f"{row['groups_equal']}/{row['groups']}"
            return {"reward": float(row["reward"]), **parts, "equal groups": equal}

    return GRPOWriter(run, "grpo")


def last_samples(scorer: BatchScorer) -> list[Sample]:
    """The samples of the step just done."""
    rows = zip(scorer.answers, scorer.texts, scorer.scores, strict=True)
    return [Sample(Example.from_dict(json.loads(a)), text, score) for a, text, score in rows]


def equal_groups(totals: Sequence[float], size: int) -> int:
    """How many groups of ``size`` neighbours have one and the same reward: no signal in them.

    Example:
        >>> equal_groups([1.0, 1.0, 4.0, -3.0], 2)
        1
    """
    groups = [totals[i : i + size] for i in range(0, len(totals), size)]
    return sum(max(group) == min(group) for group in groups)
