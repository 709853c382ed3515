import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_for_formats import TAGS, call_lists, jumbles, prose, texts

from toolrl.errors import ConfigError
from toolrl.formats import FORMAT_NAMES, ISSUE_CODES, get_format
from toolrl.formats.marked import MarkedFormat
from toolrl.types import Example, Message, ToolCall, ToolSpec

every_format = pytest.mark.parametrize("name", FORMAT_NAMES)
MEGABYTE = 1_000_000
BRACKETS = ("[", "{", '{"a":', '{"a":\n', "[1,\n[1,\n", "(", "f(", "f(a=", "[f(a=", "{}", "{},")
BLOCKS = ("<tool_call>", "<tool_call>\n{}", "</think>", "<response>", "<think></think>")
MARKS = ('"', "\\", "x\n", "\n", "9", "1,", "'", '\\"', "é")
GOOD_CALLS = ('{"name":"f","parameters":{}};', '{"name":"f","arguments":{}}\n', "f(a=1),")
FAMILIES = (
    "<function=f><parameter=a>",
    "<tool_call>\n<function=f>\n<parameter=a>\n",
    "\n</parameter>" + " " * 50,
    "<tool_call>f<arg_key>a</arg_key><arg_value>",
    "[TOOL_CALLS]f[ARGS]",
    '[TOOL_CALLS]f[ARGS]{"a":"',
    '[TOOL_CALLS] [{"name":',
    "<｜tool▁call▁begin｜>f<｜tool▁sep｜>{",
    '<｜DSML｜tool_calls><｜DSML｜invoke name="f"><｜DSML｜parameter name="a" string="true">',
    "<|channel|>analysis",
    "<|channel|>commentary to=functions.f<|message|>{",
    "<|start|>assistant",
    '<|tool_call>call:f{a:<|"|>',
    "<|tool_call>call:f{a:[1,",
    "<start_function_call>call:f{a:{",
    "<|tool_call_start|>[f(a=",
    "<|tool_calls_section_begin|><|tool_call_begin|>f:0<|tool_call_argument_begin|>{}",
)
PIECES = (*BRACKETS, *BLOCKS, *MARKS, *GOOD_CALLS)
WEATHER = ToolSpec(
    "get_weather",
    "Weather of a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
ODD = ToolSpec("Get User's Likes (All)", "Likes {of} a user.")
CONVERSATION = (
    Message("system", "Be kind."),
    Message("user", "Weather in Oslo?"),
    Message("assistant", "", (ToolCall("get_weather", {"city": "Oslo"}),), "Look it up."),
    Message("tool", '{"sky": "clear"}', name="get_weather"),
    Message("assistant", "Clear."),
    Message("user", "And in Rome?"),
)


@every_format
@settings(max_examples=60, deadline=None)
@given(thought=texts, expected=call_lists.filter(bool))
def test_what_a_format_renders_it_parses_back_without_issues(name, thought, expected):
    form = get_format(name)
    done = form.parse(form.render_answer(thought, expected, ""))
    assert done.issues == ()
    assert done.calls == expected
    assert not done.reply


@every_format
@settings(max_examples=60, deadline=None)
@given(thought=prose, reply=prose)
def test_a_thought_and_a_reply_come_back_as_they_were(name, thought, reply):
    form = get_format(name)
    done = form.parse(form.render_answer(thought, (), reply))
    assert (done.thought, done.calls, done.reply) == (thought.strip(), (), reply.strip())
    assert done.issues == ()


@every_format
@settings(max_examples=100, deadline=None)
@given(text=jumbles | st.text())
def test_parsing_any_text_gives_a_completion_with_places_inside_the_text(name, text):
    done = get_format(name).parse(text)
    for issue in done.issues:
        assert issue.code in ISSUE_CODES
        assert 0 <= issue.position <= len(text)
        assert issue.line == text.count("\n", 0, issue.position) + 1
    assert [one.position for one in done.issues] == sorted(one.position for one in done.issues)
    json.dumps([one.to_dict() for one in done.calls], allow_nan=False, ensure_ascii=False).encode()


@every_format
@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_an_empty_text_is_an_issue(name, text):
    assert "empty_answer" in [issue.code for issue in get_format(name).parse(text).issues]


@every_format
@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_inside_an_argument_or_a_thought_opens_no_block(name, tag):
    form, calls = get_format(name), (ToolCall("say", {"text": f"a{tag}b"}),)
    done = form.parse(form.render_answer(f"Not a {tag}.", calls, ""))
    assert (done.calls, done.issues) == (calls, ())


@every_format
def test_the_prompt_names_every_tool_and_is_made_of_plain_messages(name):
    form = get_format(name)
    prompt = form.render_prompt(Example("1", (WEATHER, ODD), CONVERSATION))
    assert WEATHER.name in prompt[0]["content"]
    assert ODD.name in prompt[0]["content"]
    assert "Be kind." in prompt[0]["content"]
    assert [turn["role"] for turn in prompt].count("system") == 1
    assert all(set(turn) == {"role", "content"} for turn in prompt)
    assert all(isinstance(turn["content"], str) for turn in prompt)
    said = "".join(turn["content"] for turn in prompt)
    assert all(part in said for part in ("Oslo", "clear", "Clear.", "And in Rome?"))


@every_format
def test_the_expected_answer_is_well_formed_even_for_an_example_that_expects_nothing(name):
    form = get_format(name)
    user = (Message("user", "Hi"),)
    for example in (
        Example("1", (WEATHER,), user, calls=(ToolCall("get_weather", {"city": "Rome"}),)),
        Example("2", (WEATHER,), user, reply="Hello."),
        Example("3", (), user),
    ):
        done = form.parse(form.render_expected(example))
        assert done.issues == ()
        assert done.calls == example.calls
        assert bool(done.reply) != bool(example.calls)


@pytest.mark.parametrize("name", [n for n in FORMAT_NAMES if get_format(n).reply_beside_calls])
def test_an_answer_may_hold_calls_and_a_reply(name):
    form, calls = get_format(name), (ToolCall("f", {}),)
    done = form.parse(form.render_answer("Both.", calls, "One moment."))
    assert (done.calls, done.reply, done.issues) == (calls, "One moment.", ())


MARKED = [name for name in FORMAT_NAMES if isinstance(get_format(name), MarkedFormat)]
OTHERS = [name for name in FORMAT_NAMES if name not in MARKED]
OPENINGS = ("", "<think> a </think>\n<tool_call>\n", "[f(a=")
HOSTILE = [
    *((name, piece, opening) for name in OTHERS for piece in PIECES for opening in OPENINGS),
    *((name, piece, "") for name in MARKED for piece in FAMILIES),
]


@pytest.mark.parametrize(("name", "piece", "opening"), HOSTILE)
def test_a_megabyte_of_anything_is_read_in_a_second(name, piece, opening):
    form = get_format(name)
    tools = (ToolSpec("f", "", {"type": "object", "properties": {"a": {"type": "integer"}}}),)
    text = opening + piece * (MEGABYTE // len(piece))
    start = time.process_time()
    form.parse(text, tools=tools)
    assert time.process_time() - start < 2  # a second on an idle core, with room for slow ones


def test_an_unknown_format_is_a_config_error_with_the_nearest_name():
    with pytest.raises(ConfigError, match="no format is named 'papr'; did you mean 'paper'"):
        get_format("papr")
