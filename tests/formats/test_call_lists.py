import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolrl.formats import CallSyntaxError, parse_call_list
from toolrl.types import ToolCall

NAMES = (
    "Get User's Likes",
    "DAX Point Changes for Each Month (January-August, 2022)",
    "forum.post_analysis",
    "6-TimeSeries Endpoint: Currency Exchange Rate",
    ".CzXC",
    "Get Rounds (Esports) by Event ID",
    'Say "a=(1)"',
    "f",
    "f (x=1)",
)


@pytest.mark.parametrize("name", NAMES)
def test_known_names_are_read_as_they_are(name):
    text = f'[{name}(event_id=1), {name} (b="x")]'
    expected = [ToolCall(name, {"event_id": 1}), ToolCall(name, {"b": "x"})]
    assert parse_call_list(text, NAMES) == expected


@pytest.mark.parametrize("name", [*NAMES[:6], "tags/list", "Get Weather"])
def test_most_names_are_guessed_when_unknown(name):
    assert parse_call_list(f"[{name}(a=1)]") == [ToolCall(name, {"a": 1})]


def test_values_may_hold_every_mark_of_the_syntax():
    text = (
        """[f(sql="SELECT a, b FROM t WHERE (x=1)", html='<a href="x">y</a>', """
        """from={"a": [1, {"b": null}]}, pair ID=-45.0, multi="two\nlines")]"""
    )
    assert parse_call_list(text)[0].arguments == {
        "sql": "SELECT a, b FROM t WHERE (x=1)",
        "html": '<a href="x">y</a>',
        "from": {"a": [1, {"b": None}]},
        "pair ID": -45.0,
        "multi": "two\nlines",
    }


@pytest.mark.parametrize(
    ("text", "position", "code", "message"),
    [
        ("f(a=1)", 0, "bad_call", "begins with"),
        ("[f(a=1)", 7, "bad_call", "expected , or ]"),
        ("[f(1, a=2)]", 3, "positional_argument", "needs its name"),
        ("[f(a=b)]", 5, "bad_call", "expected a value, found b"),
        ("[f(a=1, a=2)]", 8, "duplicate_key", "'a' comes twice"),
        ("[f(a=1)] x", 9, "extra_text", "text after"),
        ("[f, g(a=1)]", 1, "bad_call", "expected a call"),
        ("[(a=1)]", 1, "bad_call", "expected a name"),
        ("[f(**[1])]", 8, "bad_call", "needs an object"),
    ],
)
def test_what_can_not_be_read_is_an_error_with_place_and_reason(text, position, code, message):
    with pytest.raises(CallSyntaxError, match=message) as caught:
        parse_call_list(text)
    assert (caught.value.position, caught.value.code) == (position, code)
    assert f"(at character {position})" in str(caught.value)


def test_the_calls_before_an_error_are_kept():
    with pytest.raises(CallSyntaxError) as caught:
        parse_call_list("[f(a=1), g(a=oops)]")
    assert caught.value.calls == [ToolCall("f", {"a": 1})]


@settings(max_examples=100, deadline=None)
@given(
    text=st.lists(st.sampled_from(["f", "(", ")", "[", "]", "a=", "1", ",", '"', "**{", " "])).map(
        "".join
    )
)
def test_any_text_gives_calls_or_a_syntax_error(text):
    try:
        calls, place = parse_call_list("[" + text, ("f", "f(")), 0
    except CallSyntaxError as error:
        calls, place = error.calls, error.position
    assert isinstance(calls, list)
    assert 0 <= place <= len(text) + 1


def test_no_more_than_5000_calls_are_read():
    with pytest.raises(CallSyntaxError, match="more than 5,000 calls") as caught:
        parse_call_list("[" + "f(a=1), " * 6000 + "]")
    assert len(caught.value.calls) == 5000
