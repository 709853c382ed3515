"""What is wrong in the answers of a BFCL run: python benchmarks/bfcl_mistakes.py RUN...

Prints the counts that docs/results.md gives beside the shares.
"""

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from toolrl.evals.bfcl.categories import GROUPS, needs_no_call
from toolrl.runs import SAMPLES, read_lines

Row = Mapping[str, Any]


def calls_of(row: Row) -> list[Mapping[str, Any]]:
    """The calls of an answer, or of all answers of a conversation."""
    if row["category"] in GROUPS["multi_turn"]:
        return [call for turn in row["calls"] for call in turn]
    return row["calls"]


def invents(row: Row) -> bool:
    """Whether a call's tool is none of those that were offered."""
    offered = {line.partition("(")[0] for line in row["tools"]}
    return any(call["name"] not in offered for call in calls_of(row))


def dotted(row: Row) -> bool:
    """Whether the first tool's name has a dot."""
    return "." in row["tools"][0].partition("(")[0]


def count(title: str, rows: Sequence[Row], holds: Callable[[Row], Any]) -> None:
    """A line: for how many of the rows it holds."""
    print(f"  {title}: {sum(bool(holds(row)) for row in rows)} of {len(rows)}")


def show(rows: Sequence[Row]) -> None:
    """All counts of a run."""
    print(f"  calls an item: {sum(len(calls_of(row)) for row in rows) / len(rows):.1f}")
    count("keep to the format", rows, lambda row: row["well_formed"])
    count("have a call", rows, calls_of)
    count("call where none is due", [r for r in rows if needs_no_call(r["category"])], calls_of)
    due = [row for row in rows if row["expected"] is not None]
    count("name a tool that is not offered", due, invents)
    alone = [row for row in due if len(row["tools"]) == 1]
    count("the same with one tool, with a dot", [r for r in alone if dotted(r)], invents)
    count("the same with one tool, without", [r for r in alone if not dotted(r)], invents)
    for reason, number in Counter(row["error_type"] for row in due).most_common():
        print(f"  {reason or 'right'}: {number} of {len(due)}")


for folder in sys.argv[1:]:
    print(Path(folder).name)
    show(list(read_lines(Path(folder) / SAMPLES)))
