"""Search and answer: rounds, judges, engines that fail, and saved answers judged again."""

import json
import threading
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("bm25s")
pytest.importorskip("openai")

from misbehaving_server import completion, serving

from toolrl.cli.main import main
from toolrl.envs import search as engines
from toolrl.envs.search import BM25Search, Passage, SerperSearch, read_passages, tried
from toolrl.errors import ConfigError, DataError
from toolrl.evals.bamboogle.bench import Bamboogle, BamboogleConfig
from toolrl.evals.bamboogle.episode import NOT_RUN, NOW, Question, SearchAndAnswer
from toolrl.evals.bamboogle.judge import Judge
from toolrl.evals.bamboogle.matching import contains, exact, f1, final_answer
from toolrl.evals.benchmark import evaluate
from toolrl.evals.prompting import prompting
from toolrl.models.answers import Answer, NoAnswer
from toolrl.models.server import Server
from toolrl.models.trained import Trained, write_trained
from toolrl.runs import SAMPLES, read_lines
from toolrl.types import ToolCall

HERE = Path(__file__).parent
CORPUS = str(HERE / "corpus.jsonl")
SHARED = HERE.parents[2].parent / "shared" / "data" / "bamboogle"
BLOCK = '<tool_call>\n{"name": "search", "arguments": {"query": "lamp"}}\n</tool_call>'
BROKEN = '<tool_call>\n{"name": "search", "arguments": {"query": \n</tool_call>'
QUESTION = Question("q", "When was the company founded as Sound of Music added?", ("1999",))


def begun(how="python", **settings):
    search = BM25Search(read_passages(CORPUS))
    given = {"judge": None, "top_k": 2, "max_rounds": 2} | settings
    return SearchAndAnswer(QUESTION, prompting(how), search, **given)


def test_two_hops_are_searched_and_answered():
    episode = begun()
    episode.receive(Answer("[search(query='company founded as Sound of Music')]"))
    assert "Brightbuy" in episode.request().messages[-1]["content"]
    episode.receive(Answer("[search(query='Brightbuy added to the index')]"))
    assert "1999" in episode.request().messages[-2]["content"]
    assert episode.request().messages[-1]["content"] == NOW
    episode.receive(Answer("It was added later.\nAnswer: 1999"))
    row = episode.row()
    assert row["official"]
    assert row["strict"]
    assert (row["searches"], row["rounds"], row["f1"]) == (2, 2, 1.0)


def test_a_search_after_the_last_round_is_no_answer():
    episode = begun(max_rounds=1)
    for _ in range(2):
        episode.receive(Answer("[search(query='lamp')]"))
    assert episode.request() is None
    assert not episode.row()["official"]
    assert episode.row()["searches"] == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("[look(query='x')]", "unknown tool 'look'"),
        ("[search(q='x')]", "'query' must be a text"),
        ("[search(query=5)]", "'query' must be a text"),
        ("[search(query='zzz')]", "Nothing was found."),
    ],
)
def test_a_wrong_call_is_told_to_the_model(call, said):
    episode = begun()
    episode.receive(Answer(call))
    assert said in episode.request().messages[-1]["content"]


def test_a_model_that_repeats_itself_does_not_search_for_ever():
    episode = begun("hermes")
    block = '<tool_call>\n{"name": "search", "arguments": {"query": "lamp"}}\n</tool_call>'
    episode.receive(Answer("\n".join([block] * 50)))
    assert len(episode.results) == 8


@pytest.mark.parametrize(
    ("text", "is_exact", "share", "stands"),
    [
        ("1999", True, 1.0, True),
        ("In the year 1999.", False, 0.5, True),
        ("ANSWER: The 1999!", True, 1.0, True),
        ("Answer: 1998\nAnswer: 1999", True, 1.0, True),
        ("19990", False, 0.0, False),
        ("", False, 0.0, False),
    ],
)
def test_answers_are_compared_without_case_articles_and_punctuation(text, is_exact, share, stands):
    answer = final_answer(text)
    assert exact(answer, ["1999", "nineteen"]) == is_exact
    assert f1(answer, ["1999"]) == share
    assert contains(text, ["1999"]) == stands


def questions(tmp_path, *rows):
    path = tmp_path / "questions.json"
    path.write_text(json.dumps(rows or [{"Question": QUESTION.text, "Answer": "1999"}] * 3))
    return str(path)


def settings(tmp_path, model="gold", **more):
    out = str(tmp_path / "run")
    return BamboogleConfig(
        model, data=questions(tmp_path), passages=CORPUS, output=out, prompt="hermes", **more
    )


@pytest.mark.parametrize(("model", "share"), [("gold", 1.0), ("empty", 0.0)])
def test_the_key_gets_everything_and_nothing_gets_nothing(tmp_path, model, share):
    config = settings(tmp_path, model)
    scores = evaluate(Bamboogle(config), config)
    assert scores["official"]["overall"]["value"] == share
    assert scores["strict"]["overall"]["value"] == share
    assert scores["more"]["f1"]["value"] == share
    assert scores["more"]["searches"]["value"] == share


@pytest.mark.parametrize(
    ("said", "right"), [("Yes", True), ("**No**, it is not.", False), ("yes.", True)]
)
def test_a_model_can_be_the_judge(said, right):
    with serving(lambda body: completion(said), lambda *_: "ok") as (url, seen):
        assert Judge(Server(url, "j"))("Q?", "It was 1999", ["1999"]) == right
    assert "It was 1999" in seen[0]["messages"][0]["content"]


def test_a_judge_without_a_verdict_fails_the_item_and_never_scores_it(tmp_path):
    with serving(lambda body: completion("Perhaps."), lambda *_: "ok") as (url, _):
        config = settings(tmp_path, judge="llm", judge_url=url, judge_model="j")
        scores = evaluate(Bamboogle(config), config)
    assert (scores["n"], scores["failed"]) == (0, 3)
    assert scores["overall"] is None


class Unreachable:
    def __call__(self, query, k):
        raise NoAnswer("no network")


def test_an_engine_that_fails_fails_its_items(tmp_path):
    config = settings(tmp_path)
    benchmark = Bamboogle(config)
    benchmark.search = Unreachable()
    scores = evaluate(benchmark, config)
    assert scores["failed"] == 3
    rows = list(read_lines(tmp_path / "run" / SAMPLES))
    assert {row["failed"] for row in rows} == {"no network"}


def test_saved_answers_are_judged_with_the_passages_they_saw(tmp_path, monkeypatch):
    config = settings(tmp_path)
    evaluate(Bamboogle(config), config)
    before = (tmp_path / "run" / SAMPLES).read_text()
    monkeypatch.setattr(BM25Search, "__call__", Unreachable.__call__)
    assert main(["eval", "rescore", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / SAMPLES).read_text() == before


def test_a_fault_of_an_engine_is_tried_again(monkeypatch):
    monkeypatch.setattr(engines, "PAUSE", 0.0)
    faults = iter([OSError("down"), ValueError("odd")])

    def ask():
        for fault in faults:
            raise fault
        return [Passage("a", "b")]

    assert tried("x", ask, (OSError, ValueError)) == [Passage("a", "b")]
    with pytest.raises(NoAnswer, match=r"x: down \(4 tries\)"):
        tried("x", lambda: (_ for _ in ()).throw(OSError("down")), (OSError,))


def test_serper_needs_its_key(monkeypatch):
    monkeypatch.delenv("SERPER_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="SERPER_API_KEY"):
        SerperSearch()


def test_serper_is_asked_as_it_wants_to_be(monkeypatch):
    body = json.dumps({"organic": [{"title": "T", "snippet": "S"}, {"title": "U"}]}).encode()
    with serving(lambda _: body, lambda *_: "ok") as (url, seen):
        monkeypatch.setattr(engines, "SERPER", url)
        monkeypatch.setenv("SERPER_API_KEY", "k")
        assert SerperSearch()("who", 2) == [Passage("T", "S"), Passage("U", "")]
    assert seen == [{"q": "who", "num": 2}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give data=FILE"),
        (["data=x.json", "search=bing"], "search=bing is unknown"),
        (["data=x.json"], "needs passages=FILE"),
        (["data=x.json", "passages=p", "judge=llm"], "judge=llm needs judge_url"),
        (["data=x.json", "passages=p", "top_k=0"], "must be 1 or more"),
        (["data=x.json", "passages=p"], "data file not found: x.json"),
    ],
)
def test_a_wrong_setting_is_one_line(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["eval", "bamboogle", "--model", "gold", *words]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_row_without_an_answer_is_named(tmp_path):
    path = questions(tmp_path, {"Question": "a?", "Answer": "b"}, {"Question": "c?"})
    with pytest.raises(DataError, match="row 2: no question with an answer"):
        Bamboogle(BamboogleConfig("gold", data=path, passages=CORPUS))


@pytest.mark.skipif(not SHARED.exists(), reason="needs the real questions")
def test_the_real_questions_go_through(tmp_path):
    config = BamboogleConfig(
        "gold", data=str(SHARED / "sample.json"), output=str(tmp_path / "run"),
        passages=str(SHARED / "wiki_passages.jsonl"),
    )  # fmt: skip
    scores = evaluate(Bamboogle(config), config)
    assert (scores["n"], scores["overall"]["value"]) == (25, 1.0)


@pytest.mark.parametrize("how", ["python", "hermes", "native"])
def test_a_search_that_could_not_be_read_stands_in_the_next_prompt(how):
    good = "[search(query='lamp')]" if how == "python" else BLOCK
    broken = "[search(query='lamp'), search(query=]" if how == "python" else f"{BLOCK}\n{BROKEN}"
    calls = (ToolCall("search", {"query": "lamp"}),) if how == "native" else None
    episode = begun(how)
    whole = Answer(good, calls, beside="" if calls else None)
    for answer in (Answer(broken, calls, broken=True, beside="" if calls else None), whole):
        episode.receive(answer)
        said = [one for one in episode.request().messages if one["role"] == "assistant"][-1]
        if how != "native" or answer.broken:
            assert said == {"role": "assistant", "content": answer.text}
        else:
            assert said["tool_calls"][0]["function"]["name"] == "search"


@pytest.mark.parametrize("how", ["python", "native"])
def test_saved_answers_are_asked_with_the_same_prompts_again(how):
    calls = (
        ToolCall("search", {"query": "lamp"}, "c1"),
        ToolCall("search", {"query": "shop"}, "c2"),
    )
    text = "Two.\n[search(query='lamp'), search(query='shop')]"
    written = [Answer("Two.", calls) if how == "native" else Answer(text[5:]), Answer("[search(")]
    first, again = begun(how), begun(how)
    for answer in written:
        first.receive(answer)
        again.receive(Answer.from_dict(json.loads(json.dumps(answer.to_dict()))))
        assert again.request() == first.request()


def test_no_call_is_without_a_result_also_where_a_model_repeats_itself():
    episode = begun("native")
    calls = tuple(ToolCall("search", {"query": "lamp"}, f"c{n}") for n in range(12))
    episode.receive(Answer("", calls))
    _, said, *results = episode.request().messages
    assert [one["id"] for one in said["tool_calls"]] == [one["tool_call_id"] for one in results]
    assert [one["content"] == NOT_RUN for one in results] == [False] * 8 + [True] * 4
    assert len(episode.results) == 8


def test_items_side_by_side_share_one_index(tmp_path, monkeypatch):
    made = []

    def slowly(config):
        made.append(config)
        time.sleep(0.1)
        return BM25Search(read_passages(config.passages))

    monkeypatch.setattr("toolrl.evals.bamboogle.bench.engine", slowly)
    # Python 3.11's cached_property has a lock of its own; later ones have none
    monkeypatch.setattr(vars(Bamboogle)["search"], "lock", nullcontext(), raising=False)
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"Question": "Who?", "Answer": "She"}\n')
    bench = Bamboogle(BamboogleConfig("gold", data=str(questions), passages=CORPUS))
    gate, found = threading.Barrier(16), []

    def ask():
        gate.wait()
        found.append(bench.begin(bench.items()[0]).search("lamp", 1))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(found) == 16


def test_a_trained_model_is_asked_in_its_own_format_on_a_server_too(tmp_path, caplog):
    model = tmp_path / "model"
    model.mkdir()
    write_trained(model, Trained("python", "toolrl", "grpo", "base"))
    with serving(lambda body: completion("Answer: x"), lambda body, before: "ok") as (url, seen):
        config = replace(settings(tmp_path, str(model), base_url=url), prompt=None)
        assert evaluate(Bamboogle(config), config)["prompt"] == "python"
    (system, *_), *_ = (body["messages"] for body in seen)
    other = settings(tmp_path, str(model))
    assert (
        system["content"]
        == Bamboogle(replace(other, prompt="python"))
        .begin(QUESTION)
        .request()
        .messages[0]["content"]
    )
    made = json.loads((tmp_path / "run" / "provenance.json").read_text(encoding="utf-8"))
    assert made["format"]["why"] == "the model's own"
    assert caplog.text == ""
