"""Short thoughts and replies to learn from, at most 15 words each."""

from __future__ import annotations

import random

_CALL = (
    "The user wants to {goal}; {tool} fits.",
    "To {goal}, I use {tool}.",
    "{tool} can {goal}.",
    "I need to {goal}, so {tool}.",
)
_MANY = (
    "Several requests to {goal}: {tool} {times}.",
    "I call {tool} {times}.",
    "{tool} fits, {times}, once for each.",
)
_DIFFERENT = (
    "Two things to do: {goal} and {goal2}.",
    "I call {tool} and {tool2}.",
    "{tool} to {goal}, {tool2} to {goal2}.",
)
_NEXT = (
    "I have the result of {tool}; now {tool2}.",
    "Next, {tool2} with the value from {tool}.",
    "{tool} answered, so {tool2} comes next.",
)
_NONE = (
    "No tool here can {goal}.",
    "The user wants to {goal}, but no tool fits.",
    "None of these tools can {goal}.",
)
_SORRY = (
    "Sorry, I can't {goal} with these tools.",
    "Sorry, I have no tool to {goal}.",
    "I am sorry, no tool here can {goal}.",
)
_MISSING = (
    "The value of '{name}' is missing, so I ask.",
    "I don't know '{name}' yet; I must ask.",
    "{tool} needs '{name}', which the user has not said.",
)
_TIMES = {2: "twice", 3: "three times"}


def to_call(rng: random.Random, goal: str, tool: str) -> str:
    """Before one call."""
    return rng.choice(_CALL).format(goal=goal, tool=tool)


def to_call_often(rng: random.Random, goal: str, tool: str, count: int) -> str:
    """Before several calls of one tool."""
    return rng.choice(_MANY).format(goal=goal, tool=tool, times=_TIMES[count])


def to_call_two(rng: random.Random, goals: tuple[str, str], tools: tuple[str, str]) -> str:
    """Before calls of two tools."""
    text = rng.choice(_DIFFERENT)
    return text.format(goal=goals[0], goal2=goals[1], tool=tools[0], tool2=tools[1])


def to_go_on(rng: random.Random, tool: str, tool2: str) -> str:
    """Before a call that uses the last result."""
    return rng.choice(_NEXT).format(tool=tool, tool2=tool2)


def to_decline(rng: random.Random, goal: str) -> tuple[str, str]:
    """Thought and reply when no tool fits."""
    return rng.choice(_NONE).format(goal=goal), rng.choice(_SORRY).format(goal=goal)


def to_ask(rng: random.Random, tool: str, name: str) -> str:
    """Before asking for a parameter."""
    return rng.choice(_MISSING).format(tool=tool, name=name)
