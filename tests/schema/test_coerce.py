"""Values take their schema's type where nothing is lost by it."""

import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.schema.coerce import coerce, coerce_arguments

MENDED = [
    ("1", "integer", 1),
    ("-12", "integer", -12),
    ("3.0", "integer", 3),
    (3.0, "integer", 3),
    ("1.5", "number", 1.5),
    ("3", "number", 3),
    ("True", "boolean", True),
    ("false", "boolean", False),
    ('["a", 1]', "array", ["a", 1]),
    ("['a', True]", "array", ["a", True]),
    ("(1, 2)", "array", [1, 2]),
    ((1, 2), "array", [1, 2]),
    ({2, 1}, "array", [1, 2]),
    ('{"a": null}', "object", {"a": None}),
    ("{'a': None}", "object", {"a": None}),
    ("null", "null", None),
]
KEPT = [
    (1, "integer"),
    (1, "number"),
    (1.5, "number"),
    ("1", "string"),
    ("[1]", "string"),
    ("null", "string"),
    (True, "boolean"),
    ([1], "array"),
]
BEYOND_MENDING = [
    ("007", "integer"),
    ("+41", "integer"),
    ("1_000", "integer"),
    (1.5, "integer"),
    (True, "integer"),
    ("NaN", "number"),
    ("250 * 28.3495", "number"),
    (1, "boolean"),
    ("1", "boolean"),
    (2023, "string"),
    ('[{"a": 1', "array"),
    ("a, b", "array"),
    ([1], "object"),
    ("[1, NaN]", "array"),
    ('{"a": -Infinity}', "object"),
    ("[1e400]", "array"),
    ("[007]", "array"),
    ("(1)", "array"),
    ("{[1]: 2}", "object"),
    ('{"a": 1, "a": 2}', "object"),
    ("1\u0663", "integer"),
    ("9" * 5000, "integer"),
    ("9" * 5000, "number"),
    ("[" * 3000, "array"),
]


def exactly(value):
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize(("value", "kind", "wanted"), MENDED)
def test_what_can_be_mended_is(value, kind, wanted):
    made, problems = coerce(value, {"type": kind})
    assert exactly(made) == exactly(wanted)
    assert problems == []


@pytest.mark.parametrize(("value", "kind"), KEPT)
def test_what_fits_stays(value, kind):
    made, problems = coerce(value, {"type": kind})
    assert exactly(made) == exactly(value)
    assert problems == []


@pytest.mark.parametrize(("value", "kind"), BEYOND_MENDING, ids=lambda case: f"{case!r:.30}")
def test_what_cannot_be_mended_stays_and_is_reported(value, kind):
    made, problems = coerce(value, {"type": kind}, "page")
    assert exactly(made) == exactly(value)
    assert len(problems) == 1
    assert problems[0].startswith("page: ")


def test_items_and_members_are_mended_too():
    schema = {
        "type": "array",
        "items": {"type": "object", "properties": {"n": {"type": "integer"}}},
    }
    assert coerce('[{"n": "1"}, {"n": "x"}]', schema, "rows") == (
        [{"n": 1}, {"n": "x"}],
        ["rows[1].n: text where integer is declared: 'x'"],
    )
    assert coerce({"a": "1"}, {"type": "object", "additionalProperties": {"type": "integer"}}) == (
        {"a": 1},
        [],
    )


def test_a_union_keeps_what_fits_one_of_its_types():
    union = {"type": ["string", "null"]}
    assert coerce("12", union) == ("12", [])
    assert coerce(None, union) == (None, [])
    assert coerce("12", {"anyOf": [{"type": "integer"}, {"type": "array"}]}) == (12, [])


def test_json_text_in_a_text_parameter_stays_text():
    text = '{"a": "{\\"b\\": 1}"}'
    assert coerce(text, {"type": "string"}) == (text, [])


def test_what_nests_too_deeply_is_a_problem_and_no_crash():
    value: list = []
    for _ in range(3000):
        value = [value]
    for schema in ({}, {"type": "array"}, {"type": "object"}):
        made, problems = coerce(value, schema, "page")
        assert made is value
        assert problems == ["page: nested too deeply"]
    assert coerce(10**5000, {"type": "string"}, "page")[1] == [
        "page: integer where string is declared: too large to be shown"
    ]


def test_unknown_arguments_stay_as_they_are():
    assert coerce_arguments({"x": "1"}, {"properties": {}}) == ({"x": "1"}, [])


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
kinds = st.sampled_from(
    ["string", "integer", "number", "boolean", "array", "object", "null", ["integer", "string"]]
)


@settings(max_examples=150, deadline=None)
@given(json_values, kinds)
def test_a_value_is_valid_afterwards_or_reported(value, kind):
    made, problems = coerce(value, {"type": kind})
    if not problems:
        jsonschema.validate(made, {"type": kind})
    assert coerce(made, {"type": kind})[0] == made


@settings(max_examples=100, deadline=None)
@given(json_values)
def test_without_a_type_nothing_changes(value):
    assert coerce(value, {}) == (value, [])
