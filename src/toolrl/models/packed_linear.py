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


@contextlib.contextmanager
def packed_linears(model: Any, dtype: torch.dtype = torch.float32) -> Iterator[None]:
    """Run the model's linear layers from packed copies; for the block, weights must not change.

    Where it can't be done (an accelerator, a build of torch without oneDNN) nothing happens.

    Args:
        model: any module.
        dtype: float32, or bfloat16 for products as autocast would make them, where the CPU can.
    """
    if dtype is torch.bfloat16 and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        dtype = torch.float32  # slower there than float32 if it can be had at all
    layers = [part for part in model.modules() if type(part) is Linear and can_pack(part.weight)]
    before = [layer.__dict__.get("forward") for layer in layers]
    for layer in layers:
        layer.forward = packed(layer, dtype)
    try:
        yield
    finally:
        for layer, forward in zip(layers, before, strict=True):
            del layer.forward
            if forward is not None:
                layer.forward = forward


def can_pack(weight: Tensor) -> bool:
    """Whether a weight is dense float32 on a CPU, and torch has the means."""
    return (
        weight.device.type == "cpu"
        and weight.dtype == torch.float32
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def packed(layer: Linear, dtype: torch.dtype) -> Callable[[Tensor], Tensor]:
    """The layer's forward pass without autograd, from a packed copy of its weight."""
    weight = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach().to(dtype))
    bias = None if layer.bias is None else layer.bias.detach().to(dtype)

    def forward(rows: Tensor) -> Tensor:
        product = torch.ops.mkldnn._linear_pointwise(rows.to(dtype), weight, bias, "none", [], "")
        return product.to(rows.dtype)

    return forward
