"""Explanations: expected against predicted, call by call and argument by argument."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from toolrl.errors import did_you_mean
from toolrl.formats.base import is_visible
from toolrl.rewards.correctness import (
    Granularity,
    abstained,
    correctness_fraction,
    lost_calls,
    surplus_calls,
)
from toolrl.rewards.expected import Expected, Forms
from toolrl.types import Completion, ToolCall


def explain_calls(
    completion: Completion, expected: Expected, granularity: Granularity, low: float, high: float
) -> list[str]:
    """The lines that lead to the correctness points, whose scale goes from ``low`` to ``high``."""
    if not expected.count:
        lines = [_explain_abstaining(completion)]
    elif granularity.all_or_nothing:
        lines = list(_list_calls(completion, expected))
    else:
        lines = list(_Comparison(completion, expected, granularity).lines())
    fraction = correctness_fraction(completion, expected, granularity)
    points = low + fraction * (high - low)
    return [
        *lines,
        f"correctness {fraction:.3f} of the way from {low:+.2f} to {high:+.2f}: {points:+.2f}",
    ]


def _explain_abstaining(completion: Completion) -> str:
    if abstained(completion):
        return "no call expected, and the completion replies without one: all"
    if completion.calls:
        names = ", ".join(call.name for call in completion.calls)
        return f"no call expected, but the completion calls {names}: nothing"
    if is_visible(completion.reply):
        return "no call expected, but the completion tries to call: nothing"
    return "no call expected, but a reply; there is none: nothing"


def _list_calls(completion: Completion, expected: Expected) -> Iterator[str]:
    yield "all or nothing: the calls must be exactly the expected ones, in any order"
    for call in expected.example.calls:
        yield f"expected  {show_call(call)}"
    for call in completion.calls:
        yield f"predicted {show_call(call)}"


class _Comparison:
    """The predicted calls beside the expected ones, with the numbers of the scoring."""

    def __init__(self, completion: Completion, expected: Expected, granularity: Granularity):
        self.expected = expected
        self.granularity = granularity
        self.calls = completion.calls
        self.lost = lost_calls(completion)
        self.wanted = _positions(expected.example.calls)
        self.given = _positions(completion.calls)
        self.forms = [
            expected.types[call.name].read(call.arguments) if call.name in expected.types else {}
            for call in completion.calls
        ]
        self.others = [j for j, call in enumerate(self.calls) if call.name not in self.wanted]
        self.shared = sum(min(len(self.given.get(n, ())), len(w)) for n, w in self.wanted.items())
        self.surplus = surplus_calls(expected.count, len(self.calls), self.shared, len(self.others))

    def lines(self) -> Iterator[str]:
        """Names first, then tool by tool, then the sum."""
        offered = self.expected.offered
        names = self.granularity.name_points(
            self.expected.count, len(self.calls) + self.lost, self.shared
        )
        yield f"names: {self._names()}: {names:.3f}"
        total = names if self.calls else 0.0
        for name in self.wanted:
            points, lines = self._tool(name)
            total += points
            yield from lines
        for j in self.others:
            call = self.calls[j]
            meant = did_you_mean(call.name, self.wanted) if call.name not in offered else ""
            yield f"extra {show_call(call)}: nobody expected this tool{meant}"
        if self.lost:
            yield f"lost: {self.lost} calls can't be read; each counts as one more name"
        if self.surplus:
            cost = self.granularity.surplus_cost(self.expected)
            total = max(0.0, total - self.surplus * cost)
            yield f"surplus calls: {self.surplus}, each takes {cost:.3f}"
        yield f"sum {total:.3f} of {self.granularity.best(self.expected):g}"

    def _names(self) -> str:
        counts = (
            f"{self.shared} shared, {self.expected.count} expected, {len(self.calls)} predicted"
        )
        return counts + (f", {self.lost} lost" if self.lost else "")

    def _tool(self, name: str) -> tuple[float, list[str]]:
        """Points and lines of the calls of one tool."""
        wanted, given = self.wanted[name], self.given.get(name, [])
        wanted_forms = [self.expected.forms[i] for i in wanted]
        given_forms = [self.forms[j] for j in given]
        pairs = self.granularity.pairs(wanted_forms, given_forms) if given else []
        points, lines = 0.0, []
        for a, b in pairs:
            earned, shown = self._pair(wanted[a], given[b])
            points += earned
            lines += shown
        missed = set(range(len(wanted))) - {a for a, _ in pairs}
        surplus = set(range(len(given))) - {b for _, b in pairs}
        lines += [f"missing {show_call(self._wanted_call(wanted[a]))}" for a in sorted(missed)]
        lines += [f"extra {show_call(self.calls[given[b]])}" for b in sorted(surplus)]
        return points, lines

    def _wanted_call(self, index: int) -> ToolCall:
        return self.expected.example.calls[index]

    def _pair(self, i: int, j: int) -> tuple[float, list[str]]:
        wanted, given = self.expected.forms[i], self.forms[j]
        points = self.granularity.call_points(wanted, given)
        best = self.granularity.call_points(wanted, wanted)
        head = (
            f"call {i + 1} {show_call(self._wanted_call(i))} <- predicted {j + 1} "
            f"{show_call(self.calls[j])}: {points:.3f} of {best:g}"
        )
        if wanted == given:
            return points, [head]
        raw = self._wanted_call(i).arguments, self.calls[j].arguments
        return points, [head, *_arguments(wanted, given, *raw)]


def _arguments(
    wanted: Forms, given: Forms, expected: Mapping[str, Any], predicted: Mapping[str, Any]
) -> Iterator[str]:
    """One line for each argument: same, different, missing or extra."""
    for key, form in wanted.items():
        if key not in given:
            yield f"  {key}: {_show(expected[key])} missing"
        elif given[key] == form:
            yield f"  {key}: {_show(expected[key])} same"
        else:
            yield f"  {key}: {_show(expected[key])} expected, {_show(predicted[key])} predicted"
    for key in given:
        if key not in wanted:
            yield f"  {key}: {_show(predicted[key])} extra"


def _positions(calls: tuple[ToolCall, ...]) -> dict[str, list[int]]:
    """Tool name to the positions of its calls."""
    found: dict[str, list[int]] = {}
    for index, call in enumerate(calls):
        found.setdefault(call.name, []).append(index)
    return found


def show_call(call: ToolCall) -> str:
    """A call on one line.

    Example:
        >>> show_call(ToolCall("f", {"a": 1, "b": "x"}))
        'f(a=1, b="x")'
    """
    return f"{call.name}({', '.join(f'{k}={_show(v)}' for k, v in call.arguments.items())})"


def _show(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return "…"
