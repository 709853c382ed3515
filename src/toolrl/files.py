"""Plain files: JSON lines in, JSON lines out, with errors that name the file and the row."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from toolrl.errors import DataError, NotFoundError

HALF_PAIRS = "backslashreplace"
r"""How half of a pair of UTF-16, which UTF-8 can't have, is written: as ``\ud83d``.

Models and servers write such text. The escape is JSON's own, so JSON that holds it reads back.
"""


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
        DataError: a line is not JSON, with file, row and column; or there is none.
    """
    text = read_text(existing(path, "data file"))
    for row, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield row, parse_row(line, Path(path), row)


def read_text(path: Path) -> str:
    """A whole text file, without its byte-order mark.

    Raises:
        DataError: it is not UTF-8, or empty.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    if not text.strip():
        raise DataError(f"{path}: the file is empty; nothing to read")
    return text


def parse_row(line: str, path: Path, row: int) -> Any:
    """One JSON line, or DataError with the place and the remedy."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path}, row {row}: not valid JSON ({json_reason(error)}); mend or delete that line"
        ) from None


def json_reason(error: Exception) -> str:
    """Why a text is no JSON that can be read, in a few words."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).split(";")[0]


def write_jsonl(path: str | Path, rows: Iterable[Any]) -> int:
    """Write rows beside ``path``, then move them: a kill leaves no half file; returns the count."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    count = 0
    with partial.open("w", encoding="utf-8", errors=HALF_PAIRS, newline="\n") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    os.replace(partial, path)
    return count


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place, then move it there."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", errors=HALF_PAIRS, newline="\n")
    os.replace(partial, path)
