"""Split by tool: what a held-out example offers or calls never occurs in training. Or by row.

Either way the turns of a conversation (:attr:`Example.group`) stay on one side.

By tool, examples that need the same tools form groups. Small groups are held out whole, at random;
a group that would be more than half of the held-out part gives its share of examples, neighbours
first. So both parts are made of the same kinds of examples. Two things are left to mend, since real
data shows a tool in many rows: a tool of the other side that an example merely offers is swapped
for one of its own side, and an example that needs tools of both sides is lost.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from toolrl.types import Example, ToolSpec

LARGEST_WHOLE = 0.5  # of the held-out part; a larger group would make it a sample of one topic
Names = frozenset[str]


@dataclass
class Split:
    """The outcome of a split.

    Attributes:
        train: examples to learn from, ``split="train"``.
        heldout: examples with other tools, ``split="heldout"``.
        lost: examples that need tools of both sides.
        parted: examples that need tools of one side while their conversation is on the other.
        swapped: how many examples had tools of the other side swapped.
    """

    train: list[Example] = field(default_factory=list)
    heldout: list[Example] = field(default_factory=list)
    lost: list[Example] = field(default_factory=list)
    parted: list[Example] = field(default_factory=list)
    swapped: int = 0


def split_by_tool(examples: Sequence[Example], share: float, random: Random) -> Split:
    """Split examples so that no tool name occurs on both sides.

    Args:
        examples: all of them; those without tools go to training.
        share: the wanted share of held-out examples, in [0, 1].
        random: decides which tools are held out and what is swapped in.

    Example:
        >>> rows = [Example(str(n), (ToolSpec(f"tool{n}"),), ()) for n in range(10)]
        >>> split = split_by_tool(rows, 0.2, Random(0))
        >>> len(split.train), len(split.heldout)
        (8, 2)
    """
    needed = [needed_names(example) for example in examples]
    held = hold_out(needed, share, random)
    held |= offered_mostly_with(held, examples, needed)
    tools = {tool.name: tool for example in examples for tool in example.tools}
    pools = {
        side: [t for t in tools.values() if (t.name in held) is side] for side in (True, False)
    }
    split = Split()
    side_of: dict[str, set[bool]] = {}  # of a conversation
    for example, names in zip(examples, needed, strict=True):
        sides = {name in held for name in names} or {False}
        if len(sides) > 1:
            split.lost.append(example)
        elif example.group and side_of.setdefault(example.group, sides) != sides:
            split.parted.append(example)
        else:
            put(example, held, pools, random, split)
    return split


def split_by_row(
    examples: Sequence[Example], rows: Sequence[Hashable], share: float, random: Random
) -> Split:
    """Split so that examples of one raw row, as the turns of a conversation, stay together.

    Args:
        examples: all of them.
        rows: for each example the raw row that it was made from.
        share: the share of rows to hold out, in [0, 1]; some row as soon as it isn't 0.
        random: decides which.

    Example:
        >>> turns = [Example(str(n), (), ()) for n in range(4)]
        >>> split = split_by_row(turns, ["a", "a", "b", "b"], 0.5, Random(0))
        >>> [e.id for e in split.train], [e.id for e in split.heldout]
        (['0', '1'], ['2', '3'])
    """
    distinct = list(dict.fromkeys(rows))
    count = round(share * len(distinct))
    if share > 0 and not count and len(distinct) > 1:
        count = 1
    held = set(random.sample(distinct, count))
    split = Split()
    for example, row in zip(examples, rows, strict=True):
        part, name = (split.heldout, "heldout") if row in held else (split.train, "train")
        part.append(replace(example, split=name))
    return split


def needed_names(example: Example) -> Names:
    """The tools that an example can't do without.

    Those called now or before, or named by its tool messages. An answer in words may speak of any
    offered tool ("in which city?"), so there all of them count.
    """
    names = {call.name for call in example.calls}
    for message in example.messages:
        names |= {call.name for call in message.tool_calls}
        names |= {message.name} if message.role == "tool" and message.name else set()
    if not example.calls:
        names |= {tool.name for tool in example.tools}
    return frozenset(names)


def hold_out(needed: Sequence[Names], share: float, random: Random) -> set[str]:
    """Tool names to hold out; some as soon as there are two groups and the share isn't 0."""
    groups = groups_of(needed, random)
    left = share * len(needed)
    largest = LARGEST_WHOLE * left
    held: set[str] = set()
    whole: list[Group] = []
    for group in groups:
        wanted = share * len(group.rows)
        names, complete = neighbours_for(group, needed, wanted)
        if len(group.rows) > largest and complete <= 2 * wanted:
            held |= names
            left -= complete
        else:
            whole.append(group)
    random.shuffle(whole)
    for group in whole:
        # The last group is taken when more than half of it is still wanted.
        if len(group.rows) <= 2 * left:
            held.update(group.names)
            left -= len(group.rows)
    if not held and share > 0 and len(whole) > 1:
        held.update(min(whole, key=lambda group: len(group.rows)).names)
    return held


@dataclass
class Group:
    """Examples that hang together by the tools they need.

    Attributes:
        names: the tools, each near to those before it.
        rows: which examples, by index.
    """

    names: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def groups_of(needed: Sequence[Names], random: Random) -> list[Group]:
    """All groups, each walked from a random tool."""
    users: dict[str, list[int]] = defaultdict(list)
    for index, names in enumerate(needed):
        for name in sorted(names):
            users[name].append(index)
    starts = sorted(users)
    random.shuffle(starts)
    seen: set[str] = set()
    return [walk(start, needed, users, seen) for start in starts if start not in seen]


def walk(
    start: str, needed: Sequence[Names], users: Mapping[str, list[int]], seen: set[str]
) -> Group:
    """The group of one tool; its names become seen."""
    group, rows = Group(), set()
    queue = deque([start])
    seen.add(start)
    while queue:
        group.names.append(queue.popleft())
        fresh = [row for row in users[group.names[-1]] if row not in rows]
        rows.update(fresh)
        for name in (name for row in fresh for name in sorted(needed[row])):
            if name not in seen:
                seen.add(name)
                queue.append(name)
    group.rows = sorted(rows)
    return group


def neighbours_for(group: Group, needed: Sequence[Names], wanted: float) -> tuple[set[str], int]:
    """The first names of a group that complete so many of its examples, and how many they do."""
    missing = {row: len(needed[row]) for row in group.rows}
    users: dict[str, list[int]] = defaultdict(list)
    for row in group.rows:
        for name in needed[row]:
            users[name].append(row)
    held: set[str] = set()
    complete = 0
    for name in group.names:
        if complete >= wanted:
            break
        held.add(name)
        for row in users[name]:
            missing[row] -= 1
            complete += not missing[row]
    return held, complete


def offered_mostly_with(
    held: set[str], examples: Sequence[Example], needed: Sequence[Names]
) -> set[str]:
    """Tools that no example needs and that are offered more often on the held-out side."""
    votes: Counter[str] = Counter()
    for example, names in zip(examples, needed, strict=True):
        weight = 1 if names and names <= held else -1
        votes.update({tool.name: weight for tool in example.tools})
    ever_needed = frozenset().union(*needed)
    return {name for name, vote in votes.items() if vote > 0 and name not in ever_needed}


def put(
    example: Example,
    held: set[str],
    pools: Mapping[bool, Sequence[ToolSpec]],
    random: Random,
    split: Split,
) -> None:
    """Add an example to its side, with tools of that side only."""
    side = bool(needed_names(example)) and needed_names(example) <= held
    tools = tuple(own_side(example.tools, side, held, pools[side], random))
    split.swapped += tools != example.tools
    part, name = (split.heldout, "heldout") if side else (split.train, "train")
    part.append(replace(example, tools=tools, split=name))


def own_side(
    tools: Sequence[ToolSpec], side: bool, held: set[str], pool: Sequence[ToolSpec], random: Random
) -> Iterator[ToolSpec]:
    """The offered tools, those of the other side swapped; left out if there is nothing to swap."""
    taken = {tool.name for tool in tools}
    for tool in tools:
        if (tool.name in held) is side:
            yield tool
            continue
        found = [t for t in random.sample(pool, min(len(pool), 20)) if t.name not in taken]
        if found:
            taken.add(found[0].name)
            yield found[0]
