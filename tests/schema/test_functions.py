"""A Python function becomes a tool's JSON Schema."""

from typing import Literal, Optional

import pytest

from toolrl.errors import ToolRLError
from toolrl.schema.functions import SignatureError, read_docstring, tool_spec, type_schema


def book(
    city: str,
    nights: int,
    budget: float = 80.5,
    quiet: bool = True,
    tags: list[str] | None = None,
    extra: dict[str, int] | None = None,
    board: Literal["none", "half"] = "none",
) -> str:
    """Book a room
    in a city.

    More words that a model need not read.

    Args:
        city: Where
            to sleep.
        nights (int): How many: 1 or more.

    Returns:
        A code.
    """
    return f"{city}{nights}"


def test_required_parameters_are_those_without_a_default():
    assert tool_spec(book).required == ("city", "nights")


def test_the_description_is_the_first_paragraph_on_one_line():
    assert tool_spec(book).description == "Book a room in a city."


def test_argument_lines_become_descriptions_with_their_continuation():
    properties = tool_spec(book).properties
    assert properties["city"] == {"type": "string", "description": "Where to sleep."}
    assert properties["nights"]["description"] == "How many: 1 or more."


def test_defaults_are_written_down_but_none_is_not():
    properties = tool_spec(book).properties
    assert properties["quiet"] == {"type": "boolean", "default": True}
    assert properties["tags"] == {"type": "array", "items": {"type": "string"}}


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str, {"type": "string"}),
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (dict, {"type": "object"}),
        (list, {"type": "array"}),
        (list[list[float]], {"type": "array", "items": type_schema(list[float])}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (Literal[1, 2], {"type": "integer", "enum": [1, 2]}),
        (Literal["a", 2], {"enum": ["a", 2]}),
        (Optional[int], {"type": "integer"}),  # noqa: UP045 - the old spelling is read too
        (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
    ],
)
def test_a_hint_has_its_json_schema(hint, schema):
    assert type_schema(hint) == schema


def test_a_bound_method_leaves_self_out():
    class Counter:
        def count(self, up_to: int) -> int:
            """Count."""
            return up_to

    assert list(tool_spec(Counter().count).properties) == ["up_to"]


def test_a_missing_hint_is_named_with_its_place_and_remedy():
    def bad(city, days: int):
        return city, days

    with pytest.raises(
        SignatureError, match=r"test_functions\.py, line \d+, tool 'bad'.*city: str"
    ):
        tool_spec(bad)


def test_an_unknown_hint_says_what_can_be_used():
    def bad(when: complex) -> None:
        return None

    with pytest.raises(ToolRLError, match=r"'when'.*use str, int"):
        tool_spec(bad)


def test_star_parameters_cannot_be_offered():
    def bad(*names: str) -> None:
        return None

    with pytest.raises(SignatureError, match=r"\*names"):
        tool_spec(bad)


def test_an_unresolvable_hint_is_a_clear_error():
    def bad(thing: "Nowhere") -> None:  # noqa: F821
        return None

    with pytest.raises(SignatureError, match="Nowhere"):
        tool_spec(bad)


def test_a_docstring_without_arguments_has_none():
    assert read_docstring("") == ("", {})
    assert read_docstring("One line.") == ("One line.", {})
