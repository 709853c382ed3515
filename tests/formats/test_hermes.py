import pytest

from toolrl.formats import get_format
from toolrl.types import Example, Message, ToolCall, ToolSpec

HERMES = get_format("hermes")
F = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>'
CALL_F = ToolCall("f", {"a": 1})


@pytest.mark.parametrize(
    ("text", "codes", "calls", "reply"),
    [
        (F, [], (CALL_F,), None),
        (f"<think>\nt\n</think>\n\n{F}\n{F}", [], (CALL_F, CALL_F), None),
        (f"Let me look.\n{F}", [], (CALL_F,), "Let me look."),
        ("Hello.", [], (), "Hello."),
        (F.replace("\n", ""), [], (CALL_F,), None),
        (F.replace("arguments", "parameters"), ["wrong_key"], (CALL_F,), None),
        (F + "\nThere.", ["extra_text"], (CALL_F,), None),
        (F[:-12], ["truncated"], (CALL_F,), None),
        (F[:20], ["truncated", "no_call", "bad_json"], (), None),
        (F.replace("1}}", "1}}\n{}"), ["bad_layout", "missing_name"][1:], (CALL_F,), None),
        ("<tool_call></tool_call>", ["no_call"], (), None),
        (f"<think>{F}</think>Hi", ["tag_in_thought"], (), "Hi"),
        ("<think>Hm", ["truncated"], (), None),
        ('{"name": "f", "arguments": {}}', [], (), '{"name": "f", "arguments": {}}'),
        ("Hi </think> there", ["tag_in_reply"], (), "Hi </think> there"),
    ],
)
def test_answers_are_read_with_their_departures(text, codes, calls, reply):
    done = HERMES.parse(text)
    assert [issue.code for issue in done.issues] == codes
    assert (done.calls, done.reply) == (calls, reply)


def test_two_calls_in_one_block_are_read_with_an_issue():
    done = HERMES.parse(F.replace("\n</", '\n{"name": "g", "arguments": {}}\n</'))
    assert [call.name for call in done.calls] == ["f", "g"]
    assert [issue.code for issue in done.issues] == ["bad_layout"]


def test_results_in_a_row_share_one_user_turn():
    messages = (
        Message("user", "Both?"),
        Message("assistant", "", (CALL_F, CALL_F)),
        Message("tool", "one"),
        Message("tool", "two </tool_response>"),
    )
    prompt = HERMES.render_prompt(Example("1", (ToolSpec("f"),), messages))
    assert [turn["role"] for turn in prompt] == ["system", "user", "assistant", "user"]
    assert prompt[-1]["content"] == (
        "<tool_response>\none\n</tool_response>\n"
        "<tool_response>\ntwo [/tool_response]\n</tool_response>"
    )
