import json
import os
import subprocess
import sys

import pytest

from toolrl.cli.main import main
from toolrl.types import Example, Message, ToolCall

CALL = '{"name": "f", "parameters": {"a": 1}}'
ANSWER = f"<think> a </think>\n<tool_call>\n{CALL}\n</tool_call>"
EXAMPLE = Example("one", (), (Message("user", "?"),), calls=(ToolCall("f", {"a": 1}),))


@pytest.fixture
def scored(tmp_path, capsys):
    """Run the command on rows; gives exit code, printed objects and stderr."""

    def run(rows, *options):
        path = tmp_path / "rows.jsonl"
        lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
        path.write_text("\n".join(lines) + "\n", "utf-8")
        code = main(["score", *map(str, options), str(path)])
        out, err = capsys.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err

    return run


def test_every_row_becomes_one_object(scored):
    rows = [{"completion": ANSWER, "answer": ANSWER}, {"completion": "", "answer": ANSWER}]
    code, printed, err = scored(rows)
    assert (code, err) == (0, "")
    assert [row["total"] for row in printed] == [4.0, -3.0]
    assert printed[0] == {
        "row": 1,
        "total": 4.0,
        "parts": {
            "format": {"fraction": 1.0, "points": 1.0},
            "correctness": {"fraction": 1.0, "points": 3.0},
        },
        "issues": [],
    }
    assert printed[1]["issues"][0]["code"] == "missing_think"


def test_reward_and_step_are_taken_from_the_options_and_the_row(scored):
    row = {"completion": ANSWER, "answer": ANSWER, "step": 30}
    _, printed, _ = scored([row], "--reward", "paper/two_stage")
    assert printed[0]["parts"]["format"]["points"] == 0.5


def test_answers_may_be_examples_or_ids_of_a_file(scored, tmp_path):
    examples = tmp_path / "examples.jsonl"
    examples.write_text(json.dumps(EXAMPLE.to_dict()) + "\n", "utf-8")
    rows = [
        {"completion": ANSWER, "answer": EXAMPLE.to_dict()},
        {"completion": ANSWER, "example": "one"},
    ]
    code, printed, _ = scored(rows, "--examples", examples)
    assert code == 0
    assert [row["total"] for row in printed] == [4.0, 4.0]


def test_completions_may_be_in_another_format(scored):
    said = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>'
    _, printed, _ = scored([{"completion": said, "answer": ANSWER}], "--format", "hermes")
    assert printed[0]["total"] == 4.0


def test_explanations_go_to_stderr(scored):
    _, printed, err = scored([{"completion": ANSWER, "answer": ANSWER}], "--explain")
    assert len(printed) == 1
    assert "call 1 f(a=1) <- predicted 1 f(a=1)" in err


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{", "not valid JSON"),
        ("[]", "must be an object"),
        ({"answer": ANSWER}, "completion"),
        ({"completion": 3, "answer": ANSWER}, "completion"),
        ({"completion": ""}, "answer"),
        ({"completion": "", "answer": ""}, "empty"),
        ({"completion": "", "answer": "hello"}, "no <think>, <tool_call> or <response> block"),
        (
            {
                "completion": "",
                "answer": {"id": "1", "messages": [], "tools": [{"name": "f", "parameters": [1]}]},
            },
            "parameters of a tool must be an object",
        ),
        ({"completion": "", "answer": ANSWER.replace("}}", "}")}, "can't be read"),
        ({"completion": "", "answer": ANSWER, "step": "x"}, "step"),
        ({"completion": "", "answer": ANSWER, "step": True}, "step"),
        ({"completion": "", "example": "two"}, "no example has the id 'two'"),
        ({"completion": "", "example": ["two"]}, "example"),
    ],
)
def test_a_broken_row_stops_with_its_place_and_the_rows_before_are_out(scored, row, says):
    code, printed, err = scored([{"completion": ANSWER, "answer": ANSWER}, row])
    assert code == 2
    assert len(printed) == 1
    assert "rows.jsonl, row 2" in err
    assert says in err
    assert err.count("\n") == 1


def test_text_that_cannot_be_written_is_escaped(scored):
    said = ANSWER.replace("}}", '}, "\\ud800": 1}')
    code, printed, _ = scored([{"completion": said, "answer": ANSWER}], "--explain")
    assert code == 0
    assert printed[0]["issues"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe{}", "not UTF-8 text"),
        (b"[" * 100_000, "row 1: not valid JSON (nested too deeply)"),
        (b'{"completion": ' + b"1" * 5000 + b"}", "row 1: not valid JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, capsys, content, says):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    assert main(["score", str(path)]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1


def test_a_byte_order_mark_is_passed_over(tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"completion": ANSWER, "answer": ANSWER}), "utf-8-sig")
    assert main(["score", str(path)]) == 0


def test_a_wrong_reward_name_is_answered_with_the_nearest(scored):
    code, printed, err = scored([], "--reward", "tolrl")
    assert (code, printed) == (2, [])
    assert "did you mean 'toolrl'" in err


def test_a_missing_file_is_the_users_mistake(capsys):
    assert main(["score", "nowhere.jsonl"]) == 2
    assert "not found" in capsys.readouterr().err


def test_a_broken_examples_file_is_named_with_its_row(scored, tmp_path):
    examples = tmp_path / "examples.jsonl"
    examples.write_text('{"id": "x"}\n', "utf-8")
    code, _, err = scored([], "--examples", examples)
    assert code == 2
    assert "examples.jsonl, row 1" in err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_text_of_a_model_is_scored_and_explained_on_any_console(tmp_path, encoding):
    path = tmp_path / "rows.jsonl"
    broken = ANSWER.replace('"f"', '"é日\u2212\ud83d"').replace("</think>", "")
    path.write_text(json.dumps({"completion": broken, "answer": ANSWER}) + "\n", "utf-8")
    code = "import sys; from toolrl.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "score", "--explain", str(path)], capture_output=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert json.loads(done.stdout)["total"] < 4.0
