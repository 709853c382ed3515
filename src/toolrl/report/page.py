"""One self-contained page: tables, curves, and every answer with its score explained."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolrl.errors import RunExistsError
from toolrl.extras import require
from toolrl.files import write_whole
from toolrl.report.arms import Table
from toolrl.report.gather import Gathered, Row, RunFolder
from toolrl.report.leaderboard import answered

PAGE = "report.html"
MARK = '<meta name="generator" content="toolrl report">'
PARTS = Path(__file__).parent / "page"
SHOWN = ("tools", "messages", "calls", "reply")
"""What the page shows of an example."""


def write_page(
    gathered: Gathered,
    tables: Sequence[Table],
    curves: Sequence[tuple[str, bytes]],
    out: Path,
    *,
    title: str,
    most: int,
) -> Path:
    """Write the page to ``out``; ``most`` answers of each run are in it."""
    jinja2 = require("report", "jinja2")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PARTS), autoescape=True, undefined=jinja2.StrictUndefined
    )
    data, written = viewer_data(gathered.runs, most)
    text = environment.get_template("page.html").render(
        title=title,
        made=datetime.now(UTC).isoformat(timespec="minutes"),
        notes=notes_of(gathered.runs),
        tables=tables,
        curves=[{"title": name, "png": base64.b64encode(png).decode()} for name, png in curves],
        shown=len(data["samples"]),
        written=written,
        style=literal("page.css"),
        script=literal("page.js"),
        data=script_json(data),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text)
    return out


def refuse_existing(folder: Path, overwrite: bool) -> None:
    """A page is drawn anew over an older one; other files of its names are not ours to replace.

    Raises:
        RunExistsError: there are some.
    """
    page = folder / PAGE
    names = (PAGE, "report.md", "report.csv", "curves-[0-9]*.png")
    there = sorted(path.name for name in names for path in folder.glob(name))
    ours = page.is_file() and MARK in page.read_text(encoding="utf-8", errors="replace")[:1000]
    if there and not ours and not overwrite:
        raise RunExistsError(
            f"{folder} holds {', '.join(there)}, which this version of toolrl report did not "
            "write; choose another --out or pass --overwrite"
        )


def notes_of(runs: Sequence[RunFolder]) -> list[str]:
    """What a reader must know of the runs before the figures."""
    running = [run.label for run in runs if not run.finished]
    notes = [f"{len(runs)} runs."]
    if running:
        notes.append(f"Not finished: {', '.join(running)}.")
    notes += [
        f"Ended early: {run.label}, {run.scores['collapsed']}."
        for run in runs
        if run.scores.get("collapsed")
    ]
    notes += [
        f"Asked in another format than its model was trained in: {run.label} (in "
        f"{run.choice['name']}; the model's own is {run.choice['own']})."
        for run in runs
        if run.choice.get("own") not in (None, run.choice.get("name"))
    ]
    rows = [row for run in runs for row in run.metrics]
    if any("reward" in row for row in rows) and not any("kl" in row for row in rows):
        notes.append("No training here keeps the model it began with, so there is no KL to show.")
    return notes


def literal(name: str) -> Any:
    """A file of ours, which is not escaped."""
    from markupsafe import Markup

    return Markup((PARTS / name).read_text(encoding="utf-8"))


def script_json(data: Any) -> Any:
    r"""JSON that can stand in a script element: nothing in it can end the element.

    Example:
        >>> print(script_json("</script>"))
        "\u003c/script\u003e"
    """
    from markupsafe import Markup

    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def viewer_data(runs: Sequence[RunFolder], most: int) -> tuple[dict[str, Any], int]:
    """What the page's script works on, and how many answers there are; an example is in it once."""
    examples: dict[str, int] = {}
    kept, written = [], 0
    for place, run in enumerate(runs):
        rows, n = run.samples(most)
        written += n
        for number, written_row in rows.items():
            row = answered(written_row) if "item" in written_row else written_row
            example = example_of(row["answer"])
            text = json.dumps(example, ensure_ascii=False, sort_keys=True)
            kept.append({
                "run": place, "row": number, "step": row.get("step"), "kind": row["kind"],
                "example": examples.setdefault(text, len(examples)), "total": row["total"],
                "completion": row["completion"], "issues": row["issues"],
                "verdict": row.get("verdict"),
                "explanation": row.get("explanation") or points_of(row),
            })  # fmt: skip
    labels = [run.label for run in runs]
    found = {"runs": labels, "examples": [*map(json.loads, examples)], "samples": kept}
    return found, written


def example_of(answer: Row) -> Row:
    """What the page shows of an example, or the name of a benchmark's item."""
    return answer if "item" in answer else {key: answer.get(key, []) for key in SHOWN}


def points_of(row: Row) -> str:
    """What older runs say of a score."""
    parts: Mapping[str, Any] = row["parts"]
    lines = [f"{name}: {part['points']:+.2f}" for name, part in parts.items()]
    return "\n".join(["(written before scores were explained)", *lines, *row["issues"]])
