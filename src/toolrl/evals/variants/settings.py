"""Which changes a run makes to a benchmark's items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from toolrl.errors import ConfigError


@dataclass(frozen=True)
class Variant:
    """Changes of every item; none by default. The same seed makes the same changes.

    Attributes:
        mask: tools and parameters get random names, so that only descriptions tell them apart
            (Hammer, arXiv 2410.04587); an answer with a hidden name is wrong, and counted.
        shuffle: the tools stand in another order.
        distractors: so many tools of other items are offered besides.
        remove: the tools that are due are taken away, and the right answer is to call nothing.
        numbers: numbers of the question, and with them those of the key, become others.
        seed: of all of these.
    """

    mask: bool = False
    shuffle: bool = False
    distractors: int = 0
    remove: bool = False
    numbers: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.distractors < 0:
            raise ConfigError("'variant.distractors' must be 0 or more")
        if self.distractors and self.remove:
            raise ConfigError(
                "'variant.remove' and 'variant.distractors' exclude each other: a distractor might "
                "fit where nothing should"
            )

    @property
    def changes(self) -> tuple[str, ...]:
        """Names of the changes that are on.

        Example:
            >>> Variant(mask=True, distractors=3).changes
            ('mask', 'distractors')
        """
        names = (field.name for field in fields(self) if field.name != "seed")
        return tuple(name for name in names if getattr(self, name))

    @property
    def shows_other_tools(self) -> bool:
        """Whether the tools look different, whatever the right answer is."""
        return bool(self.mask or self.shuffle or self.distractors)

    @property
    def changes_key(self) -> bool:
        """Whether the right answers are others than the benchmark's own."""
        return self.remove or self.numbers

    def __str__(self) -> str:
        """For tables.

        Example:
            >>> str(Variant(mask=True, distractors=3)), str(Variant())
            ('mask, distractors=3', '')
        """
        shown = [f"{n}={self.distractors}" if n == "distractors" else n for n in self.changes]
        return ", ".join(shown)


def refuse(variant: Variant, benchmark: str, names: Iterable[str]) -> None:
    """Refuse changes that a benchmark's items can't have.

    Raises:
        ConfigError: one of them is on.
    """
    for name in names:
        if getattr(variant, name):
            raise ConfigError(f"'variant.{name}' is not for '{benchmark}'; leave it out")
