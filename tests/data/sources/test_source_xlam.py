"""xLAM rows, Hammer's rows, and what both share."""

import json
from pathlib import Path

import pytest

from toolrl.data.prepare import convert_file
from toolrl.data.sources import convert_row, xlam
from toolrl.data.sources.common import NO_TOOL_REPLY
from toolrl.types import ToolCall

FIXTURES = Path(__file__).parents[1] / "fixtures"
SHARED = Path(__file__).resolve().parents[3] / "../shared/data"


def examples_of(name):
    return convert_file(name, str(FIXTURES / f"{name}.json"))


def test_strings_and_parsed_lists_are_both_read():
    first, second, third, _ = examples_of("xlam").examples
    assert first.calls == (ToolCall("add_up", {"numbers": [1, 2, 2.5]}),)
    assert len(second.calls) == 2
    assert third.calls[0].arguments == {"curve": "sin(x)", "span": [0, 1.0]}
    assert [e.id for e in (first, second, third)] == ["xlam-1", "xlam-2", "xlam-3"]


def test_numbers_stay_numbers():
    second = examples_of("xlam").examples[1]
    assert json.dumps([dict(c.arguments) for c in second.calls]) == (
        '[{"kind": "oak", "page": 2}, {"kind": "birch", "height": 7}]'
    )


def test_only_parameters_without_default_and_not_optional_are_required():
    first = examples_of("xlam").examples[0]
    assert first.tool("add_up").required == ("numbers",)
    assert first.tool("find_tree").required == ()


def test_an_empty_answer_means_that_no_tool_fits():
    example = examples_of("xlam").examples[3]
    assert (example.calls, example.reply, example.kind) == ((), NO_TOOL_REPLY, "irrelevance")


def test_golds_outside_the_tools_are_rejected_with_file_and_row():
    tally = examples_of("xlam")
    assert [(one.row, one.reason) for one in tally.rejections] == [
        (5, "call to a tool that is not offered"),
        (6, "argument that the tool does not have"),
    ]


def test_calls_may_be_spelled_tool_and_parameters():
    row = {
        "query": [{"role": "user", "content": "Go."}],
        "tools": [{"name": "f", "parameters": {"type": "dict", "properties": {"x": {}}}}],
        "answers": [{"tool": "f", "parameters": {"x": 1}}],
    }
    (example,) = convert_row(xlam.convert, row, "xlam-9")
    assert (example.id, example.calls) == ("xlam-9", (ToolCall("f", {"x": 1}),))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"query": "Hi", "answers": "[]"}, "no 'tools' field"),
        ({"query": "Hi", "answers": "[{", "tools": "[]"}, "the answer can't be read"),
        ({"query": "Hi", "answers": "[]", "tools": "[{"}, "the tool list can't be read"),
        ({"query": " ", "answers": "[]", "tools": "[]"}, "no question"),
        ({"query": "Hi", "answers": "[]", "tools": [{"name": ""}]}, "a tool without a name"),
        ({"query": "Hi", "answers": [{"arguments": {}}], "tools": []}, "a call without a name"),
        ("Hi", "a row is not an object"),
    ],
)
def test_a_broken_row_says_what_is_broken(row, reason):
    (outcome,) = convert_row(xlam.convert, row, "xlam-1")
    assert outcome.reason == reason


def test_hammer_rows_are_read_from_between_their_markers():
    called, empty = examples_of("hammer").examples
    assert called.calls == (ToolCall(".CzXC", {"Z.Ke": 4}),)
    assert called.messages[0].content == "Add four."
    assert empty.reply == NO_TOOL_REPLY


@pytest.mark.parametrize(
    ("source", "file"),
    [("xlam", "xlam/xlam_raw_sample.json"), ("hammer", "hammer/masking_sft_data_example.json")],
)
def test_ninety_nine_of_a_hundred_real_rows_are_kept(source, file):
    if not (SHARED / file).exists():
        pytest.skip(f"the sample of {source} is not here")
    tally = convert_file(source, str(SHARED / file))
    assert tally.counts()["kept"] >= 0.99 * tally.counts()["read"]
    for example in tally.examples:
        for call in example.calls:
            assert set(call.arguments) <= set(example.tool(call.name).properties)


def test_no_real_number_becomes_text_or_text_a_number_against_its_schema():
    file = SHARED / "xlam/xlam_raw_sample.json"
    if not file.exists():
        pytest.skip("the sample of xLAM is not here")
    raw = {row["id"]: json.loads(row["answers"]) for row in json.loads(file.read_text())}
    for example in convert_file("xlam", str(file)).examples:
        golds = raw[int(example.id.removeprefix("xlam-"))]
        for gold, call in zip(golds, example.calls, strict=True):
            for name, value in gold["arguments"].items():
                if isinstance(value, int | float):
                    assert call.arguments[name] == value
