"""BFCL's tools in our hands do what they do in the official executor's, and no more."""

import decimal

import pytest

pytest.importorskip("bfcl_eval")

import mpmath

from toolrl.envs.bfcl_wheel import module, rows
from toolrl.envs.bfcl_world import World
from toolrl.types import ToolCall

CATEGORIES = ["base", "miss_func", "miss_param", "long_context"]


def entries(category):
    data = rows(f"BFCL_v4_multi_turn_{category}.json")
    keys = rows(f"possible_answer/BFCL_v4_multi_turn_{category}.json")
    return zip(data, keys, strict=True)


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_call_of_the_key_says_and_does_what_it_does_officially(category):
    checker = module("eval_checker.multi_turn_eval.multi_turn_checker")
    long_context = category == "long_context"
    for entry, key in entries(category):
        classes, config = entry["involved_classes"], entry["initial_config"]
        world = World(classes, config, long_context=long_context)
        for turn in key["ground_truth"]:
            ours = [world.run(world.read(call)) for call in turn]
            theirs, instances = checker.execute_multi_turn_func_call(
                turn, config, classes, "world_test", entry["id"], long_context=long_context
            )
            assert ours == theirs
            assert checker.state_checker(world.instances, instances)["valid"]


def test_text_of_the_model_is_never_run_as_code():
    world = World(["MathAPI"], {})
    said = world.run(ToolCall("__import__('os').getcwd", {}))
    assert said == "Error during execution: name '__import__('os').getcwd' is not defined"
    assert "is not defined" in world.run(ToolCall("_load_scenario", {"scenario": {}}))


@pytest.mark.parametrize(
    "call",
    [
        ToolCall("add", {"a": 1}),
        ToolCall("add", {"a": 1, "b": 2, "c": 3}),
        ToolCall("mean", {"numbers": 5}),
        ToolCall("add", ["no", "object"]),
        ToolCall("power", {"base": 0, "exponent": -1}),
    ],
)
def test_what_the_model_does_wrong_is_said_and_not_raised(call):
    assert "rror" in World(["MathAPI"], {}).run(call)


@pytest.mark.parametrize(
    "call",
    [
        ToolCall("power", {"base": 10, "exponent": 10**10}),
        ToolCall("square_root", {"number": 2, "precision": 10**9}),
        ToolCall("logarithm", {"value": 2, "base": 3, "precision": 10**9}),
    ],
)
def test_a_sum_without_end_is_refused(call):
    assert "too large" in World(["MathAPI"], {}).run(call)


def test_precision_asked_for_ends_with_the_call():
    before = mpmath.mp.dps, decimal.getcontext().prec
    world = World(["MathAPI"], {})
    assert "1.41" in world.run(ToolCall("square_root", {"number": 2, "precision": 3}))
    world.run(ToolCall("logarithm", {"value": 2, "base": 3, "precision": 50}))
    assert (mpmath.mp.dps, decimal.getcontext().prec) == before


def test_a_tool_keeps_a_copy_of_what_it_was_given():
    world = World(["TwitterAPI"], {"TwitterAPI": {"authenticated": True, "username": "me"}})
    post = ToolCall("post_tweet", {"content": "x", "tags": ["#a"], "mentions": ["@b"]})
    world.run(post)
    tweet = max(world.instances["TwitterAPI"].tweets)
    world.run(ToolCall("mention", {"tweet_id": tweet, "mentioned_usernames": ["@c"]}))
    assert post.arguments["mentions"] == ["@b"]


def test_two_conversations_do_not_share_a_state():
    config = {"TwitterAPI": {"authenticated": True, "username": "me", "tweets": {}}}
    one, other = World(["TwitterAPI"], config), World(["TwitterAPI"], config)
    one.run(ToolCall("post_tweet", {"content": "x"}))
    assert other.instances["TwitterAPI"].tweets == {}
