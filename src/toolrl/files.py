"""Plain files: JSON lines in, JSON lines out, with errors that name the file and the row."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from toolrl.errors import DataError, NotFoundError


def existing(path: str | Path, what: str) -> Path:
    """The path, or NotFoundError saying what was expected there."""
    found = Path(path)
    if not found.exists():
        raise NotFoundError(
            f"{what} not found: {path}; check the path (relative to {Path.cwd().name}/)"
        )
    return found


def read_jsonl(path: str | Path) -> Iterator[tuple[int, Any]]:
    """Yield ``(row, value)``, rows counted from 1; blank lines are passed over.

    Raises:
        NotFoundError: no such file.
        DataError: a line is not JSON, with file, row and column.
    """
    path = existing(path, "data file")
    with path.open(encoding="utf-8") as lines:
        for row, line in enumerate(lines, start=1):
            if line.strip():
                yield row, parse_row(line, path, row)


def parse_row(line: str, path: Path, row: int) -> Any:
    """One JSON line, or DataError with the place and the remedy."""
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path}, row {row}: not valid JSON ({error.msg} at column {error.colno}); "
            "mend or delete that line"
        ) from None


def write_jsonl(path: str | Path, rows: Iterable[Any]) -> int:
    """Write rows beside ``path``, then move them: a kill leaves no half file; returns the count."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    count = 0
    with partial.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    os.replace(partial, path)
    return count
