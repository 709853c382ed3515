"""Laws of the reward over all formats: what is right earns all, what is not read never does."""

import time

import pytest
from hypothesis import example as shown
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_for_formats import MARKS, texts, values

from toolrl import load_reward
from toolrl.formats import FORMAT_NAMES, get_format
from toolrl.rewards.trl import completion_text
from toolrl.types import Example, Message, ToolCall, ToolSpec

every_format = pytest.mark.parametrize("name", FORMAT_NAMES)
ASKED = (Message("user", "Hello?"),)
CLOCK = ToolSpec("clock", "The time.")
CONVERT = ToolSpec(
    "convert_currency",
    "Money.",
    {"type": "object", "properties": {"amount": {"type": "number"}, "to": {"type": "string"}}},
)
ODD = ToolSpec("Get News (All)", "News.")
TOOLS = (CLOCK, CONVERT, ODD)

# Right replies that look like calls to somebody.
CODE = (
    "[Point(x=1, y=2)]",
    "[main()]",
    '[open(mode="r")](https://docs.python.org)',
    '{"parameters": {"place": {"value": "westeurope"}}}',
    '{"name": "Ada", "role": "host"}',
    '[{"name": "Ada", "parameters": {}}]',
    '{"type": "function", "function": {"name": "f", "arguments": {}}}',
    "f(x=2) gives 4",
    "print(f(a=1))\ng(b=2)",
    "<tool_call>\n{}\n</tool_call>",
    "<|python_tag|>print(1)",
    "<|python_start|>[f()]<|python_end|>",
    "[TOOL_CALLS]f[ARGS]{}",
    "clock() tells the time",
    "Action: clock",
    "```python\n[clock()]\n```",
)
replies = st.one_of(
    st.sampled_from(CODE),
    st.lists(st.sampled_from([*CODE, *MARKS, "clock", "well"]), max_size=5).map(" ".join),
    texts,
)
calls = st.builds(
    ToolCall,
    st.sampled_from([tool.name for tool in TOOLS]),
    st.dictionaries(st.sampled_from(["amount", "to", "extra"]), values, max_size=3),
)
rows = st.builds(
    Example,
    id=st.just("1"),
    tools=st.just(TOOLS),
    messages=st.just(ASKED),
    calls=st.lists(calls, max_size=3).map(tuple),
    reply=replies,
    thought=texts,
)


@every_format
@settings(max_examples=150, deadline=None)
@given(row=rows)
@shown(row=Example("1", TOOLS, ASKED, reply="[main()]"))
@shown(row=Example("1", TOOLS, ASKED, reply='{"name": "Ada", "parameters": {}}'))
@shown(row=Example("1", TOOLS, ASKED, reply="clock() and <tool_call>clock"))
def test_the_own_answer_of_any_row_earns_all(name, row):
    score = load_reward("toolrl", format_name=name)(get_format(name).render_expected(row), row)
    assert score.total == 4.0, score.explain()


# How other families and habits write a call of the tool §.
CALLED = (
    "§(amount=250)",
    "§ ( amount = 250 )",
    "print(default_api.§(amount=250))",
    "result = §(amount=250)",
    "[§(250)]",
    "[\n  # comment\n  §()\n]",
    "```tool_code\nT(amount=250)\n```",
    '{"name": "§", "arguments": {"amount": 250}}',
    "{'name': '§', 'arguments': {}}",
    "{name: §, arguments: {}}",
    "{“name”: “§”, “arguments”: {}}",
    '{"tool": "§", "args": {}}',
    '{"function": "§"}',
    '{"§": {"amount": 250}}',
    '["§", {"amount": 250}]',
    "§: {amount: 250}",
    '§\n```json\n{"amount": 250}\n```',
    "<function=§>\n<parameter=amount>\n250\n</parameter>\n</function>",
    '<invoke name="§">',
    '<function name="§">',
    '<tool_call name="§"/>',
    "<§>\n<amount>250</amount>\n</§>",
    "<tool_call>§\n<arg_key>amount</arg_key>",
    "<|tool_call|>§",
    '[TOOL_CALLS]§[ARGS]{"amount": 250}',
    "§[ARGS]{}",
    "call:§{amount:250}",
    "<start_function_call>call:§{}<end_function_call>",
    "<|channel|>commentary to=functions.§ <|constrain|>json<|message|>{}<|call|>",
    "to=functions.§ {}",
    "functions.§:0",
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>§\n",
    "<|tool_call_start|>[§()]<|tool_call_end|>",
    "Action: §\nAction Input: {}",
    "**Tool:** §\n",
    "§ --amount 250",
    "§ amount=250",
    '§["SEK"]',
    "/§ 250",
    'functools[{"name": "§", "arguments": {}}]',
    "§（amount=250）",
    '§：{"amount": 250}',
    "§\u200b(amount=250)",
    "**§**(amount=250)",
    "§.run(amount=250)",
    'call_tool("§", amount=250)',
    "invoke(§, 250)",
    "Call § with amount=250",
    'Call § with {"amount": 250}',
    '§ => {"amount": 250}',
    "Tool call: §\nArguments: {}",
    "Action 1: §\nAction Input 1: {}",
    'Using tool: §\nInput: {"amount": 250}',
    "Action: §[250]",
    'Function: §, Arguments: {"amount": 250}',
    '{"fn": "§", "args": {}}',
    '{"name": §}',
    '{"name": " § "}',
    '{"name": "default_api.§"}',
    '"{\\"name\\": \\"§\\", \\"arguments\\": {}}"',
    "<name>§</name><arguments>{}</arguments>",
    "[tool_call: §]",
)


@every_format
@pytest.mark.parametrize("tool", ["convert_currency", "Get News (All)"])
@pytest.mark.parametrize("written", CALLED)
@pytest.mark.parametrize("around", ["@", "Let me look.\n@", "Well:\n\n@\nThat is all."])
def test_a_call_in_any_syntax_is_no_abstention(name, written, tool, around):
    row = Example("1", TOOLS, ASKED, reply="No tool fits.")
    said = around.replace("@", written.replace("§", tool))
    answers = [said, f"<think>\n{said}\n</think>\n\n{said}"]
    if name.startswith("paper"):
        answers = [
            f"<think> t </think>\n<response> {said} </response>",
            f"<think> t </think>\n<response> No tool fits. </response>\n{said}",
            f"<think> t </think>\n<tool_call>\n{said}\n</tool_call>",
        ]
    for answer in answers:
        score = load_reward("toolrl", format_name=name)(answer, row)
        assert score.total <= -2.0, (answer, score.explain())


@pytest.mark.parametrize(
    "reply",
    [
        "The clock tool tells the time, convert_currency changes money.",
        "I have no tool for that: clock (the only other one) does not fit.",
        'The tool is called "clock".',
        '{"city": "Oslo", "days": 3}',
        "o'clock (sharp)",
        "clockwork(x=1)",
        "Here is what I can call:\n- clock: the time\n- convert_currency: money",
        '{"name": "clock", "description": "The time."}',
    ],
)
@every_format
def test_naming_a_tool_without_calling_it_is_a_reply(name, reply):
    row = Example("1", TOOLS, ASKED, reply="No tool fits.")
    answer = get_format(name).render_answer("No tool fits.", (), reply)
    score = load_reward("toolrl", format_name=name)(answer, row)
    assert score.total == 4.0, score.explain()


EVERYDAY = tuple(
    ToolSpec(name) for name in ("search", "open", "sum", "clock", "time", "Search Flights (All)")
)


@pytest.mark.parametrize(
    "reply",
    [
        "You can search (1) flights or (2) hotels.",
        "The time (10:30) is fixed, we are open (9am-5pm), and open (24/7) on Sunday.",
        "The sum (7) is odd, and the sum (3 + 4) is 7.",
        "I have `search` (finds pages) and `clock` (no arguments).",
        '"search" (the tool) finds pages.',
        "Go to /search for more, the /time endpoint tells the time.",
        "Usage: search <query>",
        "It is time <b>10:30</b> now.",
        "Here is a sum {1, 2, 3} of sets, the time {see below}.",
        "The time: {late}",
        "Name: search\nDescription: finds pages.\n\nName: clock\nDescription: the time.",
        "- **Tool:** clock\n  **Description:** the time.",
        "- Tool: search\n- Purpose: finds pages.",
        "Search Flights (All) (beta) lists flights.",
        "total = sum of all; time: 10:30; open = yes",
        "Action: open the window.",
    ],
)
@every_format
def test_everyday_words_that_are_tools_names_are_no_calls(name, reply):
    row = Example("1", EVERYDAY, ASKED, reply="No tool fits.")
    answer = get_format(name).render_answer("No tool fits.", (), reply)
    score = load_reward("toolrl", format_name=name)(answer, row)
    assert score.total == 4.0, score.explain()


def layouts(name, written):
    """A way to lay calls out in the format, from the text of each."""
    if name == "python":
        return "[" + ", ".join(written) + "]"
    if name == "llama3":
        return "; ".join(written)
    if name == "hermes":
        return "\n".join(f"<tool_call>\n{one}\n</tool_call>" for one in written)
    return "<think> t </think>\n<tool_call>\n" + "\n".join(written) + "\n</tool_call>"


def written_call(name, tool, **arguments):
    text = get_format(name).render_answer("", (ToolCall(tool, arguments),), "")
    if name == "python":
        return text[1:-1]
    return text[text.index("{") : text.rindex("}") + 1]


def broken_calls(name):
    """Calls that can't be read, in the ways that models break them."""
    good = written_call(name, "clock", note="a long, quiet { note", n=[1, {"k": 2}])
    if name == "python":
        broken = [
            good.replace("note=", "note ", 1),
            good.replace("[1", "[one"),
            good.replace("quiet {", 'quiet" {'),
            "clock(5)",
            "clock(a=1, a=2)",
            "clock(a=f(b=2), c=3)",
            f"{good})",  # a parenthesis too many, but the call's end is plain
            "clock note=1)",
            "x = clock(note=1)",
            "[clock(note=1)]",
            '{"name": "clock", "arguments": {}}',
            "clock",
            "clock{note=1}",
            "clock(n=[f(a=1), f(a=2)], m=x)",
        ]
    else:
        broken = [
            good[:-1] + ",}",
            good.replace('"n"', "n"),
            good.replace("1, ", "True, "),
            good[:-1],
            good.replace('note"', "note", 1),
            good.replace("quiet", "qui\net"),
            good.replace("{", "{{").replace("}", "}}"),
            good.replace(", ", ",\n  ")[:-2] + ",\n}}",
            good.replace('"n": [1', '"n": [{"name": "Ada"},\n{"name": "Bo"},\n 1,'),
            good.replace("[1, ", "[" + f"{good}\n{good}\n"),
            good[1:].replace('"note"', "note", 1) if name == "llama3" else good[:-1],
            good.replace(":", "", 1),
            good.replace(":", "="),
            '{"n": 1}' if name == "llama3" else "{",
        ]
    return broken


ONCE = [name for name in FORMAT_NAMES if name in ("paper", "hermes", "llama3", "python")]


@pytest.mark.parametrize(
    ("name", "broken"), [(name, broken) for name in ONCE for broken in broken_calls(name)]
)
def test_a_broken_call_is_one_and_its_place_never_changes_what_the_good_ones_earn(name, broken):
    expected = tuple(ToolCall("convert_currency", {"amount": n, "to": "PLN"}) for n in (1, 2))
    row = Example("1", TOOLS, ASKED, calls=(*expected, ToolCall("clock", {"note": "x"})))
    good = [written_call(name, "convert_currency", amount=n, to="PLN") for n in (1, 2)]
    reward = load_reward("toolrl", format_name=name)
    totals = {}
    for place in range(3):
        calls = [*good[:place], broken, *good[place:]]
        score = reward(layouts(name, calls), row)
        totals[place] = score.total
        assert "1 lost" in score.explain(), (calls, score.explain())
    assert len(set(totals.values())) == 1, totals
    assert totals[0] > 0


parsed_calls = st.lists(calls.filter(lambda call: call.name != ODD.name), max_size=3)


@every_format
@settings(max_examples=60, deadline=None)
@given(row=rows, given_calls=parsed_calls, thought=st.none() | st.just("Hm."), reply=replies)
def test_text_and_trl_s_message_earn_the_same(name, row, given_calls, thought, reply):
    form = get_format(name)
    if thought is None and form.demands_thought:
        thought = "Hm."
    text = form.render_answer(thought or "", given_calls, reply)
    read = form.parse(text)
    message = {
        "role": "assistant",
        "content": read.reply or "",
        "tool_calls": [
            {"type": "function", "function": {"name": one.name, "arguments": dict(one.arguments)}}
            for one in read.calls
        ],
    }
    if read.thought is not None:
        message["reasoning_content"] = read.thought
    reward = load_reward("toolrl", format_name=name)
    if read.calls:
        again = completion_text([message], form)
        assert reward(again, row).total == reward(text, row).total, again


HOSTILE = (
    '{"name": "convert_currency", "parameters": {"amount": 1}\n',
    "convert_currency ",
    'convert_currency": "',
    "{" * 50,
    '{"name": ',
    '{"name": "f", "arguments": {"a": [',
    '"; {"name": "f", "parameters": ',
    "<tool_call>\n{",
    "<a ",
    "`",
    "f(a='",
    "clock(a=1), clock(b=",
    "f(a=1), ",
    '{"',
    "\n",
    ";\n ",
    "{ ",
)


@every_format
@pytest.mark.parametrize("piece", HOSTILE)
def test_300_kilobytes_of_anything_are_scored_in_a_fifth_of_a_second(name, piece):
    reward = load_reward("toolrl", format_name=name)
    row = Example("1", TOOLS, ASKED, reply="No.")
    in_a_call = "<think> a </think>\n<tool_call>\n"
    broken = in_a_call + '{"name": "f'
    for opening in ("", in_a_call, broken, "[", "<think>a</think><response>"):
        text = opening + piece * (300_000 // len(piece))
        start = time.process_time()
        reward(text, row)
        took = time.process_time() - start
        assert took < 0.2, (opening, took)  # the aim is half of it, on an idle core
