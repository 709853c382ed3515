"""canitoolcall's recorded answers of nine model families are read as its authors say.

Runs where the package is installed. Its cases are texts, the tools offered and what a right parser
gives: we compare the calls, the thought and the words (white space aside).
"""

import json
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("canitoolcall")

import canitoolcall

from toolrl.formats import get_format
from toolrl.types import ToolSpec

FIXTURES = Path(canitoolcall.__file__).parent / "_data" / "fixtures"
FORMATS = {
    "qwen3-hermes": "hermes",
    "qwen3-xml": "qwen3-coder",
    "mistral": "mistral",
    "glm": "glm",
    "gpt-oss": "gpt-oss",
    "gemma4": "gemma4",
    "kimi": "kimi",
}
VARIANTS = {
    "x-llama-json": "llama3",
    "x-llama-pythonic": "python",
    "x-deepseek-v3": "deepseek",
    "x-deepseek-v31": "deepseek",
    "x-deepseek-v32": "deepseek-dsml",
    "x-deepseek-v4": "deepseek-dsml",
    "x-deepseek-v41": "deepseek-dsml",
}
NOT_READ = {"x-kimi-k3": "Kimi K3's markup is no format of ours"}
EXCEPTIONS = {
    "kimi/k2i-vllm-noise-between-markers": "text between the markers is not lost here",
    "llama/l3-sglang-text-before-python-tag": "text before the tag is an issue, not a reply",
    "llama/l4-truncated-missing-close-bracket": "a call before the cut counts, as everywhere here",
    "qwen3-xml/llamacpp-q35-call-inside-think": "a call in a thought is none",
}


@cache
def families():
    """The metadata of each family."""
    return {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FIXTURES.glob("*/family.json"))
    }


def cases():
    """Every case, in order."""
    for path in sorted(FIXTURES.glob("*/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def format_of(case):
    """The format that reads a case; None where none of ours does."""
    if NOT_READ.keys() & set(case["tags"]):
        return None
    variant = next((VARIANTS[tag] for tag in case["tags"] if tag in VARIANTS), None)
    return get_format(variant or FORMATS[case["family"]])


def prompt_end(case):
    """What the prompt of a case ended in."""
    if case.get("generation_prompt") is not None:
        return case["generation_prompt"]
    models = {one["repo"]: one for one in families()[case["family"]]["reference_models"]}
    return models.get(case["models"][0], {}).get("default_generation_prompt", "")


def squeezed(*texts):
    """Texts without white space: where segments are joined, it is nobody's."""
    return "".join("".join(text or "" for text in texts).split())


def read(case):
    """What our parser gives, in the shape of an expected answer."""
    form = format_of(case)
    tools = tuple(ToolSpec.from_dict(tool) for tool in case["tools"])
    open_ = prompt_end(case).rstrip().endswith(form.open_thought)
    done = form.parse(case["raw_output"], thought_open=open_, tools=tools)
    return {
        "content": squeezed(done.reply, done.outside),
        "reasoning_content": squeezed(done.thought),
        "tool_calls": [one.to_dict() for one in done.calls],
    }


def wanted(case):
    """The same of the answer that is expected."""
    expected = case["expected"]
    return {
        "content": squeezed(expected["content"]),
        "reasoning_content": squeezed(expected["reasoning_content"]),
        "tool_calls": expected["tool_calls"],
    }


def typed(value):
    """A value with its types told apart; 1 and 1.0 are one number in JSON."""
    if isinstance(value, dict):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    return ("bool", value) if isinstance(value, bool) else value


def passes(case):
    """Whether we read a case as its authors say."""
    if "expected" in case:
        return typed(read(case)) == typed(wanted(case))
    return not read(case)["tool_calls"]


ALL = [case for case in cases() if format_of(case)]


@pytest.mark.parametrize("case", ALL, ids=[case["id"] for case in ALL])
def test_an_answer_is_read_as_its_family_s_authors_say(case):
    if case["id"] in EXCEPTIONS:
        assert not passes(case), "it is read: take it off the exceptions"
    else:
        assert passes(case), (case["raw_output"], read(case), case.get("expected"))
