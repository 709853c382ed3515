"""A local model as a source of answers, a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any
from zlib import crc32

from toolrl.formats import Format
from toolrl.formats.chat import render_thought
from toolrl.models.answer_text import answer_text
from toolrl.models.answers import Answer, Request
from toolrl.models.local import LocalModel
from toolrl.models.native_syntax import native_syntax
from toolrl.models.vllm_model import VLLMModel
from toolrl.types import ToolSpec


class LocalWriter:
    """Writes a batch of answers with a model in this process.

    Args:
        model: the loaded model.
        max_new_tokens: where an answer is cut.
        temperature: 0 is greedy.
        seed: of sampled answers; the same batch then gets the same ones, also in a resumed run.
    """

    def __init__(
        self,
        model: LocalModel | VLLMModel,
        max_new_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.max_new_tokens = max_new_tokens
        self.temperature = temperature
        self.seed = seed

    @cached_property
    def syntax(self) -> Format:
        """How the model writes calls of tools that its chat template shows it.

        Raises:
            ConfigError: the template shows none, or nobody here reads its syntax.
        """
        return native_syntax(self.model.tokenizer)

    def write(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer a request; a prompt that does not fit the context gets an empty one."""
        encoded = [self.model.encode(one.messages, one.tools) for one in requests]
        room = self.model.context() - self.max_new_tokens
        answers = [Answer("", too_long=True)] * len(requests)
        fitting = [i for i, ids in enumerate(encoded) if len(ids) <= room]
        if fitting:
            prompts = [encoded[i] for i in fitting]
            seed = crc32(repr((self.seed, prompts)).encode())
            written = self.model.write_tokens(prompts, self.max_new_tokens, self.temperature, seed)
            for i, tokens in zip(fitting, written, strict=True):
                answer = self.answer(tokens)
                answers[i] = self.with_calls(answer, requests[i].tools)
        return answers

    def with_calls(self, answer: Answer, tools: Sequence[Mapping[str, Any]]) -> Answer:
        """An answer whose calls are read as the model's own syntax has them.

        Without ``tools`` the prompt's text lists them, and whoever wrote it reads the answer.
        """
        if not tools:
            return answer
        specs = [ToolSpec.from_dict(tool) for tool in tools]
        done = self.syntax.parse(answer.text, thought_open=answer.thought_open, tools=specs)
        beside = render_thought(done.thought or "") + (done.reply or "") if done.calls else None
        return replace(answer, calls=done.calls, broken=bool(done.issues), beside=beside)

    def answer(self, tokens: list[int]) -> Answer:
        """The text of an answer's tokens, and whether it reached its end."""
        ends = self.model.eos_ids()
        return Answer(
            answer_text(self.model.tokenizer, tokens, ends),
            cut=tokens[-1] not in ends,
            thought_open=self.model.opens_thought,
        )
