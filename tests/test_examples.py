"""Every example runs, except those whose first line says that they need torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_example_runs(path: Path, tmp_path: Path):
    first_line = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n")[0]
    if "torch" in first_line:
        pytest.skip("needs torch")
    code = "import sys, runpy; sys.path.insert(0, sys.argv[1]); runpy.run_path(sys.argv[2])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "src"), str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
