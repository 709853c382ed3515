"""A benchmark asked of a server that fails now and then ends as if it never had."""

import random

import pytest

pytest.importorskip("openai")
pytest.importorskip("bfcl_eval")

from misbehaving_server import completion, serving

from toolrl.cli.main import main
from toolrl.errors import ConfigError
from toolrl.evals.benchmark import evaluate
from toolrl.evals.bfcl.bench import BFCL, BFCLConfig
from toolrl.runs import SAMPLES, read_lines

CATEGORIES = ["simple_python", "irrelevance", "multi_turn_base"]
FAULTS = ["429", "500", "garbage", "no choices", "not finished", "half", "nothing", "slow"]


def answer(body):
    """Some calls, some refusals, always the same for the same conversation."""
    number = sum(map(ord, str(body["messages"]))) % 3
    return completion(["[pwd()]", "No function fits.", "[ls(a=True)"][number])


def settings(tmp_path, url, **more):
    return BFCLConfig(
        model="m", base_url=url, prompt="bfcl", output=str(tmp_path / "run"), limit=6,
        categories=CATEGORIES, timeout=0.5, cache=False, concurrency=4, **more,
    )  # fmt: skip


def run(tmp_path, url, resume=False, **more):
    config = settings(tmp_path, url, **more)
    scores = evaluate(BFCL(config), config, resume=resume)
    return scores, {row["item"]: row for row in read_lines(tmp_path / "run" / SAMPLES)}


@pytest.fixture
def undisturbed(tmp_path):
    with serving(answer, lambda *_: "ok") as (url, _):
        return run(tmp_path / "undisturbed", url)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr("toolrl.models.server.LONGEST_PAUSE", 0.001)


def test_faults_that_pass_change_nothing(tmp_path, undisturbed):
    draw = random.Random(0)

    def behave(body, before):
        return draw.choice(FAULTS) if before < 3 and draw.random() < 0.5 else "ok"

    with serving(answer, behave) as (url, seen):
        scores, rows = run(tmp_path, url)
    assert (scores, rows) == undisturbed
    assert len(seen) > len(rows)


def test_items_that_failed_are_in_no_share_and_are_asked_again(tmp_path, undisturbed, capsys):
    def deaf(body, before):
        return "500" if sum(map(ord, str(body["messages"]))) % 4 == 0 else "ok"

    with serving(answer, deaf) as (url, _):
        scores, rows = run(tmp_path, url, tries=2)
    failed = [row for row in rows.values() if row.get("failed")]
    assert scores["failed"] == len(failed) > 0
    assert scores["n"] == len(rows) - len(failed)
    assert all(rows[k] == v for k, v in undisturbed[1].items() if not rows[k].get("failed"))
    with serving(answer, lambda *_: "ok") as (healthy, _):
        config = tmp_path / "run" / "config.yaml"
        config.write_text(config.read_text().replace(url, healthy))
        words = ["--base-url", healthy, "--prompt", "bfcl", "--limit", "6", "timeout=0.5"]
        words += ["cache=false", "concurrency=2", f"categories=[{', '.join(CATEGORIES)}]"]
        out = ["--model", "m", "--out", str(tmp_path / "run"), "--resume"]
        assert main(["eval", "bfcl", *out, *words]) == 0
    again = {row["item"]: row for row in read_lines(tmp_path / "run" / SAMPLES)}
    assert again == undisturbed[1]


def test_the_command_ends_with_3_when_items_failed(tmp_path, capsys):
    with serving(answer, lambda *_: "500") as (url, _):
        words = ["--base-url", url, "--out", str(tmp_path / "run"), "--limit", "2", "tries=1"]
        code = main(
            ["eval", "bfcl", "--model", "m", *words, "cache=false", "categories=[multiple]"]
        )
    assert code == 3
    said = capsys.readouterr().err
    assert "2 items failed; ask them again by the same command with --resume" in said
    assert "HTTP 500 (1 tries)" in said


def test_a_server_that_does_not_know_the_model_is_one_line(tmp_path, capsys):
    with serving(answer, lambda *_: "404") as (url, _):
        words = ["--base-url", url, "--out", str(tmp_path / "run"), "--limit", "1", "cache=false"]
        assert main(["eval", "bfcl", "--model", "m", *words, "categories=[multiple]"]) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("toolrl: ")
    assert "OPENAI_API_KEY" in last


def test_a_refusal_ends_the_run_and_asks_no_other_item(tmp_path):
    with serving(answer, lambda *_: "404") as (url, seen):
        with pytest.raises(ConfigError):
            run(tmp_path, url)
        assert len(seen) < 12  # of 18 items; those that were under way are ended


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--model", "gold", "--base-url", "http://127.0.0.1:9/v1"], "asks no server"),
        (["--model", "m", "--base-url", "127.0.0.1:9/v1"], "must begin with http"),
        (["--model", "m", "--base-url", "http://127.0.0.1:9", "engine=vllm"], "asks no server"),
    ],
)
def test_a_server_that_would_not_be_asked_is_refused(tmp_path, capsys, words, said):
    assert main(["eval", "bfcl", *words, "--out", str(tmp_path / "run")]) == 2
    assert said in capsys.readouterr().err
