"""The format part: 1 when the answer is well-formed and has the parts that were asked for, else 0.

Paper section 3.3: all fields appear in the right order. Unlike in the published code the format's
own parser decides (`toolrl.formats`), so white space does not matter and a hidden call does; and a
reply beside an expected call is allowed, since nothing in the prompt forbids it.
"""

from __future__ import annotations

from toolrl.formats.base import is_visible
from toolrl.rewards.expected import Expected
from toolrl.types import Completion


def format_fraction(
    completion: Completion, expected: Expected, reply_beside_calls: bool = True
) -> float:
    """1.0 or 0.0: no issue, calls exactly where some are expected, and a reply if wanted.

    Args:
        completion: as its format parsed it.
        expected: the answer.
        reply_beside_calls: whether the format has room for a reply beside calls.

    Example:
        >>> from toolrl.types import Example
        >>> format_fraction(Completion("Hm.", (), "No tool fits."), Expected(Example("1", (), ())))
        1.0
    """
    if completion.issues or (not completion.calls) != (not expected.count):
        return 0.0
    if completion.calls and not reply_beside_calls:
        return 1.0
    if expected.wants_reply and not is_visible(completion.reply):
        return 0.0
    return 1.0
