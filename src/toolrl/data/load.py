"""Read rows from local files or from the Hugging Face hub, and examples from what we wrote."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolrl.data.rejects import RejectedRow, Rejection
from toolrl.data.sources.examples import from_columns
from toolrl.errors import DataError, NotFoundError, did_you_mean
from toolrl.extras import require
from toolrl.files import json_reason, parse_row, read_text
from toolrl.types import Example

SUFFIXES = (".json", ".jsonl", ".ndjson", ".parquet")
HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*$")
SPLITS = ("train", "heldout")
PARQUET_BATCH = 1024

Row = tuple[int, Any]
"""A row's number, from 1, and its value."""


def read_rows(place: str | Path, *, skip_broken: bool = False) -> Iterator[Row]:
    """Rows of a local file, or of a data set on the hub when no such file exists.

    Args:
        place: a ``.json`` (a list of rows, or one row a line), ``.jsonl`` or ``.parquet`` file, or
            a hub name such as ``"Team-ACE/ToolACE"``.
        skip_broken: yield a :class:`Rejection` for a line that isn't JSON, in place of raising.

    Raises:
        NotFoundError: neither a file nor a hub data set that can be reached.
        DataError: the file isn't what its name says, with file and row.
        MissingExtraError: parquet or the hub without the packages they need.
    """
    path = Path(place)
    if path.is_dir():
        raise DataError(f"{place} is a folder; name the file in it")
    if path.exists():
        return read_file(path, skip_broken)
    looks_local = path.suffix in SUFFIXES or path.parent.is_dir()
    if HUB_NAME.match(str(place)) and not looks_local:
        return read_hub(str(place))
    raise NotFoundError(f"data file not found: {place}; check the path, or name a hub data set "
                        "as owner/name")  # fmt: skip


def read_file(path: Path, skip_broken: bool = False) -> Iterator[Row]:
    """Rows of a local file, by its suffix."""
    if path.suffix not in SUFFIXES:
        near = did_you_mean(path.suffix, SUFFIXES)
        raise DataError(f"{path}: can't read a '{path.suffix}' file{near}")
    if path.suffix == ".parquet":
        return read_parquet(path)
    return read_json(path, skip_broken)


def read_json(path: Path, skip_broken: bool) -> Iterator[Row]:
    """A JSON list of rows, or one row a line, whatever the suffix (BFCL names the latter .json)."""
    text = read_text(path)
    if text.lstrip().startswith("["):
        yield from enumerate(read_list(text, path), start=1)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, read_line(line, path, number, skip_broken)


def read_list(text: str, path: Path) -> list[Any]:
    """The rows of a JSON list."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DataError(
            f"{path}{place}: not valid JSON ({json_reason(error)}); mend the file"
        ) from None


def read_line(line: str, path: Path, number: int, skip_broken: bool) -> Any:
    """One JSON line, or its rejection when broken lines are to be passed over."""
    try:
        return parse_row(line, path, number)
    except DataError:
        if not skip_broken:
            raise
        return Rejection("not valid JSON", line.strip()[:80])


def read_parquet(path: Path) -> Iterator[Row]:
    """Rows of a parquet file, a batch at a time."""
    parquet = require("data", "pyarrow.parquet", f"{path} is a parquet file")
    import pyarrow as arrow

    number = 0
    try:
        for batch in parquet.ParquetFile(path).iter_batches(PARQUET_BATCH):
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except (arrow.ArrowException, ValueError, OverflowError) as error:
        # No parquet at all, text that is not UTF-8, or a date beyond Python's.
        raise DataError(
            f"{path}, after row {number}: not a readable parquet file ({str(error)[:80]})"
        ) from None


def read_hub(name: str) -> Iterator[Row]:
    """Rows of the ``train`` split of a data set on the Hugging Face hub."""
    datasets = require("data", "datasets", f"{name} is on the hub")
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # its retries fill the screen
    try:
        rows = datasets.load_dataset(name, split="train")
    except (OSError, ValueError) as error:
        first = str(error).partition("\n")[0][:160]
        raise NotFoundError(
            f"there is no folder '{name}', and no such data set can be had from the hub: {first}; "
            "build it by `toolrl data build`, or check the name, the network and whether its terms "
            "were accepted"
        ) from None
    return enumerate(rows, start=1)


def read_examples(place: str | Path, split: str = "") -> list[Example]:
    """Examples that ``toolrl data`` wrote, or any file in their form.

    Args:
        place: a ``.jsonl`` or ``.parquet`` file, or a folder made by ``toolrl data build``.
        split: ``"train"`` or ``"heldout"`` for one half of a folder; empty for all.

    Raises:
        NotFoundError: no such file, or the folder has no such half.
        DataError: a row isn't an example, with file and row.
    """
    path = Path(place)
    files = split_files(path, split) if path.is_dir() else [path]
    return [read_example(row, file, n) for file in files for n, row in read_rows(file)]


def split_files(folder: Path, split: str) -> list[Path]:
    """The example files of a built folder."""
    if split and split not in SPLITS:
        raise NotFoundError(f"no split '{split}'{did_you_mean(split, SPLITS)}")
    wanted = [folder / f"{name}.parquet" for name in SPLITS if split in ("", name)]
    found = [file for file in wanted if file.exists()]
    if not found:
        raise NotFoundError(
            f"{folder} holds no {wanted[0].name}; make one with 'toolrl data build'"
        )
    return found


def read_example(row: Any, file: Path, number: int) -> Example:
    """A row as an example, or DataError with the place."""
    try:
        return from_columns(row, f"{file.stem}-{number}")
    except RejectedRow as error:
        raise DataError(
            f"{file}, row {number}: {error}; convert the file first with 'toolrl data convert'"
        ) from None
    except AttributeError:
        raise DataError(f"{file}, row {number}: an example is a JSON object") from None
