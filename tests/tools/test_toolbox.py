"""A toolbox runs calls; what a model does wrong comes back as a result."""

import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.data.gym import catalogue, world
from toolrl.errors import ConfigError
from toolrl.tools import Toolbox, ToolFailure, ToolResult
from toolrl.types import ToolCall


def add(a: int, b: int = 1) -> int:
    """Add."""
    return a + b


def divide(a: float, b: float) -> float:
    """Divide."""
    return a / b


def shout(text: str) -> str:
    """Shout."""
    if not text:
        raise ToolFailure("nothing to shout")
    return text.upper()


def broken(a: int) -> int:
    """Has a bug."""
    return a.nothing


BOX = Toolbox([add, divide, shout, broken])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (ToolCall("ad", {"a": 1}), "unknown tool 'ad'; did you mean 'add'?"),
        (ToolCall("add"), "missing argument 'a'"),
        (ToolCall("add", {"a": 1, "c": 2}), "unknown argument 'c'"),
        (ToolCall("add", {"a": "1"}), "argument 'a': '1' is not of type 'integer'"),
        (ToolCall("add", {"a": True}), "argument 'a': True is not of type 'integer'"),
        (ToolCall("add", [1]), "arguments must be an object of names and values"),
        (ToolCall("shout", {"text": ""}), "nothing to shout"),
        (ToolCall("divide", {"a": 1, "b": 0}), "ZeroDivisionError: division by zero"),
    ],
)
def test_a_mistake_of_the_model_is_a_result_that_says_what_is_wrong(call, error):
    assert BOX.run(call) == ToolResult(False, error=error)


def test_a_whole_float_is_an_integer_as_in_json_schema():
    value = BOX.run(ToolCall("add", {"a": 2.0})).value
    assert (value, type(value)) == (3, int)


def test_a_bug_in_a_tool_is_raised_not_hidden():
    with pytest.raises(AttributeError):
        BOX.run(ToolCall("broken", {"a": 1}))


def test_a_result_over_the_limit_is_cut_and_says_so():
    result = Toolbox([shout], max_chars=5).run(ToolCall("shout", {"text": "a" * 30}))
    assert (result.ok, result.value) == (True, "AAAAA… (cut, 30 characters in all)")


def test_a_call_over_the_time_limit_fails_without_waiting_for_it():
    release = threading.Event()

    def wait() -> str:
        """Wait."""
        release.wait(10)
        return "done"

    result = Toolbox([wait], seconds=0.05).run(ToolCall("wait"))
    release.set()
    assert result == ToolResult(False, error="no result within 0.05 seconds")


def test_within_the_time_limit_results_are_the_same():
    timed = Toolbox([add, shout], seconds=5)
    assert timed.run(ToolCall("add", {"a": 1})) == BOX.run(ToolCall("add", {"a": 1}))
    assert timed.run(ToolCall("shout", {"text": ""})).error == "nothing to shout"


def test_two_tools_of_one_name_and_bad_limits_are_refused():
    with pytest.raises(ConfigError, match="two tools are named 'add'"):
        Toolbox([add, add])
    with pytest.raises(ConfigError, match="above 0"):
        Toolbox([add], seconds=0)


def test_the_text_of_a_value_is_json_but_plain_for_text():
    assert ToolResult(True, "as it is").text == "as it is"
    assert json.loads(ToolResult(True, [1, {"a": None}]).text) == [1, {"a": None}]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
_OF_TYPE = {
    "string": st.text(max_size=12),
    "integer": st.integers(),
    "number": st.floats() | st.integers(),
    "boolean": st.booleans(),
    "array": st.lists(st.text(max_size=5) | st.floats(), max_size=4),
}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*(tool.name for tool in catalogue()), "nonsense"]) | st.text(), st.data())
def test_run_never_raises_on_arbitrary_calls(name, data):
    arguments = data.draw(st.dictionaries(st.text(max_size=6), _JSON, max_size=4) | _JSON)
    for split in ("train", "heldout"):
        assert isinstance(world(split).run(ToolCall(name, arguments)), ToolResult)


@pytest.mark.parametrize("tool", catalogue(), ids=lambda tool: tool.name)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_gym_tool_never_raises_on_well_typed_arguments(tool, data):
    properties = tool.spec.properties
    arguments = {
        name: data.draw(
            st.sampled_from(schema["enum"]) if "enum" in schema else _OF_TYPE[schema["type"]]
        )
        for name, schema in properties.items()
    }
    result = world(tool.split, names=[tool.name]).run(ToolCall(tool.name, arguments))
    assert result.ok or result.error
