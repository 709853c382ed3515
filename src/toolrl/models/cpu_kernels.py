"""The operations of the CPU that are private to torch, where this build of torch has them.

They make a CPU fast, but they may be missing (another processor or system, a build without oneDNN)
or take other arguments in another release. So each is looked up when it is used and tried on a few
numbers, and where it fails the plain path is taken, which gives the same results.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear, scaled_dot_product_attention

NO_KERNEL = (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError)
"""What torch raises for an operation that is missing, not built, or called by another signature."""

FLASH = "_scaled_dot_product_flash_attention_for_cpu"


class Flash(NamedTuple):
    """The flash kernel of the CPU, which also gives the scores' log-sum-exps.

    Attributes:
        forward: queries, keys, values, dropout, causal, scale= -> output, log-sum-exps.
        backward: gradient, queries, keys, values, output, log-sum-exps, dropout, causal, scale=
            -> gradients of queries, keys, values.
    """

    forward: Callable[..., tuple[Tensor, Tensor]]
    backward: Callable[..., tuple[Tensor, Tensor, Tensor]]


class Packing(NamedTuple):
    """Products of oneDNN with weights that were laid out for it beforehand.

    Attributes:
        pack: a weight (M, N) -> the same, laid out.
        product: rows (..., N), packed weight, bias or None -> (..., M).
    """

    pack: Callable[[Tensor], Tensor]
    product: Callable[[Tensor, Tensor, Tensor | None], Tensor]


@cache
def flash() -> Flash | None:
    """The flash kernel, or None where torch's attention must be called as it is."""
    try:
        operations = torch.ops.aten
        found = Flash(getattr(operations, FLASH), getattr(operations, f"{FLASH}_backward"))
        return found if attends(found) else None
    except NO_KERNEL:
        return None


@torch.no_grad()
def attends(kernel: Flash) -> bool:
    """Whether a kernel gives causal attention, and the gradient of its sum."""
    scale = 0.5
    query, key, value = (torch.linspace(a, 1.0, 12).view(1, 1, 3, 4) for a in (-1.0, -0.5, 0.25))
    scores = (query @ key.transpose(2, 3) * scale).masked_fill(later(3), -torch.inf)
    own = scores.softmax(dim=-1) @ value
    output, sums = kernel.forward(query, key, value, 0.0, True, scale=scale)
    ones = torch.ones_like(own)
    grads = kernel.backward(ones, query, key, value, output, sums, 0.0, True, scale=scale)
    by_torch = [x.clone().requires_grad_() for x in (query, key, value)]
    with torch.enable_grad():
        plain = scaled_dot_product_attention(*by_torch, is_causal=True, scale=scale)
        wanted = torch.autograd.grad(plain.sum(), by_torch)
    pairs = [(output, own), (sums, scores.logsumexp(dim=-1)), *zip(grads, wanted, strict=True)]
    return all(torch.allclose(x, y, atol=1e-4) for x, y in pairs)


def later(size: int) -> Tensor:
    """(size, size), True where the column comes after the row."""
    return torch.ones(size, size, dtype=torch.bool).triu(1)


@cache
def packing(dtype: torch.dtype) -> Packing | None:
    """Products with packed weights of a dtype, or None where torch's own product must be called."""
    try:
        operations = torch.ops.mkldnn
        if not torch.backends.mkldnn.is_available():
            return None
        if dtype is torch.bfloat16 and not operations._is_mkldnn_bf16_supported():
            return None
        reorder, pointwise = operations._reorder_linear_weight, operations._linear_pointwise

        def product(rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
            return pointwise(rows, weight, bias, "none", [], "")

        found = Packing(reorder, product)
        return found if multiplies(found, dtype) else None
    except NO_KERNEL:
        return None


@torch.no_grad()
def multiplies(kernel: Packing, dtype: torch.dtype) -> bool:
    """Whether packed products are those of a linear layer."""
    rows = torch.linspace(-1.0, 1.0, 32).view(2, 16)
    weight = torch.linspace(0.5, -1.0, 128).view(8, 16)
    bias = torch.linspace(-0.25, 0.25, 8)
    found = kernel.product(rows.to(dtype), kernel.pack(weight.to(dtype)), bias.to(dtype))
    return torch.allclose(found.float(), linear(rows, weight, bias), atol=0.1)


def in_use() -> str:
    """Which of them this machine uses, in words."""
    packed = [str(dtype)[6:] for dtype in (torch.float32, torch.bfloat16) if packing(dtype)]
    attention = "flash kernel" if flash() else "plain, this torch has no flash kernel for it"
    layers = f"packed for oneDNN ({', '.join(packed)})" if packed else "plain, no oneDNN"
    return f"attention: {attention}; linear layers: {layers}"
