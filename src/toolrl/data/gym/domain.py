"""A domain: a small world whose methods are tools."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, ClassVar

from toolrl.data.gym.pools import Pools, pools


class Domain:
    """Base of the domains; a subclass builds its world in :meth:`build` from ``self.rng``.

    The world depends on split and seed alone, so a fresh one is always the same one.

    Args:
        split: ``"train"`` or ``"heldout"``, whose names and words fill the world.
        seed: the world's number.
    """

    heldout: ClassVar[bool] = False
    pools: Pools
    rng: random.Random

    def __init__(self, split: str = "train", seed: int = 0) -> None:
        self.pools = pools(split)
        self.rng = random.Random(f"{type(self).__name__}-{split}-{seed}")
        self.build()

    def build(self) -> None:
        """Make the world; nothing to make where tools only compute."""

    @classmethod
    def tool_methods(cls) -> dict[str, Callable[..., Any]]:
        """Name to function of the methods marked as tools, in the order written."""
        return {name: method for name, method in vars(cls).items() if hasattr(method, "asked")}

    def bound(self, names: list[str] | None = None) -> list[Callable[..., Any]]:
        """The tools of this world, ready for a Toolbox; all, or those named."""
        return [getattr(self, name) for name in names or self.tool_methods()]
