import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reward_strategies import NAMES, arguments, call_lists, calls, completion, example, some_calls

from toolrl.rewards.correctness import (
    COARSE,
    FINE,
    GRANULARITIES,
    INTERMEDIATE,
    REFINED,
    correctness_fraction,
)
from toolrl.rewards.expected import Expected
from toolrl.types import Completion, Issue, ToolCall

LAWS = settings(max_examples=120, deadline=None)
EACH = pytest.mark.parametrize("granularity", GRANULARITIES.values(), ids=GRANULARITIES)
F = ToolCall("f", {"a": 1, "b": 2, "d": 3})


def rate(expected, predicted, granularity=FINE, reply=None, issues=()):
    done = Completion("Hm.", tuple(predicted), reply, issues)
    return correctness_fraction(done, Expected(example(expected)), granularity)


@EACH
@given(expected=some_calls, predicted=call_lists)
@LAWS
def test_the_fraction_is_between_zero_and_one(granularity, expected, predicted):
    assert 0.0 <= rate(expected, predicted, granularity) <= 1.0


@EACH
@given(expected=some_calls, data=st.data())
@LAWS
def test_the_expected_calls_in_any_order_earn_everything(granularity, expected, data):
    assert rate(expected, data.draw(st.permutations(expected)), granularity) == pytest.approx(1.0)


@EACH
@given(expected=some_calls, predicted=call_lists, data=st.data())
@LAWS
def test_reordering_calls_or_keys_changes_nothing(granularity, expected, predicted, data):
    shuffled = [
        ToolCall(call.name, dict(reversed(call.arguments.items())))
        for call in data.draw(st.permutations(predicted))
    ]
    before, after = (rate(expected, one, granularity) for one in (predicted, shuffled))
    assert before == pytest.approx(after)
    turned = rate(data.draw(st.permutations(expected)), predicted, granularity)
    assert turned == pytest.approx(before)


@EACH
@given(expected=some_calls, extra=calls)
@LAWS
def test_a_call_too_many_costs(granularity, expected, extra):
    assert rate(expected, [*expected, extra], granularity) < 1.0


@EACH
@given(expected=some_calls, data=st.data())
@LAWS
def test_saying_a_call_twice_costs(granularity, expected, data):
    assert rate(expected, [*expected, data.draw(st.sampled_from(expected))], granularity) < 1.0


@EACH
@given(expected=some_calls, data=st.data())
@LAWS
def test_leaving_out_an_expected_call_costs(granularity, expected, data):
    kept = list(expected)
    kept.pop(data.draw(st.integers(0, len(kept) - 1)))
    assert rate(expected, kept, granularity) < 1.0


@EACH
@given(expected=some_calls, predicted=call_lists)
@LAWS
def test_leaving_out_a_call_that_is_not_needed_never_lowers(granularity, expected, predicted):
    row = Expected(example(expected))
    for at in _unneeded(row, predicted, granularity):
        without = predicted[:at] + predicted[at + 1 :]
        before, after = (rate(expected, one, granularity) for one in (predicted, without))
        assert before <= after + 1e-9


def _unneeded(row, predicted, granularity):
    """Positions of calls of tools that nobody expects, or left over by the best assignment."""
    for name in {call.name for call in predicted}:
        at = [j for j, call in enumerate(predicted) if call.name == name]
        wanted = row.groups.get(name, [])
        given_forms = [row.types[name].read(predicted[j].arguments) for j in at] if wanted else at
        needed = {b for _, b in granularity.pairs(wanted, given_forms)} if wanted else set()
        yield from (j for b, j in enumerate(at) if b not in needed)


@EACH
@given(expected=some_calls, extra=arguments)
@LAWS
def test_a_surplus_call_of_an_expected_tool_never_helps_full_credit(granularity, expected, extra):
    guess = ToolCall(expected[0].name, extra)
    both = rate(expected, [*expected, guess], granularity)
    assert both <= rate(expected, expected, granularity)


@EACH
@given(
    wanted=arguments,
    single=arguments,
    guesses=st.lists(calls, min_size=2, max_size=5),
    right_at=st.integers(-1, 4),
)
@LAWS
def test_guessing_several_times_never_beats_one_wrong_guess(
    granularity, wanted, single, guesses, right_at
):
    """Where one call is expected, even with the right call among the guesses."""
    expected = [ToolCall("f", wanted)]
    if 0 <= right_at < len(guesses):
        guesses = [*guesses[:right_at], expected[0], *guesses[right_at + 1 :]]
    several = rate(expected, guesses, granularity)
    assert several <= rate(expected, [ToolCall("f", single)], granularity) + 1e-9


@EACH
@given(expected=some_calls, extra=calls, data=st.data())
@LAWS
def test_a_second_guess_beside_a_wrong_one_never_raises_the_score(
    granularity, expected, extra, data
):
    """Each expected call has its guess: of its tool, or of one that nobody expects."""
    guesses = [
        ToolCall(data.draw(st.sampled_from([call.name, "z"])), data.draw(arguments))
        for call in expected
    ]
    extra = data.draw(st.sampled_from([extra, *expected]))
    twice = rate(expected, [*guesses, extra], granularity)
    assert twice <= rate(expected, guesses, granularity) + 1e-9


@given(extra=arguments, other=arguments, wrong=arguments)
@LAWS
def test_hedging_one_of_two_tools_never_beats_one_wrong_guess_of_it(extra, other, wrong):
    expected = [ToolCall("f", extra), ToolCall("g", other)]
    hedged = rate(expected, [ToolCall("f", extra), ToolCall("f", wrong)])
    assert hedged <= rate(expected, [ToolCall("f", wrong)]) + 1e-9


@given(expected=some_calls, predicted=call_lists)
@LAWS
def test_the_quick_way_gives_the_same_as_the_long_one(expected, predicted):
    from toolrl.rewards import correctness

    row = Expected(example(expected))
    quick = correctness._quick_fraction(predicted, row)
    if quick is not None:
        given_calls, others = correctness.group_calls(predicted, row)
        points = correctness._points(row, given_calls, others, 0, FINE)
        assert quick == pytest.approx(points / FINE.best(row))


@given(predicted=some_calls, reply=st.sampled_from([None, "", "Hi."]))
@LAWS
def test_a_needless_call_earns_nothing(predicted, reply):
    assert rate([], predicted, reply=reply) == 0.0


def test_a_reply_without_a_call_earns_everything_where_none_is_expected():
    assert rate([], [], reply="No tool fits.") == 1.0


@pytest.mark.parametrize("reply", [None, "", "  "])
def test_saying_nothing_is_no_abstention(reply):
    assert rate([], [], reply=reply) == 0.0


@pytest.mark.parametrize(
    "code", ["bad_json", "bad_call", "missing_name", "call_in_reply", "no_call"]
)
def test_a_broken_or_hidden_call_is_no_abstention(code):
    assert rate([], [], reply="Hi.", issues=(Issue(code, ""),)) == 0.0


def test_a_reply_alone_earns_nothing_where_a_call_is_expected():
    assert rate([F], [], reply="I would call f.") == 0.0


def test_one_wrong_value_is_the_papers_figure():
    assert rate([F], [ToolCall("f", {**F.arguments, "d": 4})]) == pytest.approx(4 / 5)


def test_repeated_calls_are_assigned_as_well_as_possible():
    expected = [ToolCall("f", {"x": 1}), ToolCall("f", {"x": 1, "y": 2})]
    predicted = [ToolCall("f", {"x": 1, "y": 2}), ToolCall("f", {"z": 5})]
    assert 6 * rate(expected, predicted) - 3 == pytest.approx(1.0)


def test_arguments_under_another_name_earn_nothing():
    assert rate([F], [ToolCall("g", F.arguments)]) == 0.0


def test_a_wrong_tool_beside_a_right_one_costs_a_name_and_no_more():
    expected = [ToolCall("f", {"a": 1}), ToolCall("g", {"a": 1})]
    predicted = [ToolCall("f", {"a": 1}), ToolCall("h", {"a": 1})]
    assert rate(expected, predicted) == pytest.approx((1 / 3 + 2) / 5)


def test_one_bad_line_costs_but_does_not_void_the_good_ones():
    bad = (Issue("bad_json", ""),)
    assert 0.0 < rate([F], [F], issues=bad) < 1.0
    assert rate([F], [F], issues=bad * 2) < rate([F], [F], issues=bad)


def test_true_is_never_one():
    assert rate([ToolCall("f", {"a": 1})], [ToolCall("f", {"a": True})]) < 1.0
    assert rate([ToolCall("f", {"a": 1})], [ToolCall("f", {"a": 1.0})]) == 1.0


def test_the_granularities_grow_coarser():
    wrong_value = [ToolCall("f", {**F.arguments, "d": 4})]
    missing = [ToolCall("f", {"a": 1, "b": 2})]
    assert rate([F], wrong_value, REFINED) == pytest.approx(4 / 5)
    assert rate([F], missing, REFINED) == pytest.approx(3 / 5)
    assert rate([F], missing) == pytest.approx((1 + 2 / 3 + 2) / 5)
    assert rate([F], missing, INTERMEDIATE) == pytest.approx(1 / 2)
    assert rate([F], missing, COARSE) == 0.0


@given(st.permutations(NAMES))
@settings(max_examples=6, deadline=None)
def test_all_or_nothing_ignores_order(names):
    expected = [ToolCall(name, {"a": 1}) for name in NAMES]
    assert rate(expected, [ToolCall(name, {"a": 1}) for name in names], COARSE) == 1.0


def test_the_completion_may_hold_thousands_of_calls():
    many = [ToolCall("f", {"a": i}) for i in range(2000)]
    assert rate([F], completion(many).calls) < rate([F], [ToolCall("f", {})])
