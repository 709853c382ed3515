"""Formats: how tools and answers are written as text, one dialect a file.

``paper`` are the tags of the ToolRL paper, ``paper-brief`` the same tags behind a short prompt,
``paper-example`` that prompt with two answers shown before the question,
``hermes`` is what Qwen writes, ``llama3`` bare JSON objects, ``python`` call lists as in BFCL.
The others are the syntaxes of model families: ``qwen3-coder`` (Qwen3.5 and Nemotron 3, too),
``mistral``, ``deepseek``, ``deepseek-dsml`` (V3.2 and later), ``glm``, ``gpt-oss``, ``gemma4``,
``functiongemma``, ``lfm2`` and ``kimi``.
"""

from __future__ import annotations

from toolrl.errors import ConfigError, did_you_mean
from toolrl.formats.base import Format
from toolrl.formats.call_lists import parse_call_list
from toolrl.formats.deepseek import DeepSeekFormat
from toolrl.formats.dsml import DsmlFormat
from toolrl.formats.gemma import FunctionGemmaFormat, Gemma4Format
from toolrl.formats.glm import GlmFormat
from toolrl.formats.harmony import HarmonyFormat
from toolrl.formats.hermes import HermesFormat
from toolrl.formats.issues import ISSUE_CODES
from toolrl.formats.kimi import KimiFormat
from toolrl.formats.lfm2 import Lfm2Format
from toolrl.formats.llama3 import Llama3Format
from toolrl.formats.mistral import MistralFormat
from toolrl.formats.paper import PaperBriefFormat, PaperExampleFormat, PaperFormat
from toolrl.formats.python_calls import PythonFormat
from toolrl.formats.qwen3_coder import Qwen3CoderFormat
from toolrl.schema.literals import CallSyntaxError

__all__ = [
    "FORMAT_NAMES",
    "ISSUE_CODES",
    "CallSyntaxError",
    "Format",
    "get_format",
    "parse_call_list",
]

_FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        PaperFormat(),
        PaperBriefFormat(),
        PaperExampleFormat(),
        HermesFormat(),
        Llama3Format(),
        PythonFormat(),
        Qwen3CoderFormat(),
        MistralFormat(),
        DeepSeekFormat(),
        DsmlFormat(),
        GlmFormat(),
        HarmonyFormat(),
        Gemma4Format(),
        FunctionGemmaFormat(),
        Lfm2Format(),
        KimiFormat(),
    )
}

FORMAT_NAMES: tuple[str, ...] = tuple(_FORMATS)


def get_format(name: str) -> Format:
    r"""The format of that name.

    Raises:
        ConfigError: no such format; the message has the nearest name.

    Example:
        >>> answer = '<think> a </think>\n<response> Hello. </response>'
        >>> get_format("paper").parse(answer).reply
        'Hello.'
    """
    try:
        return _FORMATS[name]
    except KeyError:
        raise ConfigError(
            f"no format is named {name!r}{did_you_mean(name, FORMAT_NAMES)}"
        ) from None
