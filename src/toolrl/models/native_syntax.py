"""A model's own way to call tools, found out from its chat template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolrl.errors import ConfigError
from toolrl.formats import Format, get_format
from toolrl.formats.base import OPEN_THOUGHT
from toolrl.types import ToolCall, ToolSpec

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SYNTAXES = ("hermes", "llama3", "python")
PROBE = ToolSpec(
    "probe_tool",
    "A probe.",
    {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
)
CALL = ToolCall("probe_tool", {"place": "Oslo"})


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
    written = whole[len(common_start(prompt, whole)) :]
    ids = tokenizer(written, add_special_tokens=False)["input_ids"]
    text = tokenizer.decode(ids, skip_special_tokens=True).strip()
    for name in SYNTAXES:
        if get_format(name).parse(text).calls == (CALL,):
            return get_format(name)
    raise ConfigError(
        f"the model's chat template writes calls in a syntax unknown here ({text[:80]!r}); choose "
        "prompt=paper or another format, or ask a server that reads them (base_url=…)"
    )


def opens_thought(tokenizer: PreTrainedTokenizerBase, **options: Any) -> bool:
    """Whether prompts of this chat template end in an opened thought, in which answers then begin.

    Templates of Qwen3.5 and later, Nemotron 3 and R1 distillates do.

    Args:
        tokenizer: with a chat template.
        options: what else the template is given, such as ``enable_thinking=False``.
    """
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}], tokenize=False, add_generation_prompt=True, **options
    )
    return prompt.rstrip().endswith(OPEN_THOUGHT)


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
