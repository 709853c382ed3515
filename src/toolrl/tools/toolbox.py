"""Runs the calls of a model: what the model does wrong comes back as a result, never raised."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from toolrl.errors import ConfigError, did_you_mean
from toolrl.schema.functions import tool_spec
from toolrl.types import ToolCall, ToolSpec

# What ordinary code raises on a value it can't use. A TypeError or AttributeError after the
# arguments were checked is a bug of the tool and is not hidden.
_BAD_INPUT = (ValueError, LookupError, ArithmeticError, OSError)
_ERROR_CHARS = 200


class ToolFailure(Exception):
    """A tool says why it can't do what was asked; the model reads the text."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call.

    Attributes:
        ok: whether the tool ran and did what was asked.
        value: what it returned; None when not ok. Cut to text when it was over the size limit.
        error: why not; empty when ok.

    Example:
        >>> ToolResult(True, {"sum": 3}).text, ToolResult(False, error="no such file").text
        ('{"sum": 3}', 'Error: no such file')
    """

    ok: bool
    value: Any = None
    error: str = ""

    @property
    def text(self) -> str:
        """What a model reads: text as it is, other values as JSON, an error after ``Error:``."""
        if not self.ok:
            return f"Error: {self.error}"
        return self.value if isinstance(self.value, str) else _json(self.value)


class Toolbox:
    """Python functions and methods as tools.

    Args:
        functions: each becomes a tool by its signature and docstring (`schema.functions`).
        max_chars: a result whose text is longer, in characters, is cut and says so.
        seconds: time limit of one call; None for none. With a limit the tool runs in a thread of
            its own. Python can't end a thread: after the limit the call is reported as failed,
            but the function may still finish later, so set a limit only for tools that are safe so.

    Raises:
        SignatureError: a function lacks type hints.
        ConfigError: two functions have one name, or a limit is not positive.

    Example:
        >>> def add(a: int, b: int = 1) -> int:
        ...     '''Add two numbers.'''
        ...     return a + b
        >>> box = Toolbox([add])
        >>> box.run(ToolCall("add", {"a": 2}))
        ToolResult(ok=True, value=3, error='')
        >>> box.run(ToolCall("add", {"b": "x"})).error
        "missing argument 'a'; argument 'b': 'x' is not of type 'integer'"
    """

    def __init__(
        self,
        functions: Iterable[Callable[..., Any]],
        max_chars: int = 2000,
        seconds: float | None = None,
    ) -> None:
        if max_chars < 1 or (seconds is not None and seconds <= 0):
            raise ConfigError("max_chars and seconds must be above 0; seconds=None sets no limit")
        self.max_chars = max_chars
        self.seconds = seconds
        self._functions: dict[str, Callable[..., Any]] = {}
        self._specs: dict[str, ToolSpec] = {}
        self._checks: dict[str, Draft202012Validator] = {}
        for function in functions:
            self._add(function)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """The tools in the order given."""
        return tuple(self._specs.values())

    def run(self, call: ToolCall) -> ToolResult:
        """Check a call against its tool's schema and run it.

        Returns:
            The tool's value, or what the model did wrong: an unknown tool, missing, extra or
            ill-typed arguments, a ToolFailure, a bad value, too long a time.

        Raises:
            Exception: only for a bug inside a tool (a TypeError in its code, say).
        """
        if not isinstance(call.name, str) or call.name not in self._functions:
            known = did_you_mean(str(call.name), self._functions)
            return ToolResult(False, error=_cut(f"unknown tool {call.name!r}{known}"))
        if not isinstance(call.arguments, Mapping):
            return ToolResult(False, error="arguments must be an object of names and values")
        wrong = "; ".join(self._complaints(call))
        if wrong:
            return ToolResult(False, error=_cut(wrong))
        return self._limited(self._execute(call.name, self._arguments(call)))

    def _add(self, function: Callable[..., Any]) -> None:
        spec = tool_spec(function)
        if spec.name in self._specs:
            raise ConfigError(f"two tools are named '{spec.name}'; rename one of the functions")
        self._functions[spec.name] = function
        self._specs[spec.name] = spec
        self._checks[spec.name] = Draft202012Validator(dict(spec.parameters))

    def _complaints(self, call: ToolCall) -> list[str]:
        spec, given = self._specs[call.name], dict(call.arguments)
        wrong = [f"missing argument '{name}'" for name in spec.required if name not in given]
        wrong += [f"unknown argument {name!r}" for name in given if name not in spec.properties]
        for error in self._checks[call.name].iter_errors(given):
            if error.path:
                wrong.append(f"argument '{error.path[0]}': {error.message}")
        return wrong

    def _arguments(self, call: ToolCall) -> dict[str, Any]:
        """As plain Python values; ``2.0`` is an integer in JSON Schema, so give the tool ``2``."""
        properties = self._specs[call.name].properties
        return {
            name: int(value)
            if properties[name].get("type") == "integer" and isinstance(value, float)
            else value
            for name, value in call.arguments.items()
        }

    def _execute(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        function = self._functions[name]
        if self.seconds is None:
            return _attempt(function, arguments)
        outcome: list[ToolResult] = []
        worker = threading.Thread(
            target=lambda: outcome.append(_attempt(function, arguments)), daemon=True
        )
        worker.start()
        worker.join(self.seconds)
        if outcome:
            return outcome[0]
        if worker.is_alive():
            return ToolResult(False, error=f"no result within {self.seconds:g} seconds")
        raise RuntimeError(f"tool '{name}' has a bug; its traceback is on standard error")

    def _limited(self, result: ToolResult) -> ToolResult:
        if not result.ok:
            return ToolResult(False, error=_cut(result.error))
        text = result.text
        if len(text) <= self.max_chars:
            return result
        return ToolResult(True, f"{text[: self.max_chars]}… (cut, {len(text)} characters in all)")


def _attempt(function: Callable[..., Any], arguments: dict[str, Any]) -> ToolResult:
    try:
        return ToolResult(True, function(**arguments))
    except ToolFailure as failure:
        return ToolResult(False, error=str(failure))
    except _BAD_INPUT as error:
        return ToolResult(False, error=f"{type(error).__name__}: {error}")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str) -> str:
    return text if len(text) <= _ERROR_CHARS else text[: _ERROR_CHARS - 1] + "…"
