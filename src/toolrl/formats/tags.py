"""The tags of a format: noted in a reply, defused in free text, escaped in JSON."""

from __future__ import annotations

import re

from toolrl.formats.issues import IssueLog

_SOFT = {"<": "[", ">": "]", "[": "(", "]": ")"}


class Tags:
    r"""The tags that one format gives a meaning; those of other formats are plain text to it.

    Attributes:
        markers: all of them, as they are written.

    Example:
        >>> tags = Tags("think", "tool_call", special=("<|python_tag|>",))
        >>> tags.drop("I close with </think> and <|python_tag|>, not <obs>, if x < 3.")
        'I close with [/think] and [|python_tag|], not <obs>, if x < 3.'
        >>> Tags(special=("<function=", "[ARGS]")).drop("<function=f> [ARGS]")
        '[function=f> (ARGS)'
    """

    def __init__(self, *names: str, special: tuple[str, ...] = ()) -> None:
        """Tags by name, opening and closing, and markers as they are written.

        A marker begins with ``<`` or ``[``, and may be the beginning of a tag (``<function=``).
        """
        self.markers = (*(f"<{s}{name}>" for name in names for s in ("", "/")), *special)
        named = [rf"</?(?:{'|'.join(map(re.escape, names))})>"] if names else []
        self._pattern = re.compile("|".join([*named, *map(re.escape, special)]))
        self._first = {marker[0] for marker in special} | ({"<"} if names else set())

    def note(self, text: str, start: int, end: int, log: IssueLog) -> None:
        """Note the first tag in a reply, where it opens or closes nothing."""
        tag = self._pattern.search(text, start, end)
        if tag:
            log.add("tag_in_reply", f"the reply holds the tag {tag.group()}", tag.start())

    def occurs(self, text: str) -> bool:
        """Whether a tag stands in a text."""
        return self._may_occur(text) and bool(self._pattern.search(text))

    def escape(self, encoded: str) -> str:
        r"""JSON text whose tags have ``\u003c`` for ``<``: the same value, but never a tag.

        In JSON a tag only occurs inside strings, so this is always right.
        """
        return self._pattern.sub(_escaped, encoded) if self._may_occur(encoded) else encoded

    def drop(self, text: str) -> str:
        """Free text whose tags have softer brackets instead, so that quoting one opens no block."""
        return self._pattern.sub(_softened, text) if self._may_occur(text) else text

    def _may_occur(self, text: str) -> bool:
        return any(sign in text for sign in self._first)


def _escaped(tag: re.Match[str]) -> str:
    return f"\\u{ord(tag.group()[0]):04x}{tag.group()[1:]}"


def _softened(tag: re.Match[str]) -> str:
    marker = tag.group()
    last = _SOFT.get(marker[-1], marker[-1])
    return _SOFT[marker[0]] + marker[1:-1] + last
