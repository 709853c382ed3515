"""Laws of the formats whose calls stand between markers."""

import itertools

import pytest

from toolrl.formats import FORMAT_NAMES, get_format
from toolrl.formats.marked import MarkedFormat
from toolrl.types import ToolCall

F, G = ToolCall("f", {"a": 1}), ToolCall("g", {"b": "x"})
MARKED = [name for name in FORMAT_NAMES if isinstance(get_format(name), MarkedFormat)]
# A call, written; how calls are put together; one that can't be read.
LAYOUTS = {
    "qwen3-coder": (
        "<tool_call>\n{}\n</tool_call>",
        "\n",
        "<function=h>\n<parameter=a>\n1\n</parameter>\nOslo\n</function>",
    ),
    "mistral": ("{}", "", '[TOOL_CALLS]h[ARGS]{"a": }'),
    "deepseek": (
        "{}",
        "",
        "<｜tool▁call▁begin｜>h<｜tool▁sep｜>{a: 1}<｜tool▁call▁end｜>",
    ),
    "deepseek-dsml": (
        "{}",
        "\n",
        '<｜DSML｜invoke name="h">\n<｜DSML｜parameter name="a" string="false">one'
        "</｜DSML｜parameter>\n</｜DSML｜invoke>",
    ),
    "glm": ("{}", "\n", "<tool_call>h\n<arg_key>a</arg_key>\n1\n</tool_call>"),
    "gpt-oss": (
        "{}",
        "<|start|>assistant",
        "<|channel|>commentary to=functions.h <|constrain|>json<|message|>{a}<|call|>",
    ),
    "gemma4": ("{}", "", "<|tool_call>call:h{a:one}<tool_call|>"),
    "functiongemma": ("{}", "", "<start_function_call>call:h{a:one}<end_function_call>"),
    "lfm2": ("{}", "", "<|tool_call_start|>[h(a=one)]<|tool_call_end|>"),
    "kimi": (
        "{}",
        "",
        "<|tool_call_begin|>functions.h:0<|tool_call_argument_begin|>{a}<|tool_call_end|>",
    ),
}
SECTIONS = {
    "deepseek": ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),
    "deepseek-dsml": ("<｜DSML｜tool_calls>\n", "\n</｜DSML｜tool_calls>"),
    "kimi": ("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>"),
}


def written(name, call):
    """One call without what stands around all of them."""
    opening, closing = SECTIONS.get(name, ("", ""))
    if name == "qwen3-coder":
        opening, closing = "<tool_call>\n", "\n</tool_call>"
    text = get_format(name).render_answer("", (call,), "")
    return text.removeprefix(opening).removesuffix(closing).strip()


def answer(name, calls):
    """An answer with these calls, as they were written."""
    each, between, _ = LAYOUTS[name]
    opening, closing = SECTIONS.get(name, ("", ""))
    return opening + between.join(each.replace("{}", call) for call in calls) + closing


def test_every_format_with_markers_has_a_layout_here():
    assert set(MARKED) == set(LAYOUTS)


@pytest.mark.parametrize("name", MARKED)
def test_a_broken_call_is_one_issue_and_the_good_ones_count_in_any_order(name):
    form, broken = get_format(name), LAYOUTS[name][2]
    texts = {written(name, F): F, written(name, G): G, broken: None}
    for order in itertools.permutations(texts):
        done = form.parse(answer(name, order))
        assert done.calls == tuple(texts[one] for one in order if texts[one]), order
        assert [issue.code for issue in done.issues] in (["bad_call"], ["bad_json"]), order


@pytest.mark.parametrize("name", MARKED)
def test_an_answer_that_was_cut_anywhere_in_its_call_gives_no_call_that_was_not_written(name):
    form = get_format(name)
    whole = form.render_answer("", (F, ToolCall("g", {"b": "a long text", "c": [1, 2]})), "")
    for end in range(len(whole)):
        done = form.parse(whole[:end])
        assert all(call in (F, ToolCall("g", {"b": "a long text", "c": [1, 2]}))
                   for call in done.calls), whole[:end]  # fmt: skip


@pytest.mark.parametrize("name", MARKED)
def test_text_after_a_call_is_an_issue_and_is_kept(name):
    done = get_format(name).parse(answer(name, [written(name, F)]) + " That is all.")
    assert done.calls == (F,)
    assert [issue.code for issue in done.issues] == ["extra_text"]
    assert done.outside == "That is all."


@pytest.mark.parametrize("name", SECTIONS)
def test_a_block_without_a_call_is_an_issue(name):
    opening, closing = SECTIONS[name]
    assert [one.code for one in get_format(name).parse(opening + closing).issues] == ["no_call"]
    codes = [one.code for one in get_format(name).parse(opening).issues]
    assert sorted(codes) == ["no_call", "truncated"]


@pytest.mark.parametrize("name", MARKED)
def test_a_thought_that_the_prompt_opened_is_a_thought(name):
    form = get_format(name)
    text = form.render_answer("Hm.", (F,), "")
    cut = text.lstrip().removeprefix(form.open_thought)
    done = form.parse(cut, thought_open=True)
    assert (done.thought, done.calls, done.issues) == ("Hm.", (F,), ())
