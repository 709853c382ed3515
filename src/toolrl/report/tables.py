"""Plain-text and Markdown tables of evaluations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An aligned Markdown table, readable as plain text too.

    Example:
        >>> print(markdown(["a", "b"], [["1", "22"]]))
        | a | b  |
        |---|----|
        | 1 | 22 |
    """
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [line(head, widths), "|" + "|".join("-" * (w + 2) for w in widths) + "|"]
    return "\n".join(lines + [line(row, widths) for row in rows])


def line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One row of a table."""
    return "| " + " | ".join(cell.ljust(w) for cell, w in zip(cells, widths, strict=True)) + " |"


def side_by_side(names: Sequence[str], scores: Sequence[Mapping[str, Any]]) -> str:
    """Evaluations as columns: reward, its parts, exact match in all and by kind, no-call, n."""
    rows = [["mean reward", *(interval(s["reward"]) for s in scores)]]
    for part in union(s["parts"] for s in scores):
        rows.append([f"  {part}", *(interval(s["parts"].get(part)) for s in scores)])
    rows.append(["exact match", *(percent(s["exact"]) for s in scores)])
    for kind in union(s["exact_by_kind"] for s in scores):
        found = [s["exact_by_kind"].get(kind) for s in scores]
        n = max(value["n"] for value in found if value)
        rows.append([f"  {kind} (n={n})", *map(percent, found)])
    if any("no_call" in s for s in scores):
        rows.append(["no call, rightly", *(percent(s.get("no_call")) for s in scores)])
    rows.append(["tasks", *(str(s["n"]) for s in scores)])
    return markdown(["held-out tasks", *names], rows)


def union(mappings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Keys of all, in the order of their first occurrence."""
    return list(dict.fromkeys(key for mapping in mappings for key in mapping))


def interval(value: Mapping[str, float] | None) -> str:
    """``1.23 [1.01, 1.45]``; a dash for what was not measured."""
    return shown(value, lambda x, digits: f"{x:.{digits}f}", 2)


def signed(value: Mapping[str, float] | None) -> str:
    """``+0.23 [+0.01, +0.45]``, for differences; a dash for what was not measured."""
    return shown(value, lambda x, digits: f"{x:+.{digits}f}", 2)


def percent(value: Mapping[str, float] | None) -> str:
    """``31% [25, 38]``; a dash for what was not measured."""
    return shown(value, lambda x, digits: f"{100 * x:.{digits}f}", 0, unit="%")


def shown(
    value: Mapping[str, float] | None,
    text: Callable[[float, int], str],
    digits: int,
    *,
    unit: str = "",
) -> str:
    """A figure with its interval, of which a side may be unknown.

    Bounds that rounding would make equal, or that differ in their sign alone, get more digits: no
    interval is without width, and none should look so.

    Example:
        >>> interval({"value": 1.0, "low": 0.95, "high": None, "n": 9})
        '1.00 [0.95, ∞)'
        >>> interval({"value": 1.0, "low": None, "high": None, "n": 9})
        '1.00 (no interval, n=9)'
        >>> percent({"value": 0.0, "low": 0.0, "high": 0.0019, "n": 2000})
        '0% [0.0, 0.2]'
    """
    if value is None:
        return "–"
    said, low, high = text(value["value"], digits) + unit, value["low"], value["high"]
    if low is None and high is None:
        return f"{said} (no interval, n={value['n']})"
    while digits < 4 and None not in (low, high) and same(text(low, digits), text(high, digits)):
        digits += 1
    left = "(−∞" if low is None else f"[{text(low, digits)}"
    right = "∞)" if high is None else f"{text(high, digits)}]"
    return f"{said} {left}, {right}"


def same(low: str, high: str) -> bool:
    """Whether two numbers read the same, with or without a sign before a nought."""
    return float(low) == float(high)


def differences(paired: Mapping[str, Mapping[str, float]], label: str) -> str:
    """One line a figure: the paired difference with its interval."""
    rows = [[name, signed(value)] for name, value in paired.items()]
    return markdown([label, "difference, 95 % interval"], rows)
