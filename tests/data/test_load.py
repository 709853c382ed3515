"""Rows from files; what can't be read is said in one line with file and row."""

import json
import sys

import pytest

from toolrl.data.load import read_examples, read_rows
from toolrl.data.rejects import Rejection
from toolrl.data.write import write_parquet
from toolrl.errors import DataError, MissingExtraError, NotFoundError
from toolrl.types import Example, Message, ToolCall, ToolSpec

EXAMPLE = Example(
    "made-1",
    (ToolSpec("Wetter (heute)", "Das Wetter.", {"type": "object", "properties": {"n": {}}}),),
    (Message("user", "東京?"), Message("assistant", "", (ToolCall("x"),)), Message("tool", "1")),
    (ToolCall("Wetter (heute)", {"n": [1, 1.5, True, None, {"a": "ü"}]}),),
    thought="Hm.",
    source="made",
    split="train",
    kind="single",
)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_a_json_list_is_read_with_row_numbers(tmp_path):
    file = write(tmp_path / "a.json", '[{"a": 1}, {"a": 2}]')
    assert list(read_rows(file)) == [(1, {"a": 1}), (2, {"a": 2})]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.ndjson"])
def test_json_lines_are_read_whatever_their_suffix(tmp_path, name):
    file = write(tmp_path / name, '{"a": 1}\n\n{"a": "\u2028"}\n')
    assert list(read_rows(file)) == [(1, {"a": 1}), (3, {"a": "\u2028"})]


def test_a_broken_line_is_named(tmp_path):
    file = write(tmp_path / "a.jsonl", '{"a": 1}\n{"a": \n')
    with pytest.raises(DataError, match=r"a\.jsonl, row 2: not valid JSON"):
        list(read_rows(file))


def test_a_broken_line_may_be_passed_over_and_is_a_rejection_then(tmp_path):
    file = write(tmp_path / "a.jsonl", '{"a": \n{"a": 1}\n')
    assert list(read_rows(file, skip_broken=True)) == [
        (1, Rejection("not valid JSON", '{"a":')),
        (2, {"a": 1}),
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "a,b", "can't read a '.csv' file"),
        ("a.jsonl", "  \n", "the file is empty"),
        ("a.json", "[{]", "line 1: not valid JSON"),
        ("a.parquet", "no parquet", "not a readable parquet file"),
    ],
)
def test_a_wrong_file_is_said_in_one_line(tmp_path, name, text, said):
    file = write(tmp_path / name, text)
    with pytest.raises(DataError, match=said) as raised:
        list(read_rows(file))
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_binary_file_is_said_to_be_one(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not UTF-8 text"):
        list(read_rows(file))


def test_a_parquet_file_with_text_that_is_no_utf8_is_said_in_one_line(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    offsets = arrow.array([0, 2], arrow.int32()).buffers()[1]
    text = arrow.Array.from_buffers(
        arrow.string(), 1, [None, offsets, arrow.py_buffer(b"\xff\xfe")]
    )
    date = arrow.array([10**16], arrow.timestamp("ms"))
    for column in (text, date):
        parquet.write_table(arrow.table({"query": column}), tmp_path / "a.parquet")
        with pytest.raises(DataError, match=r"a\.parquet, after row 0: not a readable parquet"):
            list(read_rows(tmp_path / "a.parquet"))


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFoundError, match=r"data file not found: .*no\.jsonl"):
        read_rows(tmp_path / "no.jsonl")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(DataError, match="is a folder"):
        read_rows(tmp_path)


def test_examples_survive_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    file = tmp_path / "train.parquet"
    write_parquet(file, [EXAMPLE, Example("made-2", (), (), reply="Nein.")])
    assert read_examples(file) == [EXAMPLE, Example("made-2", (), (), reply="Nein.")]


def test_a_folder_has_two_halves(tmp_path):
    pytest.importorskip("pyarrow")
    write_parquet(tmp_path / "train.parquet", [EXAMPLE])
    write_parquet(tmp_path / "heldout.parquet", [Example("made-2", (), ())])
    assert [e.id for e in read_examples(tmp_path)] == ["made-1", "made-2"]
    assert [e.id for e in read_examples(tmp_path, "heldout")] == ["made-2"]
    with pytest.raises(NotFoundError, match="did you mean 'train'"):
        read_examples(tmp_path, "trian")


def test_an_empty_folder_says_how_to_fill_it(tmp_path):
    with pytest.raises(NotFoundError, match="toolrl data build"):
        read_examples(tmp_path)


def test_examples_survive_json_lines(tmp_path):
    line = json.dumps(EXAMPLE.to_dict(), ensure_ascii=False)
    assert read_examples(write(tmp_path / "a.jsonl", line)) == [EXAMPLE]


@pytest.mark.parametrize(
    "line", ['{"query": "raw"}', '{"id": "1", "messages": [1]}', '[{"id": 1}]', '["x"]', "3"]
)
def test_a_row_that_is_no_example_is_named(tmp_path, line):
    with pytest.raises(DataError, match=r"a\.jsonl, row 1"):
        read_examples(write(tmp_path / "a.jsonl", line))


def test_a_missing_package_is_said_with_the_line_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'toolrl\[data\]'"):
        read_rows("Some-Owner/some-data")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'toolrl\[data\]'"):
        list(read_rows(write(tmp_path / "a.parquet", "")))
