"""Draw the update's gain against the count of tokens, from what grpo_step.py --out wrote.

python benchmarks/grpo_plot.py gain.png cells.json [more.json ...]
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

from matplotlib.figure import Figure


def main(picture: str, files: list[str]) -> None:
    """One point a cell, one colour a model, and the count of tokens as a line."""
    rows = [row for file in files for row in json.loads(Path(file).read_text(encoding="utf-8"))]
    rows.sort(key=lambda row: row["shape"])
    figure = Figure(figsize=(5.5, 5), layout="constrained")
    axes = figure.add_subplot()
    for shape, some in itertools.groupby(rows, key=lambda row: row["shape"]):
        points = [(row["token_ratio"], row["update_ratio"]) for row in some]
        axes.plot(*zip(*points, strict=True), "o", label=f"model of {shape}")
    end = max(row["token_ratio"] for row in rows)
    axes.plot([1, end], [1, end], "--", color="gray", label="the count of tokens")
    axes.set_xlabel("tokens of stock TRL / tokens with shared prefixes")
    axes.set_ylabel("seconds of stock TRL's update / of ours")
    axes.legend(frameon=False)
    figure.savefig(picture, dpi=120)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("grpo_plot: give a picture to write and the files to read")
    main(sys.argv[1], sys.argv[2:])
