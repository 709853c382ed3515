"""Change examples so that a model must read the tools: masking, tool removal, distractors.

Every function is pure: an example and a :class:`random.Random` in, an example out, the same for
the same seed. Each keeps the law that an expected call names an offered tool and its parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from toolrl.data.renaming import Renaming, rename
from toolrl.data.sources.common import NO_TOOL_REPLY, kind_of
from toolrl.types import Example, ToolSpec

# Hammer's published masking (its script data_processing.py): share of rows, alphabet, lengths. It
# also replaces defaults in descriptions and questions by random values; that is left out here.
MASKED_SHARE = 0.67
MASK_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_."
TOOL_NAME_LENGTH = (5, 15)
PARAMETER_NAME_LENGTH = (4, 10)


def mask(example: Example, random: Random, share: float = MASKED_SHARE) -> Example:
    """Replace all names by random ones, so that only descriptions tell tools apart.

    Args:
        example: any example.
        random: the source of chance; always used, so that its state moves on by the example.
        share: the probability of masking at all, in [0, 1].

    Example:
        >>> example = Example("1", (ToolSpec("now"),), ())
        >>> mask(example, Random(0), share=1).tools[0].name != "now"
        True
    """
    if random.random() >= share:
        return example
    return rename(example, mask_names(example.tools, random))


def fresh_name(random: Random, length: tuple[int, int], taken: set[str]) -> str:
    """A random name that isn't taken yet; it is then."""
    while True:
        name = "".join(random.choices(MASK_ALPHABET, k=random.randint(*length)))
        if name not in taken:
            taken.add(name)
            return name


def mask_names(
    tools: Sequence[ToolSpec],
    random: Random,
    fresh: Callable[[Random, tuple[int, int], set[str]], str] = fresh_name,
) -> Renaming:
    """Random names for tools and parameters, all different from each other and from the old."""
    taken = {tool.name for tool in tools}
    new_tools = {tool.name: fresh(random, TOOL_NAME_LENGTH, taken) for tool in tools}
    parameters = {}
    for tool in tools:
        used = set(tool.properties)
        parameters[tool.name] = {
            name: fresh(random, PARAMETER_NAME_LENGTH, used) for name in tool.properties
        }
    return Renaming(new_tools, parameters)


def remove_tools(example: Example, random: Random, share: float = 1.0) -> Example:
    """Take the called tools away, so that the right answer is that none fits.

    Unchanged stay examples without calls, those that would be left without tools, and those whose
    history calls one of the tools.

    Args:
        example: any example.
        random: the source of chance.
        share: the probability of doing so, in [0, 1].
    """
    if random.random() >= share or not example.calls:
        return example
    called = {call.name for call in example.calls}
    before = {call.name for message in example.messages for call in message.tool_calls}
    left = tuple(tool for tool in example.tools if tool.name not in called)
    if not left or called & before:
        return example
    kind = kind_of((), NO_TOOL_REPLY)
    return replace(example, tools=left, calls=(), reply=NO_TOOL_REPLY, thought="", kind=kind)


def add_distractors(
    example: Example, random: Random, pool: Sequence[ToolSpec], count: int
) -> Example:
    """Offer up to ``count`` tools of other examples besides the example's own, at random places.

    Tools of a name or a description that is offered already are passed over. An example without
    expected calls stays as it is: a tool more could make its answer wrong.

    Args:
        example: any example.
        random: the source of chance.
        pool: where to draw from, usually all tools of the training split.
        count: how many at most, from 0.
    """
    if not example.calls or not pool or count <= 0:
        return example
    tools = list(example.tools)
    names = {tool.name for tool in tools}
    descriptions = {tool.description.strip().lower() for tool in tools}
    for tool in random.sample(list(pool), min(len(pool), 2 * count)):
        description = tool.description.strip().lower()
        if len(tools) - len(example.tools) == count:
            break
        if tool.name not in names and (not description or description not in descriptions):
            tools.insert(random.randint(0, len(tools)), tool)
            names.add(tool.name)
            descriptions.add(description)
    return replace(example, tools=tuple(tools))
