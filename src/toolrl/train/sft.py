"""Supervised fine-tuning on expected answers: the warm start that teaches the format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from toolrl.extras import require
from toolrl.formats import Format, get_format
from toolrl.models.local import load
from toolrl.models.quiet import quiet_engine
from toolrl.models.trained import settle
from toolrl.rewards import load_reward, refuse_moving
from toolrl.runs import Run
from toolrl.train.config import SFTTrainConfig
from toolrl.train.engine import (
    check_trainer_keys,
    engine_config,
    is_finished,
    lora_config,
    made_by,
    open_run,
    run_to_end,
    save_final,
    shares_prefixes,
    trainer_mistakes,
)
from toolrl.train.examples import load_examples, sft_row, within_limits
from toolrl.train.looks import greedy_samples
from toolrl.types import Example

TEMPLATE_ROOM = 16
"""Tokens a chat template may put around an answer."""

LOOKS = 4
"""Examples whose greedy answers are looked at while training goes on."""


def train_sft(config: SFTTrainConfig, *, resume: bool = False) -> Path:
    """Run the recipe; returns the run folder.

    Raises:
        ToolRLError: a leaf of it, for every mistake in the recipe, before the folder is made.
    """
    require("train", "trl")
    quiet_engine()
    config, choice = settle(config)
    form = get_format(config.format)
    reward = load_reward(config.reward, format_name=config.format)
    refuse_moving(reward)
    Run(config.output).check(config, resume=resume)
    found = load_examples(config.data, config.seed)
    args = sft_arguments(config)
    model, tokenizer = load(config.model, for_training=True)
    chosen = within_limits(found, form, tokenizer, config.data)
    examples = chosen.examples
    longest = chosen.longest_prompt + chosen.longest_answer + TEMPLATE_ROOM
    shares = shares_prefixes(config, args, model, longest, other_loss(args))
    trainer = make_trainer(config, args, examples, form, model, tokenizer, shares)
    choice.say(config.model)
    run, checkpoint = open_run(config, choice, resume)
    with run:
        if is_finished(run.path):
            return run.path
        run.write_scores(chosen.counts() | {"prefix_sharing": shares})
        trainer.add_callback(make_writer(run, config, examples, form, reward, trainer))
        run_to_end(trainer, checkpoint)
        save_final(trainer, tokenizer, run.path, made_by("sft", config))
        return run.path


def sft_arguments(config: SFTTrainConfig) -> Any:
    """TRL's config; nothing is cut, unless the recipe says so: `data` leaves long rows out."""
    from trl import SFTConfig

    check_trainer_keys(SFTConfig, config.trainer)
    return engine_config(SFTConfig, config, max_length=None)


def other_loss(args: Any) -> str | None:
    """Why the loss that shares prefixes is not the one the arguments ask for, if it is not."""
    asked = {
        "loss_type": args.loss_type not in ("nll", "chunked_nll"),
        "label_smoothing_factor": args.label_smoothing_factor,
        "packing": args.packing,
        "padding_free": args.padding_free,
        "assistant_only_loss": args.assistant_only_loss,
    }
    keys = ", ".join(f"trainer.{key}" for key, is_asked in asked.items() if is_asked)
    return f"{keys} asks for a loss of its own" if keys else None


def make_trainer(
    config: SFTTrainConfig,
    args: Any,
    examples: Sequence[Example],
    form: Format,
    model,
    tokenizer,
    shares: bool,
):
    """TRL's trainer over our rows, without its own console output."""
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl import SFTTrainer

    from toolrl.train.answer_loss import AnswerLossSFTTrainer

    trainer_class = AnswerLossSFTTrainer if shares else SFTTrainer
    with trainer_mistakes():
        trainer = trainer_class(
            model=model,
            args=args,
            train_dataset=Dataset.from_list([sft_row(example, form) for example in examples]),
            processing_class=tokenizer,
            peft_config=lora_config(config.lora),
        )
    trainer.remove_callback(PrinterCallback)
    return trainer


def make_writer(
    run, config: SFTTrainConfig, examples: Sequence[Example], form: Format, reward, trainer
):
    """The callback that writes the run and, now and then, looks at greedy answers."""
    from toolrl.train.callbacks import RunWriter, issue_counts, write_samples

    looks = list(examples[:LOOKS])

    class SFTWriter(RunWriter):
        def extra(self, step: int, logs: Mapping[str, Any]) -> dict[str, Any]:
            if not config.sample_every or step % config.sample_every:
                return {}
            samples = greedy_samples(trainer, looks, form, reward)
            write_samples(run, step, samples)
            scores = [sample.score for sample in samples]
            means = {name: fmean(s.parts[name].points for s in scores) for name in scores[0].parts}
            shown = {f"sample/{name}": value for name, value in means.items()}
            total = fmean(score.total for score in scores)
            return {"sample/reward": total, **shown, **issue_counts(scores)}

        def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
            samples = {
                k.removeprefix("sample/"): v for k, v in row.items() if k.startswith("sample/")
            }
            return {"loss": float(row["loss"]), **samples}

    return SFTWriter(run, "sft", made_by("sft", config))
