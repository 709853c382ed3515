"""One self-contained page: tables, curves, and every answer with its score explained."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolrl.extras import require
from toolrl.report.gather import Gathered, RunFolder
from toolrl.report.tables import interval, percent, signed
from toolrl.runs import write_whole

PARTS = Path(__file__).parent / "page"

Table = dict[str, Any]


def write_page(
    gathered: Gathered, curves: Sequence[tuple[str, bytes]], out: Path, *, title: str, most: int
) -> Path:
    """Write the page to ``out``; ``most`` answers of each run are in it, drawn by seed."""
    jinja2 = require("report", "jinja2")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PARTS), autoescape=True, undefined=jinja2.StrictUndefined
    )
    samples = [run.samples() for run in gathered.runs]
    data = viewer_data(gathered.runs, samples, most)
    text = environment.get_template("page.html").render(
        title=title,
        made=datetime.now(UTC).isoformat(timespec="minutes"),
        runs=gathered.runs,
        running=[run.label for run in gathered.runs if unfinished(run)],
        tables=tables_of(gathered),
        curves=[{"title": name, "png": base64.b64encode(png).decode()} for name, png in curves],
        shown=len(data["samples"]),
        written=sum(map(len, samples)),
        style=literal(jinja2, "page.css"),
        script=literal(jinja2, "page.js"),
        data=script_json(data),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text)
    return out


def literal(jinja2: Any, name: str) -> Any:
    """A file of ours, which is not escaped."""
    return jinja2.utils.markupsafe.Markup((PARTS / name).read_text(encoding="utf-8"))


def script_json(data: Any) -> Any:
    r"""JSON that can stand in a script element: nothing in it can end the element.

    Example:
        >>> print(script_json("</script>"))
        "\u003c/script\u003e"
    """
    from markupsafe import Markup

    text = json.dumps(data, ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def unfinished(run: RunFolder) -> bool:
    """Whether a training has no model and no evaluation of it yet, or an evaluation no scores."""
    if not run.is_training:
        return "reward" not in run.scores
    measured = (run.path.parent / "eval" / "scores.json").exists()
    return not measured and not (run.path / "model").exists()


def viewer_data(
    runs: Sequence[RunFolder], samples: Sequence[Sequence[Mapping[str, Any]]], most: int
) -> dict[str, Any]:
    """What the page's script works on; an example stands in it once."""
    examples: dict[str, int] = {}
    kept = []
    for place, rows in enumerate(samples):
        numbers = range(len(rows))
        if len(rows) > most:
            numbers = sorted(random.Random(0).sample(numbers, most))
        for number in numbers:
            row = rows[number]
            example = json.dumps(row["answer"], ensure_ascii=False, sort_keys=True)
            kept.append({
                "run": place, "row": number, "step": row.get("step"), "kind": row["kind"],
                "example": examples.setdefault(example, len(examples)), "total": row["total"],
                "completion": row["completion"], "issues": row["issues"],
                "explanation": row.get("explanation", ""),
            })  # fmt: skip
    return {
        "runs": [run.label for run in runs],
        "examples": [for_people(json.loads(example)) for example in examples],
        "samples": kept,
    }


def for_people(example: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of an example."""
    return {key: example.get(key, []) for key in ("tools", "messages")}


def tables_of(gathered: Gathered) -> list[Table]:
    """Arms with their differences, what they do where no call is due, or evaluations alone."""
    if gathered.results:
        return [arm_table(gathered.results), calling_table(gathered.results)]
    runs = [run for run in gathered.runs if "reward" in run.scores]
    return [evaluation_table(runs)] if runs else []


def arm_table(results: Mapping[str, Any]) -> Table:
    """One line an arm."""
    rows = []
    for name, arm in results.items():
        gain = arm.get("differences", {})
        rows.append([
            name, arm["note"], ", ".join(map(str, arm["seeds"])),
            interval(arm["figures"]["reward"]), percent(arm["figures"]["exact"]),
            percent(arm["figures"]["format"]), arm.get("against", "–"),
            signed(gain["reward"]) if gain else "–", signed(gain["exact"]) if gain else "–",
            ", ".join(f"{seed['reward']:.2f}" for seed in arm["by_seed"]),
        ])  # fmt: skip
    return {
        "title": "Arms",
        "text": "Held-out tasks, answered greedily; 95 % intervals over tasks and seeds; "
        "differences are paired, task by task.",
        "head": ["arm", "", "seeds", "reward", "exact", "format", "against", "reward, difference",
                 "exact, difference", "reward by seed"],
        "rows": rows,
    }  # fmt: skip


def calling_table(results: Mapping[str, Any]) -> Table:
    """What each arm does where a call is due, and where none is."""
    names = {
        "exact_calls": "call due: exact", "under_calling": "call due: makes none",
        "abstained": "none due: abstains", "over_calling": "none due: calls",
    }  # fmt: skip
    rows = [
        [name, *(percent(arm["figures"].get(key)) for key in names),
         interval(arm["figures"].get("calls_per_task")),
         signed(found) if (found := arm.get("differences", {}).get("abstained")) else "–"]
        for name, arm in results.items()
    ]  # fmt: skip
    return {
        "title": "To call or not to call",
        "text": "What an arm does where the right answer calls, and where it does not. To abstain "
        "is to reply; an answer that can't be read does neither.",
        "head": ["arm", *names.values(), "calls a task", "abstains, difference"],
        "rows": rows,
    }


def evaluation_table(runs: Sequence[RunFolder]) -> Table:
    """One line an evaluation."""
    keys = {
        "exact": "exact",
        "no_call": "abstains rightly",
        "over_calling": "calls where none is due",
        "under_calling": "makes no call where one is due",
    }
    rows = [
        [run.label, interval(run.scores["reward"]),
         *(percent(run.scores.get(key)) for key in keys), str(run.scores["n"])]
        for run in runs
    ]  # fmt: skip
    return {
        "title": "Evaluations",
        "text": "95 % intervals over tasks.",
        "head": ["run", "reward", *keys.values(), "tasks"],
        "rows": rows,
    }
