"""The gym has many small tools, in two splits that share no name."""

import random
import re
from collections import Counter

import pytest

from toolrl.data.gym import catalogue, gym_tool, world
from toolrl.data.gym.chains import chains
from toolrl.data.gym.phrases import settle, slot_names
from toolrl.data.gym.pools import pools
from toolrl.errors import NotFoundError
from toolrl.types import ToolCall


def test_there_are_sixty_tools_in_ten_domains():
    assert len(catalogue()) >= 60
    assert len({tool.domain for tool in catalogue()}) >= 10


def test_the_held_out_split_has_whole_domains_and_names_in_others():
    held = catalogue("heldout")
    assert len(held) >= 20
    assert len({tool.domain for tool in held if tool.domain.heldout}) >= 3
    assert len([tool for tool in held if not tool.domain.heldout]) >= 8


def test_no_name_is_in_both_splits():
    names = {split: {tool.name for tool in catalogue(split)} for split in ("train", "heldout")}
    assert not names["train"] & names["heldout"]
    assert len(names["train"] | names["heldout"]) == len(catalogue())


def test_no_method_name_is_used_by_two_domains():
    counts = Counter(name for tool in catalogue() for name in [tool.name])
    assert max(counts.values()) == 1


@pytest.mark.parametrize("tool", catalogue(), ids=lambda tool: tool.name)
def test_a_tool_is_short_enough_for_a_small_model(tool):
    assert 2 <= len(tool.spec.description.split()) <= 12
    assert 1 <= len(tool.spec.properties) <= 4


@pytest.mark.parametrize("tool", catalogue(), ids=lambda tool: tool.name)
def test_each_request_says_every_required_parameter(tool):
    assert len(set(tool.asked.requests)) >= 4
    for template in tool.asked.requests:
        always = slot_names(re.sub(r"\[[^\]]*\]", "", template))
        assert set(tool.spec.required) <= set(always)
        assert set(slot_names(template)) <= set(tool.spec.properties)
        assert set(always) <= set(tool.spec.required)


@pytest.mark.parametrize("tool", catalogue(), ids=lambda tool: tool.name)
def test_a_request_with_a_gap_leaves_out_just_that_parameter(tool):
    for name, (*templates, question) in tool.asked.missing.items():
        assert name in tool.spec.required
        assert all(name not in slot_names(template) for template in templates)
        assert question.endswith("?")


def test_words_of_the_splits_differ():
    train, held = pools("train"), pools("heldout")
    for name in ("people", "cities", "dates", "times", "titles", "sentences", "songs", "goods"):
        assert not set(getattr(train, name)) & set(getattr(held, name)), name


def test_a_fresh_world_is_the_same_world():
    call = ToolCall("get_balance", {"account": "savings"})
    assert world().run(call) == world().run(call)
    assert world(seed=1).run(call) != world(seed=2).run(call)


def test_a_change_does_not_reach_the_next_world():
    box, call = world(), ToolCall("get_balance", {"account": "savings"})
    box.run(ToolCall("cancel_order", {"order": "ORD-1"}))
    path = next(iter(box.run(ToolCall("list_folder", {"folder": "work"})).value))
    assert box.run(ToolCall("delete_file", {"path": path})).ok
    assert not box.run(ToolCall("read_file", {"path": path})).ok
    assert world().run(ToolCall("read_file", {"path": path})).ok
    assert world().run(call).ok


def test_an_unknown_tool_suggests_the_nearest():
    with pytest.raises(NotFoundError, match="did you mean 'get_weather'"):
        gym_tool("get_wether")


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_chains_name_tools_and_parameters_that_exist(split):
    for chain in chains(split):
        second = gym_tool(chain.second).spec
        assert chain.takes in second.properties
        said = {name for request in chain.requests for name in slot_names(request)}
        known = set(gym_tool(chain.first).spec.properties) | set(second.properties)
        assert said <= known - {chain.takes}


def test_an_optional_part_is_kept_or_dropped_whole():
    seen = {settle("a[ b {c}]d", random.Random(seed)) for seed in range(20)}
    assert seen == {"ad", "a b {c}d"}
