"""The ways in which a model's text departs from its format, and the log that collects them."""

from __future__ import annotations

from toolrl.types import Issue

ISSUE_CODES: dict[str, str] = {
    "missing_think": "No think block comes before the other blocks.",
    "tag_in_thought": "The thought quotes a tag of the format; what it quotes is not read.",
    "empty_answer": "There is neither a call nor a reply.",
    "empty_block": "A block of the format holds nothing.",
    "truncated": "A block was opened and never closed.",
    "extra_text": "There is text outside the blocks.",
    "repeated_block": "A block that may come once comes again.",
    "wrong_order": "The blocks come in another order than think, tool_call, response.",
    "bad_json": "A call is not valid JSON; that call is left out, the others are kept.",
    "bad_layout": "The calls can be read but are not laid out as the format asks.",
    "bad_call": "A call in Python form can't be read; the calls before it are kept.",
    "positional_argument": "A call gives an argument without its name.",
    "missing_name": "A call has no name, or one that is not a non-empty string.",
    "missing_parameters": "A call has no arguments object; it is read as a call without arguments.",
    "wrong_key": "The arguments stand under another dialect's key; the call is read.",
    "bad_arguments": "The arguments are not a JSON object; a quoted object is read, else none.",
    "duplicate_key": "An object gives one key twice; the last one counts.",
    "extra_key": "A call has keys besides its name and its arguments; they are passed over.",
    "call_in_reply": "The reply hides a call; it is not read.",
    "tag_in_reply": "The reply holds a tag of the format that opens or closes nothing.",
    "no_call": "A block for calls was opened and holds none.",
    "too_many_issues": "There were so many departures that the rest of the text was not read.",
}

MAX_ISSUES = 100


class IssueLog:
    r"""Collects issues of one text in any order and gives them back by position, with lines.

    At most `MAX_ISSUES` are kept: a reader asks `full` and stops, which bounds the work on a text
    made of nothing but mistakes.

    Example:
        >>> log = IssueLog("a\nb")
        >>> log.add("extra_text", "text before the think block", 2)
        >>> [str(issue) for issue in log.finish()]
        ['line 2: extra_text: text before the think block']
    """

    __slots__ = ("_found", "_text")

    def __init__(self, text: str):
        self._text = text
        self._found: list[tuple[int, str, str]] = []

    @property
    def count(self) -> int:
        """How many issues were noted."""
        return len(self._found)

    @property
    def full(self) -> bool:
        """Whether reading on is pointless."""
        return len(self._found) >= MAX_ISSUES

    def add(self, code: str, message: str, position: int) -> None:
        """Note one departure at an offset of the text; past the limit it is dropped."""
        if self.full:
            return
        if not message.isascii():
            # Half of a surrogate pair that the text escapes can't be written to a file as it is.
            message = message.encode("utf-8", "backslashreplace").decode()
        self._found.append((min(position, len(self._text)), code, message))
        if self.full:
            self._found[-1] = (
                self._found[-1][0],
                "too_many_issues",
                f"more than {MAX_ISSUES} departures; the rest of the text is not read",
            )

    def finish(self) -> tuple[Issue, ...]:
        """All issues by position; lines are counted once over the text, from 1."""
        issues, line, seen = [], 1, 0
        for position, code, message in sorted(self._found, key=lambda found: found[0]):
            line += self._text.count("\n", seen, position)
            seen = position
            issues.append(Issue(code, message, position, line))
        return tuple(issues)
