"""API-Bank in all its forms, judged strictly and softly."""

import json
from pathlib import Path

import pytest

from toolrl.cli.main import main
from toolrl.errors import DataError
from toolrl.evals.api_bank.bench import APIBank, APIBankConfig, OneCall
from toolrl.evals.api_bank.rows import SEARCHER, dialogue, read_level
from toolrl.evals.benchmark import evaluate
from toolrl.evals.prompting import prompting
from toolrl.models.answers import Answer
from toolrl.runs import SAMPLES, read_lines
from toolrl.types import Example, Message, ToolCall, ToolSpec

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "api-bank"
LAMP = {
    "name": "SetLamp",
    "description": "Sets a lamp.",
    "input_parameters": {"room": {"type": "str", "description": "Where."}},
    "output_parameters": {"status": {"type": "str", "description": "How it went."}},
}
RAW = {
    "file": "SetLamp-1.jsonl",
    "id": 0,
    "instruction": f"Write a request.\nAPI descriptions:\n{json.dumps(LAMP)}\n{json.dumps(LAMP)}",
    "input": "User: Two things:\nlight in the hall, then\nin the attic.\nAI: Sure.\n"
    "API-Request: [SetLamp(room='hall')]->{'status': '[on]->ok'}\nAI: Done.\n"
    "Generate API Request:\n",
    "expected_output": "API-Request: [SetLamp(room='attic')]",
}


def step(name, given, output):
    return {"api_name": name, "input": given, "output": {"output": output, "exception": None}}


CHAIN = {
    "requirement": " Light in the hall and in the attic. ",
    "response": "Done.",
    "apis": [
        step(SEARCHER, {"keywords": "lamp"}, LAMP),
        step("SetLamp", {"room": "hall"}, {"status": "on"}),
        step("SetLamp", {"room": "attic"}, "success"),
    ],
}


def written(tmp_path, *rows):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows))
    return str(path)


def test_a_raw_row_is_a_conversation_with_its_calls_and_results(tmp_path):
    (item,) = read_level(written(tmp_path, RAW), "level-1")
    assert [tool.name for tool in item.tools] == ["SetLamp"]
    assert item.tools[0].required == ("room",)
    assert [one.role for one in item.messages] == [
        "user", "assistant", "assistant", "tool", "assistant", "user"
    ]  # fmt: skip
    assert item.messages[0].content.endswith("in the attic.")
    assert item.messages[2].tool_calls == (ToolCall("SetLamp", {"room": "hall"}),)
    assert item.messages[3].content == "{'status': '[on]->ok'}"
    assert item.calls == (ToolCall("SetLamp", {"room": "attic"}),)


def test_a_chain_has_an_item_a_call_and_offers_what_was_found(tmp_path):
    first, second = read_level(written(tmp_path, CHAIN), "level-3")
    assert [first.calls, second.calls] == [
        (ToolCall("SetLamp", {"room": room}),) for room in ("hall", "attic")
    ]
    assert [tool.name for tool in first.tools] == ["SetLamp"]
    assert [one.role for one in second.messages] == ["user", "assistant", "tool", "user"]
    assert second.messages[2].content == '{"status": "on"}'
    assert first.id != second.id


def test_calls_of_one_dialogue_or_chain_have_one_group(tmp_path):
    path = written(tmp_path, RAW, RAW | {"id": 1}, RAW | {"file": "other.jsonl"}, CHAIN, CHAIN)
    groups = [item.group for item in read_level(path, "level-1")]
    assert groups[:3] == ["level-1 SetLamp-1.jsonl"] * 2 + ["level-1 other.jsonl"]
    assert groups[3] == groups[4] != groups[5] == groups[6]
    processed = {
        "system": "", "user": "<user> Hi </user>",
        "answer": {"name": "f", "parameters": {}},
        "other": "{'file': 'A-1.jsonl', 'id': 2}",
    }  # fmt: skip
    assert dialogue(processed, "x") == "x A-1.jsonl"
    assert dialogue({**processed, "other": {"sample_id": 0, "api_id": 1}}, "x") == "x 0"
    for other in (None, "none", ["file"], {"note": "a file"}):
        assert dialogue({**processed, "other": other}, "x") == ""


def test_the_rows_have_their_groups_and_the_intervals_know_them(tmp_path):
    shares = {}
    for name, same in (("apart", False), ("together", True)):
        raw = [RAW | {"id": i, "file": "one" if same else str(i)} for i in range(8)]
        config = APIBankConfig(
            "gold", output=str(tmp_path / name), data={"level-1": written(tmp_path, *raw)}
        )
        shares[name] = evaluate(APIBank(config), config)["overall"]
        rows = list(read_lines(tmp_path / name / SAMPLES))
        assert len({row["group"] for row in rows}) == (1 if same else 8)
    assert shares["together"]["low"] < shares["apart"]["low"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"a": 1}, "row 2: no row of API-Bank (no 'answer')"),
        ({**RAW, "expected_output": "API-Request: [f(1)]"}, "row 2"),
        ({**RAW, "input": "API-Request: nothing"}, "row 2"),
        ({**CHAIN, "apis": [{}]}, "no 'api_name'"),
        ([], "row 2"),
    ],
)
def test_a_row_that_is_none_is_named_with_file_and_row(tmp_path, row, said):
    path = written(tmp_path, RAW, row)
    with pytest.raises(DataError) as error:
        read_level(path, "x")
    assert path in str(error.value)
    assert said in str(error.value)


DUE = ToolCall("f", {"city": "Oslo"})
ITEM = Example("1", (ToolSpec("f"),), (Message("user", "?"),), (DUE,), kind="level-1")


def verdict(text):
    episode = OneCall(ITEM, prompting("paper"))
    episode.receive(Answer(text))
    row = episode.row()
    return row["official"], row["strict"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"name": "f", "parameters": {"city": "Oslo"}}', (True, True)),
        ('{"name": "f", "parameters": {"city": "Bergen"}}', (False, False)),
        ('{"name": "g", "parameters": {"city": "Oslo"}}', (False, False)),
        ('{"name": "f", "parameters": {"city": "Oslo", "more": 1}}', (False, False)),
        (
            '{"name": "g", "parameters": {}}\n{"name": "f", "parameters": {"city": "Oslo"}}',
            (True, False),
        ),
        ('{"city": "Oslo"}', (True, False)),
        ("", (False, False)),
    ],
)
def test_the_soft_match_takes_any_call_and_one_without_a_name(body, expected):
    assert verdict(f"<think> a </think>\n<tool_call>\n{body}\n</tool_call>") == expected


def test_strict_wants_the_format_too():
    call = '<tool_call>\n{"name": "f", "parameters": {"city": "Oslo"}}\n</tool_call>'
    assert verdict(call) == (True, False)


@pytest.mark.parametrize("prompt", ["paper", "hermes", "llama3", "python", "native"])
@pytest.mark.parametrize(("model", "share"), [("gold", 1.0), ("empty", 0.0)])
def test_the_key_gets_everything_and_nothing_gets_nothing(tmp_path, prompt, model, share):
    places = {"level-1": written(tmp_path, RAW, RAW)}
    if SHARED.exists():
        places |= {f"level-{n}": str(SHARED / f"level-{n}-sample.json") for n in (1, 2, 3)}
    config = APIBankConfig(model, output=str(tmp_path / "run"), prompt=prompt, data=places)
    scores = evaluate(APIBank(config), config)
    assert scores["official"]["overall"]["value"] == share
    assert scores["strict"]["overall"]["value"] == share
    assert scores["overall"]["weighting"] == "all_items"


@pytest.mark.skipif(not SHARED.exists(), reason="needs the processed rows")
def test_processed_rows_are_read_with_their_tools():
    for level, n in ((1, 30), (2, 8), (3, 10)):
        items = read_level(str(SHARED / f"level-{level}-sample.json"), "x")
        assert len(items) == n
        assert all(item.messages[-1].role == "user" for item in items)
        assert sum(item.tool(item.calls[0].name) is not None for item in items) >= n - 1


def test_without_data_the_command_says_what_to_give(capsys):
    assert main(["eval", "api-bank", "--model", "gold"]) == 2
    assert "data='{level-1: FILE" in capsys.readouterr().err
