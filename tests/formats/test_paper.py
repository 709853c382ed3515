from hypothesis import given, settings
from strategies_for_formats import texts

from toolrl.formats import get_format
from toolrl.formats.paper_history import parse_system_tools
from toolrl.types import Example, Message, ToolCall, ToolSpec

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "Where."},
        "unit": {"type": "string", "enum": ["C", "F"]},
        "days": {"type": "integer", "default": 3},
        "place": {"type": "object", "properties": {"lat": {"type": "number"}}, "required": ["lat"]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["city", "place"],
}
WEATHER = ToolSpec("get_weather", "Weather of a\ncity.", SCHEMA)


def test_the_full_prompt_packs_the_conversation_into_one_user_message():
    messages = (
        Message("user", "Weather in Oslo?"),
        Message("assistant", "", (ToolCall("get_weather", {"city": "Oslo"}),), "Look."),
        Message("tool", "clear"),
    )
    prompt = get_format("paper").render_prompt(Example("1", (WEATHER,), messages))
    assert [turn["role"] for turn in prompt] == ["system", "user"]
    assert prompt[1]["content"] == (
        "**Dialogue Records History**\n<user> Weather in Oslo? </user>\n\n"
        "<think> Look. </think>\n<tool_call>\n"
        '{"name": "get_weather", "parameters": {"city": "Oslo"}}\n</tool_call>\n'
        "<obs> clear </obs>"
    )


def test_the_full_prompt_keeps_what_a_schema_says_and_can_be_read_back():
    tools = (WEATHER, ToolSpec("now", "The time."))
    read = parse_system_tools(get_format("paper").render_system(tools))
    assert read[0].parameters == SCHEMA
    assert read[0].description == "Weather of a city."
    assert read[1] == tools[1]


def test_the_brief_prompt_has_a_line_a_tool_and_plain_text_for_a_single_turn():
    example = Example("1", (WEATHER,), (Message("user", "Weather?"),))
    system, user = get_format("paper-brief").render_prompt(example)
    assert system["content"].splitlines()[-1] == (
        "- get_weather(city: string, unit?: C|F, days: integer = 3, place: {lat: number}, "
        "tags?: string[]): Weather of a city."
    )
    assert user["content"] == "Weather?"


def test_the_brief_prompt_packs_a_conversation_of_several_messages():
    messages = (Message("user", "Hi"), Message("assistant", "Hello."), Message("user", "Bye"))
    user = get_format("paper-brief").render_prompt(Example("1", (), messages))[-1]["content"]
    assert user == "<user> Hi </user>\n\n<response> Hello. </response>\n\n<user> Bye </user>"


def test_the_prompt_with_examples_shows_a_call_and_a_reply_that_parse_to_the_last_sign():
    form = get_format("paper-example")
    example = Example("1", (WEATHER,), (Message("user", "Weather?"),))
    turns = form.render_prompt(example)
    read = [form.parse(turn["content"]) for turn in turns if turn["role"] == "assistant"]
    assert [one.issues for one in read] == [(), ()]
    assert read[0].calls == (ToolCall("clock", {"city": "Oslo"}),)
    assert read[1].calls == ()
    assert read[1].reply
    assert [turns[0], turns[-1]] == get_format("paper-brief").render_prompt(example)


def test_both_prompts_share_answers_and_parser():
    calls = (ToolCall("f", {"a": 1}),)
    answers = {get_format(name).render_answer("a", calls, "") for name in ("paper", "paper-brief")}
    assert answers == {
        '<think> a </think>\n<tool_call>\n{"name": "f", "parameters": {"a": 1}}\n</tool_call>'
    }


@settings(max_examples=50, deadline=None)
@given(quoted=texts)
def test_a_user_who_writes_tags_does_not_open_a_block(quoted):
    example = Example("1", (), (Message("user", quoted), Message("user", "Hi")))
    packed = get_format("paper").render_prompt(example)[1]["content"]
    assert packed.count("<user>") == packed.count("</user>") == 2
    assert "<tool_call>" not in packed
