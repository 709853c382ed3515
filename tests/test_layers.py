"""The house's one direction: an import only points down, and light things stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "toolrl"
LAYERS = [
    {"types", "errors"},
    {"files", "config", "extras", "formats", "schema", "runs"},
    {"rewards", "tools", "data", "models"},
    {"envs"},
    {"train", "evals", "scale"},
    {"report"},
    {"study"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
APART = {"train", "evals", "scale"}
HEAVY = ["torch", "transformers", "datasets", "trl", "ray", "mcp", "pyarrow", "matplotlib"]


def imports():
    """(importing module, imported module) for every import of ours, lazy ones too."""
    for path in PACKAGE.rglob("*.py"):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in imported(node):
                if name.split(".")[0] == "toolrl":
                    yield module, name.removeprefix("toolrl").lstrip(".")


def imported(node):
    """Dotted names that a node imports; what is taken from the package itself counts by name."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    assert node.level == 0, f"line {node.lineno}: relative imports hide their layer"
    if node.module == "toolrl":
        return [f"toolrl.{alias.name}" for alias in node.names]
    return [node.module]


def package(module):
    return module.split(".")[0]


def test_every_module_has_a_layer():
    modules = {package(".".join(p.relative_to(PACKAGE).with_suffix("").parts))
               for p in PACKAGE.rglob("*.py")}  # fmt: skip
    assert modules - {"__init__", "__main__"} <= LEVEL.keys()


def test_an_import_only_points_down():
    upward = [
        (a, b)
        for a, b in imports()
        if package(a) in LEVEL and package(b) in LEVEL and LEVEL[package(b)] > LEVEL[package(a)]
    ]
    assert upward == []


def test_training_and_evaluation_do_not_know_each_other():
    pairs = {(package(a), package(b)) for a, b in imports()}
    assert [(a, b) for a, b in pairs if a in APART and b in APART and a != b] == []


def test_the_report_reads_files_only():
    known = {package(b) for a, b in imports() if package(a) == "report"}
    assert known <= {"report", "types", "errors", "extras", "runs", "files"}


def test_there_is_no_circle_between_packages():
    edges = {}
    for a, b in imports():
        if package(a) != package(b) and package(a) in LEVEL and package(b) in LEVEL:
            edges.setdefault(package(a), set()).add(package(b))
    done, path = set(), []

    def visit(node):
        assert node not in path, f"circle: {path} -> {node}"
        if node in done:
            return
        path.append(node)
        for other in edges.get(node, ()):
            visit(other)
        path.pop()
        done.add(node)

    for node in list(edges):
        visit(node)


@pytest.mark.parametrize(
    "code",
    [
        "import toolrl",
        "import toolrl.rewards",
        "import toolrl.rewards.trl, toolrl.rewards.verl",
        "import toolrl.data.gym, toolrl.data.load",
        "import contextlib, toolrl.cli.main as m\n"
        "with contextlib.suppress(SystemExit): m.main(['--help'])",
        "import contextlib, toolrl.cli.main as m\n"
        "with contextlib.suppress(SystemExit): m.main(['train', '--help'])",
    ],
)
def test_light_things_pull_in_nothing_heavy(code):
    check = f"{code}\nimport sys\nprint([m for m in {HEAVY} if m in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip().splitlines()[-1] == "[]"
