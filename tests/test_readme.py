"""What the README shows is what happens."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from toolrl.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_reward_in_ten_lines_prints_what_is_shown():
    (place,) = [i for i, (language, _) in enumerate(BLOCKS) if language == "python"]
    code, shown = BLOCKS[place][1], BLOCKS[place + 1][1]
    assert len([line for line in code.splitlines() if line]) <= 10
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, sys.argv[1])\n{code}",
         str(ROOT / "src")],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == shown


def joined(text):
    """Lines, those that end in a backslash with the next one."""
    return text.replace("\\\n", " ").splitlines()


def shell_lines():
    """Command lines of the shell blocks, comments off, broken lines joined."""
    for language, text in BLOCKS:
        if language == "bash":
            yield from (shlex.split(line, comments=True) for line in joined(text) if line)


@pytest.mark.parametrize("words", list(shell_lines()), ids=" ".join)
def test_a_command_line_names_what_there_is(words):
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        return
    assert words[0] == "toolrl"
    assert words[1] in COMMANDS
    for word in words:
        if word.endswith(".yaml"):
            assert (ROOT / word).exists()


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)]+)\)", README))
def test_a_link_leads_somewhere(target):
    assert (ROOT / target).exists()
