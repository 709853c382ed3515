"""ShareGPT rows with tools, as LLaMA-Factory, Glaive and APIGen-MT have them.

Raw row: ``{"conversations": [{"from", "value"}], "tools": "<JSON text>", "system"?}`` with the
speakers human, gpt, function_call and observation. Rows whose conversation is called ``messages``
and has roles (also with typed content parts) are read as :mod:`toolrl.data.sources.openai` reads
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toolrl.data.rejects import Outcome, RejectedRow
from toolrl.data.sources import openai
from toolrl.data.sources.common import from_json

ROLE = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "function_call": "assistant",
    "observation": "tool",
    "function_response": "tool",
    "tool": "tool",
    "system": "system",
}


def convert(row: Mapping[str, Any], key: str = "sharegpt-1") -> Iterator[Outcome]:
    """One outcome per assistant turn; a ``function_call`` is one.

    Example:
        >>> row = {"conversations": [{"from": "human", "value": "Hi"},
        ...                          {"from": "gpt", "value": "Hello!"}]}
        >>> next(convert(row)).reply
        'Hello!'
    """
    turns = from_json(row.get("conversations", row.get("messages")), "conversation")
    if not isinstance(turns, list):
        raise RejectedRow("no conversation", f"fields: {', '.join(map(str, row))}"[:80])
    messages = [as_openai(turn) for turn in turns]
    if row.get("system"):
        messages.insert(0, {"role": "system", "content": row["system"]})
    yield from openai.convert({"messages": messages, "tools": row.get("tools")}, key, "sharegpt")


def as_openai(turn: Any) -> Any:
    """A ``{"from", "value"}`` turn as an OpenAI message; other messages as they are."""
    if not isinstance(turn, Mapping) or "from" not in turn:
        return turn
    speaker, value = str(turn["from"]), turn.get("value")
    if speaker not in ROLE:
        raise RejectedRow("a turn of an unknown speaker", speaker)
    if speaker == "function_call":
        return {"role": "assistant", "tool_calls": value}
    ids = {key: turn[key] for key in ("tool_call_id", "name") if key in turn}
    return {"role": ROLE[speaker], "content": value, **ids}
