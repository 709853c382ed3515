"""BFCL's single-turn items: one prompt, one answer, the official verdict on its calls."""

from __future__ import annotations

from typing import Any

from toolrl.evals.bfcl.categories import any_call_will_do, language
from toolrl.evals.bfcl.checker import judge_abstention, judge_calls
from toolrl.evals.bfcl.files import as_result
from toolrl.evals.bfcl.gold import gold_calls
from toolrl.evals.bfcl.items import Item
from toolrl.evals.episode import Episode
from toolrl.evals.prompting import Prompting
from toolrl.models.answers import Answer, Request
from toolrl.types import ToolCall


class SingleTurn(Episode):
    """An item of an AST, relevance or irrelevance category."""

    def __init__(self, item: Item, how: Prompting) -> None:
        super().__init__(item.id, item.category, how)
        self.item = item
        self.tools = how.offer([how.tool(document) for document in item.shown])

    @property
    def asked(self) -> str:
        """The last message of the question."""
        return self.item.turns[0][-1].content

    @property
    def expected(self) -> Any:
        """The key; None where no call is due, or any will do."""
        return self.item.key

    def request(self) -> Request | None:
        """The prompt, once."""
        if self.answers:
            return None
        return self.how.ask(self.tools, self.item.turns[0])

    def take(self, answer: Answer) -> None:
        """One answer is all."""

    def gold(self) -> Answer:
        """The key's calls; where there is no key, a refusal, or any call for relevance."""
        calls = self.right_calls()
        return self.how.gold(calls, "" if calls else "None of the functions can be used.")

    def right_calls(self) -> tuple[ToolCall, ...]:
        """Calls that the official checker accepts."""
        if self.item.wants_no_call:
            return ()
        if any_call_will_do(self.category):
            return (ToolCall(self.item.documents[0]["name"], {}),)
        return gold_calls(self.item.documents, self.item.key, language(self.category))

    def verdict(self) -> dict[str, Any]:
        """Strict differs where abstaining is right: the answer must be well-formed, too."""
        reading = self.how.read(self.answers[-1], self.tools)
        abstains = self.item.wants_no_call
        said = (
            judge_abstention(reading.calls)
            if abstains
            else judge_calls(reading.calls, self.item.documents, self.item.key, self.category)
        )
        return {
            "official": said.valid,
            "strict": said.valid and (reading.well_formed or not abstains),
            "well_formed": reading.well_formed,
            "calls": [call.to_dict() for call in reading.calls],
            "result": as_result(reading, language(self.category)),
            "error_type": said.error_type,
            "error": said.error,
        }
