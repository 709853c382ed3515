"""The published reward module, defects included, for the ``paper/*`` presets.

What it does (commit 8cee13e, observed from outside) differs from the paper and from what one
would wish; the project's own rewards mend it. Kept here on purpose:

* the first ``<tool_call>`` block is split into lines and every line must be JSON, so one blank or
  broken line, a pretty-printed call or a missing ``parameters`` object loses everything;
* calls are matched greedily, in the order of the answer; names are compared as multisets;
* values are compared with Python's ``==``: True equals 1; ``"1"`` differs from 1;
* the coarse and refined variants compare lists, so order matters;
* an answer without a call gives correctness 0 whatever the model does, half of the scale;
* the format depends on the parts in the answer and on exact line breaks.

One thing is not kept. An expected answer whose *thought* quotes a tag made the published module
crash; such an answer is read from after its think block instead.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from toolrl.errors import DataError
from toolrl.types import Example

# Whatever JSON the model writes (a list for a name, a number for a call, objects nested too
# deeply) can raise one of these in the comparison; all of them meant the lowest score.
_MODEL_MISTAKES = (ValueError, KeyError, TypeError, AttributeError, RecursionError)

_THINK = r"^<think>.*?</think>"
_CALLS = r"\n<tool_call>\n.*?\n</tool_call>"
_REPLY = r"\n<response>.*?</response>"
_LAYOUTS = {
    (calls, reply): re.compile(
        _THINK + (_CALLS if calls else "") + (_REPLY if reply else "") + "$", re.DOTALL
    )
    for calls in (False, True)
    for reply in (False, True)
}


class PublishedAnswer(NamedTuple):
    """An expected answer as the published module reads it.

    Attributes:
        calls: the decoded call objects.
        has_calls: whether it has a call block.
        has_reply: whether it has a response block.
    """

    calls: list[Any]
    has_calls: bool
    has_reply: bool


def read_answer(answer: str | Example) -> PublishedAnswer:
    """Read an expected answer.

    Raises:
        DataError: the answer's calls are not one JSON object a line.
    """
    if isinstance(answer, Example):
        calls = [{"name": call.name, "parameters": dict(call.arguments)} for call in answer.calls]
        return PublishedAnswer(calls, bool(calls), bool(answer.reply))
    try:
        return _read_text(answer)
    except ValueError:
        return _read_after_thought(answer)


def _read_after_thought(answer: str) -> PublishedAnswer:
    try:
        return _read_text(answer.rpartition("</think>")[2])
    except ValueError as error:
        raise DataError(
            f"expected answer is not one JSON call a line ({error}): {answer[:80]!r}; "
            "mend the row or leave it out"
        ) from None


def _read_text(answer: str) -> PublishedAnswer:
    has_calls = "<tool_call>" in answer
    calls = _decode_block(answer) if has_calls else []
    if not all(isinstance(call, dict) and {"name", "parameters"} <= call.keys() for call in calls):
        raise ValueError('a call needs "name" and "parameters"')
    return PublishedAnswer(calls, has_calls, "<response>" in answer)


def _decode_block(text: str) -> list[Any]:
    """The lines of the first call block; raises ValueError when one is not JSON."""
    block = text.split("<tool_call>", 2)[1].split("</tool_call>", 1)[0]
    return [json.loads(line) for line in block.strip().split("\n")]


def format_fraction(completion: str, answer: PublishedAnswer) -> float:
    """1 when the completion has exactly the parts of the answer, laid out to the letter, else 0."""
    if not _LAYOUTS[answer.has_calls, answer.has_reply].search(completion):
        return 0.0
    tags = (["tool_call"] if answer.has_calls else []) + (["response"] if answer.has_reply else [])
    once = all(completion.count(f"<{t}>") == completion.count(f"</{t}>") == 1 for t in tags)
    return 1.0 if once else 0.0


def length_fraction(completion: str, target: float) -> float:
    """Words of the last thought over the target, to two decimals, at most 1."""
    if "<think>" not in completion or "</think>" not in completion:
        return 0.0
    thought = completion.split("<think>")[-1].split("</think>")[0]
    return min(1.0, round(len(thought.split()) / target, 2))


def correctness_fraction(completion: str, answer: PublishedAnswer, granularity: str) -> float:
    """The published similarity of the calls, in [0, 1]; one half when no call is expected."""
    if not answer.has_calls:
        return 0.5
    if "<tool_call>" not in completion or "</tool_call>" not in completion:
        return 0.0
    try:
        return _similarity(answer.calls, _decode_block(completion), granularity)
    except _MODEL_MISTAKES:
        return 0.0


def _similarity(expected: list[Any], predicted: list[Any], granularity: str) -> float:
    if expected == predicted:
        return 1.0
    if granularity == "coarse":
        return 0.0
    ordered = granularity == "refined"
    names = [call["name"] for call in expected], [call["name"] for call in predicted]
    score, best = _overlap(*names, ordered), 1.0
    used: set[int] = set()
    for call in expected:
        best += 1.0 if granularity == "intermediate" else 1.0 + len(call["parameters"])
        points, index = _best_unused(call, predicted, used, granularity)
        if index >= 0:
            used.add(index)
            score += points
    return score / best


def _best_unused(
    call: dict[str, Any], predicted: list[Any], used: set[int], granularity: str
) -> tuple[float, int]:
    """The first prediction of the same name with the most points, which must be above 0."""
    best, index = 0.0, -1
    for i, other in enumerate(predicted):
        if i in used or other["name"] != call["name"]:
            continue
        points = _call_points(call, other, granularity)
        if points > best:
            best, index = points, i
    return best, index


def _call_points(call: dict[str, Any], other: dict[str, Any], granularity: str) -> float:
    if granularity == "intermediate":
        return 1.0 if call == other else 0.0
    wanted, given = call["parameters"], other["parameters"]
    keys = _overlap(list(wanted.keys()), list(given.keys()), granularity == "refined")
    return keys + sum(1.0 for key, value in wanted.items() if key in given and given[key] == value)


def _overlap(first: Sequence[Any], second: Sequence[Any], ordered: bool) -> float:
    """Jaccard of two multisets; with ``ordered`` only equal lists count."""
    if first == second:
        return 1.0
    if ordered or not first or not second:
        return 0.0
    shared = sum((Counter(first) & Counter(second)).values())
    return shared / (len(first) + len(second) - shared)
