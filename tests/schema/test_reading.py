"""One rule for data and reward: what is mended without a problem is the same value."""

import ast
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from schema_strategies import schemas, values

from toolrl.schema.coerce import coerce, coerce_arguments
from toolrl.schema.values import ArgumentTypes, canonical, canonical_arguments, same_value

LAW = settings(max_examples=80, deadline=None)
INTEGER = {"type": "integer"}
WHEN = {
    "type": "object",
    "properties": {
        "start": {"type": "string"},
        "zone": {"type": "string", "default": "UTC"},
        "n": INTEGER,
    },
    "required": ["start"],
}


@LAW
@given(values, schemas())
@example("[]", {"items": {"type": "string"}})
@example("1e20", {"type": ["number", "integer"]})
@example(
    {"x": "1"}, {"oneOf": [{"properties": {"x": {"enum": [1]}}}, {"properties": {"x": INTEGER}}]}
)
def test_what_is_mended_without_a_problem_is_the_same_value_for_the_reward(value, schema):
    made, problems = coerce(value, schema)
    assert canonical(made, schema) == canonical(value, schema) or problems


@LAW
@given(values, schemas())
def test_what_was_mended_needs_no_mending(value, schema):
    made, problems = coerce(value, schema)
    assert problems or exactly(coerce(made, schema)[0]) == exactly(made)


@LAW
@given(values, schemas())
def test_nothing_is_invented(value, schema):
    made, problems = coerce(value, schema)
    assert problems or is_own(made, value)


@LAW
@given(values, values, schemas())
def test_equality_is_hashable_reflexive_and_symmetric(first, second, schema):
    assert hash(canonical(first, schema)) == hash(canonical(first, schema))
    assert same_value(first, first, schema)
    assert same_value(first, second, schema) == same_value(second, first, schema)


@LAW
@given(st.dictionaries(st.sampled_from("abcd"), values, max_size=3), schemas())
def test_arguments_follow_the_same_law(arguments, parameters):
    made, problems = coerce_arguments(arguments, parameters)
    types = ArgumentTypes(parameters)
    assert problems or types.read(made) == types.read(arguments)


def exactly(value):
    return json.dumps(value, sort_keys=True)


def is_own(made, value):
    """Whether a value is the one that came, or the one that its text spells."""
    if isinstance(value, str) and not isinstance(made, str):
        return is_own(made, spelled(value))
    if isinstance(value, list):
        pairs = zip(made, value, strict=True)
        return isinstance(made, list) and all(is_own(*pair) for pair in pairs)
    if isinstance(value, dict):
        return made.keys() == value.keys() and all(is_own(made[key], value[key]) for key in value)
    return made == value and isinstance(made, bool) == isinstance(value, bool)


def spelled(text):
    """A text's value as JSON or Python have it, by their own readers."""
    words = {"true": True, "false": False, "null": None, "none": None}
    if text.strip().lower() in words:
        return words[text.strip().lower()]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return as_json(ast.literal_eval(text.strip()))


def as_json(value):
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, set):
        return sorted(map(as_json, value), key=repr)
    return list(map(as_json, value)) if isinstance(value, list | tuple) else value


WRAPPED = {
    "a reference": {"$ref": "#/$defs/When"},
    "an old reference": {"$ref": "#/definitions/When"},
    "a union": {"anyOf": [{"$ref": "#/$defs/When"}, {"type": "null"}]},
    "one of several": {"oneOf": [{"type": "null"}, WHEN]},
    "all of one": {"allOf": [{"$ref": "#/$defs/When"}], "description": "When."},
    "all of two": {"allOf": [{"type": "object", "properties": {"start": {}}}, WHEN]},
    "a list of types": {**WHEN, "type": ["object", "null"]},
    "parts of it": {**WHEN, "anyOf": [{"required": ["start"]}, {"required": ["n"]}]},
}


@pytest.mark.parametrize("schema", WRAPPED.values(), ids=WRAPPED)
def test_a_wrapped_object_is_read_like_a_plain_one(schema):
    parameters = {
        "properties": {"x": schema},
        "$defs": {"When": WHEN},
        "definitions": {"When": WHEN},
    }
    types = ArgumentTypes(parameters)
    wanted = types.read({"x": {"start": "9", "n": 3}})
    assert types.read({"x": {"start": "9", "zone": "UTC", "n": "3"}}) == wanted
    assert types.read({"x": '{"start": "9", "n": 3}'}) == wanted
    assert types.read({"x": {"start": "9", "n": 4}}) != wanted
    assert types.read({"x": {"start": "9", "zone": "CET", "n": 3}}) != wanted
    assert coerce_arguments({"x": '{"start": "9", "n": "3"}'}, parameters) == (
        {"x": {"start": "9", "n": 3}},
        [],
    )


def test_the_parameters_themselves_may_be_wrapped():
    parameters = {"$ref": "#/definitions/Args", "definitions": {"Args": WHEN}}
    assert canonical_arguments({"n": "3", "zone": "UTC"}, parameters) == {"n": 3}
    either = {"properties": {"a": INTEGER}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
    assert canonical_arguments({"a": "1"}, either) == {"a": 1}


def test_items_of_a_union_are_read_by_the_member_that_fits():
    maybe = {"anyOf": [{"type": "array", "items": INTEGER}, {"type": "null"}]}
    assert same_value([1, 2], ["1", "2"], maybe)
    assert not same_value([1, 2], [2, 1], maybe)
    assert same_value("auto", "auto", {"anyOf": [{"enum": ["auto"]}, INTEGER]})
    assert same_value("3", 3, {"anyOf": [{"type": "string", "enum": ["auto"]}, INTEGER]})


def test_a_discriminator_picks_the_member_of_a_union():
    def kind(name, default):
        return {
            "type": "object",
            "properties": {
                "kind": {"const": name},
                "size": {"type": "integer", "default": default},
            },
            "required": ["kind"],
        }

    either = {"oneOf": [kind("cat", 1), kind("dog", 2)]}
    assert same_value({"kind": "dog"}, {"kind": "dog", "size": "2"}, either)
    assert not same_value({"kind": "dog"}, {"kind": "dog", "size": 1}, either)


def test_a_schema_may_hold_itself():
    node = {"type": "object", "properties": {"n": INTEGER, "next": {"$ref": "#/$defs/Node"}}}
    root = {"properties": {"list": {"$ref": "#/$defs/Node"}}, "$defs": {"Node": node}}
    first = {"list": {"n": 1, "next": {"n": 2, "next": {"n": 3}}}}
    second = {"list": {"n": "1", "next": {"n": "2", "next": '{"n": "3"}'}}}
    assert canonical_arguments(first, root) == canonical_arguments(second, root)
    loop = {"$ref": "#/$defs/A", "$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}, INTEGER]}}}
    assert same_value(3, "3", loop)


def test_members_that_are_not_named_are_read_by_their_common_schema():
    for word, schema in (("additionalProperties", INTEGER), ("patternProperties", {"^a": INTEGER})):
        assert same_value({"a": 1}, {"a": "1"}, {"type": "object", word: schema})
    places = {"type": "array", "prefixItems": [INTEGER, {"type": "string"}]}
    assert same_value([1, "1"], ["1", 1], places)
    assert not same_value([1, "a"], ["a", 1], places)


def test_a_union_of_many_trees_is_read_in_no_time():
    tree = {"$ref": "#/$defs/T"}
    member = {"type": "object", "properties": {"left": tree, "right": tree}}
    root = {"properties": {"x": tree}, "$defs": {"T": {"anyOf": [member] * 6 + [INTEGER]}}}
    value = 1
    for _ in range(40):
        value = {"left": value, "right": 2}
    assert len(canonical_arguments({"x": value}, root)) == 1


def test_a_hostile_schema_has_an_end():
    names = [f"R{i}" for i in range(30)]
    every = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in names]}
    everywhere = {"$defs": dict.fromkeys(names, every), "$ref": "#/$defs/R0"}
    deep = {"type": "integer"}
    for _ in range(400):
        deep = {"allOf": [deep, deep], "anyOf": [deep, deep]}
    for schema in (everywhere, deep):
        assert canonical("a", schema) == "a"
        assert coerce("a", schema)[0] == "a"


def test_a_schema_with_values_nested_too_deeply_is_read_all_the_same():
    deep: list = []
    for _ in range(3000):
        deep = [deep]
    for schema in ({"default": deep}, {"enum": [deep]}, {"type": "array", "const": deep}):
        assert canonical_arguments({"x": 1}, {"properties": {"x": schema}}) == {"x": 1}
        assert coerce_arguments({"x": 1}, {"properties": {"x": schema}})[0] == {"x": 1}


def test_mending_a_union_of_many_trees_takes_no_time():
    tree = {"$ref": "#/$defs/T"}
    member = {"type": "object", "properties": {"left": tree, "right": tree}}
    schema = {**tree, "$defs": {"T": {"anyOf": [member] * 6 + [INTEGER]}}}
    value = "1"
    for _ in range(40):
        value = {"left": value, "right": 2}
    made, problems = coerce(value, schema)
    assert not problems
    assert '"left": 1' in exactly(made)
