"""What two calls have in common, counted for a call and hundreds of others at once.

Each of the others owns a field of 64 bits in one long integer. To an argument belongs the integer
that has a one in the field of every call with that argument; adding up the integers of a call's
arguments counts, in each field, how many are shared. A long addition is one step for Python, where
comparing pair by pair would take hundreds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from struct import unpack
from typing import Any

Form = Mapping[str, Any]

_FIELD = 64
_KEYS, _ARGUMENTS, _SIZE = 0, 21, 42  # where each count starts; two million is enough for each
_COUNT = (1 << 21) - 1


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
    by_key, by_argument, sizes = _index(columns)
    lines = []
    for row in rows:
        keys = sum(map(by_key.get, row, repeat(0)))
        total = sum(map(by_argument.get, row.items(), repeat(0)), keys + sizes)
        lines.append(_fields(total, len(columns)))
    return lines


def _index(columns: Sequence[Form]) -> tuple[dict[str, int], dict[tuple[str, Any], int], int]:
    """By key and by argument the ones to add, and the sizes of all columns."""
    by_key: dict[str, int] = {}
    by_argument: dict[tuple[str, Any], int] = {}
    sizes = 0
    for number, form in enumerate(columns):
        field = 1 << number * _FIELD
        sizes += len(form) * (field << _SIZE)
        for argument in form.items():
            by_argument[argument] = by_argument.get(argument, 0) + (field << _ARGUMENTS)
            by_key[argument[0]] = by_key.get(argument[0], 0) + (field << _KEYS)
    return by_key, by_argument, sizes


def _fields(total: int, count: int) -> list[int]:
    return list(unpack(f"<{count}Q", total.to_bytes(count * _FIELD // 8, "little")))
