"""The tools of one BFCL conversation, with their state: files, tickets, orders, a car.

The official executor evaluates the model's text as Python and keeps the instances in its module's
globals. Here each conversation has instances of its own, and a call reaches a public method by
name. Results read letter for letter as the official ones.
"""

from __future__ import annotations

import ast
import copy
import inspect
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from toolrl.envs.bfcl_wheel import module
from toolrl.types import ToolCall

BACKEND = "constants.executable_backend_config"
MAX_PRECISION = 1000
"""Digits that a calculation may ask for; the official tools would compute for as long as it takes.
The answer keys ask for at most 10."""
DIGITS = ("precision", "decimal_places")
MAX_BITS = 100_000
"""Size in bits that a power of whole numbers may have."""

# What the tools raise on values that they can't use; the official executor catches everything.
_FAILURES = (
    ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip
_ONE_AT_A_TIME = threading.Lock()  # the calculator sets the precision of the whole process


class World:
    """The tool instances of one conversation.

    Args:
        classes: names of BFCL's tool classes, for example ``["GorillaFileSystem", "MathAPI"]``.
        config: each class's initial state, as BFCL's data give it.
        long_context: fill them with the many entries of the long-context category.

    Attributes:
        instances: the tool instances by class name, for the state checker.

    Example::

        world = World(["MathAPI"], {})
        world.run(ToolCall("add", {"a": 1, "b": 2}))    # '{"result": 3}'
    """

    def __init__(
        self, classes: Sequence[str], config: Mapping[str, Any], *, long_context: bool = False
    ) -> None:
        self.instances: dict[str, Any] = {}
        self._methods: dict[str, Callable[..., Any]] = {}
        backend = module(BACKEND)
        for name in classes:
            place = backend.CLASS_FILE_PATH_MAPPING[name].removeprefix("bfcl_eval.")
            instance = getattr(module(place), name)()
            if name not in backend.STATELESS_CLASSES:
                state = copy.deepcopy(config.get(name, {}))
                instance._load_scenario(state, long_context=long_context)
            self.instances[name] = instance
            methods = inspect.getmembers(instance, predicate=inspect.ismethod)
            self._methods |= {key: method for key, method in methods if key[0] != "_"}

    def run(self, call: ToolCall) -> str:
        """What the tool says; what the model did wrong is said, never raised."""
        method = self._methods.get(call.name)
        if method is None or not isinstance(call.arguments, Mapping):
            return f"Error during execution: name '{call.name}' is not defined"
        if endless(call):
            return "Error during execution: the number is too large to compute with"
        try:
            with _ONE_AT_A_TIME, usual_precision():
                return as_text(method(**copy.deepcopy(dict(call.arguments))))
        except _FAILURES as error:
            return f"Error during execution: {error}"

    def read(self, text: str) -> ToolCall:
        """A call of the answer key, as ``mv('a.txt', destination='b')``; literals only.

        Raises:
            ValueError: no such call.
        """
        node = ast.parse(text.strip(), mode="eval").body
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            raise ValueError(f"not a call: {text}")
        names = inspect.signature(self._methods[node.func.id]).parameters
        given = dict(zip(names, node.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in node.keywords}
        return ToolCall(node.func.id, {k: ast.literal_eval(v) for k, v in given.items()})


def as_text(result: Any) -> str:
    """A result as the official executor writes it."""
    if isinstance(result, str):
        return result
    if type(result) is not dict:
        return str(result)
    try:
        return json.dumps(result)
    except (TypeError, ValueError):
        return str(result)


def endless(call: ToolCall) -> bool:
    """Whether a calculation would take (nearly) for ever.

    Example:
        >>> endless(ToolCall("power", {"base": 10, "exponent": 10**9}))
        True
        >>> endless(ToolCall("round_number", {"number": 5, "decimal_places": -(10**9)}))
        True
        >>> endless(ToolCall("power", {"base": 2, "exponent": 10}))
        False
    """
    numbers = {k: v for k, v in call.arguments.items() if isinstance(v, int | float)}
    if max(abs(numbers.get(name, 0)) for name in DIGITS) > MAX_PRECISION:
        return True
    base, exponent = numbers.get("base", 0), numbers.get("exponent", 0)
    whole = isinstance(base, int) and isinstance(exponent, int)
    return call.name == "power" and whole and base.bit_length() * abs(exponent) > MAX_BITS


@contextmanager
def usual_precision():
    """The calculator leaves mpmath and decimal at the precision last asked for; put it back."""
    import decimal

    import mpmath

    before = mpmath.mp.dps
    try:
        with decimal.localcontext():
            yield
    finally:
        mpmath.mp.dps = before
