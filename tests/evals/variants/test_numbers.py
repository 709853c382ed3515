"""Numbers are changed in question and key alike, and only where that is safe."""

import random

from hypothesis import given
from hypothesis import strategies as st

from toolrl.evals.variants.numbers import NUMBER, changed_numbers, in_text, in_value, number_of


def change(text, *values, seed=0):
    return changed_numbers([text], values, random.Random(seed))


def test_a_number_that_stands_once_and_is_one_value_gets_another_last_digit():
    changes = change("A triangle of base 120 and height 7.5", [120], [7.5, ""])
    assert set(changes) == {"120", "7.5"}
    assert changes["120"] in {f"12{digit}" for digit in range(1, 10)}
    assert changes["7.5"] in {f"7.{digit}" for digit in (1, 2, 3, 4, 6, 7, 8, 9)}


def test_what_stands_twice_or_in_two_values_stays():
    assert change("From 5 to 5", [5]) == {}
    assert change("Add 5", [5], [5]) == {}
    assert change("Room 12", ["12"], ["Hall 12"]) == {}


def test_what_other_values_follow_from_stays():
    assert change("Twice 10 is?", [10], [20]) == {}
    assert change("5% of 80", [0.05], [80]) == {}
    assert change("Base 80", [80], [1, ""]).keys() == {"80"}  # 1 is a default


def test_parts_of_dates_times_words_and_large_numbers_are_no_numbers():
    for text in ("2024-05-06", "10:30", "v2", "5th", "1,000", "3/4", "12%", "1.2.3", "-5", "2e5"):
        assert NUMBER.findall(f"It is {text} now") == [], text
    assert NUMBER.findall("pay $50, or 60.") == ["50", "60"]


def test_a_value_keeps_its_type():
    changes = {"10": "17"}
    assert [in_value(v, changes) for v in (10, 10.0, "10", "", True)] == [17, 17.0, "17", "", True]
    assert isinstance(in_value(10.0, changes), float)
    assert number_of(True) == number_of("ten") == number_of([3]) == ""


@given(st.text(alphabet="0123456789 .,-%ab:", max_size=40), st.integers(0, 999), st.integers(0, 9))
def test_the_question_and_the_key_change_together(text, number, seed):
    text = f"{text} {number} units"
    changes = changed_numbers([text], [[number]], random.Random(seed))
    new = in_value(number, changes)
    assert (new != number) == bool(changes)
    assert str(new) in NUMBER.findall(in_text(text, changes)) or not changes
    assert len(str(new)) == len(str(number))
