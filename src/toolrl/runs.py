"""A run is a folder of plain files.

``config.yaml`` (resolved), ``provenance.json``, ``metrics.jsonl``, ``samples.jsonl``,
``scores.json``. Lines are written whole and flushed, so a killed run can be read to its last step.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from toolrl.errors import DataError, RunExistsError

CONFIG = "config.yaml"
METRICS = "metrics.jsonl"
SAMPLES = "samples.jsonl"
SCORES = "scores.json"
PROVENANCE = "provenance.json"
PACKAGES = (
    "toolrl", "torch", "transformers", "trl", "accelerate", "peft", "datasets", "vllm", "openai",
    "bfcl-eval", "bm25s", "ddgs",
)  # fmt: skip


class Run:
    """A run folder, open for writing.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @classmethod
    def create(
        cls,
        path: str | Path,
        config_yaml: str,
        *,
        resume: bool = False,
        free: Collection[str] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> Run:
        """Make the folder with its resolved configuration and provenance.

        ``free`` are keys of the configuration that may differ on a resume; ``facts`` are what the
        provenance says besides: what was chosen by the machine and stands in no configuration.

        Raises:
            RunExistsError: it holds a run already and ``resume`` is False, or it was made with
                another configuration.
        """
        run = cls(path)
        config = run.path / CONFIG
        if config.exists():
            run.check_resumable(config_yaml, resume, free)
            return run
        run.check_empty()
        run.path.mkdir(parents=True, exist_ok=True)
        write_whole(run.path / PROVENANCE, as_text(provenance() | dict(facts or {})))
        write_whole(config, config_yaml)
        return run

    def check_empty(self) -> None:
        """Refuse a folder with other things in it: a run's clean-up must never touch them."""
        ours = {PROVENANCE, f"{PROVENANCE}.partial", f"{CONFIG}.partial"}
        if self.path.exists() and {path.name for path in self.path.iterdir()} - ours:
            raise RunExistsError(
                f"{self.path} is not empty and holds no run of ours; choose another output folder"
            )

    def check_resumable(self, config_yaml: str, resume: bool, free: Collection[str]) -> None:
        """Refuse to write over a run, or to go on with it under another configuration."""
        if not resume:
            raise RunExistsError(
                f"{self.path} holds a run already; go on with it by --resume, or choose another "
                "output folder"
            )
        before = (self.path / CONFIG).read_text(encoding="utf-8")
        free = {*free, "output"}  # the folder is this one, however its path is written
        old, new = without(before, free), without(config_yaml, free)
        if old != new:
            other = next((a or b for a, b in zip_longest(old, new) if a != b), "")
            raise RunExistsError(
                f"{self.path} was made with another configuration (its {CONFIG} differs at "
                f"{other.strip()!r}); resume with the same recipe, or choose another output folder"
            )

    def append(self, name: str, *rows: Mapping[str, Any]) -> None:
        """Add whole lines to ``metrics.jsonl`` or ``samples.jsonl``, in one write."""
        lines = map(as_line, rows)
        with (self.path / name).open("a", encoding="utf-8", newline="\n") as out:
            out.write("".join(lines))

    def mend(self, name: str) -> None:
        """Drop a last line that a kill cut, so that the next one begins on a line of its own."""
        path = self.path / name
        if path.exists() and not path.read_bytes().endswith(b"\n"):
            write_whole(path, "".join(map(as_line, read_lines(path))))

    def truncate(self, name: str, last_step: int) -> None:
        """Drop lines after ``last_step``: a resumed run does those steps again."""
        path = self.path / name
        if path.exists():
            kept = [row for row in read_lines(path) if row.get("step", 0) <= last_step]
            write_whole(path, "".join(map(as_line, kept)))

    def write_scores(self, scores: Mapping[str, Any]) -> None:
        """Write ``scores.json``."""
        write_whole(self.path / SCORES, as_text(scores))


def as_text(values: Mapping[str, Any]) -> str:
    """An object of JSON as a file for people."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def as_line(row: Mapping[str, Any]) -> str:
    r"""A row as a line of JSON; half of a pair of UTF-16, which UTF-8 can't have, is escaped.

    Example:
        >>> print(as_line({"a": "é"}) + as_line({"a": "é" + chr(0xD83D)}), end="")
        {"a": "é"}
        {"a": "\u00e9\ud83d"}
    """
    line = json.dumps(row, ensure_ascii=False) + "\n"
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(row) + "\n"
    return line


def without(config_yaml: str, keys: Collection[str]) -> list[str]:
    """The lines of a configuration but those of some top-level keys."""
    return [line for line in config_yaml.splitlines() if line.split(":")[0] not in keys]


def read_lines(path: str | Path) -> Iterator[dict[str, Any]]:
    """Rows of a JSON lines file; a last line cut by a kill is passed over.

    Raises:
        DataError: another line is no JSON object, with file and line.
    """
    lines = Path(path).read_bytes().split(b"\n")
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:  # no JSON, or cut within a character
            if any(rest.strip() for rest in lines[number + 1 :]):
                raise damaged(path, number) from None
            return
        except RecursionError:
            raise damaged(path, number) from None
        if not isinstance(row, dict):
            raise damaged(path, number)
        yield row


def damaged(path: str | Path, number: int) -> DataError:
    """What to say of a line that a run did not write."""
    return DataError(f"{path}, row {number + 1}: no JSON object; delete that line")


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place, then move it there."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    os.replace(partial, path)


def provenance() -> dict[str, Any]:
    """What made this run: command, versions, machine, time (UTC)."""
    return {
        "command": " ".join(["toolrl", *sys.argv[1:]]),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "cpus": os.cpu_count(),
        "packages": {name: version for name in PACKAGES if (version := installed(name))},
    }


def recorded(path: str | Path) -> dict[str, Any] | None:
    """What the provenance of the run in a folder says; None where there is no run.

    Raises:
        DataError: it is damaged.
    """
    folder = Path(path)
    if not (folder / CONFIG).exists():
        return None
    file = folder / PROVENANCE
    try:
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except ValueError:
        raise DataError(f"{file} is no JSON; delete it, or choose another output folder") from None


def installed(package: str) -> str | None:
    """The installed version of a package, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
