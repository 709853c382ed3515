"""A Python function becomes a tool: JSON Schema from its signature and Google docstring."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable
from typing import Any, Literal, Union, get_args, get_origin

from toolrl.errors import ToolRLError
from toolrl.types import ToolSpec

_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object"}
_SECTIONS = ("Args:", "Returns:", "Raises:", "Yields:", "Example:", "Examples:", "Note:")
_ARGUMENT = re.compile(r"^(\w+)\s*(?:\([^)]*\))?:\s*(.*)$")


class SignatureError(ToolRLError, TypeError):
    """A function can't be offered as a tool: a type hint is missing or has no JSON Schema."""


def tool_spec(function: Callable[..., Any]) -> ToolSpec:
    """The tool that a function or method is, as a model sees it.

    The description is the docstring's first paragraph, each parameter's its line under ``Args:``.
    Parameters without a default are required; a default that JSON can hold is written down.

    Args:
        function: a function or bound method, every parameter with a type hint of ``str, int,
            float, bool, list[...], dict, Literal[...], X | None`` (nested as you like).

    Returns:
        The spec; its name is the function's.

    Raises:
        SignatureError: a hint is missing, unknown, or a parameter is ``*args`` or ``**kwargs``.

    Example:
        >>> def get_weather(city: str, days: int = 3) -> str:
        ...     '''Weather of a city.
        ...
        ...     Args:
        ...         city: Name of the city.
        ...     '''
        >>> spec = tool_spec(get_weather)
        >>> spec.description, spec.required
        ('Weather of a city.', ('city',))
        >>> spec.properties["days"]
        {'type': 'integer', 'default': 3}
    """
    description, about = read_docstring(inspect.getdoc(function) or "")
    hints = _hints(function)
    properties: dict[str, Any] = {}
    required = []
    for name, parameter in inspect.signature(function).parameters.items():
        schema = _parameter_schema(function, parameter, hints)
        if name in about:
            schema["description"] = about[name]
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
        properties[name] = schema
    parameters = {"type": "object", "properties": properties, "required": required}
    return ToolSpec(function.__name__, description, parameters)


def type_schema(hint: Any) -> dict[str, Any]:
    """JSON Schema of one type hint.

    Raises:
        TypeError: the hint has no JSON Schema here.

    Example:
        >>> type_schema(list[int])
        {'type': 'array', 'items': {'type': 'integer'}}
        >>> type_schema(Literal["low", "high"] | None)
        {'type': 'string', 'enum': ['low', 'high']}
    """
    if hint is Any:
        return {}
    if hint in _SIMPLE:
        return {"type": _SIMPLE[hint]}
    if hint is list:
        return {"type": "array"}
    origin, inner = get_origin(hint), get_args(hint)
    if origin is list:
        return {"type": "array", "items": type_schema(inner[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": type_schema(inner[1])}
    if origin is Literal:
        return _enum_schema(inner)
    if origin in (Union, types.UnionType):
        return _union_schema(inner)
    raise TypeError(f"{hint!r} has no JSON Schema")


def read_docstring(text: str) -> tuple[str, dict[str, str]]:
    r"""The first paragraph and the ``Args:`` lines of a Google docstring.

    Example:
        >>> read_docstring("Add two.\n\nArgs:\n    a (int): One,\n        or none.\n    b: Two")
        ('Add two.', {'a': 'One, or none.', 'b': 'Two'})
    """
    summary, lines, at = [], text.splitlines(), 0
    while at < len(lines) and lines[at].strip() and lines[at].strip() not in _SECTIONS:
        summary.append(lines[at].strip())
        at += 1
    return " ".join(summary), _arguments(lines)


def _arguments(lines: list[str]) -> dict[str, str]:
    """Lines under ``Args:``; deeper lines go on with the parameter above them."""
    stripped = [line.strip() for line in lines]
    if "Args:" not in stripped:
        return {}
    about: dict[str, str] = {}
    name, margin = "", None
    for line in lines[stripped.index("Args:") + 1 :]:
        if not line.strip():
            continue
        depth = len(line) - len(line.lstrip())
        if line.strip() in _SECTIONS or depth == 0:
            break
        margin = depth if margin is None else margin
        found = _ARGUMENT.match(line.strip()) if depth == margin else None
        if found:
            name, about[found[1]] = found[1], found[2]
        elif name:
            about[name] = f"{about[name]} {line.strip()}".strip()
    return about


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except NameError as error:
        raise SignatureError(
            f"{_place(function)}: a type hint can't be resolved ({error}); "
            "define or import that type at the top of its module"
        ) from None


def _parameter_schema(
    function: Callable[..., Any], parameter: inspect.Parameter, hints: dict[str, Any]
) -> dict[str, Any]:
    name = parameter.name
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise SignatureError(
            f"{_place(function)}: {parameter} can't be offered; name each parameter"
        )
    if name not in hints:
        raise SignatureError(
            f"{_place(function)}: parameter '{name}' has no type hint; write {name}: str, say"
        )
    try:
        schema = type_schema(hints[name])
    except TypeError as error:
        raise SignatureError(
            f"{_place(function)}: parameter '{name}': {error}; "
            "use str, int, float, bool, list[...], dict, Literal[...] or X | None"
        ) from None
    if parameter.default not in (inspect.Parameter.empty, None):
        schema["default"] = parameter.default
    return schema


def _enum_schema(values: tuple[Any, ...]) -> dict[str, Any]:
    kinds = {_SIMPLE.get(type(value)) for value in values}
    enum = {"enum": list(values)}
    return {"type": kinds.pop(), **enum} if len(kinds) == 1 else enum


def _union_schema(members: tuple[Any, ...]) -> dict[str, Any]:
    """``X | None`` is X, as an argument that isn't given is left out; other unions are anyOf."""
    kept = [type_schema(member) for member in members if member is not type(None)]
    return kept[0] if len(kept) == 1 else {"anyOf": kept}


def _place(function: Callable[..., Any]) -> str:
    """``file.py, line 12, tool 'name'`` for messages."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    name = getattr(function, "__name__", repr(function))
    if code is None:
        return f"tool '{name}'"
    return f"{code.co_filename}, line {code.co_firstlineno}, tool '{name}'"
