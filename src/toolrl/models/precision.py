"""The precision a machine computes in: bfloat16 where that is the faster one, else float32.

A processor without bfloat16 of its own emulates it, and a step of GRPO takes several times as long
(docs/performance.md). What the processor lists is asked first: one that lists no bfloat16 computes
in float32, always the same, however busy it is. Where it does list it, or nothing can be read, a
linear layer is timed both ways, since listed instructions may be of no use: not every build of
torch has them, ``ONEDNN_MAX_CPU_ISA`` can forbid them, and ``avx512_bf16`` without AMX was slower
than float32 on a processor of Intel's. What counts is the processor's time for one thread, in the
best of some rounds: by the wall clock, other work on the cores turned the answer round now and
then. It takes some tens of milliseconds, once a process.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

BFLOAT16, FLOAT16, FLOAT32 = "bfloat16", "float16", "float32"

LISTED = ("avx512_bf16", "amx_bf16", "avx10_2", "bf16", "sve_bf16")
"""Capabilities, as torch names them, of processors with bfloat16: x86 and arm64."""

PROBE_SHAPE = (128, 576, 1536)
"""Rows, and the width of a layer before and after: those of the built-in model."""

PROBE_ROUNDS = 5

CLOCK = time.perf_counter if sys.platform == "win32" else time.thread_time
"""On Windows a thread's time moves in steps of 16 ms, more than a product takes."""


@dataclass(frozen=True)
class Precision:
    """What is computed in, and why.

    Attributes:
        name: ``bfloat16``, ``float16`` or ``float32``.
        why: for a person.

    Example:
        >>> print(Precision("float32", "this processor has no native bf16"))
        float32 (this processor has no native bf16)
    """

    name: str
    why: str

    def __str__(self) -> str:
        """Name and reason."""
        return f"{self.name} ({self.why})"

    def facts(self) -> dict[str, str]:
        """What a run's provenance says of it."""
        return {"precision": self.name, "precision_why": self.why}


Native = Callable[[str], tuple[bool, str]]
"""Whether a type of device has bfloat16 of its own, and the reason in words."""


def device_type(*, use_cpu: bool = False) -> str:
    """``cpu``, or the type of the accelerator that torch finds, such as ``cuda``."""
    import torch

    found = None if use_cpu else torch.accelerator.current_accelerator(check_available=True)
    return found.type if found else "cpu"


@cache
def native_bfloat16(device: str) -> tuple[bool, str]:
    """Whether this machine's ``device`` has bfloat16 of its own; asked once a process."""
    import torch

    if device == "cuda":
        return said(torch.cuda.is_bf16_supported(including_emulation=False), "GPU")
    if device == "xpu":
        return said(torch.xpu.is_bf16_supported(including_emulation=False), "GPU")
    if device != "cpu":
        return False, f"bf16 is not used on {device}"
    capabilities = getattr(torch.cpu, "get_capabilities", None)
    return cpu_bfloat16(capabilities() if capabilities else None, bfloat16_gain)


def said(has_it: bool, what: str) -> tuple[bool, str]:
    """The answer, and the same in words."""
    return has_it, f"this {what} has {'' if has_it else 'no '}native bf16"


def cpu_bfloat16(
    capabilities: Mapping[str, Any] | None, gain: Callable[[], float]
) -> tuple[bool, str]:
    """Whether a processor has bfloat16 that torch uses.

    Args:
        capabilities: what it lists, by torch's names; None where that can't be read.
        gain: float32's time of a product over bfloat16's; asked only if it must be.

    Example:
        >>> cpu_bfloat16({"avx512_f": True}, lambda: 9.0)
        (False, 'this processor has no native bf16')
        >>> cpu_bfloat16({"amx_bf16": True}, lambda: 0.3)
        (False, 'bf16 is slower than float32 on this processor')
        >>> cpu_bfloat16(None, lambda: 2.0)
        (True, 'this processor has native bf16')
    """
    if capabilities is not None and not any(capabilities.get(name) for name in LISTED):
        return said(False, "processor")
    if gain() <= 1:
        return False, "bf16 is slower than float32 on this processor"
    return said(True, "processor")


def bfloat16_gain() -> float:
    """Float32's time of a product of the built-in model's size over bfloat16's, on the CPU."""
    import torch
    from torch.nn.functional import linear

    rows, before, after = PROBE_SHAPE
    with one_thread(), torch.no_grad(), torch.random.fork_rng(devices=[]):
        plain = torch.rand(rows, before), torch.rand(after, before)
        both = {dtype: [x.to(dtype) for x in plain] for dtype in (torch.float32, torch.bfloat16)}
        times: dict[torch.dtype, list[float]] = {dtype: [] for dtype in both}
        for _ in range(1 + PROBE_ROUNDS):  # the first round warms up
            for dtype, factors in both.items():
                times[dtype].append(seconds_of(partial(linear, *factors)))
    return min(times[torch.float32][1:]) / min(times[torch.bfloat16][1:])


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute in the calling thread alone."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def seconds_of(work: Callable[[], object]) -> float:
    """Time of the processor that a call takes in this thread."""
    started = CLOCK()
    work()
    return CLOCK() - started


def machine_precision(device: str, native: Native = native_bfloat16) -> Precision:
    """Bfloat16 where the device has it, else float32."""
    has_it, why = native(device)
    return Precision(BFLOAT16 if has_it else FLOAT32, why)


def training_precision(
    trainer: Mapping[str, Any],
    device: str,
    recorded: str | None = None,
    native: Native = native_bfloat16,
) -> Precision:
    """What autocast computes in while a model is trained; its weights are float32 in any case.

    Args:
        trainer: the recipe's values for TRL's config; what they say of ``bf16`` and ``fp16`` wins.
        device: type of the device.
        recorded: what a run that is resumed began in: it goes on so, whatever this machine has.
        native: asks the machine.

    Example:
        >>> print(training_precision({"bf16": False}, "cpu"))
        float32 (as the recipe says)
    """
    if (asked := asked_for(trainer)) is not None:
        return Precision(asked, "as the recipe says")
    own = machine_precision(device, native)
    if recorded in (None, own.name):
        return own
    return Precision(recorded, f"as the run began; this machine's own choice is {own}")


def asked_for(trainer: Mapping[str, Any]) -> str | None:
    """The precision that a recipe asks for, if it does.

    Example:
        >>> asked_for({"bf16": False}), asked_for({"fp16": True}), asked_for({"bf16": None})
        ('float32', 'float16', None)
    """
    bf16, fp16 = trainer.get("bf16"), trainer.get("fp16")
    if bf16:
        return BFLOAT16
    if fp16:
        return FLOAT16
    return None if bf16 is None else FLOAT32


def answering_precision(device: str, native: Native = native_bfloat16) -> Precision:
    """What a model answers in, when it is not being trained: its weights are of that type.

    On a CPU always float32: in bfloat16 other tokens are written now and then, and a third of the
    time is not worth figures that depend on the processor.
    """
    if device == "cpu":
        return Precision(FLOAT32, "as answers always are on a CPU")
    return machine_precision(device, native)
