"""What two calls have in common, counted for a call and hundreds of others at once.

Each of the others owns a field of 64 bits in one long integer. To an argument belongs the integer
that has a one in the field of every call with that argument; adding up the integers of a call's
arguments counts, in each field, how many are shared. A long addition is one step for Python, where
comparing pair by pair would take hundreds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from struct import unpack
from typing import Any

Form = Mapping[str, Any]

_FIELD = 64
_ARGUMENTS, _SIZE = 21, 42  # where these counts start in a field, after that of the keys
_COUNT = (1 << 21) - 1  # no answer has a call with two million arguments
_AT_ONCE = 256  # columns; much longer integers would cost more than they save


def read_counts(packed: int) -> tuple[int, int, int]:
    """Shared keys, shared arguments and the size of the column, as `count_shared` packs them."""
    return packed & _COUNT, packed >> _ARGUMENTS & _COUNT, packed >> _SIZE


def count_shared(rows: Sequence[Form], columns: Sequence[Form]) -> list[list[int]]:
    """For each row its counts with each column, packed into one number a pair.

    Args:
        rows: calls as argument name to canonical value.
        columns: the others, in the same form.

    Example:
        >>> [[packed]] = count_shared([{"a": 1, "b": 1}], [{"a": 1, "b": 2, "c": 3}])
        >>> read_counts(packed)
        (2, 1, 3)
    """
    lines: list[list[int]] = [[] for _ in rows]
    for start in range(0, len(columns), _AT_ONCE):
        for line, counts in zip(
            lines, _count(rows, columns[start : start + _AT_ONCE]), strict=True
        ):
            line += counts
    return lines


def _count(rows: Sequence[Form], columns: Sequence[Form]) -> Iterator[tuple[int, ...]]:
    by_key, by_argument, sizes = _index(columns)
    for row in rows:
        keys = sum(map(by_key.get, row, repeat(0)), sizes)
        total = sum(map(by_argument.get, row.items(), repeat(0)), keys)
        yield unpack(f"<{len(columns)}Q", total.to_bytes(len(columns) * _FIELD // 8, "little"))


def _index(columns: Sequence[Form]) -> tuple[dict[str, int], dict[tuple[str, Any], int], int]:
    """By key and by argument the integers to add, and the sizes of all columns."""
    by_key: dict[str, int] = {}
    by_argument: dict[tuple[str, Any], int] = {}
    sizes = 0
    for number, form in enumerate(columns):
        field = 1 << number * _FIELD
        sizes += min(len(form), _COUNT) * (field << _SIZE)
        for argument in form.items():
            by_argument[argument] = by_argument.get(argument, 0) + (field << _ARGUMENTS)
            by_key[argument[0]] = by_key.get(argument[0], 0) + field
    return by_key, by_argument, sizes
