"""Local transformers models: load once, write many answers."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from toolrl.errors import ConfigError, DataError, NotFoundError, OutOfMemoryError, first_line
from toolrl.extras import require
from toolrl.models.answer_text import answer_text
from toolrl.models.native_syntax import opens_thought
from toolrl.models.precision import FLOAT32, answering_precision
from toolrl.models.quiet import quiet_transformers
from toolrl.models.resolve import resolve_model

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

LOG = logging.getLogger(__name__)

ChatMessages = list[dict[str, str]]


def load(
    name: str, *, for_training: bool = False
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Model and tokenizer by name.

    Weights are float32 for training (small updates vanish in bfloat16; mixed precision is the
    trainer's); to answer see :func:`toolrl.models.precision.answering_precision`.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        NotFoundError: no such folder, or the hub can't be reached.
        DataError: weights that are missing, damaged, or of another shape than the config says.
        OutOfMemoryError: it is too large for the memory.
    """
    torch = require("train", "torch")
    require("train", "transformers")
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = resolve_model(name)
    name_of_type = FLOAT32 if for_training else answering_precision(answering_device()).name
    dtype = getattr(torch, name_of_type)
    try:
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(path)
            model, report = AutoModelForCausalLM.from_pretrained(
                path, dtype=dtype, output_loading_info=True
            )
    except (OSError, ValueError, RuntimeError, SafetensorError, MemoryError) as error:
        if is_out_of_memory(error):
            raise too_large(name, error) from None
        if isinstance(error, RuntimeError | SafetensorError):
            raise DataError(
                f"the weights of model {name} can't be read ({first_line(error)}); give the folder "
                "of the whole model"
            ) from None
        raise NotFoundError(
            f"model {name} can't be loaded ({first_line(error)}); give a local folder, or check "
            "the hub name and the network"
        ) from None
    if report["missing_keys"]:
        raise DataError(
            f"model {name} lacks {len(report['missing_keys'])} weights its config asks for; "
            "give the folder of the whole model"
        )
    if tokenizer.chat_template is None:
        raise ConfigError(f"model {name} has no chat template; use an instruct model")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def answering_device() -> str:
    """Where a model answers: on the first GPU if there is one, else on the CPU."""
    return "cuda" if require("train", "torch").cuda.is_available() else "cpu"


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory could not be had: an accelerator's, the processor's, or a mapped file's."""
    torch = require("train", "torch")
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    refused = getattr(error, "errno", None) == errno.ENOMEM
    return refused or "can't allocate memory" in str(error)  # the CPU's allocator has no class


def too_large(name: str, error: Exception) -> OutOfMemoryError:
    """What to say of a model for which there is no memory."""
    return OutOfMemoryError(
        f"model {name} does not fit into memory ({first_line(error)}); take a smaller model, or "
        "end what else uses the memory"
    )


def encode_chat(
    tokenizer: PreTrainedTokenizerBase,
    prompt: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]],
) -> list[int]:
    """Token ids of a chat prompt, up to where the assistant begins."""
    return tokenizer.apply_chat_template(
        list(prompt),
        tools=list(tools) or None,
        add_generation_prompt=True,
        tokenize=True,
        return_dict=False,
    )


def eos_ids_of(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> set[int]:
    """The tokens that end an answer: the tokenizer's, and those of the generation config."""
    configured = model.generation_config.eos_token_id
    several = configured if isinstance(configured, list) else [configured]
    return {i for i in [tokenizer.eos_token_id, *several] if i is not None}


class LocalModel:
    """A causal language model that answers chat prompts in batches.

    Example::

        model = LocalModel.load("builtin:smollm2-135m")
        texts = model.generate([[{"role": "user", "content": "Hi"}]], max_new_tokens=16)
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        prefix_sharing: bool = True,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.shares = prefix_sharing

    @classmethod
    def load(cls, name: str) -> LocalModel:
        """Load by name and move to the accelerator if there is one; raises as :func:`load`."""
        model, tokenizer = load(name)
        try:
            model = model.to(answering_device())
        except (RuntimeError, MemoryError, OSError) as error:
            if is_out_of_memory(error):
                raise too_large(name, error) from None
            raise
        return cls(model.eval(), tokenizer)

    def generate(
        self,
        prompts: Sequence[ChatMessages],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        batch_size: int = 32,
        on_batch: Callable[[list[int], list[str]], None] | None = None,
    ) -> list[str]:
        """One answer a prompt, in the prompts' order; temperature 0 is greedy.

        ``on_batch`` gets the positions and texts of each batch as soon as it is written. Batches
        hold prompts of like length, so that little padding is computed.
        """
        encoded = [self.encode(prompt) for prompt in prompts]
        order = sorted(range(len(prompts)), key=lambda i: len(encoded[i]))
        answers = [""] * len(prompts)
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            texts = self.write([encoded[i] for i in rows], max_new_tokens, temperature)
            for i, text in zip(rows, texts, strict=True):
                answers[i] = text
            if on_batch:
                on_batch(rows, texts)
        return answers

    def encode(
        self, prompt: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]] = ()
    ) -> list[int]:
        """Token ids of a chat prompt, up to where the assistant begins."""
        return encode_chat(self.tokenizer, prompt, tools)

    @cached_property
    def opens_thought(self) -> bool:
        """Whether prompts end in an opened thought."""
        return opens_thought(self.tokenizer)

    def length(self, text: str) -> int:
        """Tokens of an answer."""
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def write(self, encoded: list[list[int]], max_new_tokens: int, temperature: float) -> list[str]:
        """Answers to one batch of token ids."""
        answers = self.write_tokens(encoded, max_new_tokens, temperature)
        ends = self.eos_ids()
        return [answer_text(self.tokenizer, tokens, ends) for tokens in answers]

    def write_tokens(
        self,
        encoded: list[list[int]],
        max_new_tokens: int,
        temperature: float,
        seed: int | None = None,
    ) -> list[list[int]]:
        """Token ids of answers; what prompts share is encoded once if it can be.

        Sampled answers depend on ``seed`` and the batch alone; None goes on with torch's chance.
        """
        from toolrl.models.sampling import generate, picker, sample
        from toolrl.models.sharing import prepare

        if seed is not None:
            require("train", "torch").manual_seed(seed)
        longest = max(map(len, encoded)) + max_new_tokens
        if self.shares and (reason := prepare(self.model, longest)):
            LOG.warning("answers are written by the model's own generate: %s", reason)
            self.shares = False
        if not self.shares:
            return generate(self.model, encoded, max_new_tokens, temperature, self.eos_ids())
        return sample(
            self.model,
            encoded,
            max_new_tokens=max_new_tokens,
            pick=picker(temperature),
            eos_ids=self.eos_ids(),
        )

    def facts(self) -> dict[str, str]:
        """What a run's provenance says of the model: the type of its weights."""
        return {"precision": str(self.model.dtype).removeprefix("torch.")}

    def context(self) -> int:
        """Tokens that a prompt and its answer may have together; without positions, no limit."""
        config = self.model.config.get_text_config()
        return getattr(config, "max_position_embeddings", None) or sys.maxsize

    def eos_ids(self) -> set[int]:
        """The tokens that end an answer."""
        return eos_ids_of(self.model, self.tokenizer)
