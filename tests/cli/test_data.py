"""``toolrl data``: the last line is the account; a mistake is one line and exit code 2."""

import json
from pathlib import Path

import pytest

from toolrl.cli.main import main
from toolrl.data.load import read_examples

FIXTURES = Path(__file__).parents[1] / "data/fixtures"


def last_line(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_convert_writes_examples_and_rejects(tmp_path, capsys):
    out = tmp_path / "x.jsonl"
    assert main(["data", "convert", "xlam", str(FIXTURES / "xlam.json"), "--out", str(out)]) == 0
    counts = last_line(capsys)
    assert counts == {"read": 6, "kept": 4, "rejected": 2, "examples": 4, "calls": 4}
    assert len(read_examples(out)) == 4
    rejects = (tmp_path / "x.rejects.jsonl").read_text().splitlines()
    assert [json.loads(line)["row"] for line in rejects] == [5, 6]


def test_convert_reads_only_so_many_rows(tmp_path, capsys):
    file = str(FIXTURES / "xlam.json")
    main(["data", "convert", "xlam", file, "--out", str(tmp_path / "x.jsonl"), "--limit", "2"])
    assert last_line(capsys)["read"] == 2


def converting(tmp_path, text, *more):
    file = tmp_path / "raw.jsonl"
    file.write_text(text)
    out = tmp_path / "x.jsonl"
    return main(["data", "convert", "examples", str(file), "--out", str(out), *more]), out


GOOD = '{"id": "1", "messages": [{"role": "user", "content": "Hi"}], "reply": "Hello."}\n'


def test_a_broken_line_stops_and_leaves_the_old_output(tmp_path, capsys):
    assert converting(tmp_path, GOOD)[0] == 0
    code, out = converting(tmp_path, GOOD + "{oops\n", "--overwrite")
    assert code == 2
    assert len(read_examples(out)) == 1
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert "raw.jsonl, row 2: not valid JSON" in line


def test_a_broken_line_may_go_to_the_rejects(tmp_path, capsys):
    code, out = converting(tmp_path, GOOD + "{oops\n", "--skip-broken")
    assert code == 0
    assert last_line(capsys)["rejected"] == 1
    assert "not valid JSON" in out.with_name("x.rejects.jsonl").read_text()


def test_an_existing_output_is_refused(tmp_path, capsys):
    converting(tmp_path, GOOD)
    capsys.readouterr()
    assert converting(tmp_path, GOOD)[0] == 2
    assert "choose another --out or pass --overwrite" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["convert", "xlan", "x.json", "--out", "x.jsonl"], "did you mean 'xlam'"),
        (["convert", "xlam", "no.json", "--out", "x.jsonl"], "data file not found"),
        (["convert", "xlam", "x.json", "--out", "x.csv"], "--out must be a .jsonl file"),
        (["convert", "xlam", "x.json", "--out", "x.jsonl", "--limit", "0"], "--limit must be"),
        (["build", "no.yaml"], "recipe not found"),
    ],
)
def test_a_mistake_is_one_line(argv, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["data", *argv]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1


def mix(tmp_path):
    file = tmp_path / "mix.yaml"
    sources = [
        {"source": name, "path": str(FIXTURES / f"{name}.json")} for name in ("toolace", "xlam")
    ]
    file.write_text(json.dumps({"out": str(tmp_path / "mix"), "sources": sources}))
    return str(file)


def test_build_writes_a_folder(tmp_path, capsys):
    pytest.importorskip("pyarrow")
    assert main(["data", "build", mix(tmp_path), "split.heldout=0.3"]) == 0
    counts = last_line(capsys)
    assert counts["read"] == counts["kept"] + counts["rejected"] == 15
    assert len(read_examples(tmp_path / "mix")) == counts["examples"]
    assert "heldout: 0.3" in (tmp_path / "mix/recipe.yaml").read_text()


def test_build_makes_the_folder_that_out_names(tmp_path, capsys):
    pytest.importorskip("pyarrow")
    main(["data", "build", mix(tmp_path), "--out", str(tmp_path / "deep/other")])
    assert (tmp_path / "deep/other/card.md").exists()
    assert not (tmp_path / "mix").exists()


def test_a_dry_run_counts_and_writes_nothing(tmp_path, capsys):
    assert main(["data", "build", mix(tmp_path), "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "sources:" in out
    assert json.loads(out.splitlines()[-1])["read"] == 15
    assert [file.name for file in tmp_path.iterdir()] == ["mix.yaml"]


def test_build_refuses_an_existing_folder_before_it_works(tmp_path, capsys):
    pytest.importorskip("pyarrow")
    (tmp_path / "mix").mkdir()
    assert main(["data", "build", mix(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_place_that_cannot_be_written_is_said(tmp_path, capsys):
    pytest.importorskip("pyarrow")
    assert main(["data", "build", mix(tmp_path), "--out", str(tmp_path / "mix.yaml/x")]) == 2
    assert "is not a folder that you may write" in capsys.readouterr().err
