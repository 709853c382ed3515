"""The kinds of task: each function drafts one from the dice of its maker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from toolrl.data.gym import thoughts
from toolrl.data.gym.catalogue import GymTool, gym_tool, world
from toolrl.data.gym.chains import Chain, chains
from toolrl.data.gym.maker import Maker
from toolrl.data.gym.phrases import fill, settle, slot_names
from toolrl.types import Message, ToolCall


@dataclass(slots=True)
class Draft:
    """A task without its id: what an Example needs besides."""

    tools: list[GymTool]
    messages: list[Message]
    calls: list[ToolCall] = field(default_factory=list)
    reply: str = ""
    thought: str = ""
    before: list[ToolCall] = field(default_factory=list)


def single(maker: Maker, tool: GymTool) -> Draft:
    """One call; one tool is offered, or two."""
    near, far = maker.rng.choice(((0, 0), (0, 0), (1, 0), (0, 1)))
    return _one_call(maker, tool, near, far)


def distractors(maker: Maker, tool: GymTool) -> Draft:
    """One call; three or four tools are offered, of the same domain and of others."""
    near, far = maker.rng.choice(((1, 1), (1, 2), (2, 1), (2, 0), (3, 0)))
    return _one_call(maker, tool, near, far)


def parallel(maker: Maker, tool: GymTool) -> Draft:
    """Two or three calls of the same tool."""
    while tool.asked.once:
        tool = maker.rng.choice(maker.tools)
    text, calls = maker.say_many(tool, maker.rng.choice((2, 2, 3)))
    thought = thoughts.to_call_often(maker.rng, tool.asked.goal, tool.name, len(calls))
    offered = [tool, *maker.others([tool], *maker.rng.choice(((0, 0), (1, 0), (0, 1), (1, 1))))]
    return Draft(maker.shuffled(offered), [_user(maker, text)], calls, thought=thought)


def parallel_different(maker: Maker, tool: GymTool) -> Draft:
    """One call of each of two tools of different domains."""
    other = maker.rng.choice([one for one in maker.tools if one.domain is not tool.domain])
    said = [maker.say(tool, soft=False), maker.say(other, soft=False)]
    pair = [tool, other]
    thought = thoughts.to_call_two(
        maker.rng, (tool.asked.goal, other.asked.goal), (tool.name, other.name)
    )
    offered = pair + maker.others(pair, *maker.rng.choice(((0, 0), (1, 0), (0, 1), (1, 1))))
    text = maker.join([one.text for one in said])
    calls = [one.call for one in said]
    return Draft(maker.shuffled(offered), [_user(maker, text)], calls, thought=thought)


def dependent(maker: Maker, tool: GymTool) -> Draft:
    """The second call of two: its value comes from the first one's result."""
    chain = _chain(maker, tool)
    text, begun, rest = _say_chain(maker, chain)
    result = world(maker.split, names=[chain.first]).run(begun)
    given = {chain.takes: result.value, **rest}
    order = gym_tool(chain.second).spec.properties
    call = ToolCall(chain.second, {name: given[name] for name in order if name in given})
    history = [
        _user(maker, text),
        Message("assistant", "", (begun,), f"First I need {chain.first}."),
        Message("tool", result.text, name=chain.first),
    ]
    thought = thoughts.to_go_on(maker.rng, chain.first, chain.second)
    return Draft(_chain_tools(maker, chain), history, [call], thought=thought, before=[begun])


def first_step(maker: Maker, tool: GymTool) -> Draft:
    """The first call of such two; the second has to wait for its result."""
    chain = _chain(maker, tool)
    text, begun, _ = _say_chain(maker, chain)
    thought = f"First {chain.first}; its result is needed for {chain.second}."
    return Draft(_chain_tools(maker, chain), [_user(maker, text)], [begun], thought=thought)


def no_tool(maker: Maker, tool: GymTool) -> Draft:
    """A request that no offered tool can serve: a reply, no call."""
    text = maker.say(tool).text
    offered = maker.others([tool], 0, maker.rng.choice((1, 2, 2, 3)))
    if not tool.asked.acts and maker.rng.random() < 0.5:
        offered += _actors_beside(maker, tool)
    thought, reply = thoughts.to_decline(maker.rng, tool.asked.goal)
    return Draft(maker.shuffled(offered), [_user(maker, text)], reply=reply, thought=thought)


def ask(maker: Maker, tool: GymTool) -> Draft:
    """A required parameter is missing: a question, no call."""
    while not tool.asked.missing:
        tool = maker.rng.choice(maker.tools)
    name = maker.rng.choice(sorted(tool.asked.missing))
    text, question = maker.say_without(tool, name)
    offered = [tool, *maker.others([tool], 0, maker.rng.choice((0, 0, 1, 2)))]
    thought = thoughts.to_ask(maker.rng, tool.name, name)
    return Draft(maker.shuffled(offered), [_user(maker, text)], reply=question, thought=thought)


KINDS: dict[str, Callable[[Maker, GymTool], Draft]] = {
    "single": single,
    "distractors": distractors,
    "parallel": parallel,
    "parallel_different": parallel_different,
    "dependent": dependent,
    "no_tool": no_tool,
    "ask": ask,
    "first_step": first_step,
}


def _user(maker: Maker, text: str) -> Message:
    """The user's message, sometimes with a greeting."""
    return Message("user", maker.greet(text))


def _one_call(maker: Maker, tool: GymTool, near: int, far: int) -> Draft:
    said = maker.say(tool)
    thought = thoughts.to_call(maker.rng, tool.asked.goal, tool.name)
    offered = maker.shuffled([tool, *maker.others([tool], near, far)])
    return Draft(offered, [_user(maker, said.text)], [said.call], thought=thought)


def _chain(maker: Maker, tool: GymTool) -> Chain:
    """A chain with the tool, if there is one; else any."""
    known = chains(maker.split)
    fitting = [chain for chain in known if tool.name in (chain.first, chain.second)]
    return maker.rng.choice(fitting or known)


def _say_chain(maker: Maker, chain: Chain) -> tuple[str, ToolCall, dict[str, object]]:
    """The request, the first call, and the second call's arguments but for the one it takes."""
    template = settle(maker.rng.choice(chain.requests), maker.rng)
    names = slot_names(template)
    first = maker.arguments(gym_tool(chain.first), names, dict(chain.slots))
    rest_names = [name for name in names if name != chain.takes]
    rest = maker.arguments(gym_tool(chain.second), rest_names, dict(chain.slots))
    text = maker.soften(fill(template, {**rest, **first}))
    return text, ToolCall(chain.first, first), {**rest, **chain.also}


def _chain_tools(maker: Maker, chain: Chain) -> list[GymTool]:
    pair = [gym_tool(chain.first), gym_tool(chain.second)]
    return maker.shuffled(pair + maker.others(pair, *maker.rng.choice(((0, 0), (1, 0), (0, 1)))))


def _actors_beside(maker: Maker, tool: GymTool) -> list[GymTool]:
    """One tool of the same domain that acts: it can't answer a question."""
    acting = [one for one in maker.tools if one.domain is tool.domain and one.asked.acts]
    return maker.rng.sample(acting, min(1, len(acting)))
