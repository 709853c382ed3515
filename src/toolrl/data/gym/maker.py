"""Says requests: one seeded draw of words, values and offered tools for one task."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from toolrl.data.gym.catalogue import GymTool, catalogue
from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import and_list, draw, fill, settle, slot_names
from toolrl.data.gym.pools import words
from toolrl.data.gym.slots import Draw, Fill
from toolrl.types import ToolCall

# First words of orders that may be softened to "Can you …?".
_VERBS = frozenset(
    words(
        "add,assign,block,book,calculate,cancel,change,check,close,comment,compare,convert,copy,"
        "count,create,delete,draw,email,extend,find,freeze,get,give,heat,hold,list,lock,look,make,"
        "mark,message,move,multiply,name,open,pay,pick,plan,play,preheat,put,rate,read,redirect,"
        "remind,remove,rename,renew,replace,reserve,reverse,review,round,run,save,schedule,search,"
        "send,set,shift,show,sort,start,sum,swap,switch,tell,text,track,transfer,turn,unlock,warn,"
        "write"
    )
)
_GREETINGS = ("Hi! ", "Hello! ", "Good morning! ", "Hey! ")
_THANKS = (" Thanks!", " Thank you!", " Thanks a lot!")
_SOFT = ("Please {}.", "Can you {}?", "Could you {}?", "I'd like you to {}.")


@dataclass(slots=True)
class Said:
    """A request in words, and the call it means."""

    text: str
    call: ToolCall
    tool: GymTool


class Maker:
    """The dice and the world of one task.

    Args:
        split: whose tools and words.
        rng: the task's own dice.
    """

    def __init__(self, split: str, rng: random.Random) -> None:
        self.split = split
        self.rng = rng
        self._worlds: dict[type[Domain], Domain] = {}

    @cached_property
    def tools(self) -> tuple[GymTool, ...]:
        """The tools of the split."""
        return catalogue(self.split)

    def arguments(
        self, tool: GymTool, names: list[str], slots: dict[str, Fill] | None = None
    ) -> dict[str, Any]:
        """Values for the named parameters, from the world of the task."""
        if tool.domain not in self._worlds:
            self._worlds[tool.domain] = tool.domain(self.split)
        now = Draw(self.rng, self._worlds[tool.domain])
        return draw(tool.asked.slots | (slots or {}), tool.spec.properties, names, now)

    def say(self, tool: GymTool, soft: bool = True) -> Said:
        """Ask for one call of a tool."""
        template = settle(self.rng.choice(tool.asked.requests), self.rng)
        values = self.arguments(tool, slot_names(template))
        text = fill(template, values)
        return Said(self.soften(text) if soft else text, ToolCall(tool.name, values), tool)

    def say_without(self, tool: GymTool, name: str) -> tuple[str, str]:
        """A request that leaves a parameter out, and the question to ask."""
        *requests, question = tool.asked.missing[name]
        template = self.rng.choice(requests)
        text = fill(template, self.arguments(tool, slot_names(template)))
        return self.soften(text), question

    def say_many(self, tool: GymTool, count: int) -> tuple[str, list[ToolCall]]:
        """Ask for two or more calls of one tool, in one sentence or one sentence each."""
        if tool.asked.many and self.rng.random() < 0.7:
            whole, item = tool.asked.many
            sets = self._different(tool, slot_names(item), count)
            text = whole.replace("{*}", and_list([fill(item, values) for values in sets]))
            return self.soften(text), [ToolCall(tool.name, values) for values in sets]
        said = [self.say(tool, soft=False)]
        first = next(iter(tool.spec.properties))
        for _ in range(60):
            more = self.say(tool, soft=False)
            if all(more.call.arguments[first] != one.call.arguments[first] for one in said):
                said.append(more)
            if len(said) == count:
                break
        return self.join([one.text for one in said]), [one.call for one in said]

    def join(self, texts: list[str]) -> str:
        """Several requests in one message."""
        if all(is_order(text) for text in texts) and self.rng.random() < 0.6:
            clauses = [texts[0][:-1], *(lower(text)[:-1] for text in texts[1:])]
            return self.soften(and_list(clauses) + ".")
        links = self.rng.sample(("Also, ", "And ", "Oh, and "), len(texts) - 1)
        more = [link + lower(text) for link, text in zip(links, texts[1:], strict=True)]
        return " ".join([texts[0], *more])

    def soften(self, text: str) -> str:
        """Now and then "Can you …?" for an order."""
        if not is_order(text) or self.rng.random() < 0.65:
            return text
        return self.rng.choice(_SOFT).format(lower(text)[:-1])

    def greet(self, text: str) -> str:
        """Now and then with a greeting before it or thanks after it."""
        before = self.rng.choice(_GREETINGS) if self.rng.random() < 0.07 else ""
        after = self.rng.choice(_THANKS) if self.rng.random() < 0.07 else ""
        return before + text + after

    def others(self, tools: list[GymTool], near: int, far: int) -> list[GymTool]:
        """Tools to offer besides: near of the same domains, far of other domains.

        Where the same domains have too few, others make up the number.
        """
        domains = {tool.domain for tool in tools}
        names = {tool.name for tool in tools}
        same = [tool for tool in self.tools if tool.domain in domains and tool.name not in names]
        rivals = {name for tool in tools for name in tool.asked.rivals}
        rest = [
            tool for tool in self.tools if tool.domain not in domains and tool.name not in rivals
        ]
        beside = min(near, len(same))
        return self.rng.sample(same, beside) + self.rng.sample(rest, far + near - beside)

    def shuffled(self, tools: list[GymTool]) -> list[GymTool]:
        """In random order, so that place tells nothing."""
        return self.rng.sample(tools, len(tools))

    def _different(self, tool: GymTool, names: list[str], count: int) -> list[dict[str, Any]]:
        """Argument sets that differ in the first parameter; fewer when the world has no more."""
        sets: list[dict[str, Any]] = []
        first = next(iter(tool.spec.properties))
        for _ in range(60):
            values = self.arguments(tool, names)
            if all(values[first] != other[first] for other in sets):
                sets.append(values)
            if len(sets) == count:
                break
        return sets


def is_order(text: str) -> bool:
    """Whether it is one plain order, like "Send …."."""
    return text.endswith(".") and text.split()[0].lower() in _VERBS and ". " not in text


def lower(text: str) -> str:
    """The first letter small where the first word is one of a template, not "I" or a name.

    Example:
        >>> lower("What is new?"), lower("Max Weber is here.")
        ('what is new?', 'Max Weber is here.')
    """
    return text[0].lower() + text[1:] if text.split()[0] in _openers() else text


@cache
def _openers() -> frozenset[str]:
    """First words of all templates, slots aside; slots that say a boolean count as words."""
    texts = [text for tool in catalogue() for text in tool.asked.requests if text[0] != "{"]
    first = {text.split()[0] for text in texts} - {"I", "I'd"}
    return frozenset(first | {verb.capitalize() for verb in _VERBS})
