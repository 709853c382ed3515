"""A model's own way to call tools, found out from its chat template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from toolrl.errors import ConfigError
from toolrl.formats import FORMAT_NAMES, Format, get_format
from toolrl.models.answer_text import answer_text
from toolrl.types import ToolCall, ToolSpec

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# What templates write calls in; a text that one reads rightly no other one reads as the same call.
SYNTAXES = tuple(name for name in FORMAT_NAMES if not name.startswith("paper"))
PROBE = ToolSpec(
    "probe_tool",
    "A probe.",
    {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
)
CALL = ToolCall("probe_tool", {"place": "Oslo"})
_half_a_tag = re.compile(r"<[^<>\n]*$")


def native_syntax(tokenizer: PreTrainedTokenizerBase) -> Format:
    """The format in which a chat template writes calls.

    The template is shown a tool and a call; the format that reads that call is it.

    Raises:
        ConfigError: the template shows no tools, or writes calls in no syntax of ours.
    """
    tools = [openai_tool(PROBE)]
    asked = [{"role": "user", "content": "Hi"}]
    prompt = tokenizer.apply_chat_template(
        asked, tools=tools, tokenize=False, add_generation_prompt=True
    )
    if PROBE.name not in prompt:
        raise ConfigError(
            "the model's chat template shows no tools; choose prompt=paper or another format"
        )
    function = {"name": CALL.name, "arguments": dict(CALL.arguments)}
    said = {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "call00001", "type": "function", "function": function}],
    }
    whole = tokenizer.apply_chat_template([*asked, said], tools=tools, tokenize=False)
    common = _half_a_tag.sub("", common_start(prompt, whole))
    written = whole[len(common) :]
    ids = tokenizer(written, add_special_tokens=False)["input_ids"]
    text = answer_text(tokenizer, ids, {tokenizer.eos_token_id}).strip()
    # A template that opens the thought in the prompt may show turns of the past without thoughts.
    ways = {False, ends_in_thought(prompt)}
    for form in map(get_format, SYNTAXES):
        if any(form.parse(text, thought_open=way).calls == (CALL,) for way in ways):
            return form
    raise ConfigError(
        f"the model's chat template writes calls in a syntax unknown here ({text[:80]!r}); choose "
        "prompt=paper or another format, or ask a server that reads them (base_url=…)"
    )


def opens_thought(tokenizer: PreTrainedTokenizerBase, **options: Any) -> bool:
    """Whether prompts end in an opened thought, so that answers begin in the middle of one.

    The chat templates of Qwen3.5 and later, Nemotron 3, R1 and others have it so.

    Args:
        tokenizer: with a chat template.
        options: what else the template is given, such as ``enable_thinking=False``.
    """
    asked = [{"role": "user", "content": "Hi"}]
    prompt = tokenizer.apply_chat_template(
        asked, tokenize=False, add_generation_prompt=True, **options
    )
    return ends_in_thought(prompt)


def ends_in_thought(prompt: str) -> bool:
    r"""Whether a prompt ends in a tag that opens a thought, white space aside.

    Example:
        >>> ends_in_thought("<|im_start|>assistant\n<think>\n"), ends_in_thought("<think></think>")
        (True, False)
    """
    tags = {get_format(name).open_thought for name in FORMAT_NAMES}
    return prompt.rstrip().endswith(tuple(tags))


def openai_tool(spec: ToolSpec) -> dict[str, object]:
    """A tool in the form that chat templates and servers take."""
    return {"type": "function", "function": spec.to_dict()}


def common_start(one: str, other: str) -> str:
    """What two texts begin with.

    Example:
        >>> common_start("abcd", "abx")
        'ab'
    """
    length = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    return one[: min(len(one), len(other)) if length is None else length]
