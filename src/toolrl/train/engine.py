"""What all trainings share: the run folder, TRL's config from ours, LoRA, resume, the last save."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import shutil
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from toolrl.config import convert, plain
from toolrl.errors import ConfigError, DataError, ToolRLError, did_you_mean, first_line
from toolrl.extras import require
from toolrl.models.quiet import quiet_transformers
from toolrl.models.trained import Choice, Trained, write_trained
from toolrl.runs import METRICS, SAMPLES, Run
from toolrl.train.checkpoints import last_complete, remove_all, step_of
from toolrl.train.config import TrainConfig

LOG = logging.getLogger(__name__)

OURS = {
    "output_dir": "output",
    "seed": "seed",
    "data_seed": "seed",
    "save_strategy": "save_every",
    "save_steps": "save_every",
    "save_total_limit": "save_every",
    "save_only_model": "save_every",
    "peft_config": "lora",
    "resume_from_checkpoint": "--resume",
}
"""Keys of TRL's config that a recipe sets by a key of ours, so that there is one place for each."""

REFUSED = {
    "logging_steps": "every step is written",
    "logging_strategy": "every step is written",
    "reward_weights": "what a part is worth is the reward's own scale",
}
"""Keys of TRL's config that would make the run folder say something else than what happened."""

PLAIN = {bool, int, float, str, type(None)}


def check_trainer_keys(cls: type, given: Mapping[str, Any]) -> None:
    """Refuse what TRL would find too late or never under ``trainer:``.

    Raises:
        ConfigError: an unknown key, one that is set elsewhere, or a value of another plain type.
    """
    known = {field.name for field in dataclasses.fields(cls)}
    hints = typing.get_type_hints(cls)
    for key, value in given.items():
        key = str(key)
        if key in OURS:
            raise ConfigError(f"'trainer.{key}' is set by '{OURS[key]}'; use that instead")
        if key in REFUSED:
            raise ConfigError(f"'trainer.{key}' can't be set: {REFUSED[key]}; leave it out")
        if key not in known:
            raise ConfigError(
                f"unknown key 'trainer.{key}' ({cls.__name__} has none){did_you_mean(key, known)}"
            )
        if set(typing.get_args(hints[key]) or [hints[key]]) <= PLAIN:
            convert(hints[key], value, cls.__name__, f"trainer.{key}")


def engine_config(cls: type, config: TrainConfig, **defaults: Any) -> Any:
    """TRL's config: our keys, quiet logging, and everything under ``trainer:`` as it stands.

    ``defaults`` are ours where TRL's own would break a promise; ``trainer:`` goes before them.
    """
    import torch

    values: dict[str, Any] = {
        "output_dir": config.output,
        "seed": config.seed,
        "save_strategy": "steps",
        "save_steps": config.save_every,
        "save_total_limit": 2,
        "logging_steps": 1,
        "report_to": "none",
        "disable_tqdm": True,
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
    }
    values.update(defaults | config.trainer)
    with trainer_mistakes():
        args = cls(**values)
    if args.n_gpu > 1:  # transformers would use all that are visible in a way that TRL refuses
        args._n_gpu = 1
    if args.world_size > 1:
        raise ConfigError("several processes would write one run folder; start one process")
    check_trackers(args)
    return args


def check_trackers(args: Any) -> None:
    """Find a tracker that is not installed before the model is loaded.

    Raises:
        ConfigError: one of ``trainer.report_to`` can't be had.
    """
    from transformers.integrations import get_reporting_integration_callbacks

    with trainer_mistakes():
        makers = get_reporting_integration_callbacks(args.report_to)
    for make in makers:
        try:
            make()
        except (RuntimeError, ImportError) as error:
            raise ConfigError(f"trainer.report_to: {first_line(error)}") from None


@contextlib.contextmanager
def trainer_mistakes() -> Iterator[None]:
    """TRL's complaints about values are the recipe's mistakes: one line, naming ``trainer``."""
    try:
        yield
    except ToolRLError:
        raise
    except (ValueError, TypeError) as error:
        raise ConfigError(f"trainer: {first_line(error)}") from None


def stock_only(args: Any, model: Any) -> str | None:
    """What the arguments ask for that a forward pass over a tree does not give, if anything."""
    if getattr(args, "cast_lm_head_to_fp32", False):
        return "trainer.cast_lm_head_to_fp32 is set"
    if args.neftune_noise_alpha:
        return "trainer.neftune_noise_alpha is set"
    if getattr(args, "use_transformers_continuous_batching", False):
        return "trainer.use_transformers_continuous_batching is set"
    config = model.config.get_text_config()
    coefficient = args.router_aux_loss_coef
    if coefficient is None:
        coefficient = getattr(config, "router_aux_loss_coef", 0)
    if hasattr(config, "output_router_logits") and coefficient:
        return "the model's router has a loss of its own; trainer.router_aux_loss_coef=0 drops it"
    return None


def shares_prefixes(
    config: TrainConfig, args: Any, model: Any, longest: int, reason: str | None = None
) -> bool:
    """Make the model share prefixes if the recipe wants it and the model can.

    Where it can't, or there is a reason against it, a line says why the stock path is taken.
    """
    if not config.prefix_sharing:
        return False
    from toolrl.models.sharing import prepare

    reason = reason or stock_only(args, model) or prepare(model, longest)
    if reason:
        LOG.warning("prefix_sharing is off here (%s): the stock path is taken", reason)
    return reason is None


def lora_config(rank: int | None) -> Any:
    """A LoRA adapter on every linear layer, or None for all weights."""
    if rank is None:
        return None
    require("train", "peft")
    from peft import LoraConfig

    return LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )


def open_run(config: TrainConfig, choice: Choice, resume: bool) -> tuple[Run, Path | None]:
    """The run folder and the checkpoint to go on from; later lines of its logs are dropped.

    The caller closes the run.
    """
    run = Run.create(config.output, config, resume=resume, facts=choice.note())
    if is_finished(run.path):
        remove_all(run.path)
        return run, None
    checkpoint = last_complete(run.path)
    step = step_of(checkpoint) if checkpoint else 0
    for name in (METRICS, SAMPLES):
        run.truncate(name, step)
    return run, checkpoint


def run_to_end(
    trainer: Any, checkpoint: Path | None, stopped: Callable[[], object] = lambda: False
) -> None:
    """Train, from the checkpoint if there is one; never a step too many or too few.

    ``stopped`` says afterwards whether the training was ended early on purpose.

    Raises:
        DataError: the engine stopped before the last step, as it does when the examples do not
            fill one batch.
    """
    if checkpoint and is_last(checkpoint):
        trainer._load_from_checkpoint(str(checkpoint))  # all steps are done; only the end was lost
        return
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if not stopped() and trainer.state.global_step < max(1, trainer.state.max_steps):
        raise DataError(
            f"training stopped at step {trainer.state.global_step} of {trainer.state.max_steps}: "
            "too few examples for one batch; give more, or lower "
            "trainer.per_device_train_batch_size"
        )


def is_last(checkpoint: Path) -> bool:
    """Whether the checkpoint is of the very last step."""
    state = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    return state["global_step"] >= state["max_steps"] > 0


def model_folder(run: Path) -> Path:
    """Where a run's trained model lies."""
    return run / "model"


def is_finished(run: Path) -> bool:
    """Whether the run has its final model."""
    return model_folder(run).exists()


def made_by(method: str, config: TrainConfig) -> Trained:
    """What the trained model's folder will say of it."""
    return Trained(config.format, config.reward, method, config.model, plain(config))


def save_final(trainer: Any, tokenizer: Any, run: Path, made: Trained) -> None:
    """Write the trained model whole, LoRA merged in, then drop the checkpoints."""
    model = trainer.accelerator.unwrap_model(trainer.model)
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    partial = run / "model.partial"
    shutil.rmtree(partial, ignore_errors=True)
    with quiet_transformers():
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
    write_trained(partial, made)
    partial.rename(model_folder(run))
    remove_all(run)
