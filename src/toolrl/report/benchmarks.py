"""Tables of benchmark runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolrl.report.tables import interval, markdown, shown


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
    head = [title(scores), "n", "official, %", "strict, %"]
    notes = [f"{name}: {interval(value)}" for name, value in scores["more"].items()]
    notes += [f"{scores[name]} {text}" for name, text in NOTES.items() if scores.get(name)]
    return "\n".join([markdown(head, rows), *notes])


def title(scores: Mapping[str, Any]) -> str:
    """What was measured, and how it was asked.

    Example:
        >>> title({"benchmark": "bfcl", "prompt": "paper", "variant": "mask, shuffle"})
        'bfcl, prompt paper, variant mask, shuffle'
    """
    variant = scores.get("variant")  # runs made before there were any have none
    return f"{scores['benchmark']}, prompt {scores['prompt']}" + f", variant {variant}" * bool(
        variant
    )


def differences(found: Mapping[str, Any], before: str, after: str) -> str:
    """Two runs: for each figure and category what is gained, and the items behind it."""
    lines = []
    for figure in ("official", "strict"):
        rows = []
        for name, one in found[figure]["categories"].items():
            rows.append([name, str(one["n"]), points(one), lost_and_won(one)])
        whole = found[figure]["overall"]
        rows.append([whole["weighting"], str(whole["n"]), points(whole), lost_and_won(whole)])
        head = [f"{figure}, points of 100", "n", f"{after} − {before}", "lost, won"]
        p = f"{whole['p']:.4f}" if whole["p"] >= 0.0001 else "below 0.0001"
        lines += [markdown(head, rows), f"{TESTS[whole['test']]}: p = {p}", ""]
    if found["only_one"]:
        lines.append(f"{found['only_one']} items stand in one of the runs only and are left out")
    if found["left_out"]:
        lines.append(f"{found['left_out']} items failed in one of the runs and are left out")
    return "\n".join(lines).rstrip()


TESTS = {
    "mcnemar": "McNemar's exact test over all items",
    "sign_flip": "Sign-flip test of the weighted difference, items that belong together as one",
}


def points(value: Mapping[str, Any]) -> str:
    """A difference of shares in points of 100.

    Example:
        >>> points({"value": 0.125, "low": -0.01, "high": 0.26})
        '+12.5 [-1.0, +26.0]'
    """
    return shown(value, lambda x, digits: f"{100 * x:+.{digits}f}", 1)


def lost_and_won(value: Mapping[str, Any]) -> str:
    """Items that only the first run has right, and that only the second has."""
    return f"{value['only_before']}, {value['only_after']}"


NOTES = {
    "cut": "answers reached max_new_tokens",
    "too_long": "prompts did not fit the model's context (counted as wrong)",
    "recalled": "answers had names that the prompt did not show",
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
    return shown(value, lambda x, digits: f"{100 * x:.{digits}f}", 1)
