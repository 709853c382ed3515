"""Variants of API-Bank: what is due changes with the conversation, or the item is left out."""

import json

from toolrl.evals.api_bank.bench import OneCall
from toolrl.evals.api_bank.changes import changed
from toolrl.evals.prompting import prompting
from toolrl.evals.variants.settings import Variant
from toolrl.evals.variants.shown import vary
from toolrl.models.answers import Answer
from toolrl.types import Example, Message, ToolCall, ToolSpec

LAMP = ToolSpec("set_lamp", "Sets a lamp.", {"type": "object", "properties": {
    "room": {"type": "string"}, "level": {"type": "integer"}}})  # fmt: skip
BELL = ToolSpec("ring_bell", "Rings a bell.")
ITEM = Example(
    "1", (LAMP, BELL), (Message("user", "Light in the hall at 40 please."),),
    (ToolCall("set_lamp", {"room": "hall", "level": 40}),), kind="level-1",
)  # fmt: skip


def verdict(item, variant, answer):
    episode = OneCall(item, vary(prompting("paper"), variant, item.id, [LAMP, BELL]))
    assert episode.request()
    episode.receive(episode.gold() if answer is None else answer)
    row = episode.row()
    return row["official"], row["strict"]


def test_a_removed_tool_makes_abstaining_right():
    item = changed(ITEM, Variant(remove=True))
    assert item.tools == (BELL,)
    assert item.calls == ()
    assert item.kind == "level-1"
    assert verdict(item, Variant(remove=True), None) == (True, True)
    assert verdict(item, Variant(remove=True), Answer("")) == (True, False)
    call = prompting("paper").gold([ToolCall("ring_bell", {})], "")
    assert verdict(item, Variant(remove=True), call) == (False, False)


def test_an_item_whose_only_tool_is_due_is_left_out():
    only = Example("2", (LAMP,), ITEM.messages, ITEM.calls)
    assert changed(only, Variant(remove=True)) is None


def test_other_numbers_stand_in_conversation_and_call():
    item = changed(ITEM, Variant(numbers=True))
    (call,) = item.calls
    assert call.arguments["level"] != 40
    assert f"at {call.arguments['level']} please" in item.messages[0].content
    assert (
        changed(Example("3", (BELL,), (Message("user", "Ring."),)), Variant(numbers=True)) is None
    )


def test_masked_names_are_wrong_under_their_old_names():
    masked = Variant(mask=True)
    assert changed(ITEM, masked) is ITEM
    assert verdict(ITEM, masked, None) == (True, True)
    assert verdict(ITEM, masked, prompting("paper").gold(ITEM.calls, "")) == (False, False)


def test_a_number_of_an_earlier_call_stays():
    before = Message("assistant", "", (ToolCall("set_lamp", {"room": "attic", "level": 40}),))
    told = (*ITEM.messages, before, Message("tool", "done", name="set_lamp"))
    item = Example("4", ITEM.tools, told, ITEM.calls)
    assert changed(item, Variant(numbers=True)) is None
    only_there = Example("5", ITEM.tools, (Message("user", "The same."), *told[1:]), ITEM.calls)
    assert changed(only_there, Variant(numbers=True)) is None


def test_an_object_without_a_name_counts_under_the_names_that_were_shown():
    masked = Variant(mask=True)
    how = vary(prompting("paper"), masked, ITEM.id)
    how.offer(ITEM.tools)
    shown = how.shown_call(ITEM.calls[0]).arguments

    def soft(arguments):
        text = f"<think> a </think>\n<tool_call>\n{json.dumps(arguments)}\n</tool_call>"
        return verdict(ITEM, masked, Answer(text))[0]

    assert soft(shown)
    assert not soft(ITEM.calls[0].arguments)
