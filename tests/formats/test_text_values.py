"""Values that are plain text come back with and without a schema."""

import json

import pytest
from hypothesis import given
from strategies_for_formats import call_lists, values

from toolrl.formats import FORMAT_NAMES, get_format
from toolrl.formats.tags import Tags
from toolrl.formats.text_values import read_text, typed, write_text
from toolrl.types import ToolCall, ToolSpec

TAGS = Tags("parameter")
TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")


def as_json(value):
    return json.dumps(value, ensure_ascii=False)


@given(value=values)
def test_any_value_comes_back_from_its_text(value):
    assert as_json(read_text(write_text(value, TAGS))) == as_json(value)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("3", "integer", 3),
        ("3", "string", "3"),
        ('"3"', "string", "3"),
        ("02139", "string", "02139"),
        ("True", "boolean", True),
        ("true", "string", "true"),
        ("null", ["string", "null"], None),
        ('{"a": 1}', "string", '{"a": 1}'),
        ("{'a': 1}", "object", {"a": 1}),
        ("soon", "integer", "soon"),
        ("1.0", "string", "1.0"),
    ],
)
def test_a_declared_type_decides_what_a_text_is(text, kind, value):
    assert as_json(typed(text, {"type": kind}, {})) == as_json(value)


@pytest.mark.parametrize("name", FORMAT_NAMES)
@pytest.mark.parametrize("kind", TYPES)
@given(expected=call_lists.filter(bool))
def test_calls_read_with_their_tools_are_what_the_format_says_they_are(name, kind, expected):
    """Whatever the types of a row's tools, right or wrong: what is expected can be written."""
    form = get_format(name)
    tools = [
        ToolSpec(call.name, "", {"properties": {key: {"type": kind} for key in call.arguments}})
        for call in expected
    ]
    done = form.parse(form.render_answer("", expected, ""), tools=tools)
    assert done.calls == form.as_read(expected, tools)
    assert done.issues == ()


@pytest.mark.parametrize("name", ["qwen3-coder", "glm"])
def test_text_that_looks_like_json_is_text_where_text_is_declared(name):
    form = get_format(name)
    zip_code = ToolSpec("f", "", {"properties": {"zip": {"type": "string"}}})
    number = ToolSpec("f", "", {"properties": {"zip": {"type": "integer"}}})
    written = form.render_answer("", (ToolCall("f", {"zip": 123}),), "")
    assert form.parse(written).calls == (ToolCall("f", {"zip": 123}),)
    assert form.parse(written, tools=(zip_code,)).calls == (ToolCall("f", {"zip": "123"}),)
    assert form.parse(written, tools=(number,)).calls == (ToolCall("f", {"zip": 123}),)
