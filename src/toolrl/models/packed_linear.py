"""On a CPU, linear layers from copies of their weights that are laid out for oneDNN.

Torch's own float32 product for a few rows (one token of each answer) reached a third of the
memory's speed on two AVX-512 cores; from weights laid out beforehand it is two to four times
faster, and laying out 135M parameters takes 0.2 s.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import Linear

from toolrl.models.cpu_kernels import Packing, packing


@contextlib.contextmanager
def packed_linears(model: Any, dtype: torch.dtype = torch.float32) -> Iterator[None]:
    """Run the model's linear layers from packed copies; for the block, weights must not change.

    Where it can't be done (an accelerator, a build of torch without oneDNN) nothing happens.

    Args:
        model: any module.
        dtype: float32, or bfloat16 for products as autocast would make them, where the CPU can.
    """
    layers = [part for part in model.modules() if type(part) is Linear and can_pack(part.weight)]
    if layers and dtype is torch.bfloat16 and not packing(dtype):
        dtype = torch.float32  # slower there than float32 if it can be had at all
    kernel = packing(dtype) if layers else None
    layers = layers if kernel else []
    before = [layer.__dict__.get("forward") for layer in layers]
    for layer in layers:
        layer.forward = packed(layer, dtype, kernel)
    try:
        yield
    finally:
        for layer, forward in zip(layers, before, strict=True):
            del layer.forward
            if forward is not None:
                layer.forward = forward


def can_pack(weight: Tensor) -> bool:
    """Whether a weight is dense float32 on a CPU."""
    return weight.device.type == "cpu" and weight.dtype == torch.float32


def packed(layer: Linear, dtype: torch.dtype, kernel: Packing) -> Callable[[Tensor], Tensor]:
    """The layer's forward pass without autograd, from a packed copy of its weight."""
    weight = kernel.pack(layer.weight.detach().to(dtype))
    bias = None if layer.bias is None else layer.bias.detach().to(dtype)

    def forward(rows: Tensor) -> Tensor:
        return kernel.product(rows.to(dtype), weight, bias).to(rows.dtype)

    return forward
