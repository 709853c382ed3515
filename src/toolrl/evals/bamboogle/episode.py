"""One question: search, read, search again, answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from toolrl.envs.search import Search
from toolrl.evals.bamboogle.matching import contains, exact, f1, final_answer
from toolrl.evals.episode import Episode
from toolrl.evals.prompting import Prompting
from toolrl.models.answers import Answer, Request
from toolrl.types import Message, ToolCall, ToolSpec

TOOL = ToolSpec(
    "search",
    "Search for passages that help to answer a question. Returns titles and texts, best first.",
    {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "What to search for."}},
        "required": ["query"],
    },
)
TASK = (
    "Answer this question. Search as often as you need, at most {rounds} times in a row. End with "
    "a line 'Answer: ' and the answer alone, in as few words as possible.\n\nQuestion: {question}"
)
NOW = (
    "Give your answer now, without another search. End with a line 'Answer: ' and the answer alone."
)
MAX_CALLS = 8
"""Calls of one answer that are run; a model that repeats itself would search for ever."""
NOT_RUN = f"Error: not run; at most {MAX_CALLS} searches an answer"
MAX_CHARS = 1000
"""Of a passage."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the answers that are right."""

    id: str
    text: str
    right: tuple[str, ...]


class SearchAndAnswer(Episode):
    """An item: rounds of searches, then an answer.

    Args:
        question: what is asked.
        how: the prompting.
        search: the engine.
        judge: decides whether an answer is right; None is exact match.
        top_k: passages a search.
        max_rounds: answers with searches, before the model is told to answer.
    """

    def __init__(
        self,
        question: Question,
        how: Prompting,
        search: Search,
        *,
        judge: Callable[[str, str, Sequence[str]], bool] | None,
        top_k: int,
        max_rounds: int,
    ) -> None:
        super().__init__(question.id, "questions", how)
        self.question = question
        self.search, self.judge = search, judge
        self.tools = how.offer([TOOL])
        self.top_k, self.max_rounds = top_k, max_rounds
        task = TASK.format(rounds=max_rounds, question=question.text)
        self.messages = [Message("user", task)]
        self.results: list[str] = []
        self.known: list[str] = []
        self.rounds = 0
        self.well_formed = True
        self.final: str | None = None

    @property
    def asked(self) -> str:
        """The question."""
        return self.question.text

    @property
    def expected(self) -> Any:
        """The right answers."""
        return list(self.question.right)

    def request(self) -> Request | None:
        """The conversation so far."""
        return self.how.ask(self.tools, self.messages) if self.final is None else None

    def take(self, answer: Answer) -> None:
        """Run the searches; an answer without any, or after the last round, is final."""
        reading = self.how.read(answer, self.tools)
        self.well_formed &= reading.well_formed
        if not reading.calls or self.rounds == self.max_rounds:
            self.final = reading.said.content
            return
        self.rounds += 1
        found = [self.run(call) for call in reading.calls[:MAX_CALLS]]
        found += [NOT_RUN] * (len(reading.calls) - len(found))  # no call without a result
        self.messages += [reading.said, *self.how.results(reading.calls, found)]
        if self.rounds == self.max_rounds:
            self.messages.append(Message("user", NOW))

    def run(self, call: ToolCall) -> str:
        """What a call returns, or what is wrong with it; as recorded, where a record is known."""
        number = len(self.results)
        self.results.append(
            self.known[number] if number < len(self.known) else self.looked_up(call)
        )
        return self.results[-1]

    def looked_up(self, call: ToolCall) -> str:
        """The passages for a call."""
        query = call.arguments.get("query") if isinstance(call.arguments, dict) else None
        if call.name != TOOL.name:
            return f"Error: unknown tool '{call.name}'; known: {TOOL.name}"
        if not isinstance(query, str) or not query.strip():
            return "Error: 'query' must be a text"
        hits = self.search(query, self.top_k)
        texts = [f"({i}) {hit.title}: {hit.text[:MAX_CHARS]}" for i, hit in enumerate(hits, 1)]
        return "\n".join(texts) or "Nothing was found."

    def recall(self, row: dict[str, Any]) -> None:
        """Take the searches' results from a saved row; the web has others by now."""
        self.known = list(row["results"])

    def gold(self) -> Answer:
        """A search for the question, then its answer."""
        if not self.answers:
            return self.how.gold([ToolCall(TOOL.name, {"query": self.question.text})], "")
        return self.how.gold([], f"Answer: {self.question.right[0]}")

    def verdict(self) -> dict[str, Any]:
        """``official`` is the judge's word, ``strict`` wants well-formed answers besides."""
        text, right = self.final or "", self.question.right
        answer = final_answer(text)
        valid = self.judge(self.question.text, text, right) if self.judge else exact(answer, right)
        return {
            "official": valid,
            "strict": valid and self.well_formed,
            "well_formed": self.well_formed,
            "answer": answer,
            "right": list(right),
            "f1": f1(answer, right),
            "contains": contains(text, right),
            "searches": len(self.results),
            "rounds": self.rounds,
            "results": self.results,
        }
