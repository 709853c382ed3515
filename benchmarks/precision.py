"""What bfloat16 costs or gains a training step on this processor, and with parts of it forbidden.

    python benchmarks/precision.py [--isa default AVX512_CORE_BF16 AVX512_CORE]

Steps of GRPO and of SFT of the built-in model, in bfloat16 and in float32. ``ONEDNN_MAX_CPU_ISA``
makes oneDNN, which computes the products, leave out later instructions: AVX512_CORE_BF16 is a
processor without AMX, AVX512_CORE one without native bfloat16. Each has a process of its own, with
one thread, whose time on the processor is measured: what else is running hardly moves it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any

import torch
from datasets import Dataset
from grpo_step import Cell, make_model, make_trainer, prompt_row
from transformers import PrinterCallback
from trl import SFTConfig

from toolrl.models.precision import machine_precision
from toolrl.models.quiet import quiet_engine
from toolrl.models.sharing import prepare
from toolrl.train.answer_loss import AnswerLossSFTTrainer
from toolrl.train.shared_prefix import SharedPrefixGRPOTrainer

CELL = Cell("135m", prompt=128, answer=24, group=4)
ROUNDS = 2


def main() -> int:
    """A line for each method and instruction set; last a JSON object of all."""
    args = arguments()
    if args.child:
        print(json.dumps(measure()))
        return 0
    found = {isa: figures_of(isa) for isa in args.isa}
    print(json.dumps(found))
    return 0


def arguments() -> argparse.Namespace:
    """Which instruction sets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--isa", nargs="+", default=["default", "AVX512_CORE_BF16", "AVX512_CORE"],
        help="values of ONEDNN_MAX_CPU_ISA; 'default' forbids nothing",
    )  # fmt: skip
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def figures_of(isa: str) -> dict[str, Any]:
    """Those of a process that may use no later instructions; printed, too."""
    setting = {"OMP_NUM_THREADS": "1"} | ({} if isa == "default" else {"ONEDNN_MAX_CPU_ISA": isa})
    command = [sys.executable, __file__, "--child"]
    done = subprocess.run(command, env=os.environ | setting, check=True, stdout=subprocess.PIPE)
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"{isa}: chosen {found['chosen']}")
    for name in ("grpo", "sft"):
        seconds = found[name]
        print(
            f"  {name}: bfloat16 {seconds['bfloat16']:.2f} s, float32 {seconds['float32']:.2f} s, "
            f"ratio {seconds['bfloat16'] / seconds['float32']:.2f}",
            flush=True,
        )
    return found


def measure() -> dict[str, Any]:
    """Seconds of a step, by method and precision, in this process."""
    quiet_engine()
    makers = {"grpo": grpo_trainer, "sft": sft_trainer}
    found: dict[str, Any] = {"chosen": str(machine_precision("cpu"))}
    for name, make in makers.items():
        times: dict[str, list[float]] = {"bfloat16": [], "float32": []}
        for _ in range(ROUNDS):
            for precision, row in times.items():
                row.append(seconds_of_a_step(make, precision == "bfloat16"))
        found[name] = {precision: min(row) for precision, row in times.items()}
    return found


def seconds_of_a_step(make: Callable, bf16: bool) -> float:
    """Of the processor, for one training step.

    The model is loaded anew, since a trainer leaves its autocast on it.
    """
    model, tokenizer = make_model(CELL.shape)
    with TemporaryDirectory() as folder:
        trainer = make(model, tokenizer, bf16, folder)
        started = time.process_time()
        trainer.train()
        return time.process_time() - started


def grpo_trainer(model, tokenizer, bf16: bool, folder: str):
    """One prompt a step, its answers of full length."""
    return make_trainer(SharedPrefixGRPOTrainer, CELL, model, tokenizer, bf16, folder)


def sft_trainer(model, tokenizer, bf16: bool, folder: str):
    """One step of as many rows as the other has answers."""
    args = SFTConfig(
        output_dir=folder, max_steps=1, per_device_train_batch_size=CELL.group, bf16=bf16,
        learning_rate=1e-6, activation_checkpointing=False, report_to="none", save_strategy="no",
        disable_tqdm=True, use_cpu=not torch.cuda.is_available(), dataloader_pin_memory=False,
    )  # fmt: skip
    texts = [prompt_row(CELL.prompt, tokenizer, seed)["prompt"] for seed in range(CELL.group)]
    rows = [{"prompt": text, "completion": text[-4 * CELL.answer :]} for text in texts]
    trainer = AnswerLossSFTTrainer(
        model=model, args=args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer
    )
    trainer.remove_callback(PrinterCallback)
    if reason := prepare(trainer.model, 10**6):
        sys.exit(f"precision: prefixes can't be shared: {reason}")
    return trainer


if __name__ == "__main__":
    sys.exit(main())
