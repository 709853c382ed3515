"""Tools as text: the paper's numbered list, and one line a tool for short prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from toolrl.types import ToolSpec

_FIRST_KEYS = ("description", "type", "default")


def number_tools(tools: Sequence[ToolSpec]) -> str:
    """The paper's list: number, name, description and parameters as one JSON object a tool.

    Parameters keep everything their schema says (enum, items, nested properties): the published
    data dropped all but description, type and default. Where a tool says which parameters are
    required, the others are marked ``"optional": true``.

    Example:
        >>> print(number_tools([ToolSpec("now", "The time.")]))
        1. Name: now
        Description: The time.
        Parameters: {}
    """
    return "\n".join(
        f"{number}. Name: {tool.name}\n"
        f"Description: {_one_line(tool.description)}\n"
        f"Parameters: {json.dumps(_parameters(tool), ensure_ascii=False)}"
        for number, tool in enumerate(tools, start=1)
    )


def _parameters(tool: ToolSpec) -> dict[str, Any]:
    return {name: _entry(tool, name, schema) for name, schema in tool.properties.items()}


def _entry(tool: ToolSpec, name: str, schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    entry = {key: schema[key] for key in _FIRST_KEYS if key in schema}
    entry |= schema
    if _is_optional(tool, name):
        entry["optional"] = True
    return entry


def _is_optional(tool: ToolSpec, name: str) -> bool:
    """Known to be optional: a tool without a list of required ones says nothing about it."""
    return tool.parameters.get("required") is not None and name not in tool.required


def list_tools_briefly(tools: Sequence[ToolSpec]) -> str:
    """One line a tool: signature and description.

    Example:
        >>> days = {"type": "integer", "default": 3}
        >>> unit = {"enum": ["C", "F"]}
        >>> schema = {"properties": {"city": {"type": "string"}, "days": days, "unit": unit},
        ...           "required": ["city"]}
        >>> print(list_tools_briefly([ToolSpec("get_weather", "Weather of a city.", schema)]))
        - get_weather(city: string, days: integer = 3, unit?: C|F): Weather of a city.
    """
    return "\n".join(f"- {brief_line(tool)}" for tool in tools)


def brief_line(tool: ToolSpec) -> str:
    """Signature and description of a tool, as in :func:`list_tools_briefly`."""
    parameters = ", ".join(
        _brief_parameter(name, schema, _is_optional(tool, name))
        for name, schema in tool.properties.items()
    )
    description = _one_line(tool.description)
    return f"{tool.name}({parameters})" + (f": {description}" if description else "")


def _brief_parameter(name: str, schema: Any, optional: bool) -> str:
    schema = schema if isinstance(schema, Mapping) else {}
    if "default" in schema:
        default = json.dumps(schema["default"], ensure_ascii=False)
        return f"{name}: {_brief_type(schema)} = {default}"
    return f"{name}{'?' if optional else ''}: {_brief_type(schema)}"


def _brief_type(schema: Any, depth: int = 3) -> str:
    """``string``, ``C|F``, ``integer[]``, ``{lat: number}``; deep schemas end in their type."""
    if not isinstance(schema, Mapping):
        return "any"
    if isinstance(schema.get("enum"), list):
        return "|".join(str(choice) for choice in schema["enum"])
    kind = schema.get("type") or "any"
    if isinstance(kind, list):
        return "|".join(str(one) for one in kind)
    if depth and kind == "array" and isinstance(schema.get("items"), Mapping):
        return _brief_type(schema["items"], depth - 1) + "[]"
    if depth and isinstance(schema.get("properties"), Mapping):
        members = schema["properties"].items()
        return "{" + ", ".join(f"{k}: {_brief_type(v, depth - 1)}" for k, v in members) + "}"
    return str(kind)


def _one_line(text: str) -> str:
    """The text without line breaks, which would end an entry of the list."""
    return " ".join(line.strip() for line in text.strip().split("\n"))
