"""Tasks of the gym: their expected calls work, and what is expected can be known."""

import json
import statistics
from collections import Counter

import pytest
from jsonschema import Draft202012Validator

from toolrl.data.gym import DEFAULT_KINDS, KINDS, catalogue, gym_tool, make_tasks, world
from toolrl.data.gym.maker import lower
from toolrl.data.gym.pools import pools, words
from toolrl.errors import ConfigError
from toolrl.types import Example

SPLITS = ("train", "heldout")
TASKS = {split: make_tasks(3, 600, split=split) for split in SPLITS}
ALL = [task for split in SPLITS for task in TASKS[split]]


def called(task: Example) -> list:
    return [*task.calls, *(call for message in task.messages for call in message.tool_calls)]


def of_kind(*kinds: str) -> list[Example]:
    return [task for task in ALL if task.kind in kinds]


def test_the_same_seed_gives_the_same_tasks_and_another_seed_others():
    assert make_tasks(3, 40) == TASKS["train"][:40]
    assert make_tasks(4, 40) != TASKS["train"][:40]


def test_ids_are_stable_and_unique():
    assert TASKS["heldout"][12].id == "gym-heldout-3-000012"
    assert len({task.id for task in ALL}) == len(ALL)


def test_a_task_survives_a_trip_through_json():
    for task in ALL[:50]:
        assert Example.from_dict(json.loads(json.dumps(task.to_dict()))) == task


@pytest.mark.parametrize("split", SPLITS)
def test_every_tool_of_a_split_is_called_within_six_hundred_tasks(split):
    names = {call.name for task in TASKS[split] for call in called(task)}
    assert names == {tool.name for tool in catalogue(split)}


def test_no_tool_of_one_split_is_offered_or_called_in_the_other():
    for task in ALL:
        names = {tool.name for tool in task.tools} | {call.name for call in called(task)}
        assert {gym_tool(name).split for name in names} == {task.split}


def test_expected_calls_name_offered_tools_and_fit_their_schemas():
    for task in ALL:
        assert len({tool.name for tool in task.tools}) == len(task.tools)
        for call in called(task):
            schema = {**task.tool(call.name).parameters, "additionalProperties": False}
            Draft202012Validator(schema).validate(dict(call.arguments))


def test_expected_calls_succeed_in_a_fresh_world():
    for task in ALL:
        box = world(task.split, names={call.name for call in called(task)})
        history = [call for message in task.messages for call in message.tool_calls]
        for call in [*history, *task.calls]:
            assert box.run(call).ok, call


def test_every_kind_has_its_shape():
    counts = {"single": (1, 1), "distractors": (1, 1), "dependent": (1, 1)}
    counts |= {"parallel": (2, 3), "parallel_different": (2, 2), "no_tool": (0, 0), "ask": (0, 0)}
    for task in ALL:
        low, high = counts[task.kind]
        assert low <= len(task.calls) <= high, task
        assert bool(task.reply) == (not task.calls)
        assert task.thought
        assert task.source == "gym"


def test_offers_are_as_wide_as_the_kind_says():
    assert {len(task.tools) for task in of_kind("single")} == {1, 2}
    assert {len(task.tools) for task in of_kind("distractors")} == {3, 4}


def test_parallel_calls_are_of_one_tool_and_differ():
    for task in of_kind("parallel"):
        assert len({call.name for call in task.calls}) == 1
        assert len({json.dumps(call.arguments) for call in task.calls}) == len(task.calls)
    for task in of_kind("parallel_different"):
        assert len({call.name for call in task.calls}) == 2


def test_a_dependent_value_is_in_the_result_and_not_in_the_request():
    for task in of_kind("dependent"):
        user, _, result = task.messages
        found = [value for value in task.calls[0].arguments.values() if as_said(value, result)]
        assert any(not as_said(value, user) for value in found), task


def as_said(value, message) -> bool:
    text = message.content
    return (value if isinstance(value, str) else f"{value:.10g}") in text


def test_every_text_and_number_of_the_expected_calls_can_be_read_in_the_messages():
    for task in ALL:
        text = " ".join(message.content for message in task.messages)
        for call in task.calls:
            for value in call.arguments.values():
                for part in value if isinstance(value, list) else [value]:
                    said = part if isinstance(part, str) else f"{part:.10g}"
                    assert isinstance(part, bool) or said in text, (task.id, part, text)


def test_no_slot_or_bracket_is_left_in_a_request():
    for task in ALL:
        text = task.messages[0].content
        assert not set("{}[]*") & set(text), text
        assert "  " not in text
        assert text[-1] in ".?!"
        assert text[0].isupper() or text[0] in "'abcdefghijklmnopqrstuvwxyz", text


def test_requests_thoughts_and_replies_are_short():
    lengths = [len(task.messages[0].content.split()) for task in ALL]
    assert statistics.median(lengths) <= 25
    assert max(len(task.thought.split()) for task in ALL) <= 15
    assert max(len(task.reply.split()) for task in ALL) <= 15


@pytest.mark.parametrize("split", SPLITS)
def test_few_requests_are_made_twice(split):
    requests = Counter(task.messages[0].content for task in TASKS[split])
    assert len(requests) >= 0.97 * len(TASKS[split])


def test_a_task_without_a_fitting_tool_still_offers_tools():
    for task in of_kind("no_tool"):
        assert task.tools
        assert not task.calls


def test_kinds_can_be_chosen_and_weighed():
    assert {task.kind for task in make_tasks(1, 30, ["ask", "single"])} == {"ask", "single"}
    assert {task.kind for task in make_tasks(1, 30, {"ask": 1, "single": 0})} == {"ask"}
    assert set(DEFAULT_KINDS) <= set(KINDS)


def test_the_first_step_of_a_chain_calls_only_its_first_tool():
    for task in make_tasks(1, 20, ["first_step"]):
        assert len(task.messages) == len(task.calls) == 1
        assert len(task.tools) >= 2


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"kinds": ["singel"]}, "did you mean 'single'"),
        ({"kinds": {"ask": -1}}, "0 or more"),
        ({"kinds": []}, "no kind"),
        ({"split": "test"}, "unknown split"),
        ({"n": -1}, "0 or more"),
    ],
)
def test_a_wrong_argument_is_said_in_one_line(how, message):
    with pytest.raises(ConfigError, match=message):
        make_tasks(**{"seed": 1, "n": 1, **how})


def test_a_name_at_the_start_keeps_its_capital():
    assert lower("Max Weber should take it.") == "Max Weber should take it."
    assert lower("Lock the front door.") == "lock the front door."
    firsts = {person.split()[0].lower() for split in SPLITS for person in pools(split).people}
    assert not firsts & {text.lower() for text in words("mark,will,grant,bill,pat,sue,rob")}


def test_a_tool_that_might_serve_too_is_not_offered_beside():
    for task in of_kind("no_tool", "distractors"):
        if any(tool.name.startswith("convert_") for tool in task.tools) and task.calls:
            names = {tool.name for tool in task.tools}
            assert "multiply" not in names or not task.calls[0].name.startswith("convert_")
