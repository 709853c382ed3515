"""Laws of every converter, and the table of them."""

import datetime
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.data.load import read_rows
from toolrl.data.prepare import convert_file
from toolrl.data.rejects import Rejection
from toolrl.data.sources import SOURCES, convert_row, get_converter, get_source
from toolrl.data.sources.rlla import to_row
from toolrl.errors import NotFoundError
from toolrl.types import Example

FIXTURES = Path(__file__).parents[1] / "fixtures"
FILES = {
    "xlam": "xlam.json",
    "toolace": "toolace.json",
    "hammer": "hammer.json",
    "sharegpt": "sharegpt.json",
    "hermes": "hermes.json",
    "openai": "openai.jsonl",
}
ROWS = [(source, row) for source, file in FILES.items() for _, row in read_rows(FIXTURES / file)]
KEPT = [
    example
    for source, file in FILES.items()
    for example in convert_file(source, str(FIXTURES / file)).examples
]
ROWS += [("rlla", to_row(example)) for example in KEPT]
ROWS += [("examples", example.to_dict()) for example in KEPT]


def test_every_source_has_a_converter_and_words_for_people():
    for name, source in SOURCES.items():
        assert callable(get_converter(name))
        assert source.summary
        assert source.unit in ("row", "assistant turn")


def test_an_unknown_source_is_told_the_nearest():
    with pytest.raises(NotFoundError, match="did you mean 'toolace'"):
        get_source("tolace")


def test_examples_survive_as_our_own_rows():
    for example in KEPT:
        (again,) = convert_row(get_converter("examples"), example.to_dict(), "x")
        assert again == example


@pytest.mark.parametrize("example", KEPT, ids=lambda e: e.id)
def test_every_kept_call_fits_an_offered_tool(example):
    for call in example.calls:
        assert set(call.arguments) <= set(example.tool(call.name).properties)
    assert example.calls or example.reply.strip()
    assert example.messages[-1].role in ("user", "tool")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just('[{"name": "f"}]'),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["name", "role", "value", "parameters"]), inner, max_size=2
        )
    ),
    max_leaves=4,
)


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in inside:
        yield from places(item, (*path, key))


def planted(value, path, new):
    """A copy with one place changed."""
    if not path:
        return new
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return copy


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ROWS), st.data())
def test_a_converter_never_fails_whatever_stands_in_a_row(case, data):
    source, row = case
    path = data.draw(st.sampled_from(list(places(row))))
    broken = planted(row, path, data.draw(junk))
    for outcome in convert_row(get_converter(source), broken, "x"):
        assert isinstance(outcome, Example | Rejection)


def nested(depth):
    table = {"type": "integer"}
    for _ in range(depth):
        table = {"type": "object", "properties": {"a": table}}
    return table


@pytest.mark.parametrize("odd", [nested(300), [{"name": "f", "parameters": nested(300)}]])
@pytest.mark.parametrize("source", SOURCES)
def test_what_nests_too_deeply_is_a_rejection(source, odd):
    row = next(row for name, row in ROWS if name == source)
    for path in list(places(row))[:60]:
        for outcome in convert_row(get_converter(source), planted(row, path, odd), "x"):
            assert isinstance(outcome, Example | Rejection)


def test_a_value_that_json_does_not_have_is_a_rejection():
    row = {"query": "?", "tools": [{"name": "f", "parameters": {"a": {"type": "str"}}}]}
    answers = [{"name": "f", "arguments": {"a": datetime.date(2026, 5, 2)}}]
    (outcome,) = convert_row(get_converter("xlam"), {**row, "answers": answers}, "x")
    assert outcome.reason == "a value that JSON can't hold"
