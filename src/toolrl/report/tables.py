"""Plain-text and Markdown tables of evaluations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    if value is None:
        return "–"
    if value["low"] is None:
        return f"{value['value']:.2f} (n=1)"
    return f"{value['value']:.2f} [{value['low']:.2f}, {value['high']:.2f}]"


def signed(value: Mapping[str, float] | None) -> str:
    """``+0.23 [+0.01, +0.45]``, for differences; a dash for what was not measured."""
    if value is None:
        return "–"
    if value["low"] is None:
        return f"{value['value']:+.2f} (n=1)"
    return f"{value['value']:+.2f} [{value['low']:+.2f}, {value['high']:+.2f}]"


def percent(value: Mapping[str, float] | None) -> str:
    """``31% [25, 38]``; a dash for what was not measured."""
    if value is None:
        return "–"
    if value["low"] is None:
        return f"{value['value']:.0%} (n=1)"
    return f"{value['value']:.0%} [{100 * value['low']:.0f}, {100 * value['high']:.0f}]"


def differences(paired: Mapping[str, Mapping[str, float]], label: str) -> str:
    """One line a figure: the paired difference with its interval."""
    rows = [[name, signed(value)] for name, value in paired.items()]
    return markdown([label, "difference, 95 % interval"], rows)
