"""BFCL from end to end, with the right answers, with none, and after a kill."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("bfcl_eval")
pytest.importorskip("tree_sitter")

from official_bfcl import UNREACHABLE, UNREADABLE, official_verdict

from toolrl.cli.main import main
from toolrl.errors import ConfigError
from toolrl.evals.benchmark import evaluate
from toolrl.evals.bfcl.bench import BFCL, BFCLConfig
from toolrl.evals.bfcl.categories import GROUPS, chosen, needs_no_call
from toolrl.evals.bfcl.checker import judge_calls, load_official, official
from toolrl.evals.bfcl.gold import gold_calls
from toolrl.evals.bfcl.items import items_of
from toolrl.evals.bfcl.multi_turn import MultiTurn
from toolrl.evals.bfcl.prompt import bfcl_prompting
from toolrl.evals.bfcl.single_turn import SingleTurn
from toolrl.evals.shares import Observed, weighted_share
from toolrl.models.answers import Answer
from toolrl.runs import SAMPLES, Run, read_lines
from toolrl.types import ToolCall


def run(tmp_path, **settings):
    config = BFCLConfig(output=str(tmp_path / "run"), **settings)
    scores = evaluate(BFCL(config), config)
    return scores, {row["item"]: row for row in read_lines(tmp_path / "run" / SAMPLES)}


@pytest.mark.parametrize("prompt", ["paper", "bfcl"])
def test_the_key_answers_everything_but_what_no_answer_can_reach(tmp_path, prompt):
    scores, rows = run(tmp_path, model="gold", prompt=prompt)
    wrong = {name for name, row in rows.items() if not row["official"]}
    assert wrong == UNREACHABLE - ({"simple_java_64"} if prompt == "bfcl" else set()) | (
        UNREADABLE if prompt == "bfcl" else set()
    )
    assert scores["n"] == len(rows) == 4441
    assert scores["overall"]["weighting"] == "v4_without_agentic"


@pytest.mark.parametrize("prompt", ["hermes", "llama3", "python", "paper-brief"])
def test_the_key_answers_in_every_format(tmp_path, prompt):
    _, rows = run(tmp_path, model="gold", prompt=prompt, limit=15)
    assert {name for name, row in rows.items() if not row["official"]} <= UNREACHABLE


@pytest.mark.parametrize("prompt", ["paper", "bfcl"])
def test_an_empty_answer_is_right_only_officially_and_only_where_none_is_due(tmp_path, prompt):
    scores, _ = run(tmp_path, model="empty", prompt=prompt, limit=40)
    for name, share in scores["official"]["categories"].items():
        assert share["value"] == (1.0 if needs_no_call(name) else 0.0)
    assert all(share["value"] == 0.0 for share in scores["strict"]["categories"].values())


def test_a_sample_is_seeded_and_spread_over_the_categories(tmp_path):
    scores, rows = run(tmp_path, model="empty", categories=["live"], limit=5)
    assert [share["n"] for share in scores["categories"].values()] == [5] * 6
    assert [i.id for i in items_of("live_simple", 5, 0)] != [
        i.id for i in items_of("live_simple", 5, 1)
    ]
    assert {i.id for i in items_of("live_simple", 5, 0)} <= rows.keys()


def test_categories_are_named_by_themselves_or_by_group():
    assert chosen(["multi_turn", "multiple"]) == ("multiple", *GROUPS["multi_turn"])
    with pytest.raises(ConfigError, match="did you mean 'multiple'"):
        chosen(["multipel"])


def test_a_conversation_that_never_ends_its_turn_is_ended_and_wrong():
    item = next(i for i in items_of("multi_turn_base") if "GorillaFileSystem" in str(i.entry))
    episode = MultiTurn(item, bfcl_prompting("bfcl", "multi_turn_base"))
    while episode.request():
        episode.receive(Answer("[ls()]"))
    assert len(episode.answers) == 21
    assert episode.row()["error_type"] == "multi_turn:force_terminated"


def test_tools_that_are_added_are_told_of_once_in_the_official_prompt():
    item = next(i for i in items_of("multi_turn_miss_func") if i.added(1) or i.added(2))
    name = next(d["name"] for n in range(len(item.turns)) for d in item.added(n))
    for prompt in ("bfcl", "hermes"):
        episode = MultiTurn(item, bfcl_prompting(prompt, "multi_turn_miss_func"))
        assert name not in episode.request().messages[0]["content"]
        while not any(item.added(n) for n in range(len(episode.turns))):
            episode.receive(Answer("Nothing to do."))
        first, *_, last = episode.request().messages
        assert (name in first["content"]) == (prompt == "hermes")
        assert (name in last["content"]) == (prompt == "bfcl")


@pytest.mark.parametrize("prompt", ["hermes", "native"])
def test_bfcls_own_files_are_read_to_the_same_verdicts(tmp_path, prompt):
    _, rows = run(tmp_path, model="gold", prompt=prompt, limit=30, result_name="a/b")
    place = tmp_path / "run" / "bfcl" / "result" / "a_b"
    lines = [line for path in place.rglob("*_result.json") for line in read_lines(path)]
    results = {line["id"]: line["result"] for line in lines}
    assert results.keys() == rows.keys()
    assert (place / "live" / "BFCL_v4_live_simple_result.json").exists()
    for category in ("simple_python", "simple_java", "live_multiple", "parallel"):
        for item in items_of(category, 30):
            if item.id not in UNREADABLE | {"simple_java_64"}:
                found = official_verdict(item, results[item.id])
                assert found == rows[item.id]["official"], item.id
    for item in items_of("multi_turn_miss_func", 30):
        assert len(results[item.id]) == len(item.key)
        assert all(turn[-1] == "Done." for turn in results[item.id])


def test_the_command_prints_one_object(tmp_path, capsys):
    words = ["eval", "bfcl", "--model", "gold", "--limit", "2", "--json", "--out"]
    assert main([*words, str(tmp_path / "a"), "categories=[simple_python, irrelevance]"]) == 0
    scores = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert scores["overall"]["value"] == 1.0
    assert scores["n"] == 4
    assert scores["strict"]["categories"]["irrelevance"]["n"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bfcl", "--model", "gold", "categories=[x]"], "no category 'x'"),
        (["bfcl", "--model", "gold", "--prompt", "papr"], "did you mean 'paper'"),
        (["bfcl", "--model", "gold", "--limit", "0"], "'limit' must be 1 or more"),
        (["bfcl", "--model", "gold", "--against", "x"], "--against is not for 'bfcl'"),
        (["heldout", "--model", "m", "--prompt", "paper"], "--prompt is not for 'heldout'"),
    ],
)
def test_a_wrong_option_is_one_line(words, said, capsys, tmp_path):
    assert main(["eval", *words, "--out", str(tmp_path / "run")]) == 2
    shown = capsys.readouterr().err.strip().splitlines()
    assert len(shown) == 1
    assert said in shown[0]
    assert not (tmp_path / "run").exists()


LONG = Answer("", too_long=True)


@pytest.mark.parametrize("category", ["irrelevance", "live_irrelevance", "simple_python"])
def test_a_prompt_that_does_not_fit_is_wrong_also_where_no_call_is_due(category):
    (item,) = items_of(category, 1)
    episode = SingleTurn(item, bfcl_prompting("paper", category))
    episode.receive(LONG)
    row = episode.row()
    assert (row["official"], row["strict"], row["error_type"]) == (False, False, "too_long")


def gold_until(item, turns):
    """An episode answered by its key until so many turns have begun."""
    episode = MultiTurn(item, bfcl_prompting("bfcl", item.category))
    while len(episode.turns) < turns:
        episode.receive(episode.gold())
    return episode


def test_a_conversation_that_does_not_fit_any_more_is_wrong_and_over():
    (item,) = items_of("multi_turn_base", 1)
    episode = gold_until(item, 2)
    episode.receive(LONG)
    assert episode.request() is None
    assert episode.row()["error_type"] == "too_long"
    assert not episode.row()["official"]


def test_a_loop_in_the_last_turn_is_judged_by_its_states_as_officially():
    item = next(i for i in items_of("multi_turn_base") if "GorillaFileSystem" in str(i.entry))
    episode = gold_until(item, len(item.turns))
    episode.receive(episode.gold())
    while episode.request():
        episode.receive(Answer("[pwd()]"))
    assert episode.forced
    assert episode.row()["official"]


@pytest.mark.parametrize("value", ["b'y'", "2j", "{(1, 2): 3}", "'\\ud83d'", "{1, 2}"])
def test_whatever_a_model_writes_can_be_written_down(tmp_path, value):
    for category in ("simple_python", "multi_turn_base"):
        (item,) = items_of(category, 1)
        kind = SingleTurn if category == "simple_python" else MultiTurn
        episode = kind(item, bfcl_prompting("bfcl", category))
        while episode.request():
            episode.receive(Answer(f"[f(x={value})]" if not episode.answers else "Done."))
        Run(tmp_path).append(SAMPLES, episode.row())
    assert len(list(read_lines(tmp_path / SAMPLES))) == 2


def test_an_answer_on_which_the_official_checker_breaks_off_is_wrong():
    item = next(i for i in items_of("simple_python") if i.id == "simple_python_14")
    (call,) = gold_calls(item.documents, item.key, "python")
    huge = ToolCall(call.name, dict.fromkeys(call.arguments, 10**400))
    assert not judge_calls([huge], item.documents, item.key, "simple_python").valid


def test_the_official_checker_is_loaded_once_by_many_threads():
    load_official.cache_clear()
    together = threading.Barrier(16)

    def load():
        together.wait()
        return official()

    with ThreadPoolExecutor(16) as pool:
        loaded = [one.result() for one in [pool.submit(load) for _ in range(16)]]
    assert len(set(map(id, loaded))) == 1


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("hermes", '<tool_call>\n{"name": "ls", "arguments": {"a": }\n</tool_call>'),
        ("paper", '<think> t </think>\n<tool_call>\n{"name": "ls", "parameters": {\n</tool_call>'),
        ("python", "[ls(a=]"),
        ("llama3", '{"name": "ls", "parameters": {"a": '),
        ("bfcl", "[ls(a=]"),
        ("native", '<tool_call>\n{"name": "ls", "arguments": {"a": }\n</tool_call>'),
    ],
)
def test_a_call_that_could_not_be_read_stands_in_the_next_turns_prompt(prompt, text):
    item = next(i for i in items_of("multi_turn_base") if "GorillaFileSystem" in str(i.entry))
    episode = MultiTurn(item, bfcl_prompting(prompt, item.category))
    episode.receive(Answer(text, (), broken=True) if prompt == "native" else Answer(text))
    told = [one["content"] for one in episode.request().messages]
    assert sum(text in one for one in told) == 1
    assert episode.turns == [[], []]


def test_the_four_forms_of_a_scenario_are_one_cluster(tmp_path):
    scores, rows = run(tmp_path, model="empty", categories=["multi_turn", "multiple"], limit=30)
    groups = [row.get("group") for name, row in rows.items() if name.startswith("multi_turn")]
    assert 30 <= len(set(groups)) < len(groups) == 120
    assert all(f"multi_turn {name.split('_')[-1]}" in groups for name in rows if "_base_" in name)
    assert not any("group" in row for name, row in rows.items() if name.startswith("multiple"))
    whole = scores["official"]["all_multi_turn"]
    plain = weighted_share(
        dict.fromkeys("abcd", Observed((0.0,) * 30, ("",) * 30)), dict.fromkeys("abcd", 0.25)
    )
    assert whole["high"] > plain.high + 0.005
