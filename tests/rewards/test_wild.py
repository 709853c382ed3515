"""Answers as models write them, by kind, each with what it should earn and where it was reported.

``decided`` marks those that could be scored in another way, too: docs/rewards.md says why they are
scored as they are.
"""

import json
from pathlib import Path

import pytest

from toolrl import load_reward
from toolrl.rewards.trl import reward_functions
from toolrl.types import Example, Message, ToolSpec

WILD = json.loads(Path(__file__).with_name("wild.json").read_text(encoding="utf-8"))
TOOLS = {tool["name"]: tool for tool in WILD["tools"]}


def example_of(case):
    tools = TOOLS.values() if case["tools"] == "all" else case["tools"]
    specs = tuple(ToolSpec.from_dict(TOOLS[t] if isinstance(t, str) else t) for t in tools)
    row = Example("1", specs, (Message("user", "?"),), reply=case.get("reply", ""))
    return Example.from_dict({**row.to_dict(), "calls": case["expected"]})


@pytest.mark.parametrize(
    "case", WILD["cases"], ids=lambda case: f"{case['id']} {case['situation']}"
)
def test_an_answer_from_the_wild_earns_what_it_is_worth(case):
    example = example_of(case)
    reward = load_reward(
        "toolrl", format_name=case["format"], thought_open=case.get("thought_open", False)
    )
    if isinstance(case["answer"], list):  # messages, as TRL hands them over
        answers = [json.dumps(example.to_dict())]
        parts = [f([None], [case["answer"]], answer=answers) for f in reward_functions(reward)]
        total, issues = sum(part[0] for part in parts), []
    else:
        score = reward(case["answer"], example)
        total, issues = score.total, [issue.code for issue in score.issues]
    if "total" in case:
        assert total == pytest.approx(case["total"], abs=0.006)
    assert case.get("min", -3) - 0.006 <= total <= case.get("max", 4) + 0.006
    assert "issue" not in case or case["issue"] in issues
