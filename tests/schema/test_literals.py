import ast
import json

import pytest
from hypothesis import given, settings
from strategies_for_formats import values

from toolrl.formats.python_calls import write_literal
from toolrl.schema.literals import CallSyntaxError, parse_literal


@settings(max_examples=80, deadline=None)
@given(value=values)
def test_json_python_and_our_own_writing_are_all_read(value):
    assert parse_literal(json.dumps(value)) == value
    assert parse_literal(repr(value)) == value
    assert parse_literal(write_literal(value)) == value


@pytest.mark.parametrize(
    "text",
    ["-5", "1e5", "+.5", "5.", "'it\\'s'", '"\\x41\\u00e9\\n"', "(1, 2,)", "()", "{'a': 1,}"],
)
def test_a_python_literal_has_the_value_that_python_gives_it(text):
    expected = ast.literal_eval(text)
    assert parse_literal(text) == (list(expected) if isinstance(expected, tuple) else expected)


def test_words_of_both_languages_are_read_and_keys_become_strings():
    assert parse_literal("[true, True, null, None]") == [True, True, None, None]
    assert parse_literal("{1: 1, true: 2, None: 3}") == {"1": 1, "true": 2, "null": 3}
    assert parse_literal('"\\ud83d\\ude00 a\\/b"') == "😀 a/b"
    assert parse_literal('"""say "hi"."""') == 'say "hi".'


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("hello", 0),
        ("NaN", 0),
        ("1e999", 0),
        ("1 2", 2),
        ("'abc", 0),
        ("[1 2]", 3),
        ("{'a' 1}", 5),
        ("{[1]: 2}", 1),
        ("{'a': 1, 'a': 2}", 9),
        ("'\\ud83d'", 0),
        ("'\\UFFFFFFFF'", 0),
        ("{1, 2}", 2),
        ("[" * 1_000_000, 101),
    ],
)
def test_anything_else_is_an_error_with_its_place(text, position):
    with pytest.raises(CallSyntaxError) as caught:
        parse_literal(text)
    assert caught.value.position == position
