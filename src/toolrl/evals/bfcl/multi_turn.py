"""BFCL's conversations: the model's calls are run, turn after turn, and the end states compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolrl.envs.bfcl_wheel import module
from toolrl.envs.bfcl_world import World
from toolrl.evals.bfcl.checker import Verdict
from toolrl.evals.bfcl.files import as_result
from toolrl.evals.bfcl.items import Item
from toolrl.evals.bfcl.prompt import with_more
from toolrl.evals.episode import Episode
from toolrl.evals.prompting import Prompting
from toolrl.models.answers import Answer, Request
from toolrl.types import Message, ToolCall

Turns = list[list[tuple[ToolCall, ...]]]
"""By turn, the calls of each answer that had any."""
CHECKER = "eval_checker.multi_turn_eval.multi_turn_checker"


class MultiTurn(Episode):
    """An item of a multi-turn category.

    A turn ends with an answer without calls. After more than BFCL's limit of answers with calls in
    one turn (20) the item ends; it is wrong if turns are missing, as officially.
    """

    def __init__(self, item: Item, how: Prompting) -> None:
        super().__init__(item.id, item.category, how)
        self.item = item
        self.group = scenario(item.id)
        self.tools = how.offer([how.tool(document) for document in item.shown])
        self.messages: list[Message] = []
        self.turns: Turns = []
        self.results: list[list[str]] = []
        self.well_formed = True
        self.over = self.forced = False
        self._world: World | None = None
        self.begin_turn()

    @property
    def asked(self) -> str:
        """What the user says, a line a turn."""
        return "\n".join(one.content for turn in self.item.turns for one in turn)

    @property
    def expected(self) -> Any:
        """The key's calls of each turn."""
        return self.item.key

    @property
    def world(self) -> World:
        """The tools' state; made when it is first needed, as it is large."""
        self._world = self._world or world_of(self.item)
        return self._world

    def begin_turn(self) -> None:
        """The user's next message, or the end."""
        turn = len(self.turns)
        if turn == len(self.item.turns):
            self.over, self._world = True, None
            return
        self.turns.append([])
        self.results.append([])
        more = self.item.added(turn)
        if more:
            self.tools, message = with_more(self.how, self.tools, more)
            self.messages.append(message)
        else:
            self.messages += self.item.turns[turn]

    def request(self) -> Request | None:
        """The conversation so far."""
        return None if self.over else self.how.ask(self.tools, self.messages)

    def take(self, answer: Answer) -> None:
        """Run the calls; without any, the turn is over."""
        if answer.too_long:  # and so would be whatever follows
            self.over = self.forced = True
            self._world = None
            return
        reading = self.how.read(answer, self.tools)
        self.well_formed &= reading.well_formed
        self.results[-1].append(as_result(reading, "python"))
        self.messages.append(reading.said)
        if not reading.calls:
            self.begin_turn()
            return
        self.turns[-1].append(reading.calls)
        results = [self.world.run(call) for call in reading.calls]
        self.messages += self.how.results(reading.calls, results)
        if len(self.turns[-1]) > module("constants.default_prompts").MAXIMUM_STEP_LIMIT:
            self.over = self.forced = True
            self._world = None

    def gold(self) -> Answer:
        """All calls of the key's turn at once, then a word to end the turn."""
        turn = len(self.turns) - 1
        due = [] if self.turns[-1] else [self.world.read(text) for text in self.item.key[turn]]
        return self.how.gold(due, "Done.")

    def verdict(self) -> dict[str, Any]:
        """The official verdict; ``strict`` asks besides that every answer was well-formed."""
        ended_early = self.forced and len(self.turns) < len(self.item.turns)
        said = (
            Verdict(False, "multi_turn:force_terminated", "too many steps in one turn")
            if ended_early
            else judge_turns(self.item, self.turns)
        )
        return {
            "official": said.valid,
            "strict": said.valid and self.well_formed,
            "well_formed": self.well_formed,
            "calls": [[call.to_dict() for step in turn for call in step] for turn in self.turns],
            "result": self.results,
            "error_type": said.error_type,
            "error": said.error,
        }


def scenario(id_: str) -> str:
    """The four multi-turn categories change the same 200 scenarios, which have one number.

    Example:
        >>> scenario("multi_turn_miss_func_12")
        'multi_turn 12'
    """
    return f"multi_turn {id_.rpartition('_')[2]}"


def world_of(item: Item) -> World:
    """Fresh tools for an item."""
    return World(
        item.entry["involved_classes"],
        item.entry["initial_config"],
        long_context="long_context" in item.category,
    )


def judge_turns(item: Item, turns: Sequence[Sequence[Sequence[ToolCall]]]) -> Verdict:
    """The official rules: after each turn of the key that calls, equal states and all its results.

    Both the model's calls and the key's are run on fresh tools. A turn whose key is empty is run
    and not looked at.
    """
    checker = module(CHECKER)
    ours, theirs = world_of(item), world_of(item)
    said_so_far: list[str] = []
    for number, (steps, key) in enumerate(zip(turns, item.key, strict=True)):
        said_so_far += [ours.run(call) for step in steps for call in step]
        said = [theirs.run(theirs.read(text)) for text in key]
        if not key:
            continue
        if not steps:
            return Verdict(False, "multi_turn:empty_turn_model_response", f"turn {number}")
        for found in (
            checker.state_checker(ours.instances, theirs.instances),
            checker.response_checker(said_so_far, said, number),
        ):
            if not found["valid"]:
                return Verdict(False, found["error_type"], found["error_message"])
    return Verdict(True)
