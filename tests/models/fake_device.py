"""A device that any machine has: its tensors hold numbers, but mix with no tensor of the CPU.

It goes by the name of torch's ``meta`` device. As on an accelerator, an operation on tensors of two
devices raises; unlike on torch's own ``meta`` device, numbers can be read and compared.

    with FakeDevice():
        model.to("meta")
"""

from __future__ import annotations

from contextlib import ExitStack
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_flatten, tree_map

DEVICE = torch.device("meta")
ATEN = torch.ops.aten
CROSSING = {ATEN._to_copy.default, ATEN.copy_.default}
"""What takes a tensor from one device to another."""
INDEXING = {ATEN.index.Tensor: 1, ATEN.index_put.default: 1, ATEN.index_put_.default: 1,
            ATEN._index_put_impl_.default: 1, ATEN._unsafe_index.Tensor: 1}  # fmt: skip
"""What takes places on the CPU for a tensor on the device, and which argument they are."""


class OnDevice(torch.Tensor):
    """A tensor that says it is on the device; ``held`` has its numbers."""

    @staticmethod
    def __new__(cls, held):
        made = torch.Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(),
            dtype=held.dtype, device=DEVICE, requires_grad=False,
        )  # fmt: skip
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(cls, operation, types, args=(), kwargs=None):
        return run(operation, args, kwargs or {})

    def __repr__(self):
        return f"OnDevice({self.held})"


class Numbers(TorchFunctionMode):
    """Numbers into tensors and out of them, where torch itself would lose or refuse them."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if function is torch.Tensor.tolist:
            return held(args[0]).tolist()
        device = kwargs.get("device")
        if function not in (torch.tensor, torch.as_tensor) or device is None:
            return function(*args, **kwargs)
        needs_grad = kwargs.pop("requires_grad", False)
        made = function(*args, **kwargs | {"device": "cpu"}).to(device)
        return made.requires_grad_() if needs_grad else made


class FakeDevice(TorchDispatchMode):
    """Where tensors can be made on the device, which has no autocast."""

    def __enter__(self):
        is_on = torch.is_autocast_enabled
        self.around = ExitStack()
        self.around.enter_context(Numbers())
        self.around.enter_context(
            mock.patch.object(
                torch, "is_autocast_enabled", lambda *on: on != (DEVICE.type,) and is_on(*on)
            )
        )
        return super().__enter__()

    def __exit__(self, *error):
        super().__exit__(*error)
        self.around.__exit__(*error)

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        return run(operation, args, kwargs or {})


def run(operation, args, kwargs):
    """Do it with the numbers; the result is where the arguments are, or where it is asked for."""
    asked = kwargs.get("device")
    check(operation, args, kwargs)
    given = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, OnDevice)]
    there = bool(given) if asked is None else torch.device(asked) == DEVICE
    if operation is ATEN.copy_.default:
        there = isinstance(args[0], OnDevice)
    if asked is not None:
        kwargs = kwargs | {"device": torch.device("cpu")}
    plain_args, plain_kwargs = tree_map(held, (args, kwargs))
    found = operation(*plain_args, **plain_kwargs)
    if not there:
        return found
    wrapped = tree_map(lambda x: OnDevice(x) if isinstance(x, torch.Tensor) else x, found)
    return return_and_correct_aliasing(operation, args, kwargs, wrapped)


def held(value):
    return value.held if isinstance(value, OnDevice) else value


def check(operation, args, kwargs):
    """Raise as an accelerator would where a tensor of the CPU is among the arguments."""
    if operation in CROSSING:
        return
    skipped = INDEXING.get(operation)
    looked_at = [arg for number, arg in enumerate(args) if number != skipped]
    tensors = [x for x in tree_flatten((looked_at, kwargs))[0] if isinstance(x, torch.Tensor)]
    there = [x for x in tensors if isinstance(x, OnDevice)]
    here = [x for x in tensors if not isinstance(x, OnDevice) and x.dim()]
    if there and here:
        raise RuntimeError(f"{operation}: all tensors must be on one device, but some are on cpu")
