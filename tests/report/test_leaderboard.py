"""Benchmark runs in the page: who stands where, and every answer with its verdict."""

import json
import re

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")

from toolrl.cli.main import main
from toolrl.report.arms import tables_of
from toolrl.report.gather import gather
from toolrl.report.leaderboard import answered
from toolrl.report.page import write_page

FACTS = [{"title": "Oslo", "text": "Oslo is the capital of Norway."}]
QUESTIONS = [{"Question": f"Capital of Norway, {n}?", "Answer": "Oslo"} for n in range(4)]


@pytest.fixture
def runs(tmp_path):
    """Bamboogle's gold and empty runs, which need no package."""
    pytest.importorskip("bm25s")
    (tmp_path / "facts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in FACTS))
    (tmp_path / "questions.json").write_text(json.dumps(QUESTIONS))
    words = [f"data={tmp_path / 'questions.json'}", f"passages={tmp_path / 'facts.jsonl'}"]
    for model in ("empty", "gold"):
        out = str(tmp_path / "runs" / model)
        assert main(["eval", "bamboogle", "--model", model, "--out", out, *words]) == 0
    return [tmp_path / "runs" / model for model in ("empty", "gold")]


def test_the_best_stands_first_and_each_run_has_a_column(runs):
    board, categories = tables_of(gather(runs))
    assert board["title"] == "Benchmark bamboogle"
    column = board["head"].index("official")
    assert [row[:2] for row in board["rows"]] == [["gold", "gold"], ["empty", "empty"]]
    assert [row[column].split()[0] for row in board["rows"]] == ["100.0", "0.0"]
    assert categories["head"] == ["", "empty", "gold"]
    assert [row[0] for row in categories["rows"]][:1] == ["questions"]
    assert "f1" in [row[0] for row in categories["rows"]]


def test_strict_shares_have_a_table_of_their_own_where_they_differ(tmp_path):
    pytest.importorskip("bfcl_eval")
    out = tmp_path / "silent"
    words = ["--limit", "2", "categories=[abstention]", "--out", str(out)]
    assert main(["eval", "bfcl", "--model", "empty", *words]) == 0
    _, official, strict = tables_of(gather([out]))
    assert (official["title"], strict["title"]) == (
        "Benchmark bfcl, by category, official",
        "Benchmark bfcl, by category, strict",
    )
    assert official["rows"][0][1].startswith("100.0 ")
    assert strict["rows"][0][1].startswith("0.0 ")


def test_answers_stand_with_their_verdicts(runs, tmp_path):
    gathered = gather(runs)
    out = write_page(gathered, tables_of(gathered), [], tmp_path / "p.html", title="t", most=9)
    text = out.read_text(encoding="utf-8")
    data = json.loads(re.findall(r'id="data">(.*?)</script>', text, re.S)[0])
    assert "Not finished" not in text
    assert len(data["samples"]) == 8
    assert {one["total"] for one in data["samples"]} == {0.0, 1.0}
    assert all(one["explanation"].startswith("official: ") for one in data["samples"])
    assert {one["verdict"] for one in data["samples"]} == {"right", "wrong"}
    assert {one["asked"] for one in data["examples"]} == {row["Question"] for row in QUESTIONS}
    assert all(one["expected"] == '"Oslo"' for one in data["examples"])
    assert all(one["tools"][0].startswith("search(query: string): ") for one in data["examples"])


def test_the_command_takes_benchmark_runs(runs, capsys):
    assert main(["report", *map(str, runs)]) == 0
    assert "Benchmark bamboogle, by category" in capsys.readouterr().out
    assert (runs[0].parent / "report.csv").read_text().startswith("table,run,model")


def test_calls_of_a_conversation_and_errors_are_told():
    call = {"name": "ls", "arguments": {"a": True}}
    row = {
        "item": "multi_turn_base_1", "category": "multi_turn_base", "official": False,
        "strict": False, "calls": [[call], []], "error_type": "multi_turn:x", "error": "why",
        "answers": [{"text": "[ls(a=True)]"}, {"text": ""}],
    }  # fmt: skip
    shown = answered(row)
    assert shown["issues"] == ["multi_turn:x"]
    assert "issue multi_turn:x: why" in shown["explanation"]
    assert "read: ls({'a': True})" in shown["explanation"]
    assert shown["completion"] == "[ls(a=True)]\n\n(no text)"


def test_an_item_that_failed_is_said_to_have_no_answer():
    shown = answered({"item": "1", "category": "c", "failed": "HTTP 500"})
    assert (shown["total"], shown["issues"]) == (0.0, ["failed"])
    assert shown["explanation"] == "no answer: HTTP 500"


def test_a_run_in_which_every_item_failed_has_its_line_and_no_figure(tmp_path):
    scores = {
        "benchmark": "bfcl", "model": "m", "prompt": "paper", "variant": "", "n": 0, "failed": 2,
        "overall": None, "categories": {},
    }  # fmt: skip
    rows = [{"item": str(i), "category": "c", "failed": "HTTP 500"} for i in (1, 2)]
    run = tmp_path / "run"
    run.mkdir()
    (run / "scores.json").write_text(json.dumps(scores))
    (run / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    board, _ = tables_of(gather([run]))
    assert board["rows"][0][4:] == ["–", "0", "–", "–", "2"]


def test_an_item_that_was_asked_again_counts_once(tmp_path):
    failed = {"item": "1", "category": "c", "failed": "HTTP 500"}
    right = {"item": "1", "category": "c", "official": True, "strict": True, "answers": []}
    other = {"item": "2", "category": "c", "official": False, "strict": False, "answers": []}
    text = "".join(json.dumps(row) + "\n" for row in (failed, other, right))
    (tmp_path / "samples.jsonl").write_text(text)
    (run,) = gather([tmp_path]).runs
    rows, n = run.samples(9)
    assert n == 2
    assert [row["item"] for row in rows.values()] == ["2", "1"]
    assert "failed" not in str(rows)
