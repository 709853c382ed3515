"""Hypothesis strategies shared by the tests of formats."""

from hypothesis import strategies as st

from toolrl.types import ToolCall

TAGS = (
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<response>",
    "</response>",
    "<obs>",
    "</user>",
    "<tool_response>",
    "<|python_tag|>",
    "<|python_start|>",
    "<|python_end|>",
    *(
        "<function=",
        "</function>",
        "<parameter=a>",
        "\n</parameter>\n",
        "<arg_value>",
        "</arg_value>",
    ),
    *("[TOOL_CALLS]", "[ARGS]", "[THINK]", "[/THINK]", "<|tool_call_start|>", "<|tool_call_end|>"),
    *("<|tool_call>", "<tool_call|>", '<|"|>', "<|channel>thought", "<channel|>", "<escape>"),
    *("<start_function_call>", "<end_function_call>", "<|channel|>", "<|message|>", "<|end|>"),
    *("<|call|>", "<|start|>", "<|tool_calls_section_begin|>", "<|tool_call_begin|>"),
    *(
        "<|tool_call_argument_begin|>",
        "<|tool_call_end|>",
        "<｜tool▁calls▁begin｜>",
        "<｜tool▁sep｜>",
    ),
    *(
        "<｜tool▁call▁begin｜>",
        "<｜tool▁call▁end｜>",
        "<｜DSML｜tool_calls>",
        "</｜DSML｜parameter>",
    ),
)
MARKS = (*TAGS, "[", "]", "{", "}", "(", ")", '"', "'", "\\", "\n", ":", ";", ",", "=", "\\ud83d")
WORDS = (
    *MARKS, '{"name": "f", "parameters": {"a": 1}}', "f(a=1)", "**Dialogue", " ", "é", "x",
    "call:f{a:", "function", "functions.f:0", " to=functions.f ", '<｜DSML｜invoke name="f">',
)  # fmt: skip

texts = st.one_of(
    st.text(max_size=20),
    st.lists(st.sampled_from([*MARKS, "a", "über"]), max_size=6).map("".join),
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
calls = st.builds(
    ToolCall,
    texts.filter(str.strip),
    st.dictionaries(st.sampled_from("abc") | texts, values, max_size=3),
)
call_lists = st.lists(calls, max_size=3).map(tuple)
prose = st.text(st.characters(codec="utf-8", exclude_characters="<[{("), min_size=1).map(
    lambda text: f"Well, {text}!"
)
jumbles = st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=25).map("".join)
