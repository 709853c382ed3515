"""Coercion and comparison of values follow one rule, and neither raises, whatever it meets."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.data.rejects import Rejection
from toolrl.data.sources import SOURCES, convert_row, get_converter
from toolrl.schema.coerce import coerce
from toolrl.schema.dialects import read_type
from toolrl.schema.values import canonical, canonical_arguments, same_value

spellings = st.sampled_from(
    [
        " 3 ", "3.0", "1e2", "1e999", "1e400", "007", "1٣", "True", " false", "null", "None",
        "[1, 2]", "[1, NaN]", '{"a": "3"}', "{'a': (1, 2)}", "{[1]: 2}", "{1, 2}", "[1e999]",
        "9" * 5000, "[" * 3000 + "]" * 3000, "{1: 2}", "b'x'", "[b'x']", "1+2j", "(1, 2)",
    ]
)  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | spellings | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abn"), inner, max_size=3)
    ),
    max_leaves=8,
)
TYPES = ["integer", "number", "boolean", "null", "array", "object", "string"]
plain_schemas = st.one_of(
    st.sampled_from([{"type": one} for one in TYPES] + [{}, {"$ref": "#/$defs/n"}]),
    st.lists(st.sampled_from(TYPES), min_size=1, max_size=3).map(lambda kinds: {"type": kinds}),
)
schemas = st.recursive(
    plain_schemas,
    lambda inner: st.one_of(
        inner.map(lambda one: {"type": "array", "items": one}),
        st.dictionaries(st.sampled_from("ab"), inner, max_size=2).map(
            lambda table: {"type": "object", "properties": table}
        ),
        inner.map(lambda one: {"type": "object", "additionalProperties": one}),
        st.lists(inner, min_size=1, max_size=2).map(lambda members: {"anyOf": members}),
        inner.map(lambda one: {"allOf": [one]}),
    ),
    max_leaves=5,
).map(lambda schema: {**schema, "$defs": {"n": {"type": "integer"}, "loop": {"$ref": "#"}}})
odd_schemas = st.recursive(
    st.none() | st.integers() | st.sampled_from([*TYPES, "#", "#/$defs/loop", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "anyOf", "allOf", "$ref", "items", "properties", "required", "default"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
).filter(lambda schema: isinstance(schema, dict))


@settings(max_examples=400, deadline=None)
@given(value=values, schema=schemas)
def test_what_coercion_mends_is_the_same_value_to_the_reward(value, schema):
    made, problems = coerce(value, schema)
    if not problems:
        assert same_value(value, made, schema), (made, canonical(value, schema))


@settings(max_examples=300, deadline=None)
@given(value=values, schema=odd_schemas)
def test_no_value_and_no_schema_raises(value, schema):
    made, problems = coerce(value, schema)
    assert problems or json.dumps(made, allow_nan=False) is not None
    hash(canonical(value, schema))
    canonical_arguments({"a": value}, schema)


@pytest.mark.parametrize("text", ["[1, NaN]", '{"a": -Infinity}', "[1e999]", "[b'x']", "9" * 5000])
@pytest.mark.parametrize("kind", ["array", "object", "integer", "number"])
def test_no_value_is_invented(text, kind):
    made, problems = coerce(text, {"type": kind})
    assert made == text
    assert problems


def test_a_default_that_is_no_literal_is_text():
    assert read_type("dict, default={[]: 1}")


POINT = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"default": 0}}}
ROOT = {"$defs": {"point": POINT, "again": {"$ref": "#/$defs/again"}}}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/point"},
        {"allOf": [{"$ref": "#/$defs/point"}], "description": "Where."},
        {"anyOf": [{"$ref": "#/$defs/point"}, {"type": "null"}]},
        {"oneOf": [{"type": "array", "items": POINT}, {"$ref": "#/$defs/point"}]},
        POINT,
    ],
)
def test_a_nested_schema_counts_however_it_is_written(schema):
    schema = {**schema, **ROOT}
    assert same_value({"x": 1}, {"x": "1", "y": 0}, schema)
    assert same_value({"x": 1}, '{"x": 1}', schema)
    assert not same_value({"x": 1}, {"x": 1, "y": 2}, schema)
    assert coerce({"x": "1"}, schema) == ({"x": 1}, [])


def test_a_reference_in_a_circle_takes_anything():
    schema = {"$ref": "#/$defs/again", **ROOT}
    assert coerce("3", schema) == ("3", [])
    assert same_value("3", "3", schema)
    assert not same_value("3", 3, schema)


def test_a_tree_may_refer_to_itself():
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "next": {"$ref": "#"}},
    }
    assert same_value({"n": 1, "next": {"n": 2}}, {"n": "1", "next": {"n": "2"}}, schema)


def test_only_an_optional_default_is_silent():
    properties = {"unit": {"type": "string", "default": "C"}}
    optional, required = (
        {"properties": properties},
        {"properties": properties, "required": ["unit"]},
    )
    assert canonical_arguments({"unit": "C"}, optional) == {}
    assert canonical_arguments({"unit": "C"}, required) == {"unit": "C"}


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=60, deadline=None)
@given(
    row=st.dictionaries(
        st.sampled_from(
            ["id", "tools", "messages", "conversations", "calls", "answers", "query", "system",
             "instruction", "input", "output", "reply"]
        ),
        values | st.sampled_from(
            ["[" * 100_000, '[{"name": "f", "parameters": {"a": {"type": "integer"}}}]',
             '[{"name": "f", "arguments": {"a": "{[1]: 2}"}}]',
             [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "[f(a=1)]"}]]
        ),
        max_size=5,
    )
)  # fmt: skip
def test_no_raw_row_ends_a_conversion(source, row):
    for outcome in convert_row(get_converter(source), row, "row-1"):
        assert isinstance(outcome, Rejection) or outcome.id.startswith(
            ("row-1", str(row.get("id")))
        )


def test_an_odd_literal_in_an_argument_is_kept_as_text():
    tools = [{"name": "f", "parameters": {"a": {"type": "dict"}}}]
    answers = [{"name": "f", "arguments": {"a": "{[1]: 2}"}}]
    row = {"query": "?", "tools": json.dumps(tools), "answers": json.dumps(answers)}
    (example,) = convert_row(get_converter("xlam"), row, "xlam-1")
    assert example.calls[0].arguments == {"a": "{[1]: 2}"}


def test_messages_nested_without_end_are_a_rejection():
    (outcome,) = convert_row(get_converter("examples"), {"id": "1", "messages": "[" * 100_000}, "x")
    assert outcome.reason == "not an example"
