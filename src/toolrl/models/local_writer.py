"""A local model as a source of answers, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence

from toolrl.models.answers import Answer, Request
from toolrl.models.local import LocalModel


class LocalWriter:
    """Writes a batch of answers with a model in this process.

    Args:
        model: the loaded model.
        max_new_tokens: where an answer is cut.
        temperature: 0 is greedy.
    """

    batched = True

    def __init__(self, model: LocalModel, max_new_tokens: int, temperature: float = 0.0) -> None:
        self.model = model
        self.max_new_tokens = max_new_tokens
        self.temperature = temperature

    def write(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer a request; a prompt that does not fit the context gets an empty one."""
        encoded = [self.model.encode(one.messages, one.tools) for one in requests]
        room = self.model.context() - self.max_new_tokens
        answers = [Answer("", too_long=True)] * len(requests)
        fitting = [i for i, ids in enumerate(encoded) if len(ids) <= room]
        if fitting:
            written = self.model.write_tokens(
                [encoded[i] for i in fitting], self.max_new_tokens, self.temperature
            )
            for i, tokens in zip(fitting, written, strict=True):
                answers[i] = self.answer(tokens)
        return answers

    def answer(self, tokens: list[int]) -> Answer:
        """The text of an answer's tokens, and whether it reached its end."""
        text = self.model.tokenizer.decode(tokens, skip_special_tokens=True)
        return Answer(text, cut=tokens[-1] not in self.model.eos_ids())
