import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.formats.issues import MAX_ISSUES
from toolrl.formats.paper_parser import _PaperReader, parse_paper
from toolrl.types import Completion, ToolCall

F = '{"name": "f", "parameters": {"a": 1}}'
G = '{"name": "g", "parameters": {}}'
CALL_F, CALL_G = ToolCall("f", {"a": 1}), ToolCall("g", {})


LINES = (
    F,
    '{"name": "f", "parameters": {"a": 1, "a": 2}}',
    '{"name": "f", "parameters": {"a": {"b": 1, "b": 2}}}',
    '{"name": "f", "parameters": {"a": "b:c"}}',
    '{"name": "f", "parameters": {"a": "</tool_call>"}}',
    '{"name": "f", "parameters": {"a": 1e999}}',
    '{"name": "f", "parameters": []}',
    '{"name": "f", "arguments": {}}',
    '{"name": "f", "parameters": {}, "x": 1}',
    '{"a:": 1, "name": "f"}',
    f" {F} ",
    "",
    "x",
    "</tool_call>",
    "<response> x </response>",
)


def answer(*lines: str, thought: str = "<think> t </think>\n") -> str:
    return thought + "<tool_call>\n" + "\n".join(lines) + "\n</tool_call>"


def codes(done: Completion) -> list[str]:
    return [issue.code for issue in done.issues]


def test_a_well_formed_answer_has_no_issues():
    assert parse_paper(answer(F, G)) == Completion("t", (CALL_F, CALL_G))
    both = parse_paper(answer(F) + "\n<response> Soon. </response>")
    assert both == Completion("t", (CALL_F,), "Soon.")


@pytest.mark.parametrize(
    ("line", "code", "call"),
    [
        ('{"name": "f", "parameters": {"a": 1}', "bad_json", None),
        ("not json", "extra_text", None),
        ('"f"', "extra_text", None),
        ('{"name": "f", "parameters": {"a": NaN}}', "bad_json", None),
        ('{"name": "f", "parameters": {"a": -Infinity}}', "bad_json", None),
        ('{"name": "f", "parameters": {"a": 1e999}}', "bad_json", None),
        ('{"name": "f", "parameters": {"a": ' + "9" * 5000 + "}}", "bad_json", None),
        ('{"name": "f", "parameters": {"a": ' + "[" * 200 + "]" * 200 + "}}", "bad_json", None),
        ('{"name": "f", "parameters": {"a": "\\ud83d"}}', "bad_json", None),
        ('{"parameters": {"a": 1}}', "missing_name", None),
        ('{"name": "", "parameters": {"a": 1}}', "missing_name", None),
        ('{"name": ["f"], "parameters": {"a": 1}}', "missing_name", None),
        ('{"name": "f"}', "missing_parameters", ToolCall("f", {})),
        ('{"name": "f", "arguments": {"a": 1}}', "wrong_key", CALL_F),
        ('{"name": "f", "parameters": null}', "bad_arguments", ToolCall("f", {})),
        ('{"name": "f", "parameters": "{\\"a\\": 1}"}', "bad_arguments", CALL_F),
        ('{"name": "f", "parameters": {"a": 2, "a": 1}}', "duplicate_key", CALL_F),
        ('{"name": "f", "parameters": {"a" : 2, "a": 1}}', "duplicate_key", CALL_F),
        ('{"name": "e", "name": "f", "parameters": {"a": 1}}', "duplicate_key", CALL_F),
        ('{"id": 7, "name": "f", "parameters": {"a": 1}}', "extra_key", CALL_F),
        ('{"name": "f",\n "parameters": {"a": 1}}', "bad_layout", CALL_F),
        (f"[{F}]", "bad_layout", CALL_F),
        (F + ",", "bad_layout", CALL_F),
        (F + " and so on", "extra_text", CALL_F),
    ],
)
def test_one_bad_call_is_an_issue_and_the_good_one_beside_it_is_kept(line, code, call):
    done = parse_paper(answer(line, G))
    assert codes(done) == [code]
    assert done.calls == ((call, CALL_G) if call else (CALL_G,))
    assert done.issues[0].line in (3, 4)  # a missing brace shows on the line below


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["missing_think", "empty_answer"]),
        ("Hello", ["extra_text", "missing_think", "empty_answer"]),
        ("<think> t </think>", ["empty_answer"]),
        ("<think> t", ["truncated", "empty_answer"]),
        (answer(F, thought=""), ["missing_think"]),
        ("Well. " + answer(F), ["extra_text"]),
        (answer(F) + " Done.", ["extra_text"]),
        (answer(F)[:-13], ["truncated"]),
        (answer(F) + "\n<tool_call>\n" + G + "\n</tool_call>", ["repeated_block"]),
        (answer(F) + "<think> more </think>", ["repeated_block"]),
        (answer(F, thought="") + "<think> t </think>", ["missing_think", "wrong_order"]),
        ("<think>t</think><response> a </response>" + answer(F, thought=""), ["wrong_order"]),
        ("<think> t </think>\n<response> </response>", ["empty_block"]),
        ("<think> t </think>\n<tool_call>\n</tool_call>", ["no_call"]),
        (f"<think>t</think>\n<response> <tool_call>{F}</tool_call> </response>", ["call_in_reply"]),
        (answer(F + G), ["bad_layout"]),
        (f"<think>t</think>\n<response> {F} </response>", []),
        ("<think>t</think>\n<response> [f(a=1)] </response>", []),
        ("<think>t</think>\n<response> Use [1] or {2}. </response>", []),
        ("<think>t</think>\n<response> hi </tool_call> </response>", ["tag_in_reply"]),
        (
            "<think>t</think>\n<response> hi </response>\n<tool_call>",
            ["wrong_order", "truncated", "no_call"],
        ),
    ],
)
def test_each_departure_has_its_code(text, expected):
    assert codes(parse_paper(text)) == expected


@pytest.mark.parametrize("text", [answer(F, "", G), answer(F, G).replace("\n", " \n\n ")])
def test_white_space_is_no_departure(text):
    assert parse_paper(f"\n{text}\n") == Completion("t", (CALL_F, CALL_G))


def test_calls_quoted_in_a_thought_are_not_read():
    quoted = f"<think> I write <tool_call>\n{F}\n</tool_call> now </think>\n"
    done = parse_paper(answer(G, thought=quoted))
    assert done.calls == (CALL_G,)
    assert codes(done) == ["tag_in_thought"]
    assert parse_paper(f"<think> I write <tool_call>\n{F}\n</tool_call>").calls == ()


def test_a_call_hidden_in_the_reply_is_not_read():
    done = parse_paper(f"<think>t</think><response> <tool_call>{F}</tool_call> </response>")
    assert done.calls == ()


def test_a_closing_tag_inside_a_string_does_not_close_the_block():
    line = '{"name": "f", "parameters": {"a": "</tool_call>"}}'
    expected = (ToolCall("f", {"a": "</tool_call>"}), CALL_G)
    assert parse_paper(answer(line, G)) == Completion("t", expected)
    assert parse_paper(answer(line, "", G)) == Completion("t", expected)


def test_colons_and_nested_objects_are_no_doubled_keys():
    line = '{"name": "f", "parameters": {"at": "10:30", "in": {"a": {"a": [{"a": 1}, {"a": 2}]}}}}'
    assert parse_paper(answer(line)).issues == ()
    doubled = line.replace('{"a": 2}', '{"a": 2, "a": 3}')
    assert codes(parse_paper(answer(doubled))) == ["duplicate_key"]


def test_a_surrogate_pair_is_one_character():
    done = parse_paper(answer('{"name": "f", "parameters": {"a": "\\ud83d\\ude00"}}'))
    assert done == Completion("t", (ToolCall("f", {"a": "😀"}),))


def test_places_count_lines_from_one_and_characters_from_the_start_of_the_text():
    text = "\n" + answer(F, "oops", G)
    (issue,) = parse_paper(text).issues
    assert (issue.code, issue.line) == ("extra_text", 5)
    assert text[issue.position :].startswith("oops")


def test_reading_stops_when_there_is_no_end_of_mistakes():
    done = parse_paper(answer(*["{oops:}"] * 500))
    assert len(done.issues) == MAX_ISSUES
    assert codes(done)[-1] == "too_many_issues"


@settings(max_examples=200, deadline=None)
@given(
    thought=st.sampled_from(["t", "", "a < b", "<tool_call>"]),
    tag=st.sampled_from(["tool_call", "response"]),
    lines=st.lists(st.sampled_from(LINES), max_size=4).map("\n".join),
)
def test_the_fast_path_and_the_careful_one_read_the_same(thought, tag, lines):
    text = f"<think> {thought} </think>\n<{tag}>\n{lines}\n</{tag}>"
    assert parse_paper(text) == _PaperReader(text).read()


@pytest.mark.parametrize("block", [f"]]\n{F}", f"{F}\n],", f",,,\n{F}"])
def test_brackets_and_commas_of_no_list_are_text_outside_the_calls(block):
    done = parse_paper(f"<think> t </think>\n<tool_call>\n{block}\n</tool_call>")
    assert done.calls == (CALL_F,)
    assert [issue.code for issue in done.issues] == ["extra_text"]
