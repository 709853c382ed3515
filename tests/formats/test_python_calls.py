import pytest

from toolrl.formats import get_format
from toolrl.types import Example, Message, ToolCall, ToolSpec

PYTHON = get_format("python")
CALL_F = ToolCall("f", {"a": 1})


@pytest.mark.parametrize(
    ("text", "codes", "calls", "reply"),
    [
        ("[f(a=1)]", [], (CALL_F,), None),
        ("<think>t</think>\n[f(a=1), g.h()]", [], (CALL_F, ToolCall("g.h", {})), None),
        ("Hello.", [], (), "Hello."),
        ("[1] says so (see there).", [], (), "[1] says so (see there)."),
        ("[]", ["no_call"], (), None),
        ("f(a=1)", ["bad_layout"], (CALL_F,), None),
        ("[f(1)]", ["positional_argument"], (), None),
        ("[f(a=1, a=2)]", ["bad_call"], (), None),
        ("[f(a=1), g(a=]", ["bad_call"], (CALL_F,), None),
        ("[f(a=1), g(a=2", ["truncated", "bad_call"], (CALL_F,), None),
        ("[f(a=1)", ["truncated"], (CALL_F,), None),
        ("[g(a=), f(a=1)]", ["bad_call"], (CALL_F,), None),
        ('[g(a="x), f(a=1)]', ["bad_call"], (CALL_F,), None),
        ('[g(a="x', ["truncated", "bad_call"], (), None),
        ("<|python_start|>[f(a=1)]<|python_end|>", [], (CALL_F,), None),
        ("[f(a=1)](https://example.org)", [], (), "[f(a=1)](https://example.org)"),
        ("f(a=1); g(a=2)", ["bad_layout"], (CALL_F, ToolCall("g", {"a": 2})), None),
        ("print(f(a=1))", [], (), "print(f(a=1))"),
        ("[f(a=1)] there", ["extra_text"], (CALL_F,), None),
        ("Sure: [f(a=1)]", [], (), "Sure: [f(a=1)]"),
    ],
)
def test_answers_are_read_with_their_departures(text, codes, calls, reply):
    done = PYTHON.parse(text)
    assert [issue.code for issue in done.issues] == codes
    assert (done.calls, done.reply) == (calls, reply)


@pytest.mark.parametrize(
    "name",
    ["Get User's Likes", "Get (All) News (Today) by Id", "a.b", "/email/check", "x, y", '"', "f()"],
)
def test_any_name_is_written_so_that_it_can_be_read(name):
    calls = (ToolCall(name, {"a b": 1, "from": [True, None], "c=d": "(x)"}), CALL_F)
    done = PYTHON.parse(PYTHON.render_answer("", calls, ""))
    assert (done.calls, done.issues) == (calls, ())


@pytest.mark.parametrize("mark", ["<|python_start|>[f()]", "<|python_end|>"])
@pytest.mark.parametrize("name", ["python", "lfm2"])
def test_llama_4_s_marks_in_an_argument_or_a_name_are_text(name, mark):
    form = get_format(name)
    calls = (ToolCall("f", {"a": mark, mark: [mark]}), ToolCall(mark, {}))
    done = form.parse(form.render_answer("", calls, ""))
    assert (done.calls, done.issues) == (calls, ())


def test_results_carry_the_names_of_their_tools():
    messages = (Message("user", "Hi"), Message("tool", "1", name="f"), Message("tool", "2"))
    prompt = PYTHON.render_prompt(Example("1", (ToolSpec("f"),), messages))
    assert prompt[-1] == {"role": "user", "content": "Results of the calls:\nf: 1\n2"}
