"""The text of an answer's tokens, with the markers of calls that tokenizers hold for special."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING

from toolrl.formats import FORMAT_NAMES, get_format

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@cache
def markers() -> frozenset[str]:
    """The markers of all formats."""
    return frozenset(marker for name in FORMAT_NAMES for marker in get_format(name).markers)


def answer_text(
    tokenizer: PreTrainedTokenizerBase, tokens: Sequence[int], ends: Collection[int]
) -> str:
    """The text of an answer: without special tokens, but with the markers of calls and thoughts.

    Args:
        tokenizer: the model's.
        tokens: ids of the answer, its end included.
        ends: ids that end an answer; they are no part of it, even where they are markers.
    """
    special = special_tokens(tokenizer)
    kept = {id_ for id_, token in special.items() if token in markers()} - set(ends)
    if tokenizer.pad_token_id is not None:
        kept.discard(tokenizer.pad_token_id)
    if kept.isdisjoint(tokens):
        return tokenizer.decode(tokens, skip_special_tokens=True)
    said = [id_ for id_ in tokens if id_ in kept or id_ not in special]
    return tokenizer.decode(said, skip_special_tokens=False)


def special_tokens(tokenizer: PreTrainedTokenizerBase) -> dict[int, str]:
    """The tokens that decoding leaves out, by id."""
    added = tokenizer.added_tokens_decoder
    special = {id_: token.content for id_, token in added.items() if token.special}
    return special | dict(zip(tokenizer.all_special_ids, tokenizer.all_special_tokens, strict=True))
