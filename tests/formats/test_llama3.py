import pytest

from toolrl.formats import get_format
from toolrl.types import Example, Message, ToolCall, ToolSpec

LLAMA3 = get_format("llama3")
F = '{"name": "f", "parameters": {"a": 1}}'
CALL_F = ToolCall("f", {"a": 1})


@pytest.mark.parametrize(
    ("text", "codes", "calls", "reply"),
    [
        (F, [], (CALL_F,), None),
        (f"<|python_tag|>{F}; {F}", [], (CALL_F, CALL_F), None),
        (f"<think>t</think>{F}\n{F}\n", [], (CALL_F, CALL_F), None),
        (F.replace(",", ",\n"), [], (CALL_F,), None),
        ("{Hello}", [], (), "{Hello}"),
        (F.replace("parameters", "arguments"), ["wrong_key"], (CALL_F,), None),
        (f"[{F}, {F}]", ["bad_layout"], (CALL_F, CALL_F), None),
        (f"{F}, {F}", ["bad_layout"], (CALL_F, CALL_F), None),
        (f"{F} there", ["extra_text"], (CALL_F,), None),
        (F[:-2], ["bad_json", "truncated"], (), None),
        (F.replace('"', "'"), ["bad_json"], (), None),
        (f"{F}; {F[:-1]}", ["bad_json", "truncated"], (CALL_F,), None),
        (f"{F[:-1]}; {F}", ["bad_json"], (CALL_F,), None),
        (
            'Ok: {"type": "function", ' + F[1:],
            [],
            (),
            'Ok: {"type": "function", ' + F[1:],
        ),
        ('He said {"name": "x"}.', [], (), 'He said {"name": "x"}.'),
        (f"Sure: {F}", [], (), f"Sure: {F}"),
        ("<|python_tag|>", ["no_call"], (), None),
        ("{}", [], (), "{}"),
        ('{"name": "Oslo", "size": 7}', [], (), '{"name": "Oslo", "size": 7}'),
        (f"Look: <|python_tag|>{F}", ["extra_text"], (CALL_F,), None),
        (F.replace("{", '{"type": "function", ', 1), [], (CALL_F,), None),
    ],
)
def test_answers_are_read_with_their_departures(text, codes, calls, reply):
    done = LLAMA3.parse(text)
    assert [issue.code for issue in done.issues] == codes
    assert (done.calls, done.reply) == (calls, reply)


def test_results_come_under_the_role_of_a_tool():
    messages = (Message("user", "Hi"), Message("assistant", "", (CALL_F,)), Message("tool", "1"))
    prompt = LLAMA3.render_prompt(Example("1", (ToolSpec("f"),), messages))
    assert prompt[-1] == {"role": "tool", "content": "1"}
    assert prompt[-2]["content"] == F


@pytest.mark.parametrize(
    "first",
    [
        '{"n": 1}',
        "{}",
        '[{"n": 1}]',
        '{"name" "g"}',
        '{"name"="g"}',
        '"name": "g", "parameters": {}}',
    ],
)
def test_an_object_that_is_no_call_hides_none_of_those_behind_it(first):
    for separator in ("; ", "\n", "\r\n"):
        done = LLAMA3.parse(f"{first}{separator}{F}")
        assert done.calls == (CALL_F,)
