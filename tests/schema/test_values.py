import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.schema.values import canonical, canonical_arguments, same_value

INTEGER, NUMBER, TEXT = {"type": "integer"}, {"type": "number"}, {"type": "string"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
schemas = st.sampled_from(
    [
        None,
        {},
        INTEGER,
        NUMBER,
        TEXT,
        {"type": "boolean"},
        {"type": ["string", "null"]},
        {"type": "array", "items": INTEGER},
        {"type": "object"},
        {"anyOf": [INTEGER, TEXT]},
        {"type": 7},
        {"type": [None]},
        {"anyOf": 3},
        {"properties": [], "items": 1},
    ]
)


@pytest.mark.parametrize("schema", [INTEGER, NUMBER])
def test_a_declared_number_may_be_written_as_text(schema):
    assert same_value(1, 1.0, schema)
    assert same_value(1, "1", schema)
    assert same_value(1.0, "1", schema)
    assert same_value("1", "1.0", schema)
    assert same_value("1e2", 100, schema)
    assert not same_value(1, "2", schema)
    assert not same_value(7, "007", schema)
    assert not same_value(1, "one", schema)
    assert not same_value(1000, "1_000", schema)
    assert same_value(3, " 3 ", schema)
    assert not same_value(13, "1\u0663", schema)
    assert not same_value("1e400", "1e999", schema)


def test_declared_text_may_be_written_as_a_number():
    assert same_value("1", 1, TEXT)
    assert same_value("1", 1.0, TEXT)
    assert same_value("1.5", 1.5, TEXT)
    assert not same_value("1.0", "1", TEXT)


def test_without_a_schema_values_are_typed_json():
    assert same_value(1, 1.0)
    assert same_value([1], [1.0])
    assert same_value({"a": 1}, {"a": 1.0})
    assert not same_value(1, "1")
    assert not same_value("a", "A")
    assert not same_value([1, 2], [2, 1])


@pytest.mark.parametrize("schema", [None, {}, INTEGER, NUMBER, TEXT, {"type": "boolean"}])
def test_true_is_never_one_and_false_never_zero(schema):
    assert not same_value(True, 1, schema)
    assert not same_value(True, 1.0, schema)
    assert not same_value(False, 0, schema)
    assert not same_value(True, "1", schema)
    assert not same_value([True], [1])
    assert not same_value({"a": True}, {"a": 1})


def test_a_declared_truth_value_may_be_written_as_text():
    assert same_value(True, "True", {"type": "boolean"})
    assert same_value(False, "false", {"type": "boolean"})


def test_items_and_properties_are_compared_by_their_own_types():
    assert same_value([1, 2], ["1", 2.0], {"type": "array", "items": INTEGER})
    inner = {"type": "object", "properties": {"n": {**INTEGER, "default": 3}}}
    assert same_value({"n": "3"}, {}, inner)
    assert not same_value({"n": "4"}, {}, inner)


def test_a_default_left_out_equals_one_spelled_out():
    parameters = {"properties": {"n": {**INTEGER, "default": 5}, "q": TEXT}, "required": ["q"]}
    assert canonical_arguments({"n": "5", "q": "x"}, parameters) == {"q": "x"}
    assert canonical_arguments({"n": 6, "q": "x"}, parameters) == {"q": "x", "n": 6}


def test_an_optional_null_says_nothing_but_a_required_one_does():
    parameters = {"properties": {"a": TEXT, "b": TEXT}, "required": ["b"]}
    assert canonical_arguments({"a": None, "b": None}, parameters) == {"b": None}
    assert canonical_arguments({"unknown": None}, parameters) == {"unknown": None}


def test_a_null_that_differs_from_the_default_says_something_where_it_is_allowed():
    parameters = {"properties": {"a": {"type": ["integer", "null"], "default": 5}}}
    assert canonical_arguments({"a": None}, parameters) == {"a": None}


def test_a_required_parameter_that_is_left_out_is_missing_whatever_its_default():
    unit = {**TEXT, "default": "C"}
    parameters = {"properties": {"a": unit, "b": unit}, "required": ["a"]}
    assert canonical_arguments({"a": "C", "b": "C"}, parameters) == {"a": "C"}
    inner = {"type": "object", **parameters}
    assert not same_value({"a": "C"}, {}, inner)
    assert same_value({"a": "C", "b": "C"}, {"a": "C"}, inner)


def test_lists_and_objects_may_be_written_as_text():
    numbers = {"type": "array", "items": INTEGER}
    assert same_value([1, 2], "[1, 2]", numbers)
    assert same_value([1, 2], "['1', 2.0]", numbers)
    assert same_value({"a": 1}, '{"a": 1}', {"type": "object"})
    assert not same_value("[1, NaN]", "[1, null]", numbers)
    assert not same_value([1], "[1]", TEXT)
    assert not same_value(["Ada"], "Ada", {"type": "array", "items": TEXT})


def test_null_may_be_written_as_text_where_text_is_not_allowed():
    assert same_value(None, "null", {"type": ["integer", "null"]})
    assert not same_value(None, "null", {"type": ["string", "null"]})


def test_a_union_with_text_is_strict():
    assert not same_value(3, "3", {"type": ["integer", "string"]})
    assert not same_value(1, "1", {"enum": [1, 2, 3]})


def test_points_in_time_may_write_z_and_zeros():
    time = {**TEXT, "format": "date-time"}
    assert same_value("2026-05-02T09:00:00Z", "2026-05-02T09:00:00.000+00:00", time)
    assert not same_value("2026-05-02T09:00:00Z", "2026-05-02T11:00:00+02:00", time)
    assert not same_value("2026-05-02T09:00:00Z", "2026-05-02T09:00:00", time)
    assert not same_value("2026-05-02T09:00:00Z", "2026-05-02T09:00:00+00:00", TEXT)


def test_the_order_of_unique_items_says_nothing():
    names = {"type": "array", "items": TEXT, "uniqueItems": True}
    assert same_value(["a", "b"], ["b", "a"], names)
    assert not same_value(["a", "b"], ["b", "a", "a"], names)
    assert not same_value(["a", "b"], ["b", "a"], {"type": "array", "items": TEXT})


def test_composed_and_decomposed_characters_are_the_same_text():
    for schema in (None, TEXT, {"type": "object"}):
        assert same_value({"Zo\u00eb": "Zo\u00eb"}, {"Zoe\u0308": "Zoe\u0308"}, schema)
    assert canonical_arguments({"x": "Zoe\u0308"}) == {"x": "Zo\u00eb"}


@pytest.mark.parametrize("schema", [None, NUMBER])
def test_the_noise_of_binary_fractions_is_none(schema):
    assert same_value(0.1 + 0.2, 0.3, schema)
    assert same_value(0.1 + 0.7, 0.8, schema)
    assert same_value(4.35 * 100, 435, schema)
    assert not same_value(1714640400.123456, 1714640400.123457, schema)
    assert not same_value(2**53 + 1, 2**53, schema)
    assert not same_value(0.3, 0.30001, schema)


@given(json_values, json_values, schemas)
@settings(max_examples=300, deadline=None)
def test_canonical_forms_can_be_hashed_and_never_raise(first, second, schema):
    assert hash(canonical(first, schema)) == hash(canonical(first, schema))
    assert same_value(first, first, schema)
    assert same_value(first, second, schema) == same_value(second, first, schema)


@given(st.dictionaries(st.sampled_from("ab"), json_values), schemas, schemas)
@settings(max_examples=150, deadline=None)
def test_odd_schemas_of_a_tool_never_raise(arguments, first, second):
    for properties in ({"a": first, "b": second}, None, [1], "x"):
        for required in (None, ["a"], 3, "ab"):
            canonical_arguments(arguments, {"properties": properties, "required": required})


def test_nesting_beyond_the_interpreter_is_no_crash():
    value: list = []
    for _ in range(100_000):
        value = [value]
    assert canonical(value)[0] == "too deep"
