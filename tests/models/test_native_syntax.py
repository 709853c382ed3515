"""A model's own way to call tools is read off its chat template."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from toolrl.errors import ConfigError
from toolrl.models.answers import Answer, Request
from toolrl.models.local import LocalModel
from toolrl.models.local_writer import LocalWriter
from toolrl.models.native_syntax import native_syntax, openai_tool, opens_thought
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
    read = writer.with_calls(answer, [tool])
    assert read.calls == (ToolCall("clock"),)
    assert writer.write([Request(asked, (tool,))])[0].calls is not None
    assert writer.write([Request(asked)])[0].calls is None


def test_the_thought_and_the_text_beside_a_call_are_kept_for_the_next_prompt(model):
    model.tokenizer.chat_template = template(CALLS["hermes"])
    block = '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>'
    before = "<think>\nTime.\n</think>\n\nLet me look."
    read = LocalWriter(model, 4).with_calls(
        Answer(f"{before}\n{block}"), [openai_tool(ToolSpec("clock"))]
    )
    assert read.beside == before


# TRL's copies of the templates that model families publish: their syntax, by the file's beginning.
FAMILIES = {
    "diffusion_gemma": "gemma4",
    "gemma4": "gemma4",
    "glm4moe": "glm",
    "gptoss": "gpt-oss",
    "lfm2_2_5": "lfm2",
    "lfm2_v2": "lfm2",
    "llama3_1": "llama3",
    "llama3_2": "llama3",
    "nemotron_3": "qwen3-coder",
    "qwen2_5_vl": None,
    "qwen2_5": "hermes",
    "qwen3_5": "qwen3-coder",
    "qwen3_6": "qwen3-coder",
    "qwen3_8": "qwen3-coder",
    "qwen3": "hermes",
    # Templates in which calls can't be asked for, or are in a syntax that is not read here.
    "cohere": None,  # shows no tools
    "deepseek": None,  # shows no tools: DeepSeek's users put them into the system text
    "gemma": None,  # shows no tools
    "idefics3": None,  # shows no tools
    "lfm2": None,  # drops the calls of a turn
    "llama3": None,  # shows no tools
    "llava_next": None,  # shows no tools
    "muse_glimmer": None,  # a markup of its own
    "phi3": None,  # shows no tools
    "smolvlm": None,  # shows no tools
}
THINKING = ("deepseek", "nemotron_3", "qwen3_5_think", "qwen3_6", "qwen3_8")
PICTURES = ("idefics3", "llava_next", "smolvlm")  # want a list of parts where others want text
CALL_MARKERS = {
    "[TOOL_CALLS]": "[TOOL_CALLS]{{ call.function.name }}[ARGS]"
    "{{ call.function.arguments | tojson }}",
    "<|tool_call_start|>": "<|tool_call_start|>[{{ call.function.name }}("
    '{% for k, v in call.function.arguments | items %}{{ k }}="{{ v }}"{% endfor %})]'
    "<|tool_call_end|>",
    "<start_function_call>": "<start_function_call>call:{{ call.function.name }}{{ '{' }}"
    "{% for k, v in call.function.arguments | items %}{{ k }}:<escape>{{ v }}<escape>{% endfor %}"
    "{{ '}' }}<end_function_call>",
    "<｜tool▁calls▁begin｜>": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>{{ call.function.name }}"
    "<｜tool▁sep｜>{{ call.function.arguments | tojson }}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "<|tool_calls_section_begin|>": "<|tool_calls_section_begin|><|tool_call_begin|>functions."
    "{{ call.function.name }}:0<|tool_call_argument_begin|>{{ call.function.arguments | tojson }}"
    "<|tool_call_end|><|tool_calls_section_end|>",
}


def templates():
    """Every template that TRL has, by name."""
    trl = pytest.importorskip("trl")
    folder = Path(trl.__file__).parent / "chat_templates"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jinja"))}


def family(name):
    """The longest beginning of a template's name that the table knows."""
    return max((one for one in FAMILIES if name.startswith(one)), key=len, default=None)


def test_every_template_of_trl_is_recognised_or_refused_with_a_reason(model):
    for name, text in templates().items():
        assert family(name) is not None, f"TRL has a new template, {name}: give it a line"
        model.tokenizer.chat_template = text
        syntax = FAMILIES[family(name)]
        if name in PICTURES or family(name) in PICTURES:
            continue
        if syntax is None:
            with pytest.raises((ConfigError, TypeError)):
                native_syntax(model.tokenizer)
        else:
            assert native_syntax(model.tokenizer).name == syntax, name


def test_templates_whose_prompt_ends_in_an_open_thought_are_found_out(model):
    found = set()
    for name, text in templates().items():
        model.tokenizer.chat_template = text
        if family(name) not in PICTURES and opens_thought(model.tokenizer):
            found.add(name)
    assert found == {name for name in templates() if name.startswith(THINKING)}


@pytest.mark.parametrize("marker", CALL_MARKERS)
def test_markers_that_are_special_tokens_reach_the_parser(model, marker):
    model.tokenizer.add_special_tokens({"additional_special_tokens": [marker, "<|noise|>"]})
    model.tokenizer.chat_template = template(CALL_MARKERS[marker])
    form = native_syntax(model.tokenizer)
    writer = LocalWriter(model, 64)
    end = next(iter(model.eos_ids()))
    written = form.render_answer("", (ToolCall("clock", {"place": "Oslo"}),), "")
    tokens = model.tokenizer(written + "<|noise|>", add_special_tokens=False).input_ids
    answer = writer.answer([*tokens, end])
    assert answer.text == written
    tool = openai_tool(ToolSpec("clock", "Tells the time."))
    assert writer.with_calls(answer, [tool]).calls == (ToolCall("clock", {"place": "Oslo"}),)


def test_an_answer_behind_an_open_thought_is_read_as_one(model):
    model.tokenizer.chat_template = template(CALLS["hermes"]).replace(
        "<|im_start|>assistant\n", "<|im_start|>assistant\n<think>\n"
    )
    writer = LocalWriter(model, 64)
    call = '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>'
    answer = writer.answer(model.tokenizer(f"I quote {call}.\n</think>\n\n{call}").input_ids)
    assert answer.thought_open
    read = writer.with_calls(answer, [openai_tool(ToolSpec("clock"))])
    assert read.calls == (ToolCall("clock"),)
