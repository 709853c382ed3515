"""BFCL's own result files, so that its ``evaluate`` can be run on our answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolrl.envs.bfcl_wheel import PREFIX
from toolrl.evals.bfcl.categories import LIVE, MULTI_TURN
from toolrl.evals.bfcl.prompt import write_call
from toolrl.evals.prompting import Reading
from toolrl.files import write_whole


def as_result(reading: Reading, tongue: str) -> str:
    """An answer as a model in BFCL's prompting mode would write it: a list of calls, or a text."""
    calls = ", ".join(write_call(call, tongue) for call in reading.calls)
    return f"[{calls}]" if calls else reading.said.content


def write_results(folder: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """One file a category below ``folder/result/name``, where ``bfcl evaluate`` looks for them.

    Items that failed are left out; ``evaluate`` then wants ``--partial-eval``, as for a sample.
    """
    by_category: dict[str, list[str]] = {}
    for row in rows:
        if not row.get("failed"):
            line = json.dumps({"id": row["item"], "result": row["result"]}, ensure_ascii=False)
            by_category.setdefault(row["category"], []).append(line + "\n")
    place = folder / "result" / name.replace("/", "_")
    for category, lines in by_category.items():
        path = place / group(category) / f"{PREFIX}_{category}_result.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, "".join(lines))


def group(category: str) -> str:
    """BFCL's folder for a category."""
    if category in MULTI_TURN:
        return "multi_turn"
    return "live" if category in LIVE else "non_live"
