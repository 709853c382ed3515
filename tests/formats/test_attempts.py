"""Attempts to call in any syntax, and replies that are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.formats.attempts import find_attempts
from toolrl.types import ToolSpec

CONVERT = ToolSpec(
    "convert_currency", "", {"properties": {"amount": {}, "source": {}, "target": {}}}
)
TOOLS = (CONVERT, ToolSpec("search", "", {"properties": {"query": {}, "limit": {}}}))

brackets = st.sampled_from([("(", ")"), ("{", "}"), ("[", "]"), ("<", ">"), ("", "")])
joints = st.sampled_from(
    [" ", ": ", "\n", ":\n", " -> ", "\n\n", " with ", " with arguments ", " | ", "?", " - ", "/"]
)
assignments = st.sampled_from(["=", ": ", " = ", " -> ", ":", " := ", "=>"])
separators = st.sampled_from([", ", "\n", "; ", " ", "&", "\n- "])


@settings(max_examples=300, deadline=None)
@given(
    lead=st.sampled_from(["", "call ", "Tool: ", "> ", "- ", "1. ", "@", "Use "]),
    marks=st.sampled_from(["", "**", "`"]),
    joint=joints,
    bracket=brackets,
    quote=st.sampled_from(["", '"', "'", "`"]),
    assignment=assignments,
    separator=separators,
)
def test_a_name_with_values_for_its_parameters_is_an_attempt_in_any_layout(
    lead, marks, joint, bracket, quote, assignment, separator
):
    given_values = separator.join(
        f"{quote}{key}{quote}{assignment}{value}"
        for key, value in (("amount", "250"), ("source", '"SEK"'))
    )
    text = f"{lead}{marks}convert_currency{marks}{joint}{bracket[0]}{given_values}{bracket[1]}"
    assert [one.what for one in find_attempts(text, TOOLS)] == ["convert_currency"]


@pytest.mark.parametrize(
    "reply",
    [
        "To use convert_currency I need:\n- amount: the sum to convert\n- source: a currency code",
        "`convert_currency`\n- `amount`: the sum",
        "convert_currency takes amount=250, for example",
        "I asked search. limit = 5 was what I gave.",
        "search: query is what you look for",
        "search - limit: at most 10",
        "Did you mean search? query is missing.",
        "| tool | parameters |\n| convert_currency | amount, source |",
        "search: colour = red",
    ],
)
def test_a_reply_that_explains_a_tool_is_no_attempt(reply):
    assert not list(find_attempts(reply, TOOLS))


def test_a_tool_without_readable_parameters_is_looked_for_by_its_name_alone():
    odd = ToolSpec("now", "", {"properties": 5})
    assert not list(find_attempts("now | zone: 1", [odd]))
    assert [one.what for one in find_attempts("now(zone=1)", [odd])] == ["now"]
