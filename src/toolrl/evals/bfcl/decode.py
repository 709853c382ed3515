"""Reads a text as BFCL's prompting mode does, without ever running it.

The official decoder evaluates sums (``x=2+3``) as Python, so that a model's text can run code.
Here they are worked out from their numbers and texts; whatever else stands in a sum can't be read.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from toolrl.envs.bfcl_wheel import module
from toolrl.types import ToolCall

MAX_TEXT = 200_000
MAX_RESULT = 10_000
"""Bits of a number, or length of a text or list, that a sum may make."""
SUMS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


class Undecodable(ValueError):
    """The text holds no calls that the official decoder could read."""


def decode(text: str, tongue: str = "python") -> tuple[ToolCall, ...]:
    """The calls of a text such as ``[f(a=1), g()]``; the brackets may be missing.

    Args:
        text: the model's answer.
        tongue: ``python``, ``java`` or ``javascript``.

    Raises:
        Undecodable: nothing that the official decoder would read.
        MissingExtraError: the parsers of Java and JavaScript are not installed.

    Example:
        >>> decode("geo.area(side=2 + 1, unit=cm)")
        (ToolCall(name='geo.area', arguments={'side': 3, 'unit': 'cm'}),)
    """
    text = text.strip("`\n ")
    text = text if text.startswith("[") else f"[{text}"
    text = text if text.endswith("]") else f"{text}]"
    if len(text) > MAX_TEXT:
        raise Undecodable("too long")
    calls = python_calls(text) if tongue == "python" else other_calls(text[1:-1], tongue)
    return tuple(ToolCall(name, arguments) for name, arguments in calls)


def python_calls(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Name and arguments of each call of a Python list."""
    try:
        body = ast.parse(text.strip("'"), mode="eval").body
        nodes = [body] if isinstance(body, ast.Call) else body.elts
        return [read_call(node) for node in nodes]
    except (AttributeError, MemoryError, RecursionError, SyntaxError, TypeError, ValueError) as e:
        raise Undecodable(f"{type(e).__name__}: {e}") from None


def read_call(node: ast.expr) -> tuple[str, dict[str, Any]]:
    """One call; arguments without a name are passed over, as the official decoder does."""
    if not isinstance(node, ast.Call):
        raise Undecodable("not a call")
    parts, place = [], node.func
    while isinstance(place, ast.Attribute):
        parts.append(place.attr)
        place = place.value
    if isinstance(place, ast.Name):
        parts.append(place.id)
    return ".".join(reversed(parts)), {one.arg: value(one.value) for one in node.keywords}


def value(node: ast.expr) -> Any:
    """An argument's value; a name or a call without named arguments is its own text."""
    match node:
        case ast.Constant():
            return "..." if node.value is Ellipsis else node.value
        case ast.UnaryOp(operand=ast.Constant(value=number)):
            return -number  # whatever the sign is: an official quirk
        case ast.List():
            return [value(one) for one in node.elts]
        case ast.Tuple():
            return tuple(value(one) for one in node.elts)
        case ast.Dict():
            return {value(k): value(v) for k, v in zip(node.keys, node.values, strict=True)}
        case ast.BinOp():
            return worked_out(node)
        case ast.Name():
            return node.id
        case ast.Call():
            return dict([read_call(node)]) if node.keywords else ast.unparse(node)
        case ast.Subscript():
            return f"{ast.unparse(node.value)}[{ast.unparse(node.slice)}]"
    raise Undecodable(f"a value can't be a {type(node).__name__}")


def worked_out(node: ast.expr) -> Any:
    """The value of a sum of numbers and texts."""
    match node:
        case ast.Constant():
            return node.value
        case ast.UnaryOp(op=ast.USub()):
            return -worked_out(node.operand)
        case ast.UnaryOp(op=ast.Invert()):
            return ~worked_out(node.operand)
        case ast.UnaryOp(op=ast.UAdd()):
            return +worked_out(node.operand)
        case ast.List():
            return [worked_out(one) for one in node.elts]
        case ast.Tuple():
            return tuple(worked_out(one) for one in node.elts)
        case ast.BinOp() if type(node.op) in SUMS:
            left, right = worked_out(node.left), worked_out(node.right)
            if too_large(node.op, left, right):
                raise Undecodable("too large a sum")
            try:
                return SUMS[type(node.op)](left, right)
            except ArithmeticError as error:
                raise Undecodable(str(error)) from None
    raise Undecodable("a sum of something else than numbers and texts")


def too_large(op: ast.operator, left: Any, right: Any) -> bool:
    """Whether a sum would fill the memory or take for ever; ``%`` on a text could do both."""
    texts = [one for one in (left, right) if isinstance(one, str | bytes | list | tuple)]
    weights = sum(map(weight, texts))
    numbers = [abs(one) for one in (left, right) if isinstance(one, int)]
    if isinstance(op, ast.Mod):
        return bool(texts)
    if texts:
        return weights * max(numbers, default=1) > MAX_RESULT
    bits = max((number.bit_length() for number in numbers), default=0)
    times = abs(right) if isinstance(op, ast.Pow) and len(numbers) == 2 else 1
    return bits * times > MAX_RESULT


def weight(value: Any) -> int:
    """How much a text or a list holds, with all that is in it.

    Example:
        >>> weight("abc"), weight([1, ["ab", 2]])
        (3, 6)
    """
    if isinstance(value, str | bytes):
        return len(value)
    return len(value) + sum(weight(x) for x in value if isinstance(x, str | bytes | list | tuple))


def other_calls(text: str, tongue: str) -> list[tuple[str, dict[str, Any]]]:
    """Calls in Java or JavaScript, by the official parsers, which only read."""
    name = {"java": "java", "javascript": "js"}[tongue]
    parsers = module(f"model_handler.parser.{name}_parser")
    parse = getattr(parsers, f"parse_{tongue}_function_call")
    try:
        found = parse(text) or []
    except Exception as error:  # noqa: BLE001 - what the parsers raise is bare Exception
        raise Undecodable(f"{type(error).__name__}: {error}") from None
    return [(str(name), dict(arguments)) for call in found for name, arguments in call.items()]
