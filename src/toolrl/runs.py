"""A run is a folder of plain files.

``config.yaml`` (resolved), ``provenance.json``, ``metrics.jsonl``, ``samples.jsonl``,
``scores.json``. Lines are written whole and flushed, so a killed run can be read to its last step.
One process at a time writes into it: it holds ``run.lock``, which its death sets free.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolrl.config import build, differences, plain, read_yaml, to_yaml
from toolrl.errors import ConfigError, DataError, RunExistsError, RunInUseError
from toolrl.files import HALF_PAIRS, write_whole

if TYPE_CHECKING:
    from filelock import FileLock

CONFIG = "config.yaml"
METRICS = "metrics.jsonl"
SAMPLES = "samples.jsonl"
SCORES = "scores.json"
PROVENANCE = "provenance.json"
LOCK = "run.lock"
PACKAGES = (
    "toolrl", "torch", "transformers", "trl", "accelerate", "peft", "datasets", "vllm", "openai",
    "bfcl-eval", "bm25s", "ddgs",
)  # fmt: skip


class Run:
    """A run folder, open for writing; close it, or use it in a ``with`` statement.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.held: FileLock | None = None

    @classmethod
    def create(
        cls,
        path: str | Path,
        config: Any,
        *,
        resume: bool = False,
        free: Collection[str] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> Run:
        """Make the folder with its resolved configuration and provenance, or go on with it.

        Until it is closed no other process can write into it.

        Args:
            path: the folder.
            config: the resolved settings, a dataclass or a mapping.
            resume: whether a run that is there is gone on with.
            free: keys of the settings that may differ on a resume.
            facts: what else the provenance says.

        Raises:
            RunExistsError: it holds a run already and ``resume`` is False, or it was made with
                another configuration, or it holds other things.
            RunInUseError: another process writes into it.
        """
        run = cls(path)
        run.check(config, resume=resume, free=free)
        run.path.mkdir(parents=True, exist_ok=True)
        run.lock()
        try:
            run.check(config, resume=resume, free=free)  # another one may have been faster
            if not (run.path / CONFIG).exists():
                made = provenance() | dict(facts or {})
                write_whole(run.path / PROVENANCE, json.dumps(made, indent=2) + "\n")
                write_whole(run.path / CONFIG, to_yaml(config))
        except BaseException:
            run.close()
            raise
        return run

    def check(self, config: Any, *, resume: bool, free: Collection[str] = ()) -> None:
        """Find out whether the run can be made or gone on with; writes nothing. Raises as create.

        Call it before anything that takes long.
        """
        if self.held is None and (self.path / LOCK).exists():
            self.lock()
            self.close()
        if not (self.path / CONFIG).exists():
            self.check_empty()
        elif not resume:
            raise RunExistsError(
                f"{self.path} holds a run already; go on with it by --resume, or choose another "
                "output folder"
            )
        else:
            self.check_same(config, free)

    def check_empty(self) -> None:
        """Refuse a folder with other things in it: a run's clean-up must never touch them."""
        ours = {PROVENANCE, f"{PROVENANCE}.partial", f"{CONFIG}.partial", LOCK}
        if self.path.exists() and {path.name for path in self.path.iterdir()} - ours:
            raise RunExistsError(
                f"{self.path} is not empty and holds no run of ours; choose another output folder"
            )

    def check_same(self, config: Any, free: Collection[str]) -> None:
        """Refuse to go on under another configuration; keys that are newer have their defaults."""
        free = {*free, "output"}  # the folder is this one, however its path is written
        before, after = with_defaults(config, self.path / CONFIG), plain(config)
        old, new = ({k: v for k, v in one.items() if k not in free} for one in (before, after))
        if changed := differences(old, new):
            raise RunExistsError(
                f"{self.path} was made with another configuration ({'; '.join(changed)}); resume "
                "with the same settings, or choose another output folder"
            )

    def lock(self) -> None:
        """Keep other processes out until :meth:`close`, or until this process ends.

        Raises:
            RunInUseError: another one is in.
        """
        from filelock import FileLock, Timeout

        held = FileLock(self.path / LOCK, timeout=0, thread_local=False)
        try:
            held.acquire()
        except Timeout:
            raise RunInUseError(
                f"{self.path}: another process writes into this folder; wait for its end, or stop "
                "it, then go on by --resume"
            ) from None
        self.held = held

    def close(self) -> None:
        """Let others in."""
        if self.held:
            self.held.release()
            self.held = None

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def append(self, name: str, *rows: Mapping[str, Any]) -> None:
        """Add whole lines to ``metrics.jsonl`` or ``samples.jsonl``, in one write."""
        lines = map(as_line, rows)
        with (self.path / name).open("a", encoding="utf-8", errors=HALF_PAIRS, newline="\n") as out:
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
        write_whole(self.path / SCORES, json.dumps(scores, indent=2, ensure_ascii=False) + "\n")


def locked(path: str | Path) -> Run:
    """A folder that no other process writes into until it is closed; made if it is not there.

    Raises:
        RunInUseError: another one does.
    """
    run = Run(path)
    run.path.mkdir(parents=True, exist_ok=True)
    run.lock()
    return run


def as_line(row: Mapping[str, Any]) -> str:
    """A row as a line of JSON."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def with_defaults(config: Any, path: Path) -> dict[str, Any]:
    """The plain values in a run's ``config.yaml``, read as what ``config`` is.

    Raises:
        RunExistsError: they are no such settings.
    """
    if not dataclasses.is_dataclass(config):
        return read_yaml(path)
    try:
        return plain(build(type(config), read_yaml(path), str(path)))
    except ConfigError as error:
        raise RunExistsError(
            f"{path.parent} was made with another configuration ({error}); choose another output "
            "folder"
        ) from None


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
        if not isinstance(row, dict):
            raise damaged(path, number)
        yield row


def damaged(path: str | Path, number: int) -> DataError:
    """What to say of a line that a run did not write."""
    return DataError(f"{path}, row {number + 1}: no JSON object; delete that line")


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


def installed(package: str) -> str | None:
    """The installed version of a package, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
