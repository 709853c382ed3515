"""All tools of the gym, which split each belongs to, and fresh worlds to run them in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.domains import DOMAINS
from toolrl.data.gym.phrases import Asked
from toolrl.errors import NotFoundError, did_you_mean
from toolrl.schema.functions import tool_spec
from toolrl.tools import Toolbox
from toolrl.types import ToolSpec


@dataclass(frozen=True, slots=True)
class GymTool:
    """One tool of the catalogue.

    Attributes:
        spec: as a model sees it.
        domain: the class whose method it is.
        asked: how people ask for it.
    """

    spec: ToolSpec
    domain: type[Domain]
    asked: Asked

    @property
    def name(self) -> str:
        """What a call says."""
        return self.spec.name

    @property
    def split(self) -> str:
        """``"heldout"`` when the tool or its whole domain is; else ``"train"``."""
        return "heldout" if self.domain.heldout or self.asked.heldout else "train"


def catalogue(split: str | None = None) -> tuple[GymTool, ...]:
    """The tools of a split, or all, in a fixed order; no name is in both splits.

    Example:
        >>> [tool.name for tool in catalogue("train")][:2]
        ['get_balance', 'transfer_money']
    """
    return tuple(tool for tool in _all_tools().values() if split in (None, tool.split))


def gym_tool(name: str) -> GymTool:
    """The tool of that name.

    Raises:
        NotFoundError: no such tool.
    """
    tools = _all_tools()
    if name not in tools:
        raise NotFoundError(f"no tool '{name}' in the gym{did_you_mean(name, tools)}")
    return tools[name]


def world(split: str = "train", seed: int = 0, names: Iterable[str] | None = None) -> Toolbox:
    """A fresh world whose tools run; the same split and seed give the same world.

    Args:
        split: whose words fill the world, and whose tools it has.
        seed: the world's number; tasks are made in world 0.
        names: only these tools; None for all of the split.

    Raises:
        NotFoundError: a name is no tool of the gym.

    Example:
        >>> from toolrl.types import ToolCall
        >>> world().run(ToolCall("get_capital", {"country": "France"})).value
        'Paris'
    """
    chosen = catalogue(split) if names is None else [gym_tool(name) for name in names]
    worlds = {tool.domain: tool.domain(split, seed) for tool in chosen}
    return Toolbox(getattr(worlds[tool.domain], tool.name) for tool in chosen)


@cache
def _all_tools() -> dict[str, GymTool]:
    return {
        name: GymTool(_spec(method), domain, method.asked)  # type: ignore[attr-defined]
        for domain in DOMAINS
        for name, method in domain.tool_methods().items()
    }


def _spec(method: object) -> ToolSpec:
    """The spec of a method not yet bound, so without ``self``."""
    return tool_spec(method.__get__(object()))  # type: ignore[attr-defined]
