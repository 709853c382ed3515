"""Which call a result belongs to, whatever the order in which results stand.

By the id of the call, where there is one; else by the tool's name and, among calls of one tool, by
order. What can't be told is said (:attr:`Assignment.faults`), not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, groupby

from toolrl.types import Message, ToolCall

Place = tuple[int, int]
"""Of a call: the number of its message, and its number among that message's calls; from 0."""
Results = Sequence[tuple[int, Message]]
"""Results in a row, each with the number of its message."""
NOBODYS = "a result whose tool_call_id no call before it has"
WITHOUT_ID = "a result without a tool_call_id, where the calls have ids"
DOUBLED = "two calls of one message with the same id"
TWICE = "two results for one call"
TOO_MANY = "a result more than there are calls"


@dataclass
class Assignment:
    """The calls of a conversation's results; :func:`assign` makes it.

    Attributes:
        owners: the number of a result's message to the place of its call. A single result of
            several calls, as some data sets have it, is nobody's.
        faults: the number of a message to what is wrong with it, and a detail.
        calls: all calls by place.
        by_id: the latest place of each id; some servers count from 0 in every turn.
        waiting: calls of the last assistant messages that had no result yet.
        answered: calls that have one.
    """

    owners: dict[int, Place] = field(default_factory=dict)
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)
    calls: dict[Place, ToolCall] = field(default_factory=dict)
    by_id: dict[str, Place] = field(default_factory=dict)
    waiting: list[Place] = field(default_factory=list)
    answered: set[Place] = field(default_factory=set)

    def add_calls(self, number: int, message: Message) -> None:
        """Take in an assistant's calls."""
        own: set[str] = set()
        for which, call in enumerate(message.tool_calls):
            place = (number, which)
            self.calls[place] = call
            self.waiting.append(place)
            if not call.id:
                continue
            if call.id in own:
                self.faults[number] = (DOUBLED, call.id)
            own.add(call.id)
            self.by_id[call.id] = place

    def add_results(self, run: Results) -> None:
        """Find the owners of results in a row: first of those with an id, then of the others."""
        if len(run) == len(self.waiting) == 1:
            call, key = self.calls[self.waiting[0]], run[0][1].tool_call_id
            if not (call.id and key) and key not in self.by_id:  # nothing to tell apart
                self._own(run[0][0], self.waiting.pop())
                return
        for number, result in run:
            if result.tool_call_id:
                self._add_by_id(number, result.tool_call_id)
        self.waiting = [place for place in self.waiting if place not in self.answered]
        plain = [(number, result) for number, result in run if not result.tool_call_id]
        if len(plain) > len(self.waiting):
            number, result = plain[len(self.waiting)]
            self.faults[number] = (TOO_MANY, result.content)
            return
        for number, place in (self._by_name(plain) or self._by_order(plain)).items():
            self._own(number, place)

    def _add_by_id(self, number: int, key: str) -> None:
        place = self.by_id.get(key)
        if place is None:
            self.faults[number] = (NOBODYS, key)
        elif place in self.answered:
            self.faults[number] = (TWICE, key)
        else:
            self._own(number, place)

    def _own(self, number: int, place: Place) -> None:
        self.owners[number] = place
        self.answered.add(place)

    def _by_name(self, plain: Results) -> dict[int, Place]:
        """Owners of results that all have the name of a call; else none.

        Several calls of one tool are told apart by order, but not where they have ids.
        """
        found: dict[int, Place] = {}
        for number, result in plain:
            fitting = [p for p in self.waiting if self.calls[p].name == result.name]
            free = [place for place in fitting if place not in found.values()]
            if not free or (len(fitting) > 1 and self.calls[free[0]].id):
                return {}
            found[number] = free[0]
        return found

    def _by_order(self, plain: Results) -> dict[int, Place]:
        """Owners of results without names: as many as there are calls, in their order.

        Where the calls have ids, order is no sign of anything.
        """
        if any(self.calls[place].id for place in self.waiting):
            self.faults.update((number, (WITHOUT_ID, result.content)) for number, result in plain)
            return {}
        if len(plain) != len(self.waiting):
            return {}
        return {number: place for (number, _), place in zip(plain, self.waiting, strict=True)}


def assign(messages: Sequence[Message]) -> Assignment:
    """Find the call of every result in a conversation.

    Example:
        >>> said = Message("assistant", tool_calls=(ToolCall("f", {}, "1"), ToolCall("g", {}, "2")))
        >>> results = Message("tool", "G", tool_call_id="2"), Message("tool", "F", name="f")
        >>> assign((said, *results)).owners
        {1: (0, 1), 2: (0, 0)}
    """
    done = Assignment()
    for role, group in groupby(enumerate(messages), key=lambda pair: pair[1].role):
        if role == "assistant":
            done.waiting = []
            for number, message in group:
                done.add_calls(number, message)
        elif role == "tool":
            done.add_results(list(group))
    return done


def named_results(messages: Sequence[Message], known: Assignment) -> tuple[Message, ...]:
    """The conversation in its order, each result with the name of its tool and the id of its call.

    A name that a result has already stays, unless an id says better.
    """
    return tuple(_named(message, number, known) for number, message in enumerate(messages))


def _named(message: Message, number: int, known: Assignment) -> Message:
    if number not in known.owners:
        return message
    call = known.calls[known.owners[number]]
    name = call.name if message.tool_call_id or not message.name else message.name
    return replace(message, name=name, tool_call_id=message.tool_call_id or call.id)


def in_call_order(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The conversation as a prompt shows it: results in a row stand in the order of their calls.

    They are named, too. Results of which one is nobody's stay in their order.

    Example:
        >>> said = Message("assistant", tool_calls=(ToolCall("f", {}, "1"), ToolCall("g", {}, "2")))
        >>> results = Message("tool", "G", tool_call_id="2"), Message("tool", "F", tool_call_id="1")
        >>> [(one.name, one.content) for one in in_call_order((said, *results))[1:]]
        [('f', 'F'), ('g', 'G')]
    """
    if not any(message.role == "tool" for message in messages):
        return tuple(messages)
    known = assign(messages)
    named = named_results(messages, known)
    ordered: list[int] = []
    for role, group in groupby(range(len(messages)), key=lambda number: messages[number].role):
        run = list(group)
        if role == "tool" and all(number in known.owners for number in run):
            run.sort(key=known.owners.__getitem__)
        ordered += run
    return tuple(named[number] for number in ordered)


def with_ids(messages: Sequence[Message]) -> tuple[Message, ...]:
    """As :func:`in_call_order`, and every call and result has an id, as servers demand it.

    Ids that are there stay. New ones have nine letters and digits, which every template takes.

    Example:
        >>> told = with_ids((Message("assistant", tool_calls=(ToolCall("f"),)), Message("tool")))
        >>> told[0].tool_calls[0].id, told[1].tool_call_id
        ('call00000', 'call00000')
    """
    ordered = in_call_order(messages)
    known = assign(ordered)
    taken = {call.id for call in known.calls.values()}
    fresh = (name for name in map("call{:05d}".format, count()) if name not in taken)
    ids = {place: call.id or next(fresh) for place, call in known.calls.items()}
    return tuple(_identified(ordered, known, ids, fresh))


def _identified(
    messages: Sequence[Message],
    known: Assignment,
    ids: Mapping[Place, str],
    fresh: Iterator[str],
) -> Iterator[Message]:
    """The messages with these ids; a result that is nobody's takes that of a call without one."""
    answered = set(known.owners.values())
    waiting: list[str] = []
    for number, message in enumerate(messages):
        if message.tool_calls:
            places = [(number, which) for which in range(len(message.tool_calls))]
            waiting = [ids[place] for place in places if place not in answered]
            pairs = zip(message.tool_calls, places, strict=True)
            own = tuple(replace(call, id=ids[place]) for call, place in pairs)
            yield replace(message, tool_calls=own)
        elif message.role == "tool" and not message.tool_call_id:
            owner = known.owners.get(number)
            spare = waiting.pop(0) if owner is None and waiting else ""
            yield replace(message, tool_call_id=ids[owner] if owner else spare or next(fresh))
        else:
            yield message
