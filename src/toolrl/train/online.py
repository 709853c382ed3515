"""What GRPO, RLOO and PPO share: sample answers, score them, follow the better ones."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from toolrl.errors import ConfigError, DataError
from toolrl.extras import require
from toolrl.formats import Format, get_format
from toolrl.models.answer_text import answer_text
from toolrl.models.local import eos_ids_of, load
from toolrl.models.native_syntax import opens_thought
from toolrl.models.quiet import quiet_engine
from toolrl.models.trained import settle
from toolrl.rewards import load_reward
from toolrl.rewards.reward import ScoringReward
from toolrl.rewards.trl import reward_functions
from toolrl.runs import Run
from toolrl.train.config import OnlineTrainConfig
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
from toolrl.train.examples import grpo_row, load_examples, within_limits
from toolrl.train.looks import Validation
from toolrl.types import Example

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Method:
    """One algorithm.

    Attributes:
        name: of the command, and on the progress line.
        arguments: TRL's config class.
        stock: the trainer, by TRL's own forward passes.
        sharing: the trainer, with shared prefixes.
        set: values of TRL's config that the recipe's own keys decide.
        options: what more the trainer takes.
        groups: whether answers to one prompt are compared with each other.
    """

    name: str
    arguments: type
    stock: type
    sharing: type
    set: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    groups: bool = True


def train_online(
    config: OnlineTrainConfig, get_method: Callable[[], Method], *, resume: bool = False
) -> Path:
    """Run the recipe; returns the run folder.

    Raises:
        ToolRLError: a leaf of it, for every mistake in the recipe, before the folder is made.
    """
    require("train", "trl")
    quiet_engine()
    method = get_method()
    config, choice = settle(config)
    form = get_format(config.format)
    reward_of(config, 1)
    Run(config.output).check(config, resume=resume)
    found = load_examples(config.data, config.seed)
    args = online_arguments(config, method)
    validation = Validation(config, form, args.max_completion_length)
    model, tokenizer = load(config.model, for_training=True)
    chosen = within_limits(found, form, tokenizer, config.data)
    check_enough(chosen.examples, args)
    steps = config.reward_steps or planned_steps(len(chosen.examples), args)
    thought_open = opens_thought(tokenizer, **(args.chat_template_kwargs or {}))
    reward = replace(reward_of(config, steps), thought_open=thought_open)
    ends = eos_ids_of(model, tokenizer)
    rewards = reward_functions(reward, decode=partial(answer_text, tokenizer, ends=ends))
    longest = chosen.longest_prompt + args.max_completion_length
    shares = shares_prefixes(config, args, model, longest)
    trainer = make_trainer(
        config, method, args, chosen.examples, form, model, tokenizer, rewards, shares
    )
    choice.say(config.model)
    run, checkpoint = open_run(config, choice, resume)
    with run:
        if is_finished(run.path):
            return run.path
        counts = chosen.counts() | {"prefix_sharing": shares}
        run.write_scores(counts)
        writer = make_writer(run, method, config, rewards, trainer, validation)
        trainer.add_callback(writer)
        writer.remember()
        if writer.collapsed:  # that was said before the kill; only the end was lost
            trainer._load_from_checkpoint(str(checkpoint))
        else:
            with plain_answers(tokenizer):
                run_to_end(trainer, checkpoint, stopped=lambda: writer.collapsed)
        if writer.collapsed:
            run.write_scores(counts | {"collapsed": writer.collapsed})
        save_final(trainer, tokenizer, run.path, made_by(method.name, config))
        return run.path


@contextlib.contextmanager
def plain_answers(tokenizer: Any) -> Iterator[None]:
    """Rewards get what a model wrote: no response template takes calls and thought out of it.

    TRL parses answers by the template that a tokenizer brings (its own format's, not ours). The
    trained model keeps it, for who serves it.
    """
    kept = {key: getattr(tokenizer, key, None) for key in ("response_template", "response_schema")}
    kept = {key: value for key, value in kept.items() if value is not None}
    for key in kept:
        setattr(tokenizer, key, None)
    try:
        yield
    finally:
        for key, value in kept.items():
            setattr(tokenizer, key, value)


def check_online(config: OnlineTrainConfig, method: Method) -> None:
    """All of a recipe that can be checked without its model.

    Raises:
        ToolRLError: a leaf of it.
    """
    form = get_format(config.format)
    reward_of(config, 1)
    args = online_arguments(config, method)
    Validation(config, form, args.max_completion_length)


def reward_of(config: OnlineTrainConfig, steps: int) -> ScoringReward:
    """The recipe's reward, for a training of so many steps.

    Raises:
        ConfigError: no such reward, or ``reward_steps`` for one that has no schedule to set.
    """
    reward = load_reward(
        config.reward,
        format_name=config.format,
        total_steps=steps,
        length_words=config.length_words,
    )
    if config.reward_steps is not None:
        if config.reward_steps < 1:
            raise ConfigError(f"'reward_steps' must be 1 or more, not {config.reward_steps}")
        if not reward.moves or config.reward.startswith("paper/"):
            raise ConfigError(
                f"reward {config.reward!r} has no schedule to set; leave 'reward_steps' out"
            )
    return reward


def online_arguments(config: OnlineTrainConfig, method: Method) -> Any:
    """TRL's config."""
    config = replace(config, trainer=config.trainer | method.set)
    check_trainer_keys(method.arguments, config.trainer)
    args = engine_config(method.arguments, config)
    check_saves(config.save_every, args)
    return args


def check_saves(every: int, args: Any) -> None:
    """A checkpoint must come before a sampling: the answers still in use are not in it.

    Raises:
        ConfigError: some would come in between.
    """
    steps = args.steps_per_generation * args.num_iterations / args.gradient_accumulation_steps
    if every * args.gradient_accumulation_steps % (args.steps_per_generation * args.num_iterations):
        raise ConfigError(
            f"'save_every' is {every}, but answers are used for {steps:g} steps and are not saved; "
            f"use a multiple of {math.ceil(steps)}, so that a killed run goes on as it would have"
        )


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
    config: OnlineTrainConfig,
    method: Method,
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

    from toolrl.train.shared_prefix import samples_itself

    trainer_class = method.sharing if shares else method.stock
    with trainer_mistakes():
        trainer = trainer_class(
            model=model,
            reward_funcs=list(rewards),
            args=args,
            train_dataset=Dataset.from_list([grpo_row(example, form) for example in examples]),
            processing_class=tokenizer,
            peft_config=lora_config(config.lora),
            **method.options,
        )
    trainer.remove_callback(PrinterCallback)
    if shares and not args.use_vllm and not samples_itself(trainer):
        LOG.warning("answers are sampled by the stock path, as the trainer's options ask for it")
    return trainer


def make_writer(run, method: Method, config, rewards, trainer, validation: Validation):
    """The callback that writes every sample of a step."""
    from toolrl.train.online_writer import OnlineWriter

    return OnlineWriter(
        run,
        method.name,
        made_by(method.name, config),
        rewards=rewards,
        group_size=trainer.args.num_generations if method.groups else 0,
        trainer=trainer,
        validation=validation,
        stop_on_collapse=config.stop_on_collapse,
    )
