"""Types in every dialect become JSON Schema."""

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.schema.dialects import parameters_schema, property_schema, read_type

TYPES = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "string": {"type": "string"},
    "number": {"type": "number"},
    "dict": {"type": "object"},
    "Dict": {"type": "object"},
    "tuple": {"type": "array"},
    "set": {"type": "array"},
    "list": {"type": "array"},
    "any": {},
    "Any": {},
    "ArrayList": {"type": "array"},
    "typing.List[int]": {"type": "array", "items": {"type": "integer"}},
    "List[int]": {"type": "array", "items": {"type": "integer"}},
    "list[str]": {"type": "array", "items": {"type": "string"}},
    "Dict[str, int]": {"type": "object", "additionalProperties": {"type": "integer"}},
    "Dict[str, Any]": {"type": "object"},
    "List[Union[int, float]]": {"type": "array", "items": {"type": "number"}},
    "Callable[[float], float]": {"type": "string"},
    "Optional[str]": {"type": ["string", "null"]},
    "str | None": {"type": ["string", "null"]},
    "Union[str, List[str]]": {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
    },
    "Literal['asc', 'desc']": {"enum": ["asc", "desc"]},
    "List[List[int]]": {
        "type": "array",
        "items": {"type": "array", "items": {"type": "integer"}},
    },
    "Tuple[float, float]": {
        "type": "array",
        "items": {"type": "number"},
        "minItems": 2,
        "maxItems": 2,
    },
    "Tuple[int, ...]": {"type": "array", "items": {"type": "integer"}},
}


@pytest.mark.parametrize(("text", "schema"), TYPES.items())
def test_a_type_text_becomes_its_schema(text, schema):
    assert read_type(text).schema == schema
    assert read_type(text).known
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("text", ["str, optional", "Optional[int]", "List[int], optional"])
def test_a_type_may_say_that_it_is_optional(text):
    assert read_type(text).optional


def test_a_default_inside_the_type_text_is_read():
    reading = read_type("str, default='elonmusk'")
    assert reading.schema == {"type": "string", "default": "elonmusk"}
    assert reading.optional


def test_a_missing_type_allows_anything():
    assert read_type(None).schema == {}
    assert property_schema({"description": "A thing."})[0] == {"description": "A thing."}


def test_an_unknown_type_allows_anything_and_says_so():
    assert read_type("Quaternion") == ({}, False, False)


def test_a_list_of_types_is_a_union():
    assert read_type(["string", "null"]).schema == {"type": ["string", "null"]}


def test_xlam_parameters_without_default_are_required():
    schema = parameters_schema(
        {
            "city": {"type": "str", "description": "The city."},
            "days": {"type": "int", "default": 3},
            "unit": {"type": "str, optional"},
        }
    )
    assert schema["required"] == ["city"]
    assert schema["properties"]["days"] == {"type": "integer", "default": 3}


def test_bfcl_parameters_keep_their_required_list():
    raw = {"type": "dict", "properties": {"x": {"type": "float"}}, "required": ["x"]}
    assert parameters_schema(raw) == {
        "type": "object",
        "properties": {"x": {"type": "number"}},
        "required": ["x"],
    }


def test_required_may_stand_outside_the_parameters():
    raw = {"type": "dict", "properties": {"x": {"type": "int"}}}
    assert parameters_schema(raw, ["x"])["required"] == ["x"]
    assert "required" not in parameters_schema(raw, None)


def test_required_may_be_null_or_a_flag_of_the_parameter():
    raw = {"type": "dict", "properties": {"x": {"type": "int"}}, "required": None}
    assert "required" not in parameters_schema(raw)
    flagged = {"x": {"type": "int", "required": True, "default": 1}, "y": {"required": False}}
    assert parameters_schema(flagged)["required"] == ["x"]


def test_parameters_may_be_called_type_properties_and_default():
    raw = {
        name: {"type": "str", "description": f"The {name}."}
        for name in ("type", "properties", "default", "required", "items")
    }
    assert list(parameters_schema(raw)["properties"]) == list(raw)


def test_a_wrapped_table_may_have_a_parameter_called_properties():
    raw = {"type": "dict", "properties": {"properties": {"type": "dict"}, "type": {"type": "str"}}}
    assert list(parameters_schema(raw)["properties"]) == ["properties", "type"]


@pytest.mark.parametrize("raw", [None, {}, [], "none"])
def test_a_tool_may_have_no_parameters(raw):
    assert parameters_schema(raw)["properties"] == {}


def test_nested_schemas_are_read_by_the_same_rules():
    entry = {"type": "array", "items": {"type": "dict", "properties": {"n": {"type": "int"}}}}
    schema, _ = property_schema(entry)
    assert schema["items"] == {"type": "object", "properties": {"n": {"type": "integer"}}}


@pytest.mark.parametrize(
    "text",
    [
        "dict, default={[]: 1}",
        "List[" * 3000 + "]" * 3000,
        "int, default=" + "(" * 3000,
        "str, default=007",
    ],
)
def test_an_odd_type_text_never_raises(text):
    jsonschema.Draft202012Validator.check_schema(read_type(text).schema)


def test_defaults_are_json():
    assert read_type("tuple, default=(1, 2)").schema["default"] == [1, 2]
    assert read_type("str, default=a b").schema["default"] == "a b"


def test_definitions_are_read_by_the_same_rules():
    raw = {
        "type": "dict",
        "properties": {"x": {"$ref": "#/$defs/X"}, "y": {"oneOf": [{"type": "int"}]}},
        "$defs": {"X": {"type": "dict", "properties": {"n": {"type": "int"}}}},
    }
    schema = parameters_schema(raw)
    assert schema["properties"]["x"] == {"$ref": "#/$defs/X"}
    assert schema["properties"]["y"] == {"oneOf": [{"type": "integer"}]}
    assert schema["$defs"]["X"]["properties"] == {"n": {"type": "integer"}}


def test_a_parameter_table_may_stand_among_the_definitions():
    table = {"type": "object", "properties": {"n": {"type": "int"}}, "required": ["n"]}
    schema = parameters_schema({"$ref": "#/definitions/Args", "definitions": {"Args": table}})
    assert schema["properties"] == {"n": {"type": "integer"}}
    assert schema["required"] == ["n"]


names = st.text("abcxyz_", min_size=1, max_size=6)
entries = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(TYPES))},
    optional={"description": st.text(max_size=8), "default": st.sampled_from(["", 1, "a", None])},
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(names, entries, max_size=4))
def test_reading_a_schema_twice_changes_nothing(table):
    once = parameters_schema(table)
    assert parameters_schema(once) == once
    jsonschema.Draft202012Validator.check_schema(once)


@settings(max_examples=200, deadline=None)
@given(st.text("LisDct[]int,| ='\"{}()", max_size=20))
def test_any_text_can_be_read_as_a_type(text):
    jsonschema.Draft202012Validator.check_schema(read_type(text).schema)
