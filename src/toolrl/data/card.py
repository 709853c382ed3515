"""The data card: what is in a training set and where it came from, as one page of Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from toolrl.data.clean import file_name, prompt_length
from toolrl.data.prepare import Prepared
from toolrl.data.sources import SOURCES
from toolrl.schema.coerce import coerce_arguments, type_word
from toolrl.types import Example, ToolCall

Table = list[Sequence[object]]


def write_card(done: Prepared) -> str:
    """The page; equal recipes and data give equal pages, so it holds no time and no machine."""
    parts = [
        "# Data card",
        summary(done),
        "## Sources\n\n" + sources_table(done),
        "## Steps\n\n" + table(("after", "examples"), done.steps),
        "## Left out\n\n" + rejects_table(done),
        "## Changed\n\n" + changes_table(done),
        "## What is in it\n\n" + contents_table(done),
    ]
    return "\n\n".join(parts) + "\n"


APART = {
    "tool": "No tool name of the held-out part occurs in the training part, as offered or as "
    "called.",
    "row": "The held-out part has raw rows and conversations of its own; its tools occur in the "
    "training part too.",
}


def summary(done: Prepared) -> str:
    """The account in two sentences."""
    counts = done.tally().counts()
    return (
        f"{counts['read']} answers were read: {counts['kept']} are kept ({len(done.train)} to "
        f"train, {len(done.heldout)} held out), {counts['rejected']} are left out, each with its "
        "reason in `rejects.jsonl`. An answer is a row, or an assistant turn where rows are "
        f"conversations. {APART[done.recipe.split.by]}"
    )


def sources_table(done: Prepared) -> str:
    """Sources with licences and how many answers each gave."""
    rows: Table = []
    for number, source in enumerate(done.recipe.sources):
        known = SOURCES[source.source]
        rows.append(
            (
                known.name,
                file_name(source.path) or known.hub,
                source.licence or known.licence or "not stated",
                known.unit,
                done.read[number],
                done.kept[number],
            )
        )
    return table(("source", "file", "licence", "an answer is a", "read", "kept"), rows)


def rejects_table(done: Prepared) -> str:
    """Why answers were left out, by source."""
    counted = Counter((one.source, one.reason) for one in done.rejections)
    rows = [(source, reason, count) for (source, reason), count in sorted(counted.items())]
    return table(("source", "reason", "answers"), rows) if rows else "Nothing."


def changes_table(done: Prepared) -> str:
    """What split and augmentation changed in the examples that stayed."""
    words = {
        "swapped": "offered but unneeded tools of the other split swapped for tools of its own",
        "remove_tools": "called tools taken away; the answer is now that none fits",
        "distractors": "tools of other examples added",
        "mask": "names made random",
    }
    rows = [(words[name], count) for name, count in done.changed.items() if count]
    return table(("change", "examples"), rows) if rows else "Nothing."


def contents_table(done: Prepared) -> str:
    """Both splits side by side."""
    columns = [describe(done.train), describe(done.heldout)]
    labels = list(dict.fromkeys(label for column in columns for label in column))
    rows = [(label, *(column.get(label, 0) for column in columns)) for label in labels]
    return table(("", "train", "heldout"), rows)


def describe(examples: Sequence[Example]) -> dict[str, object]:
    """Counts of a split: tools, calls per answer, value types, problems."""
    calls = [(call, example) for example in examples for call in example.calls]
    per_answer = Counter(min(len(example.calls), 4) for example in examples)
    types = Counter(type_word(v) for call, _ in calls for v in call.arguments.values())
    label = {4: "answers with 4 or more calls"}
    return {
        "examples": len(examples),
        "different tool names, random ones included": len(
            {tool.name for e in examples for tool in e.tools}
        ),
        "tools per prompt (mean)": mean(len(example.tools) for example in examples),
        "prompt characters (mean)": mean(prompt_length(example) for example in examples),
        **{label.get(n, f"answers with {n} calls"): per_answer[n] for n in range(5)},
        **{f"values: {kind}": count for kind, count in types.most_common()},
        "values of another type than declared": sum(len(type_problems(*c)) for c in calls),
        "calls without a required argument": sum(lacks_required(*c) for c in calls),
    }


def type_problems(call: ToolCall, example: Example) -> list[str]:
    """Values of a call that its tool's schema doesn't allow."""
    tool = example.tool(call.name)
    return coerce_arguments(call.arguments, tool.parameters)[1] if tool else []


def lacks_required(call: ToolCall, example: Example) -> bool:
    """Whether a call leaves out an argument that its tool requires."""
    tool = example.tool(call.name)
    return tool is not None and any(name not in call.arguments for name in tool.required)


def mean(numbers: Iterable[int]) -> float:
    """The mean with one decimal; 0 of nothing."""
    numbers = list(numbers)
    return round(sum(numbers) / len(numbers), 1) if numbers else 0.0


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table.

    Example:
        >>> print(table(("a", "b"), [(1, 2)]))
        | a | b |
        | --- | --- |
        | 1 | 2 |
    """
    lines = [head, ["---"] * len(head), *rows]
    cells = ([str(cell).replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines)
    return "\n".join("| " + " | ".join(line) + " |" for line in cells)
