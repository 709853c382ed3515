"""API-Bank as a benchmark."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolrl.data.sources.common import NO_TOOL_REPLY
from toolrl.errors import ConfigError
from toolrl.evals.api_bank.changes import changed
from toolrl.evals.api_bank.rows import read_level
from toolrl.evals.benchmark import Benchmark, BenchmarkConfig
from toolrl.evals.episode import Episode
from toolrl.evals.prompting import Prompting, Reading, prompting
from toolrl.evals.shares import Weights
from toolrl.evals.variants.shown import vary
from toolrl.models.answers import Answer, Request
from toolrl.models.trained import settle
from toolrl.types import Example, ToolCall


@dataclass(frozen=True)
class APIBankConfig(BenchmarkConfig):
    """API-Bank's settings.

    Attributes:
        data: the file of each level, as ``{level-1: FILE, level-2: FILE}``, in ToolRL's processed
            form or as API-Bank has it; the names become the categories.
    """

    benchmark: str = "api-bank"
    data: dict[str, str] = field(default_factory=dict)


class APIBank(Benchmark):
    """The items of some levels; see `docs/evaluation.md`.

    Raises:
        ConfigError: no data.
        DataError: a row that is none of API-Bank's.
    """

    name = "api-bank"

    def __init__(self, config: APIBankConfig) -> None:
        if not config.data:
            raise ConfigError(
                "API-Bank comes with no package; give its files, as data='{level-1: FILE, level-2: "
                "FILE, level-3: FILE}' (docs/evaluation.md says which)"
            )
        self.config = config
        self.prompting = prompting(settle(config, "prompt")[0].prompt)
        self.categories = tuple(config.data)
        self.levels = {name: read_level(place, name) for name, place in config.data.items()}
        every = [tool for items in self.levels.values() for one in items for tool in one.tools]
        self.pool = list({tool.name: tool for tool in every}.values())

    def items(self) -> Sequence[Example]:
        """All items, or a seeded sample of each level; without those no change applies to."""
        drawn = (item for name, items in self.levels.items() for item in self.drawn(name, items))
        return [new for item in drawn if (new := changed(item, self.config.variant))]

    def drawn(self, name: str, items: Sequence[Example]) -> Sequence[Example]:
        """A level's items, or a sample."""
        limit = self.config.limit
        if limit is None or limit >= len(items):
            return items
        kept = random.Random(f"{self.config.seed} {name}").sample(range(len(items)), limit)
        return [items[i] for i in sorted(kept)]

    def begin(self, item: Example) -> Episode:
        """One answer."""
        return OneCall(item, vary(self.prompting, self.config.variant, item.id, self.pool))

    def headline(self, names: Iterable[str]) -> tuple[str, Weights]:
        """Levels by their sizes: the share of all items, as published."""
        sizes = {name: len(self.levels[name]) for name in names}
        return "all_items", {name: size / sum(sizes.values()) for name, size in sizes.items()}


class OneCall(Episode):
    """An item: a conversation in which one call is due."""

    def __init__(self, item: Example, how: Prompting) -> None:
        super().__init__(item.id, item.kind, how)
        self.item, self.group = item, item.group
        self.tools = how.offer(item.tools)

    @property
    def asked(self) -> str:
        """The last message of the conversation."""
        return self.item.messages[-1].content

    @property
    def expected(self) -> Any:
        """The calls that are due."""
        return [call.to_dict() for call in self.item.calls]

    def request(self) -> Request | None:
        """The prompt, once."""
        return None if self.answers else self.how.ask(self.tools, self.item.messages)

    def take(self, answer: Answer) -> None:
        """One answer is all."""

    def gold(self) -> Answer:
        """The expected call, or a refusal."""
        return self.how.gold(self.item.calls, "" if self.item.calls else NO_TOOL_REPLY)

    def soft(self, answer: Answer, reading: Reading, due: ToolCall) -> bool:
        """The published match: any of the calls is the one that is due.

        An object in the tags without a name or parameters is taken for the parameters themselves.
        """
        shown = self.how.shown_call(due).arguments
        return due in reading.calls or any(given == shown for given in nameless(answer.text))

    def verdict(self) -> dict[str, Any]:
        """``official`` is the published soft match; ``strict`` wants just the one right call.

        Where no call is due, none may be made.
        """
        answer = self.answers[-1]
        reading = self.how.read(answer, self.tools)
        due = self.item.calls
        return {
            "official": self.soft(answer, reading, *due) if due else not reading.calls,
            "strict": reading.well_formed and reading.calls == due,
            "well_formed": reading.well_formed,
            "offered": all(self.item.tool(call.name) is not None for call in due),
            "calls": [call.to_dict() for call in reading.calls],
        }


def nameless(text: str) -> Iterator[dict[str, Any]]:
    r"""Objects in the last ``<tool_call>`` block that are no calls, one a line.

    Example:
        >>> list(nameless('<tool_call>\n{"city": "Oslo"}\n</tool_call>'))
        [{'city': 'Oslo'}]
    """
    _, tag, after = text.rpartition("<tool_call>")
    if not tag:
        return
    for line in after.partition("</tool_call>")[0].splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict) and not {"name", "parameters"} <= value.keys():
            yield value
