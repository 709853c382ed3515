"""What a variant shows, and how answers come back under the benchmark's own names."""

import random

import pytest

from toolrl.errors import ConfigError
from toolrl.evals.prompting import prompting
from toolrl.evals.variants.settings import Variant
from toolrl.evals.variants.shown import HIDDEN, alike, distractors, vary
from toolrl.types import Message, ToolCall, ToolSpec


def tool(name, *parameters, description=""):
    properties = {one: {"type": "string"} for one in parameters}
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    return ToolSpec(name, description or f"Number {sum(map(ord, name))}.", schema)


TOOLS = (tool("book_flight", "origin", "target"), tool("get_weather", "city"))
ASKED = [Message("user", "Fly from Oslo to Rome.")]
CALL = ToolCall("book_flight", {"origin": "Oslo", "target": "Rome"})
FORMATS = ["paper", "hermes", "llama3", "python", "native"]


@pytest.mark.parametrize("form", FORMATS)
def test_masked_names_are_shown_and_named_back(form):
    how = vary(prompting(form), Variant(mask=True), "1")
    tools = how.offer(TOOLS)
    shown = str(how.ask(tools, ASKED))
    for name in ("book_flight", "origin", "target", "get_weather", "city"):
        assert f'"{name}"' not in shown
        assert f"'{name}'" not in shown
    reading = how.read(how.gold([CALL], ""), tools)
    assert reading.calls == (CALL,)
    assert reading.well_formed
    assert how.notes() == {"recalled": 0}


@pytest.mark.parametrize("form", FORMATS)
def test_a_conversation_keeps_the_names_that_were_shown(form):
    how = vary(prompting(form), Variant(mask=True), "1")
    tools = how.offer(TOOLS)
    answer = how.gold([CALL], "")
    reading = how.read(answer, tools)
    later = how.ask(tools, [*ASKED, reading.said, *how.results(reading.calls, ["Booked."])])
    said = str(later.messages)
    assert tools[0].name in said
    assert "book_flight" not in said
    assert "Booked." in said


@pytest.mark.parametrize(
    "call",
    [CALL, ToolCall("get_weather", {}), ToolCall("{shown}", {"origin": "Oslo", "target": "Rome"})],
)
def test_a_name_that_was_hidden_is_wrong_and_counted(call):
    how = vary(prompting("paper"), Variant(mask=True), "1")
    tools = how.offer(TOOLS)
    said = ToolCall(call.name.format(shown=tools[0].name), call.arguments)
    (read,) = how.read(prompting("paper").gold([said], ""), tools).calls
    assert read != CALL
    assert HIDDEN in str(read)
    assert how.notes() == {"recalled": 1}


def test_a_name_that_nobody_knows_stays():
    how = vary(prompting("paper"), Variant(mask=True), "1")
    tools = how.offer(TOOLS)
    answer = prompting("paper").gold([ToolCall("new", {})], "")
    assert how.read(answer, tools).calls == (ToolCall("new", {}),)


def test_tools_that_come_later_are_masked_too():
    how = vary(prompting("paper"), Variant(mask=True), "1")
    first = how.offer(TOOLS[:1])
    later = how.offer(TOOLS[1:], more=True)
    assert later[0].name != "get_weather"
    asked = ToolCall("get_weather", {"city": "Oslo"})
    assert how.read(how.gold([CALL, asked], ""), [*first, *later]).calls == (CALL, asked)


def test_the_same_seed_shows_the_same_and_each_item_has_its_own():
    def names(item, seed=0):
        how = vary(prompting("paper"), Variant(mask=True, seed=seed), item)
        return [one.name for one in how.offer(TOOLS)]

    assert names("1") == names("1")
    assert names("1") != names("2") != names("2", seed=1)


def test_a_shuffle_keeps_the_tools():
    many = [tool(f"{a}{b}") for a in "abcd" for b in "xyz"]
    shown = vary(prompting("paper"), Variant(shuffle=True), "1").offer(many)
    assert shown != many
    assert sorted(t.name for t in shown) == sorted(t.name for t in many)


def test_distractors_are_not_like_what_is_offered():
    pool = [
        tool("flight_book"), tool("weather"), tool("sing", description=TOOLS[0].description),
        tool("paint_wall"), tool("count_stars"), tool("wall_paint"),
    ]  # fmt: skip
    found = distractors(TOOLS, pool, 5, random.Random(0))
    assert {one.name for one in found} - {"paint_wall", "wall_paint"} == {"count_stars"}
    assert len(found) == 2
    how = vary(prompting("paper"), Variant(distractors=1), "1", pool)
    assert len(how.offer(TOOLS)) == 3
    assert len(how.offer(TOOLS, more=True)) == 2


def test_names_are_alike_by_their_words():
    assert alike(ToolSpec("getWeather"), ToolSpec("weather.get"))
    assert not alike(ToolSpec("calc_area"), ToolSpec("mean_price"))


def test_without_changes_the_prompting_is_the_same_object():
    how = prompting("paper")
    assert vary(how, Variant(), "1") is how
    assert vary(how, Variant(numbers=True), "1") is how


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(ConfigError, match="0 or more"):
        Variant(distractors=-1)
    with pytest.raises(ConfigError, match="exclude each other"):
        Variant(distractors=1, remove=True)


def test_distractors_stand_anywhere_and_are_counted():
    pool = [tool("paint_wall"), tool("count_stars"), tool("sing_song")]
    orders = []
    for item in map(str, range(20)):
        how = vary(prompting("paper"), Variant(distractors=2), item, pool)
        orders.append([one.name in {t.name for t in TOOLS} for one in how.offer(TOOLS)])
        assert how.notes() == {"distractors": 2}
    assert any(not order[0] for order in orders)
    assert any(order[0] for order in orders)
    few = vary(prompting("paper"), Variant(distractors=9), "1", pool)
    few.offer(TOOLS)
    assert few.notes() == {"distractors": 3}


def test_what_a_later_turn_adds_is_no_distractor():
    pool = [tool("paint_wall"), tool("sing_song")]
    how = vary(prompting("paper"), Variant(distractors=2), "1", pool, [tool("wall_paint")])
    assert {one.name for one in how.offer(TOOLS)} == {"book_flight", "get_weather", "sing_song"}


def test_a_tools_complaint_has_the_names_that_were_shown():
    how = vary(prompting("paper"), Variant(mask=True), "1")
    tools = how.offer(TOOLS)
    complaint = "Error during execution: API.get_weather() missing argument: 'city'"
    asked = ToolCall("get_weather", {})
    (said,) = how.results([asked], [complaint])
    assert "get_weather" not in said.content
    assert "city" not in said.content
    assert tools[1].name in said.content
    (fine,) = how.results([asked], ["The city is get_weather."])
    assert fine.content == "The city is get_weather."


@pytest.mark.parametrize("form", FORMATS)
def test_a_hidden_name_stands_in_the_next_prompt_as_the_model_wrote_it(form):
    how = vary(prompting(form), Variant(mask=True), "1")
    tools = how.offer(TOOLS)
    reading = how.read(prompting(form).gold([CALL], ""), tools)
    assert HIDDEN in str(reading.calls)
    later = how.ask(tools, [*ASKED, reading.said, *how.results(reading.calls, ["Unknown tool."])])
    assert "book_flight" in str(later.messages[1:])
    assert HIDDEN not in str(later.messages)
