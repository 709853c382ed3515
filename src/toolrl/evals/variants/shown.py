"""A prompting that shows an item's tools under other names, in another order, among others.

Episodes, keys and verdicts keep the benchmark's own names: the calls of an answer are named back.
"""

from __future__ import annotations

import keyword
import random
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from toolrl.data.augment import mask_names
from toolrl.data.renaming import Renaming, rename_call, rename_message, rename_tool
from toolrl.evals.prompting import Prompting, Reading, spec_of
from toolrl.evals.variants.settings import Variant
from toolrl.models.answers import Answer, Request
from toolrl.types import Message, ToolCall, ToolSpec

HIDDEN = "hidden name: "
"""Stands before a name that an answer has though the prompt hid it, so that it is wrong."""
LETTERS = string.ascii_lowercase + string.digits


def vary(
    how: Prompting,
    variant: Variant,
    item: str,
    pool: Sequence[Any] = (),
    later: Sequence[Any] = (),
) -> Prompting:
    """An item's prompting; ``how`` itself where nothing looks different.

    Args:
        how: the prompting without changes.
        variant: the changes.
        item: the item's id; each has names, an order and distractors of its own.
        pool: tools to draw distractors from, as ``how`` wants them.
        later: the item's tools that a later turn adds; no distractor may do what they do.
    """
    if not variant.shows_other_tools:
        return how
    return VariedPrompting(how, variant, item, pool, later)


class VariedPrompting(Prompting):
    """Another prompting's, with other tools to see; made for one item."""

    def __init__(
        self,
        inner: Prompting,
        variant: Variant,
        item: str,
        pool: Sequence[Any] = (),
        later: Sequence[Any] = (),
    ) -> None:
        self.inner = inner
        self.name = inner.name
        self.tools_in_messages = inner.tools_in_messages
        self.variant = variant
        self.pool = pool
        self.later = list(later)
        self.distractors = 0
        self.random = random.Random(f"{variant.seed} {item}")
        self.there: Renaming = Renaming()
        self.back: Renaming = Renaming()
        self.recalled = 0

    def tool(self, document: Mapping[str, Any]) -> Any:
        """As the inner prompting has it; :meth:`offer` changes it."""
        return self.inner.tool(document)

    def offer(self, tools: Sequence[Any], *, more: bool = False) -> list[Any]:
        """The tools among distractors, shuffled, masked; tools that come later are masked only."""
        shown = list(tools)
        if not more:
            if self.variant.distractors:
                own = [*shown, *self.later]
                drawn = distractors(own, self.pool, self.variant.distractors, self.random)
                self.distractors = len(drawn)
                shown += drawn
                self.random.shuffle(shown)  # else the last ones could be known for what they are
            if self.variant.shuffle:
                self.random.shuffle(shown)
        names = self.names_for(shown)
        return [renamed(tool, names) for tool in shown]

    def names_for(self, tools: Sequence[Any]) -> Renaming:
        """New names for these tools, kept for the way back; none where nothing is masked."""
        if not self.variant.mask:
            return Renaming()
        fresh = mask_names(list(map(spec_of, tools)), self.random, fresh_identifier)
        self.there = Renaming(
            {**self.there.tools, **fresh.tools}, {**self.there.parameters, **fresh.parameters}
        )
        self.back = self.there.inverse()
        return self.there

    def ask(self, tools: Sequence[Any], messages: Sequence[Message]) -> Request:
        """The inner prompt; calls of the conversation have the names that the model wrote."""
        told = [rename_message(one, self.there, str) for one in messages]
        told = [replace(one, tool_calls=tuple(map(unmarked, one.tool_calls))) for one in told]
        return self.inner.ask(tools, told)

    def read(self, answer: Answer, tools: Sequence[Any]) -> Reading:
        """The inner reading, under the benchmark's names."""
        reading = self.inner.read(answer, tools)
        said_calls = tuple(map(self.named_back, reading.said.tool_calls))
        said = replace(reading.said, tool_calls=said_calls)
        calls = tuple(self.named_back(call) for call in reading.calls)
        self.recalled += sum(is_hidden(call) for call in calls)
        return replace(reading, calls=calls, said=said)

    def named_back(self, call: ToolCall) -> ToolCall:
        """A call under the benchmark's names; names that were hidden are marked."""
        own = self.back.tools.get(call.name)
        if own is None:
            hidden = call.name in self.there.tools
            return replace(call, name=HIDDEN + call.name) if hidden else call
        if not isinstance(call.arguments, Mapping):
            return replace(call, name=own)
        masked = self.there.parameters[own]
        marked = {HIDDEN + k if k in masked else k: v for k, v in call.arguments.items()}
        return rename_call(replace(call, arguments=marked), self.back)

    def gold(self, calls: Sequence[ToolCall], reply: str) -> Answer:
        """The right calls under the names that were shown."""
        return self.inner.gold([rename_call(call, self.there) for call in calls], reply)

    def shown_call(self, call: ToolCall) -> ToolCall:
        """A call of the benchmark under the names that were shown."""
        return unmarked(rename_call(call, self.there))

    def results(self, calls: Sequence[ToolCall], results: Sequence[str]) -> list[Message]:
        """Results beside the names that were shown; complaints of a tool have them, too."""
        told = [
            self.masked_error(call, result) for call, result in zip(calls, results, strict=True)
        ]
        return self.inner.results(list(map(self.shown_call, calls)), told)

    def masked_error(self, call: ToolCall, result: str) -> str:
        """A result; in a tool's complaint its own names are masked."""
        if not result.startswith("Error") or call.name not in self.there.tools:
            return result
        names = {call.name: self.there.tools[call.name], **self.there.parameters[call.name]}
        return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), result)

    def notes(self) -> dict[str, Any]:
        """What was done: calls with a name that the prompt hid, distractors that were offered."""
        recalled = {"recalled": self.recalled} if self.variant.mask else {}
        return recalled | ({"distractors": self.distractors} if self.variant.distractors else {})


def is_hidden(call: ToolCall) -> bool:
    """Whether a call has a name that its prompt did not show."""
    names = [call.name, *(call.arguments if isinstance(call.arguments, Mapping) else ())]
    return any(str(name).startswith(HIDDEN) for name in names)


def unmarked(call: ToolCall) -> ToolCall:
    """A call as the model wrote it, where names that were hidden are marked.

    Example:
        >>> unmarked(ToolCall(HIDDEN + "f", {HIDDEN + "a": 1}))
        ToolCall(name='f', arguments={'a': 1})
    """
    call = replace(call, name=call.name.removeprefix(HIDDEN))
    if not isinstance(call.arguments, Mapping):
        return call
    arguments = {str(name).removeprefix(HIDDEN): v for name, v in call.arguments.items()}
    return replace(call, arguments=arguments)


def renamed(tool: Any, names: Renaming) -> Any:
    """A tool under new names, of the same type."""
    if isinstance(tool, ToolSpec):
        return rename_tool(tool, names)
    return {**tool, **rename_tool(spec_of(tool), names).to_dict()}


def fresh_identifier(chance: random.Random, length: tuple[int, int], taken: set[str]) -> str:
    """A random name that every syntax of calls can write."""
    while True:
        letters = chance.choices(LETTERS, k=chance.randint(*length) - 1)
        name = chance.choice(string.ascii_lowercase) + "".join(letters)
        if name not in taken and not keyword.iskeyword(name):
            taken.add(name)
            return name


def distractors(
    tools: Sequence[Any], pool: Sequence[Any], count: int, chance: random.Random
) -> list[Any]:
    """Up to ``count`` tools of the pool that can't be taken for an offered one.

    Passed over are tools whose name shares half of its words, or more, with an offered name, or
    whose description is an offered one's.
    """
    kept: list[Any] = []
    offered = list(map(spec_of, tools))
    for tool in chance.sample(pool, min(len(pool), 20 * count)):
        if len(kept) == count:
            break
        spec = spec_of(tool)
        if not any(alike(spec, other) for other in offered):
            kept.append(tool)
            offered.append(spec)
    return kept


def alike(one: ToolSpec, other: ToolSpec) -> bool:
    """Whether one tool may do what the other does.

    Example:
        >>> alike(ToolSpec("calc_area_circle"), ToolSpec("circle.area"))
        True
        >>> alike(ToolSpec("get_weather", "Weather."), ToolSpec("circle.area", "Area."))
        False
    """
    if one.description and one.description.strip() == other.description.strip():
        return True
    left, right = words(one.name), words(other.name)
    return 2 * len(left & right) >= min(len(left), len(right))


def words(name: str) -> set[str]:
    """The words of a name.

    Example:
        >>> sorted(words("getWeather_now"))
        ['get', 'now', 'weather']
    """
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", name)
    return {part.lower() for part in parts} or {name}
