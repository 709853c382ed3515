"""Nothing of ours needs POSIX, one processor's torch, UTF-8 by default, or paths without spaces."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from toolrl.files import read_jsonl, write_jsonl
from toolrl.report.gather import short_names
from toolrl.runs import Run

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for place in ("src", "benchmarks", "examples")
                 for path in (ROOT / place).rglob("*.py"))  # fmt: skip

ELSEWHERE = """
import builtins, contextlib, importlib, os, pkgutil, signal, sys
with contextlib.suppress(ImportError):  # they may use what they find; the rest is what we use
    import torch, datasets, transformers, trl, peft, matplotlib, openai, pyarrow
    class Without:
        def __init__(self, there, *gone): self.there, self.gone = there, gone
        def __getattr__(self, name):
            if name.startswith(self.gone): raise AttributeError(name)
            return getattr(self.there, name)
    torch.ops.aten = Without(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu")
    torch.ops.mkldnn = Without(torch.ops.mkldnn, "")
POSIX = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog"}
found = builtins.__import__
def without_posix(name, globals=None, *rest):
    if name in POSIX and (globals or {}).get("__name__", "").startswith("toolrl"):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return found(name, globals, *rest)
builtins.__import__ = without_posix
for name in ("fork", "forkpty", "sched_getaffinity", "getuid", "geteuid", "killpg", "setsid",
             "getloadavg", "uname", "mkfifo", "statvfs", "sysconf"):
    if hasattr(os, name): delattr(os, name)
for name in ("SIGKILL", "SIGALRM", "SIGHUP", "SIGUSR1", "SIGSTOP", "alarm", "setitimer"):
    if hasattr(signal, name): delattr(signal, name)
import toolrl
for module in pkgutil.walk_packages(toolrl.__path__, "toolrl."):
    if module.name != "toolrl.__main__":
        importlib.import_module(module.name)
print(len([name for name in sys.modules if name.startswith("toolrl.")]))
"""


def test_every_module_is_imported_where_neither_posix_nor_private_kernels_are():
    pytest.importorskip("trl")
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 150


def text_files(path):
    """(call, whether it writes) for each text file that a module opens."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        builtin = isinstance(node.func, ast.Name) and node.func.id == "open"
        name = node.func.attr if isinstance(node.func, ast.Attribute) else "open" * builtin
        if name in ("read_text", "write_text"):
            yield node, name == "write_text"
        elif name == "open" and not is_of_os(node.func):
            given = node.args[1:2] if builtin else node.args[:1]
            given += [keyword.value for keyword in node.keywords if keyword.arg == "mode"]
            mode = given[0].value if given else "r"
            if "b" not in mode:
                yield node, mode != "r"


def is_of_os(function):
    return isinstance(function, ast.Attribute) and ast.unparse(function.value) == "os"


def test_text_is_utf_8_and_lines_end_alike_on_every_system():
    wrong = []
    for path in SOURCES:
        for node, writes in text_files(path):
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            place = f"{path.relative_to(ROOT)}, line {node.lineno}: {ast.unparse(node)}"
            if given.get("encoding") not in ("'utf-8'", "'utf-8-sig'"):
                wrong.append(f"{place} says no encoding")
            if writes and given.get("newline") != "'\\n'" and "/proc/" not in place:
                wrong.append(f"{place} ends lines as the system does")
    assert wrong == []


def test_a_folder_may_have_spaces_and_letters_in_its_name(tmp_path):
    folder = tmp_path / "My runs é" / "a b"
    run = Run.create(folder, {"seed": 1})
    run.append("samples.jsonl", {"step": 1, "text": "é\r\nü"}, {"step": 2})
    run.truncate("samples.jsonl", 1)
    assert write_jsonl(folder / "rows 1.jsonl", [{"a": "é"}]) == 1
    assert list(read_jsonl(folder / "rows 1.jsonl")) == [(1, {"a": "é"})]
    assert b"\r" not in (folder / "samples.jsonl").read_bytes()


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_signs_that_a_terminal_lacks_are_no_error(encoding):
    code = (
        "import sys; from toolrl.cli.main import main; from toolrl.train.progress import Progress\n"
        "assert main(['doctor']) == 0\n"
        "Progress('eval', 2).show(1, {'difference': '−1'}); print('a − b')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=300,
        env=os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"a \\u2212 b" in done.stdout
    assert b"1/2" in done.stderr


def test_runs_on_several_drives_keep_their_whole_names(monkeypatch):
    from toolrl.cli.report import common_folder

    def other_drives(paths):
        raise ValueError("Paths don't have the same drive")

    monkeypatch.setattr("os.path.commonpath", other_drives)
    paths = [Path("/c/runs/a"), Path("/d/runs/a")]
    assert short_names(paths) == {path: path.as_posix() for path in paths}
    assert common_folder(["/c/runs/a", "/d/runs/a"]) == "/c/runs/a, /d/runs/a"
