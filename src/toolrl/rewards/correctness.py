"""The correctness part: how much of the expected calls was predicted, as a fraction of the best.

The formula is the paper's (section 3.3): ``R = r_name + r_param + r_value`` over its largest value
``S_max``, under the best assignment of predicted to expected calls. Mended on the way:

* the assignment is optimal (the published code is greedy), and nothing depends on order;
* names are compared as multisets, because sets can't see that a repeated call is missing;
* values are compared by the type in the schema, and a default left out equals one spelled out;
* a row without expected calls is worth the full range too, where the paper is silent and the
  published code pays nothing: a reply without any attempt to call earns all, a call earns none;
* guessing does not pay. Each surplus call (of a tool beyond the number expected of it, or of an
  unexpected tool beyond the number of calls that are missed) takes as many points as any one call
  can bring: name, keys and values. So a second guess beside a wrong one never raises the score,
  right or wrong; and leaving out a call that the assignment does not need never lowers it;
* text that tried to be a call and can't be read earns nothing and counts as one more name that
  nobody expected. It is no guess, so it takes nothing from the calls that can be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from toolrl.formats.base import is_visible
from toolrl.rewards.expected import HIDDEN_CALL, LOST_CALL, Expected, Forms
from toolrl.rewards.matching import KeyPoints, best_pairs, jaccard, pair_points, same_keys
from toolrl.types import Completion, ToolCall


@dataclass(frozen=True, slots=True)
class Granularity:
    """How finely a component counts (paper section 5.3).

    Attributes:
        name: for messages.
        key_points: what the key sets of two calls are worth; None counts whole calls only.
        equal_names: names earn all or nothing, instead of their overlap.
        all_or_nothing: only the very calls that were expected earn anything.
    """

    name: str
    key_points: KeyPoints | None = jaccard
    equal_names: bool = False
    all_or_nothing: bool = False

    def best(self, expected: Expected) -> float:
        """``S_max``: what a perfect prediction earns."""
        per_argument = expected.arguments if self.key_points else 0
        return 1.0 + expected.count + per_argument

    def surplus_cost(self, expected: Expected) -> float:
        """What each surplus call takes: the most that one call more can bring."""
        return 1.0 / expected.count + 1.0 + (expected.largest if self.key_points else 0)

    def call_points(self, wanted: Forms, given: Forms) -> float:
        """What a predicted call earns for an expected one of its tool."""
        if self.key_points is None:
            return 1.0 if wanted == given else 0.0
        return pair_points(wanted, given, self.key_points)

    def pairs(self, wanted: Sequence[Forms], given: Sequence[Forms]) -> list[tuple[int, int]]:
        """The best assignment of the calls of one tool."""
        return best_pairs(wanted, given, self.key_points or jaccard)

    def name_points(self, expected: int, predicted: int, shared: int) -> float:
        """``r_name`` from the numbers of names, counted with their repetitions."""
        if self.equal_names:
            return 1.0 if expected == predicted == shared else 0.0
        return shared / (expected + predicted - shared)


FINE = Granularity("fine")
REFINED = Granularity("refined", same_keys, equal_names=True)
INTERMEDIATE = Granularity("intermediate", None)
COARSE = Granularity("coarse", None, all_or_nothing=True)
GRANULARITIES = {one.name: one for one in (FINE, REFINED, INTERMEDIATE, COARSE)}


def lost_calls(completion: Completion) -> int:
    """How many times the text tried to call and can't be read."""
    return sum(1 for issue in completion.issues if issue.code in LOST_CALL)


def abstained(completion: Completion) -> bool:
    """Whether there is a reply and no attempt to call, not even a broken or hidden one."""
    if completion.calls or not is_visible(completion.reply):
        return False
    return not any(
        issue.code in LOST_CALL or issue.code in HIDDEN_CALL for issue in completion.issues
    )


def correctness_fraction(
    completion: Completion, expected: Expected, granularity: Granularity = FINE
) -> float:
    """The fraction of the best score that the calls earn, in [0, 1].

    Example:
        >>> from toolrl.types import Example
        >>> row = Expected(Example("1", (), (), calls=(ToolCall("f", {"a": 1, "b": 2, "d": 3}),)))
        >>> correctness_fraction(Completion("", (ToolCall("f", {"a": 1, "b": 2, "d": 4}),)), row)
        0.8
    """
    if not expected.count:
        return 1.0 if abstained(completion) else 0.0
    if not completion.calls:
        return 0.0
    lost = lost_calls(completion) if completion.issues else 0
    if not lost and granularity is FINE and len(expected.singles) == len(expected.groups):
        quick = _quick_fraction(completion.calls, expected)
        if quick is not None:
            return quick
    given, others = group_calls(completion.calls, expected)
    if given == expected.groups and not others and not lost:
        return 1.0  # the most common answer of a trained model; nothing is to be assigned
    if granularity.all_or_nothing:
        return 1.0 if not lost and not others and same_calls(expected.groups, given) else 0.0
    return _points(expected, given, others, lost, granularity) / granularity.best(expected)


def _quick_fraction(calls: Sequence[ToolCall], expected: Expected) -> float | None:
    """The fine fraction where every call is of another tool, each expected once; else None.

    Most rows are like that; nothing is to be assigned then and no call is surplus.
    """
    singles, seen, points = expected.singles, set(), 0.0
    for call in calls:
        name = call.name
        if name not in singles or name in seen:
            return None
        seen.add(name)
        read, wanted = singles[name]
        given = read(call.arguments)
        points += 1.0 + len(wanted) if given == wanted else pair_points(wanted, given)
    count = expected.count
    return (len(seen) / count + points) / (1.0 + count + expected.arguments)


def group_calls(
    calls: Sequence[ToolCall], expected: Expected
) -> tuple[dict[str, list[Forms]], int]:
    """The predicted calls of expected tools by name, and how many there are of other tools."""
    given: dict[str, list[Forms]] = {}
    others = 0
    types = expected.types
    for call in calls:
        name = call.name
        if name not in types:
            others += 1
        elif name in given:
            given[name].append(types[name].read(call.arguments))
        else:
            given[name] = [types[name].read(call.arguments)]
    return given, others


def same_calls(wanted: dict[str, list[Forms]], given: dict[str, list[Forms]]) -> bool:
    """Whether both have the same calls, in any order."""
    return wanted.keys() == given.keys() and all(
        Counter(frozenset(form.items()) for form in wanted[name])
        == Counter(frozenset(form.items()) for form in forms)
        for name, forms in given.items()
    )


def _points(
    expected: Expected,
    given: dict[str, list[Forms]],
    others: int,
    lost: int,
    granularity: Granularity,
) -> float:
    """``R``: the points of names and arguments, less those that surplus calls take."""
    shared, predicted, points = 0, others, 0.0
    for name, forms in given.items():
        wanted = expected.groups[name]
        predicted += len(forms)
        shared += min(len(wanted), len(forms))
        points += tool_points(wanted, forms, granularity)
    points += granularity.name_points(expected.count, predicted + lost, shared)
    surplus = surplus_calls(expected.count, predicted, shared, others)
    return max(0.0, points - surplus * granularity.surplus_cost(expected)) if surplus else points


def surplus_calls(expected: int, predicted: int, shared: int, others: int) -> int:
    """Calls of a tool beyond those expected of it, and of other tools beyond the missed calls.

    Args:
        expected: how many calls are expected.
        predicted: how many were predicted.
        shared: how many of them have a name that is expected, counted with repetitions.
        others: how many are of tools of which no call is expected.

    Example:
        >>> surplus_calls(expected=2, predicted=3, shared=2, others=0)
        1
        >>> surplus_calls(expected=2, predicted=2, shared=1, others=1)
        0
    """
    return predicted - others - shared + max(0, others - (expected - shared))


def tool_points(wanted: list[Forms], given: list[Forms], granularity: Granularity) -> float:
    """What the calls of one tool earn under the best assignment."""
    worth = granularity.call_points
    if len(wanted) == 1 or len(given) == 1:
        return max(worth(one, other) for one in wanted for other in given)
    if len(wanted) == len(given) == 2:
        straight = worth(wanted[0], given[0]) + worth(wanted[1], given[1])
        return max(straight, worth(wanted[0], given[1]) + worth(wanted[1], given[0]))
    return sum(worth(wanted[i], given[j]) for i, j in granularity.pairs(wanted, given))
