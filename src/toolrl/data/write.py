"""Write a training set: a folder that is there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from toolrl.config import to_yaml
from toolrl.data.card import write_card
from toolrl.data.prepare import Prepared
from toolrl.data.sources.examples import to_columns
from toolrl.errors import ConfigError, RunExistsError
from toolrl.extras import require
from toolrl.files import write_jsonl, write_whole
from toolrl.types import Example

RECIPE = "recipe.yaml"
COLUMNS = (
    "id", "tools", "messages", "calls", "reply", "thought", "source", "split", "kind", "group",
)  # fmt: skip


def refuse_existing(out: str | Path, overwrite: bool) -> Path:
    """The path to write, if nothing is there or it may be replaced.

    Raises:
        RunExistsError: something is there.
        ConfigError: the place can't be written.
    """
    path = Path(out)
    if path.exists() and not overwrite:
        raise RunExistsError(f"{path} exists; choose another --out or pass --overwrite")
    if path.is_dir() and any(path.iterdir()) and not (path / RECIPE).exists():
        raise RunExistsError(f"{path} is no training set of ours; choose another --out")
    above = next(parent for parent in path.absolute().parents if parent.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise ConfigError(f"can't write {path}: {above.name} is not a folder that you may write")
    return path


def write_folder(done: Prepared, out: str | Path, *, overwrite: bool = False) -> Path:
    """Write both splits, the rejects, the card and the resolved recipe.

    Raises:
        RunExistsError: the folder exists and ``overwrite`` is False.
        MissingExtraError: pyarrow isn't installed.
    """
    with whole_folder(refuse_existing(out, overwrite)) as folder:
        write_parquet(folder / "train.parquet", done.train)
        write_parquet(folder / "heldout.parquet", done.heldout)
        write_jsonl(folder / "rejects.jsonl", (one.to_dict() for one in done.rejections))
        write_whole(folder / "card.md", write_card(done))
        write_whole(folder / RECIPE, to_yaml(done.recipe))
    return Path(out)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill beside the place; moved there at the end, removed if filling it fails."""
    partial = path.with_name(path.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        replace_folder(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def replace_folder(new: Path, path: Path) -> None:
    """Move a folder to a place where an old one may be."""
    old = path.with_name(path.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    new.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def write_parquet(path: Path, examples: Sequence[Example]) -> None:
    """Examples as parquet, every column text; ``toolrl.data.load.read_examples`` reads it back."""
    parquet = require("data", "pyarrow.parquet", f"{path.name} is a parquet file")
    import pyarrow

    schema = pyarrow.schema([(name, pyarrow.string()) for name in COLUMNS])
    rows = [to_columns(example) for example in examples]
    parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), path)
