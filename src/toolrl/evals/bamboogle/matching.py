"""Short answers compared as question answering does: without case, articles and punctuation."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

ARTICLES = re.compile(r"\b(a|an|the)\b")
MARK = re.compile(r"answer\s*:", re.IGNORECASE)


def normalised(text: str) -> str:
    """Lower case, without punctuation, articles and surplus space.

    Example:
        >>> normalised("The  Titan-IIIE!")
        'titaniiie'
    """
    kept = "".join(char for char in text.lower() if char not in string.punctuation)
    return " ".join(ARTICLES.sub(" ", kept).split())


def final_answer(text: str) -> str:
    r"""What stands after the last ``Answer:``, to the end of its line; else the whole text.

    Example:
        >>> final_answer("I looked it up.\nAnswer: 1999\n")
        '1999'
    """
    parts = MARK.split(text)
    return parts[-1].strip().split("\n")[0].strip() if len(parts) > 1 else text.strip()


def exact(answer: str, right: Sequence[str]) -> bool:
    """Whether the answer is one of the right ones.

    Example:
        >>> exact("the 20 June, 1837", ["20 June 1837"])
        True
    """
    return normalised(answer) in {normalised(one) for one in right}


def f1(answer: str, right: Sequence[str]) -> float:
    """Overlap of words with the nearest right answer, in [0, 1].

    Example:
        >>> f1("president James Madison", ["James Madison"])
        0.8
    """
    return max(overlap(normalised(answer).split(), normalised(one).split()) for one in right)


def overlap(found: Sequence[str], due: Sequence[str]) -> float:
    """F1 of two lists of words."""
    shared = sum((Counter(found) & Counter(due)).values())
    return 2 * shared / (len(found) + len(due)) if shared else 0.0


def contains(text: str, right: Sequence[str]) -> bool:
    """Whether a right answer stands in the text, word by word.

    Example:
        >>> contains("It was James Madison, I think.", ["james madison"])
        True
    """
    padded = f" {normalised(text)} "
    return any(f" {normalised(one)} " in padded for one in right)
