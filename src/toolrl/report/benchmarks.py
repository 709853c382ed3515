"""Tables of benchmark runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolrl.report.tables import markdown


def table(scores: Mapping[str, Any]) -> str:
    """One run: official and strict share of each category and group, with 95 % intervals."""
    if not scores["n"]:
        return "no item was answered"
    both = scores["official"], scores["strict"]
    rows = [row(name, *(one["categories"][name] for one in both)) for name in scores["categories"]]
    for name in both[0]:
        if name not in ("categories", "overall"):
            rows.append(row(name, *(one[name] for one in both)))
    if both[0]["overall"]["weighting"] not in both[0]:
        rows.append(row(both[0]["overall"]["weighting"], *(one["overall"] for one in both)))
    head = [f"{scores['benchmark']}, prompt {scores['prompt']}", "n", "official, %", "strict, %"]
    notes = [f"{scores[name]} {text}" for name, text in NOTES.items() if scores[name]]
    return "\n".join([markdown(head, rows), *notes])


NOTES = {
    "cut": "answers reached max_new_tokens",
    "too_long": "prompts did not fit the model's context (counted as wrong)",
    "failed": "items failed (in no share)",
}


def row(name: str, official: Mapping[str, Any], strict: Mapping[str, Any]) -> list[str]:
    """A line of the table."""
    return [name, str(official["n"]), share(official), share(strict)]


def share(value: Mapping[str, Any]) -> str:
    """In percent, to one place, as leaderboards give it.

    Example:
        >>> share({"value": 0.9981, "low": 0.9931, "high": 0.9995})
        '99.8 [99.3, 100.0]'
    """
    return f"{100 * value['value']:.1f} [{100 * value['low']:.1f}, {100 * value['high']:.1f}]"
