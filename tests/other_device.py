"""A device that is not the CPU, with values, for machines that have no other.

Its tensors say that they are on ``meta``, and hold their values in a tensor on the CPU. What mixes
them with tensors on the CPU is refused as a GPU refuses it, also where torch's own ``meta`` could
not go on, since the code reads values (``tolist``, ``nonzero``, ``unique``).
"""

import contextlib
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

NAME = "meta"
aten = torch.ops.aten
MOVES = {aten._to_copy.default, aten.copy_.default}
INDEXES = {aten.index.Tensor, aten.index_put_.default, aten.index_put.default,
           aten._index_put_impl_.default, aten._unsafe_index.Tensor}  # fmt: skip
"""Operations that take indices on the CPU, on a GPU too."""


class Elsewhere(torch.Tensor):
    """A tensor that says it is on another device."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(
            cls, inner.size(), strides=inner.stride(), storage_offset=inner.storage_offset(),
            dtype=inner.dtype, device=NAME,
        )  # fmt: skip

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return run(func, args, kwargs or {})

    __torch_function__ = torch._C._disabled_torch_function_impl


def is_there(device):
    """Whether a ``device`` argument means this device."""
    return device is not None and torch.device(device).type == NAME


def run(func, args, kwargs):
    """An operation on values, its devices checked."""
    given = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, torch.Tensor)]
    elsewhere = [x for x in given if isinstance(x, Elsewhere)]
    here = [x for x in given if not isinstance(x, Elsewhere) and x.dim()]
    if func in INDEXES:
        here = [x for x in here if x is args[0] or x is (args[2] if len(args) > 2 else None)]
    if elsewhere and here and func not in MOVES:
        raise RuntimeError(f"{func}: expected all tensors to be on the same device")
    asked = kwargs.get("device")
    goes_there = is_there(asked) if asked is not None else bool(elsewhere)
    if func is aten.copy_.default:
        goes_there = isinstance(args[0], Elsewhere)
    if is_there(asked):
        kwargs = kwargs | {"device": "cpu"}
    plain = tree_map(lambda x: x.inner if isinstance(x, Elsewhere) else x, (args, kwargs))
    found = func(*plain[0], **plain[1])
    if given and found is plain[0][0]:  # done in place
        return args[0]
    if not goes_there:
        return found
    return tree_map(lambda x: Elsewhere(x) if isinstance(x, torch.Tensor) else x, found)


class Dispatch(TorchDispatchMode):
    """Takes every operation, those on tensors of the CPU alone too: they may make or move one."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return run(func, args, kwargs or {})


class Factories(TorchFunctionMode):
    """``torch.tensor(…, device=…)`` and ``tolist``, which torch does without any operation."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is torch.tensor and is_there(kwargs.get("device")):
            return func(*args, **(kwargs | {"device": "cpu"})).to(NAME)
        if func is torch.Tensor.tolist and isinstance(args[0], Elsewhere):
            return args[0].inner.tolist()
        return func(*args, **kwargs)


@contextlib.contextmanager
def other_device():
    """Within the block, ``"meta"`` is a device with values, and without autocast."""
    is_on = torch.is_autocast_enabled

    def enabled(*device):
        return device != (NAME,) and is_on(*device)

    with mock.patch.object(torch, "is_autocast_enabled", enabled), Dispatch(), Factories():
        yield


def there(*tensors):
    """Tensors moved to the device."""
    return [Elsewhere(x.detach()) for x in tensors]


def back(tensor):
    """A tensor's values, on the CPU."""
    return tensor.detach().inner


def move(module):
    """A module's weights and buffers there."""
    for part in module.modules():
        for name, weight in list(part._parameters.items()):
            if weight is not None:
                part._parameters[name] = torch.nn.Parameter(Elsewhere(weight.detach()))
        for name, buffer in list(part._buffers.items()):
            if buffer is not None:
                part._buffers[name] = Elsewhere(buffer)
    return module
