"""The right answer of an item, made from BFCL's answer key.

A key lists, for each parameter, the values that count; an empty text among them means that the
parameter may be left out. Java's and JavaScript's values are written as source text, since that is
what those categories ask for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from toolrl.types import ToolCall

Key = Sequence[Mapping[str, Mapping[str, list[Any]]]]


def gold_calls(
    functions: Sequence[Mapping[str, Any]], key: Key, tongue: str
) -> tuple[ToolCall, ...]:
    """The calls of an item's key, with the first value that counts for each parameter.

    Args:
        functions: the item's function documents.
        key: the item's ``ground_truth``.
        tongue: ``python``, ``java`` or ``javascript``.

    Example:
        >>> tool = {"name": "f", "parameters": {"properties": {"a": {"type": "integer"}}}}
        >>> gold_calls([tool], [{"f": {"a": [1, 2], "b": ["", 3]}}], "python")
        (ToolCall(name='f', arguments={'a': 1}),)
    """
    documents = {function["name"]: function["parameters"] for function in functions}
    return tuple(
        ToolCall(name, gold_arguments(documents.get(name, {}), options, tongue))
        for call in key
        for name, options in call.items()
    )


def gold_arguments(
    document: Mapping[str, Any], options: Mapping[str, list[Any]], tongue: str
) -> dict[str, Any]:
    """Arguments by name; what may be left out is, unless the tool requires it."""
    required = document.get("required", ())
    arguments = {}
    for name, values in options.items():
        if not values or ("" in values and name not in required):
            continue
        spec = document.get("properties", {}).get(name, {})
        value = plain(next((value for value in values if value != ""), ""))
        arguments[name] = source(value, spec, tongue) if tongue in SOURCE else value
    return arguments


def plain(value: Any) -> Any:
    """A value of the key as a call has it: objects list the values of each of their keys.

    Example:
        >>> plain({"unit": ["km", "mile"], "exact": ["", True]}), plain([{"n": [1]}])
        ({'unit': 'km'}, [{'n': 1}])
    """
    if isinstance(value, list):
        return [plain(one) if isinstance(one, dict) else one for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: values[0] if isinstance(values, list) else values
        for key, values in value.items()
        if values and not (isinstance(values, list) and "" in values)
    }


def source(value: Any, spec: Mapping[str, Any], tongue: str) -> str:
    """A value as source text of that language; a text that stands for a variable stays as it is."""
    kind = spec.get("type", "any")
    if isinstance(value, str) or kind == "any":
        return value if isinstance(value, str) else scalar(value)
    return SOURCE[tongue](value, kind, spec.get("items", {}).get("type", "any"))


def scalar(value: Any) -> str:
    """``true``, ``1``, or text in double quotes: alike in both languages."""
    return json.dumps(value, ensure_ascii=False)


def java(value: Any, kind: str, inner: str) -> str:
    """Java source of a value of a declared type.

    Example:
        >>> java([1, 2], "ArrayList", "long"), java({"a": True}, "HashMap", "any")
        ('new ArrayList<>(Arrays.asList(1L, 2L))', 'new HashMap<>() {{ put("a", true); }}')
    """
    if kind in ("Array", "ArrayList"):
        # The official reader takes an Array's texts as they stand, and an ArrayList's unquoted.
        bare = kind == "Array" and inner == "String"
        each = ", ".join(str(one) if bare else java(one, inner, "any") for one in value)
        return f"new {inner}[]{{{each}}}" if kind == "Array" else (
            f"new ArrayList<>(Arrays.asList({each}))"
        )  # fmt: skip
    if kind == "HashMap":
        puts = " ".join(f'put("{key}", {java(one, "any", "any")});' for key, one in value.items())
        return f"new HashMap<>() {{{{ {puts} }}}}"
    return scalar(value) + {"long": "L", "float": "f"}.get(kind, "")


def javascript(value: Any, kind: str, inner: str) -> str:
    """JavaScript source of a value of a declared type.

    Example:
        >>> javascript(["a"], "array", "String"), javascript(9, "Bigint", "any")
        ('["a"]', '9n')
    """
    if isinstance(value, list):
        return f"[{', '.join(javascript(one, inner, 'any') for one in value)}]"
    if isinstance(value, dict):
        pairs = (f'"{key}": {javascript(one, "any", "any")}' for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    return scalar(value) + ("n" if kind == "Bigint" else "")


SOURCE = {"java": java, "javascript": javascript}
