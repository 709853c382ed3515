"""What every converter needs: tools and calls in any spelling, checked against each other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from toolrl.data.rejects import RejectedRow
from toolrl.data.sources.results import all_assigned
from toolrl.formats.base import DEFAULT_REPLY
from toolrl.schema.coerce import coerce_arguments
from toolrl.schema.dialects import parameters_schema
from toolrl.schema.literals import CallSyntaxError, parse_literal
from toolrl.types import ROLE_NAMES, ROLES, Example, Message, ToolCall, ToolSpec

# The expected reply where data only says "no call" (xLAM's `[]`, a deleted tool).
NO_TOOL_REPLY = DEFAULT_REPLY
NAME_KEYS = ("name", "tool_name", "api_name", "tool", "api")
DESCRIPTION_KEYS = ("description", "definition", "api_description")
PARAMETER_KEYS = ("parameters", "arguments", "input_schema")
ARGUMENT_KEYS = ("arguments", "parameters", "args")


def from_json(value: Any, what: str) -> Any:
    """A JSON text (or a Python literal) as its value; other values as they are.

    Raises:
        RejectedRow: the text is neither.

    Example:
        >>> from_json("{'a': True}", "tools")
        {'a': True}
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        pass
    try:
        return parse_literal(value)
    except CallSyntaxError:
        raise RejectedRow(f"the {what} can't be read", value[:80]) from None


def first_of(row: Mapping[str, Any], keys: Iterable[str], default: Any = None) -> Any:
    """The value of the first key that is there."""
    return next((row[key] for key in keys if key in row), default)


def read_tools(value: Any) -> tuple[ToolSpec, ...]:
    """The offered tools, from a list in any dialect or its JSON text.

    Two tools of one name: the first is kept. If they differ, a call that fits only the second is
    then rejected by :func:`check_calls`; a prompt with both would have no single right answer.

    Raises:
        RejectedRow: no list, or a tool without a name.
    """
    rows = from_json(value or [], "tool list")
    if isinstance(rows, Mapping):
        rows = [rows]
    if not isinstance(rows, list):
        raise RejectedRow("the tool list can't be read", str(rows)[:80])
    tools: dict[str, ToolSpec] = {}
    for row in rows:
        tool = read_tool(from_json(row, "tool list"))
        tools.setdefault(tool.name, tool)
    return tuple(tools.values())


def read_tool(row: Any) -> ToolSpec:
    """One tool: bare or in OpenAI's wrapper, its parameters flat, wrapped or listed.

    Example:
        >>> read_tool({"name": "f", "parameters": {"n": {"type": "int"}}}).required
        ('n',)
    """
    if not isinstance(row, Mapping):
        raise RejectedRow("a tool is not an object", str(row)[:80])
    inner = row["function"] if isinstance(row.get("function"), Mapping) else row
    name = first_of(inner, NAME_KEYS)
    if not isinstance(name, str) or not name.strip():
        raise RejectedRow("a tool without a name", str(row)[:80])
    parameters = from_json(first_of(inner, PARAMETER_KEYS), "parameters of a tool")
    required = inner.get("required") or row.get("required")
    if isinstance(parameters, list):
        parameters = listed_parameters(parameters)
    schema = parameters_schema(parameters, required)
    return ToolSpec(name, str(first_of(inner, DESCRIPTION_KEYS) or ""), schema)


def listed_parameters(entries: list[Any]) -> dict[str, Any]:
    """``[{"parameter_name": …, "type": …}]`` as a flat table."""
    table = {}
    for entry in entries:
        name = first_of(entry, ("parameter_name", "name")) if isinstance(entry, Mapping) else None
        if not isinstance(name, str):
            raise RejectedRow("a parameter without a name", str(entry)[:80])
        table[name] = {k: v for k, v in entry.items() if k not in ("parameter_name", "name")}
    return table


def read_calls(value: Any) -> tuple[ToolCall, ...]:
    """The expected calls, from a list, a single object, or the JSON text of either."""
    rows = from_json(value if value is not None else [], "answer")
    if isinstance(rows, Mapping):
        rows = [rows]
    if not isinstance(rows, list):
        raise RejectedRow("the answer can't be read", str(rows)[:80])
    return tuple(read_call(row) for row in rows)


def read_call(row: Any) -> ToolCall:
    """One call: ``name`` and ``arguments`` under any of their names; text is parsed.

    Example:
        >>> read_call({"function": {"name": "f", "arguments": '{"n": 1}'}})
        ToolCall(name='f', arguments={'n': 1})
    """
    row = from_json(row, "call")
    if not isinstance(row, Mapping):
        raise RejectedRow("a call is not an object", str(row)[:80])
    inner = row["function"] if isinstance(row.get("function"), Mapping) else row
    name = first_of(inner, NAME_KEYS)
    if not isinstance(name, str) or not name.strip():
        raise RejectedRow("a call without a name", str(row)[:80])
    arguments = from_json(first_of(inner, ARGUMENT_KEYS) or {}, "arguments of a call")
    if not isinstance(arguments, Mapping):
        raise RejectedRow("the arguments of a call are not an object", str(arguments)[:80])
    return ToolCall(name, dict(arguments), read_id(row.get("id")))


def read_id(value: Any) -> str:
    """An id as text; some servers count calls from 0.

    Example:
        >>> read_id(0), read_id(None)
        ('0', '')
    """
    return "" if value is None else str(value)


def check_calls(calls: Iterable[ToolCall], tools: tuple[ToolSpec, ...]) -> tuple[ToolCall, ...]:
    """The expected calls, typed by their tools' schemas.

    Raises:
        RejectedRow: a tool that is not offered, or an argument that its schema doesn't have.
    """
    by_name = {tool.name: tool for tool in reversed(tools)}
    return tuple(check_call(call, by_name.get(call.name)) for call in calls)


def check_call(call: ToolCall, tool: ToolSpec | None) -> ToolCall:
    """One expected call against its tool."""
    if tool is None:
        raise RejectedRow("call to a tool that is not offered", call.name)
    strange = [name for name in call.arguments if name not in tool.properties]
    if strange:
        raise RejectedRow("argument that the tool does not have", f"{call.name}: {strange[0]}")
    return replace(call, arguments=coerce_arguments(call.arguments, tool.parameters)[0])


def type_calls(calls: Iterable[ToolCall], tools: tuple[ToolSpec, ...]) -> tuple[ToolCall, ...]:
    """Calls of the history: typed where their tool is known, otherwise as they are."""
    by_name = {tool.name: tool.parameters for tool in reversed(tools)}
    return tuple(
        replace(call, arguments=coerce_arguments(call.arguments, by_name.get(call.name, {}))[0])
        for call in calls
    )


def kind_of(calls: tuple[ToolCall, ...], reply: str) -> str:
    """``single``, ``parallel``, ``irrelevance`` or ``reply``: a word for reports, no more."""
    if calls:
        return "parallel" if len(calls) > 1 else "single"
    return "irrelevance" if reply == NO_TOOL_REPLY else "reply"


def single_turn(
    key: str, source: str, tools: tuple[ToolSpec, ...], query: Any, calls: tuple[ToolCall, ...]
) -> Example:
    """An example of one question; no expected calls means that no tool fits.

    Args:
        key: the example's id.
        source: the data set's name.
        tools: what is offered.
        query: the question as text, or a conversation of ``{"role", "content"}`` with its calls.
        calls: the expected calls, unchecked.
    """
    if isinstance(query, list):
        messages = all_assigned([read_message(message) for message in query])
        typed = (type_calls(message.tool_calls, tools) for message in messages)
        messages = tuple(replace(m, tool_calls=t) for m, t in zip(messages, typed, strict=True))
    else:
        messages = (Message("user", "" if query is None else str(query)),)
    if not messages or not any(message.content.strip() for message in messages):
        raise RejectedRow("no question")
    calls = check_calls(calls, tools)
    reply = "" if calls else NO_TOOL_REPLY
    return Example(key, tools, messages, calls, reply, source=source, kind=kind_of(calls, reply))


def read_message(row: Any) -> Message:
    """A ``{"role", "content"}``; an assistant's calls and what tells whose a result is."""
    if not isinstance(row, Mapping) or "role" not in row:
        raise RejectedRow("a message without a role", str(row)[:80])
    role, content = read_role(row["role"]), str(row.get("content") or "")
    if role == "assistant":
        return Message(role, content, read_calls(row.get("tool_calls")))
    if role != "tool":
        return Message(role, content)
    whose = read_id(row.get("tool_call_id"))
    return Message(role, content, name=str(row.get("name") or ""), tool_call_id=whose)


def read_role(role: Any) -> str:
    """A role by the name that we give it.

    Raises:
        RejectedRow: nobody's role.

    Example:
        >>> read_role("developer")
        'system'
    """
    name = ROLE_NAMES.get(role, role) if isinstance(role, str) else role
    if name not in ROLES:
        raise RejectedRow("a message of an unknown role", repr(role)[:80])
    return name


def field_of(row: Mapping[str, Any], *keys: str) -> Any:
    """A field that the source must have, under its first name that is there.

    Raises:
        RejectedRow: none of the names is there.
    """
    if not any(key in row for key in keys):
        raise RejectedRow(f"no '{keys[0]}' field", f"fields: {', '.join(map(str, row))}"[:80])
    return first_of(row, keys)
