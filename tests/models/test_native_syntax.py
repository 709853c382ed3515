"""A model's own way to call tools is read off its chat template."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from toolrl.errors import ConfigError
from toolrl.models.answers import Answer, Request
from toolrl.models.local import LocalModel
from toolrl.models.local_writer import LocalWriter
from toolrl.models.native_syntax import native_syntax, openai_tool
from toolrl.types import ToolCall, ToolSpec

TOOLS = "{% if tools %}{% for tool in tools %}{{ tool | tojson }}\n{% endfor %}{% endif %}"
TURNS = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}CALLS"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
EACH = "{% for call in message.tool_calls or [] %}CALL{% endfor %}"
CALLS = {
    "hermes": '<tool_call>\n{"name": "{{ call.function.name }}", "arguments": '
    "{{ call.function.arguments | tojson }}}\n</tool_call>",
    "llama3": '{"name": "{{ call.function.name }}", "parameters": '
    "{{ call.function.arguments | tojson }}}",
    "python": "[{{ call.function.name }}({% for k, v in call.function.arguments | items %}"
    "{{ k }}={{ v | tojson }}{% endfor %})]",
}


def template(call):
    return TOOLS + TURNS.replace("CALLS", EACH.replace("CALL", call))


@pytest.fixture
def model(tiny_model):
    return LocalModel.load(str(tiny_model))


@pytest.mark.parametrize("name", CALLS)
def test_the_syntax_is_that_of_the_template(model, name):
    model.tokenizer.chat_template = template(CALLS[name])
    assert native_syntax(model.tokenizer).name == name


def test_a_template_without_tools_is_refused_with_what_to_choose(model):
    with pytest.raises(ConfigError, match="shows no tools; choose prompt=paper"):
        native_syntax(model.tokenizer)


def test_a_syntax_that_nobody_reads_is_shown(model):
    model.tokenizer.chat_template = template("CALL {{ call.function.name }} WITH NOTHING")
    with pytest.raises(ConfigError, match="CALL probe_tool WITH"):
        native_syntax(model.tokenizer)


def test_the_tools_reach_the_prompt_and_the_calls_come_back(model):
    model.tokenizer.chat_template = template(CALLS["hermes"])
    tool = openai_tool(ToolSpec("clock", "Tells the time."))
    asked = ({"role": "user", "content": "Time?"},)
    assert "clock" in model.tokenizer.decode(model.encode(asked, [tool]))
    writer = LocalWriter(model, 4)
    answer = writer.answer(
        model.tokenizer('<tool_call>\n{"name": "clock"}\n</tool_call>').input_ids
    )
    read = writer.with_calls(answer)
    assert read.calls == (ToolCall("clock"),)
    assert writer.write([Request(asked, (tool,))])[0].calls is not None
    assert writer.write([Request(asked)])[0].calls is None


def test_the_thought_and_the_text_beside_a_call_are_kept_for_the_next_prompt(model):
    model.tokenizer.chat_template = template(CALLS["hermes"])
    block = '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>'
    before = "<think>\nTime.\n</think>\n\nLet me look."
    read = LocalWriter(model, 4).with_calls(Answer(f"{before}\n{block}"))
    assert read.beside == before
