"""A text where something else is declared is the value that it spells, or none."""

import pytest

from toolrl.schema.spelled import UNREAD, container, integer, number

SPELLED = {
    "[1, 2]": [1, 2],
    "['a', True, None]": ["a", True, None],
    "(1, 2)": [1, 2],
    "(1,)": [1],
    "{2, 1}": [1, 2],
    "{'a': {'b'}}": {"a": ["b"]},
    "{}": {},
    ' {"a": 1.5} ': {"a": 1.5},
}
NOT_SPELLED = [
    "",
    "a",
    "1",
    "[",
    "[1] 2",
    "(1)",
    "[1, NaN]",
    '{"a": -Infinity}',
    "[1e999]",
    "[007]",
    "{[1]: 2}",
    "{{1}}",
    '{"a": 1, "a": 2}',
    "{'a': 1, 'a': 2}",
    "[" * 100_000,
    "{" * 100_000,
    '["\\ud83d"]',
    "[" + "9" * 5000 + "]",
    "[f(1)]",
    "[1+1]",
]


@pytest.mark.parametrize(("text", "value"), SPELLED.items())
def test_json_and_python_texts_are_the_containers_they_spell(text, value):
    assert container(text) == value


@pytest.mark.parametrize("text", NOT_SPELLED, ids=lambda text: text[:20])
def test_what_spells_no_container_is_none(text):
    assert container(text) is UNREAD


@pytest.mark.parametrize(
    "text", ["", "x", "007", "+1", ".5", "1_000", "1,000", "1\u0663", "1e400", "NaN", "9" * 5000]
)
def test_what_json_would_not_read_as_a_number_is_none(text):
    assert number(text) is UNREAD
    assert integer(text) is UNREAD


def test_whole_numbers_are_exact():
    assert integer("9007199254740993.00") == 9007199254740993
    assert integer(" -12 ") == -12
    assert integer("1.5") is UNREAD
