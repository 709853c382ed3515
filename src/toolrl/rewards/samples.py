"""A scored sample, as it stands in ``samples.jsonl``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from toolrl.rewards.score import Score
from toolrl.types import Example


@dataclass(frozen=True, slots=True)
class Sample:
    """What a model wrote for an example, and its score."""

    example: Example
    text: str
    score: Score


def sample_row(sample: Sample) -> dict[str, Any]:
    """The JSON object of one sample; enough to score it again without a model.

    ``group`` is there where the example was cut from a conversation: intervals need it.
    """
    group = sample.example.group
    return {
        "example": sample.example.id,
        "kind": sample.example.kind,
        **({"group": group} if group else {}),
        "completion": sample.text,
        "total": sample.score.total,
        "parts": {
            name: {"fraction": part.fraction, "points": part.points}
            for name, part in sample.score.parts.items()
        },
        "issues": [str(issue) for issue in sample.score.issues],
        "explanation": sample.score.explain(),
        "answer": sample.example.to_dict(),
    }
