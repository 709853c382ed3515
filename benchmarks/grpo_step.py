"""A GRPO step by stock TRL and by prefix sharing: the same model, prompts and settings, in turn.

    python benchmarks/grpo_step.py --quick     # the shape of the targets; minutes on two cores
    python benchmarks/grpo_step.py             # the whole grid; hours on two cores

Every figure is a median over rounds in which stock and ours alternate, and a ratio is of figures
of one process. Answers run to their full length, so that both do the same work. Losses and
gradients are compared on given answers of several lengths. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch
from datasets import Dataset
from grpo_meter import Clock, peak_memory
from transformers import LlamaConfig, LlamaForCausalLM, PrinterCallback
from trl import GRPOConfig, GRPOTrainer

from toolrl import load_reward
from toolrl.models.local import load
from toolrl.models.quiet import quiet_engine
from toolrl.models.sharing import prepare
from toolrl.rewards.trl import reward_functions
from toolrl.train.shared_prefix import SharedPrefixGRPOTrainer
from toolrl.types import Example, ToolCall, ToolSpec

MODEL = "builtin:smollm2-135m"
SHAPES = {
    "135m": None,  # the built-in model itself
    "30m": {"hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 16,
            "num_attention_heads": 8, "num_key_value_heads": 4},
    "0.5b": {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
             "num_attention_heads": 14, "num_key_value_heads": 2},
    "1.5b": {"hidden_size": 1536, "intermediate_size": 8960, "num_hidden_layers": 28,
             "num_attention_heads": 12, "num_key_value_heads": 2},
}  # fmt: skip
SHARES = ("sampling", "scoring", "update")


@dataclass(frozen=True)
class Cell:
    """One point of the grid: shape, tokens of the prompt and of an answer, answers a prompt."""

    shape: str
    prompt: int
    answer: int
    group: int

    @property
    def tokens(self) -> int:
        """Of a step, for the stock trainer."""
        return self.group * (self.prompt + self.answer)


def main() -> int:
    """Run the grid; prints a line a cell and, last, the JSON object of the target's cell."""
    args = arguments()
    quiet_engine()
    torch.manual_seed(0)
    grid = itertools.product(args.shape, args.prompt, args.answer, args.group)
    cells = [cell for cell in itertools.starmap(Cell, grid) if cell.tokens <= args.most_tokens]
    results = {}
    for shape, group in itertools.groupby(cells, key=lambda cell: cell.shape):
        model, tokenizer = make_model(shape)
        for cell in group:
            results[cell] = measure(cell, model, tokenizer, args)
            print(report(cell, results[cell]), flush=True)
    rows = [{**vars(cell), **result} for cell, result in results.items()]
    if args.out:
        Path(args.out).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8", newline="\n")
    print(json.dumps(rows[0] if len(rows) == 1 else {"cells": rows}))
    return 0


def arguments() -> argparse.Namespace:
    """The grid, or with ``--quick`` the shape of the targets alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="135m, prompt 768, answer 96, group 8")
    parser.add_argument("--shape", nargs="+", choices=SHAPES, default=["135m", "30m"])
    parser.add_argument("--prompt", nargs="+", type=int, default=[256, 768, 1536])
    parser.add_argument("--answer", nargs="+", type=int, default=[64, 128])
    parser.add_argument("--group", nargs="+", type=int, default=[4, 8, 16])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--most-tokens",
        type=int,
        default=10**9,
        help="leave out cells with more (135m: stock needs 2.6 MiB a token)",
    )
    parser.add_argument("--bf16", action="store_true", help="autocast; float32 otherwise")
    parser.add_argument("--out", help="write the figures of all cells to this file")
    args = parser.parse_args()
    if args.quick:
        args.shape, args.prompt, args.answer, args.group = ["135m"], [768], [96], [8]
    return args


def make_model(shape: str):
    """The built-in model, or one of another shape with random weights and its tokenizer."""
    model, tokenizer = load(MODEL, for_training=True)
    if SHAPES[shape]:
        size = {"vocab_size": model.config.vocab_size, "tie_word_embeddings": True}
        model = LlamaForCausalLM(LlamaConfig(**SHAPES[shape], **size, max_position_embeddings=4096))
    return model, tokenizer


def measure(cell: Cell, model, tokenizer, args: argparse.Namespace) -> dict[str, float]:
    """Ratios, differences and medians of one cell."""
    with TemporaryDirectory() as folder:
        trainers = {
            name: make_trainer(cls, cell, model, tokenizer, args.bf16, f"{folder}/{name}")
            for name, cls in (("stock", GRPOTrainer), ("ours", SharedPrefixGRPOTrainer))
        }
        differences = compare(trainers, cell)
        times: dict[str, list[dict[str, float]]] = {"stock": [], "ours": []}
        for _ in range(args.rounds):
            for name, trainer in trainers.items():
                times[name].append(one_step(trainer))
    return summary(times, differences, cell)


def make_trainer(cls: type, cell: Cell, model, tokenizer, bf16: bool, folder: str):
    """A trainer of one prompt a step, whose answers never end early."""
    args = GRPOConfig(
        output_dir=folder, max_steps=1, num_generations=cell.group,
        per_device_train_batch_size=cell.group, max_completion_length=cell.answer,
        learning_rate=1e-6, bf16=bf16, activation_checkpointing=False, report_to="none",
        save_strategy="no", disable_tqdm=True, use_cpu=not torch.cuda.is_available(),
        logging_steps=1, dataloader_pin_memory=False,
    )  # fmt: skip
    rows = [prompt_row(cell.prompt, tokenizer, seed) for seed in range(4)]
    rewards = reward_functions(load_reward("toolrl"))
    trainer = cls(
        model=model, reward_funcs=list(rewards), args=args,
        train_dataset=Dataset.from_list(rows), processing_class=tokenizer,
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    trainer.eos_token_ids = [model.config.vocab_size]  # no such token
    trainer.generation_config.eos_token_id = None
    if cls is SharedPrefixGRPOTrainer and (reason := prepare(trainer.model, 10**6)):
        sys.exit(f"grpo_step: prefixes can't be shared: {reason}")
    trainer.clock = Clock(trainer)
    trainer.add_callback(trainer.clock)
    return trainer


def prompt_row(length: int, tokenizer, seed: int) -> dict[str, str]:
    """A prompt of exactly that many tokens, and an example for the reward."""
    draw = random.Random(seed)
    words = [" the", " tool", " takes", " a", " city", " and", " date", " of", " type", " number"]
    text = "".join(draw.choice(words) for _ in range(length))
    found = len(tokenizer(text)["input_ids"])
    if found != length:
        sys.exit(f"grpo_step: the prompt has {found} tokens, not {length}")
    example = Example(str(seed), (ToolSpec("now", "The time."),), (), (ToolCall("now"),))
    return {"prompt": text, "answer": json.dumps(example.to_dict())}


def one_step(trainer) -> dict[str, float]:
    """Seconds of one training step and its shares, and the peak of memory in it, in MiB."""
    with peak_memory() as peak:
        trainer.train()
    return trainer.clock.seconds | {"memory": peak[0]}


def compare(trainers, cell: Cell) -> dict[str, float]:
    """Greatest difference of the loss, and of any parameter's gradient relative to its length."""
    found = {}
    inputs = given_answers(cell, trainers["stock"])
    for name, trainer in trainers.items():
        model = trainer.model
        model.train()
        model.zero_grad()
        trainer.current_gradient_accumulation_steps = 1
        loss = trainer.compute_loss(model, inputs)
        loss.backward()
        found[name] = loss.item(), [p.grad.clone() for p in model.parameters()]
        model.zero_grad()
    (loss, grads), (our_loss, our_grads) = found["stock"], found["ours"]
    pairs = zip(grads, our_grads, strict=True)
    lengths = [(ours - stock).norm() / stock.norm() for stock, ours in pairs]
    return {
        "loss_difference": abs(loss - our_loss),
        "gradient_difference": max(lengths).item(),
    }


@torch.no_grad()
def given_answers(cell: Cell, trainer) -> dict[str, torch.Tensor]:
    """One group whose answers have from half to all of the length, by a policy a little off."""
    model, tokenizer = trainer.model, trainer.processing_class
    draw = torch.Generator().manual_seed(0)
    texts = [prompt_row(cell.prompt, tokenizer, 0)["prompt"]]
    texts += [prompt_row(cell.answer, tokenizer, seed)["prompt"] for seed in range(cell.group)]
    prompt, *answers = (torch.tensor(tokenizer(text)["input_ids"]) for text in texts)
    sizes = torch.linspace(cell.answer // 2, cell.answer, cell.group).long()
    mask = (torch.arange(cell.answer) < sizes[:, None]).long()
    inputs = {
        "prompt_ids": prompt.expand(cell.group, -1),
        "prompt_mask": torch.ones(cell.group, cell.prompt, dtype=torch.long),
        "completion_ids": torch.stack(answers) * mask,
        "completion_mask": mask,
        "advantages": torch.linspace(-1.5, 1.5, cell.group),
        "num_items_in_batch": mask.sum(),
    }
    inputs = {key: value.to(model.device) for key, value in inputs.items()}
    ids, mask = (
        torch.cat([inputs[f"prompt_{key}"], inputs[f"completion_{key}"]], dim=1)
        for key in ("ids", "mask")
    )
    logps = trainer._get_per_token_logps_and_entropies(model, ids, mask, cell.answer)[0]
    noise = torch.randn(logps.shape, generator=draw).to(logps.device)
    return inputs | {"old_per_token_logps": logps + 0.2 * noise}


def summary(times, differences, cell: Cell) -> dict[str, float]:
    """Medians, ratios and the ratio that the count of tokens alone would give."""
    middle = {
        name: {key: median(row[key] for row in rows) for key in rows[0]}
        for name, rows in times.items()
    }
    stock, ours = middle["stock"], middle["ours"]
    ratios = {f"{key}_ratio": stock[key] / ours[key] for key in ("update", "sampling", "step")}
    seconds = {f"{name}_{key}_s": row[key] for name, row in middle.items()
               for key in ("step", *SHARES)}  # fmt: skip
    return {
        **ratios,
        "memory_ratio": ours["memory"] / stock["memory"],
        **differences,
        "token_ratio": cell.tokens / (cell.prompt + cell.group * cell.answer),
        **{key: round(value, 4) for key, value in seconds.items()},
        **{f"{name}_tokens_per_s": cell.tokens / row["step"] for name, row in middle.items()},
        **{f"{name}_memory_mib": round(row["memory"]) for name, row in middle.items()},
    }


def report(cell: Cell, result: dict[str, float]) -> str:
    """A cell for a person."""
    lines = [f"{cell.shape}, prompt {cell.prompt}, answer {cell.answer}, group {cell.group}"]
    for name in ("stock", "ours"):
        shares = ", ".join(f"{key} {result[f'{name}_{key}_s']:.2f}" for key in SHARES)
        lines.append(
            f"  {name:5}  {result[f'{name}_step_s']:7.2f} s a step ({shares}), "
            f"{result[f'{name}_tokens_per_s']:.0f} tokens/s, "
            f"peak {result[f'{name}_memory_mib']:.0f} MiB"
        )
    lines.append(
        f"  stock/ours: step {result['step_ratio']:.2f}, update {result['update_ratio']:.2f} "
        f"(tokens alone {result['token_ratio']:.2f}), sampling {result['sampling_ratio']:.2f}; "
        f"ours/stock: memory {result['memory_ratio']:.2f}"
    )
    lines.append(
        f"  difference: loss {result['loss_difference']:.1e}, "
        f"gradient {result['gradient_difference']:.1e}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
