"""The light install says in one line what a command needs."""

import subprocess
import sys

import pytest

MISSING = [
    "openai",
    "tenacity",
    "torch",
    "transformers",
    "trl",
    "datasets",
    "pyarrow",
    "matplotlib",
    "peft",
    "gguf",
]
RECIPE = "model: m\noutput: out\ndata: {gym: {n: 2}}\n"
BUILD = "out: built\nsources: [{source: xlam, path: x.json}]\n"


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["train", "sft", "recipe.yaml"], "train"),
        (["train", "grpo", "recipe.yaml"], "train"),
        (["eval", "heldout", "--model", "m"], "train"),
        (["eval", "bfcl", "--model", "m"], "train"),
        (["eval", "bfcl", "--model", "m", "--base-url", "http://127.0.0.1:9/v1"], "server"),
        (["quickstart"], "train"),
        (["report", "."], "report"),
        (["data", "build", "build.yaml"], "data"),
        (["data", "convert", "xlam", "owner/name", "--out", "x.jsonl"], "data"),
        (["eval", "bfcl", "--model", "gold", "--prompt", "bfcl"], "bfcl"),
    ],
    ids=" ".join,
)
def test_a_missing_extra_is_one_line_with_its_pip_command(tmp_path, words, extra):
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    (tmp_path / "build.yaml").write_text(BUILD)
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "loss": 1.0}\n')
    before = sorted(tmp_path.iterdir())
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({MISSING}))\n"
        "from toolrl.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("toolrl: ")
    assert f"pip install 'toolrl[{extra}]'" in last
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.iterdir()) == before
