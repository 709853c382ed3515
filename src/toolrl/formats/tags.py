"""The tags of a format: noted in a reply, defused in free text, escaped in JSON."""

from __future__ import annotations

import re

from toolrl.formats.issues import IssueLog


class Tags:
    r"""The tags that one format gives a meaning; those of other formats are plain text to it.

    Example:
        >>> tags = Tags("think", "tool_call", special=("<|python_tag|>",))
        >>> tags.drop("I close with </think> and <|python_tag|>, not <obs>, if x < 3.")
        'I close with [/think] and [|python_tag|], not <obs>, if x < 3.'
    """

    def __init__(self, *names: str, special: tuple[str, ...] = ()) -> None:
        """Tags by name, opening and closing, and markers that come alone, brackets included."""
        named = rf"/?(?:{'|'.join(map(re.escape, names))})"
        inner = [named, *(re.escape(marker[1:-1]) for marker in special)]
        self._pattern = re.compile(f"<({'|'.join(inner)})>")

    def note(self, text: str, start: int, end: int, log: IssueLog) -> None:
        """Note the first tag in a reply, where it opens or closes nothing."""
        tag = self._pattern.search(text, start, end)
        if tag:
            log.add("tag_in_reply", f"the reply holds the tag {tag.group()}", tag.start())

    def escape(self, encoded: str) -> str:
        r"""JSON text whose tags have ``\u003c`` for ``<``: the same value, but never a tag.

        In JSON ``<`` only occurs inside strings, so this is always right.
        """
        return self._pattern.sub(r"\\u003c\1>", encoded) if "<" in encoded else encoded

    def drop(self, text: str) -> str:
        """Free text whose tags have square brackets instead, so that quoting one opens no block."""
        return self._pattern.sub(r"[\1]", text) if "<" in text else text
