"""What bfloat16 costs or gains a training step on this processor, and with parts of it forbidden.

    python benchmarks/precision.py [--isa default AVX512_CORE_BF16 AVX512_CORE]

Steps of GRPO and of SFT of the built-in model, in bfloat16 and in float32. ``ONEDNN_MAX_CPU_ISA``
makes oneDNN, which computes the products, leave out later instructions: AVX512_CORE_BF16 is a
processor without AMX, AVX512_CORE one without native bfloat16. Each has a process of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from toolrl.models.precision import machine_precision
from toolrl.runs import METRICS, read_lines
from toolrl.train.config import DataConfig, GroupTrainConfig, GymData, SFTTrainConfig, TrainConfig
from toolrl.train.methods import trainer_of

STEPS = 3
COMMON = {"max_steps": STEPS, "activation_checkpointing": False, "learning_rate": 1e-6}
TRAINER = {
    "grpo": COMMON | {"num_generations": 8, "per_device_train_batch_size": 8,
                      "max_completion_length": 32, "temperature": 0.8},
    "sft": COMMON | {"per_device_train_batch_size": 4},
}  # fmt: skip


def main() -> int:
    """A line for each method and instruction set."""
    args = arguments()
    if args.child:
        measure()
        return 0
    for isa in args.isa:
        print(f"{isa}:", flush=True)
        setting = {} if isa == "default" else {"ONEDNN_MAX_CPU_ISA": isa}
        command = [sys.executable, __file__, "--child"]
        subprocess.run(command, env=os.environ | setting, check=True, stderr=subprocess.DEVNULL)
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


def measure() -> None:
    """Print what this process's instruction set takes."""
    print(f"  chosen: {machine_precision('cpu')}", flush=True)
    for method in TRAINER:
        seconds = {bf16: seconds_of_a_step(method, bf16) for bf16 in (True, False)}
        print(
            f"  {method}: a step in bfloat16 {seconds[True]:.2f} s, in float32 "
            f"{seconds[False]:.2f} s, ratio {seconds[True] / seconds[False]:.2f}",
            flush=True,
        )


def seconds_of_a_step(method: str, bf16: bool) -> float:
    """Of the fastest step but the first, which warms up."""
    with TemporaryDirectory() as folder:
        config = recipe(method, f"{folder}/run")
        config = replace(config, trainer=config.trainer | {"bf16": bf16})
        run = trainer_of(method)(config)
        times = [row["seconds"] for row in read_lines(Path(run) / METRICS)]
    return min(after - before for before, after in pairwise(times))


def recipe(method: str, output: str) -> TrainConfig:
    """A short training on the quickstart's kinds of task."""
    data = DataConfig(gym=GymData(n=32, seed=1001, kinds={"single": 1}), max_prompt_tokens=400)
    made = SFTTrainConfig if method == "sft" else GroupTrainConfig
    silent = {"sample_every": 0} if method == "sft" else {}
    return made(
        model="builtin:smollm2-135m", output=output, data=data, format="paper-brief", seed=1,
        trainer=TRAINER[method], **silent,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
