"""``toolrl eval``: what its help says is what it takes."""

import re

import pytest

from toolrl.cli.main import main


def test_the_help_names_settings_that_are_taken(capsys):
    with pytest.raises(SystemExit):
        main(["eval", "bfcl", "--help"])
    shown = capsys.readouterr().out
    changes = re.findall(r"variant\.\w+=\w+", shown)
    assert {"variant.mask=false", "variant.distractors=0"} <= set(changes)
    assert main(["eval", "bfcl", "--model", "gold", "--dry-run", *changes]) == 0
    assert "distractors: 0" in capsys.readouterr().out


def test_the_help_names_the_categories(capsys):
    pytest.importorskip("bfcl_eval")
    from toolrl.evals.bfcl.items import items_of

    with pytest.raises(SystemExit):
        main(["eval", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    names = re.findall(r"\w+", shown.partition("single ones ")[2].partition(" changes of")[0])
    assert len(names) == 17
    assert all(items_of(name, 1) for name in names)
