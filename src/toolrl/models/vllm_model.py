"""A model run by vLLM in this process, in the place of :class:`toolrl.models.local.LocalModel`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from toolrl.errors import ConfigError, NotFoundError, first_line
from toolrl.extras import require
from toolrl.models.local import encode_chat, is_out_of_memory, too_large
from toolrl.models.native_syntax import opens_thought
from toolrl.models.resolve import resolve_model


def in_short(error: Exception) -> str:
    r"""The beginning of a message on one line; pydantic's first line does not say what is wrong.

    Example:
        >>> in_short(ValueError("1 error\n  too long"))
        '1 error too long'
    """
    text = " ".join(str(error).split())
    return text if len(text) <= 240 else f"{text[:239]}…"


class VLLMModel:
    """Writes answers with vLLM's offline engine, which batches and shares prefixes by itself.

    Args:
        engine: a ``vllm.LLM``.
    """

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.tokenizer = engine.get_tokenizer()

    @classmethod
    def load(cls, name: str, options: Mapping[str, Any]) -> VLLMModel:
        """Load by name; ``options`` are ``vllm.LLM``'s own, unchanged.

        Raises:
            MissingExtraError: vLLM is not installed.
            ConfigError: an option or a model that vLLM refuses, or one without a chat template.
            NotFoundError: a model that is not there.
            OutOfMemoryError: it is too large for the memory.
        """
        vllm = require("vllm", "vllm")
        path = resolve_model(name)
        try:
            model = cls(vllm.LLM(model=path, **options))
        except TypeError as error:
            raise ConfigError(f"engine_args: {first_line(error)}") from None
        except OSError as error:
            raise NotFoundError(
                f"vLLM can't load {name} ({in_short(error)}); check the model's name or folder"
            ) from None
        except (ValueError, RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise too_large(name, error) from None
            raise ConfigError(
                f"vLLM can't load {name} ({in_short(error)}); check the model and 'engine_args'"
            ) from None
        if model.tokenizer.chat_template is None:
            raise ConfigError(f"model {name} has no chat template; use an instruct model")
        return model

    def encode(
        self, prompt: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]] = ()
    ) -> list[int]:
        """Token ids of a chat prompt, up to where the assistant begins."""
        return encode_chat(self.tokenizer, prompt, tools)

    @cached_property
    def opens_thought(self) -> bool:
        """Whether prompts end in an opened thought."""
        return opens_thought(self.tokenizer)

    def write_tokens(
        self,
        encoded: list[list[int]],
        max_new_tokens: int,
        temperature: float,
        seed: int | None = None,
    ) -> list[list[int]]:
        """Token ids of answers, in order; those of sampled answers depend on ``seed`` alone."""
        vllm = require("vllm", "vllm")
        settings = [
            vllm.SamplingParams(
                temperature=temperature,
                max_tokens=max_new_tokens,
                seed=None if seed is None else seed + number,
            )
            for number in range(len(encoded))
        ]
        prompts = [{"prompt_token_ids": ids} for ids in encoded]
        done = self.engine.generate(prompts, settings, use_tqdm=False)
        return [list(one.outputs[0].token_ids) for one in done]

    def context(self) -> int:
        """Tokens that a prompt and its answer may have together."""
        return self.engine.llm_engine.model_config.max_model_len

    def eos_ids(self) -> set[int]:
        """The tokens that end an answer: the tokenizer's, and those of the generation config."""
        configured = self.engine.llm_engine.model_config.try_get_generation_config()
        ends = configured.get("eos_token_id")
        several = ends if isinstance(ends, list) else [ends]
        return {i for i in [self.tokenizer.eos_token_id, *several] if i is not None}
