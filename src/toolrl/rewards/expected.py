"""The expected answer of a row, read once and prepared for scoring many completions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from toolrl.errors import DataError
from toolrl.formats import get_format
from toolrl.formats.attempts import Attempt, find_attempts
from toolrl.formats.base import Format, is_visible
from toolrl.schema.values import ArgumentTypes, Canonical
from toolrl.types import Example

Forms = dict[str, Canonical]

# Issues that stand for a call that was attempted but can't be read.
LOST_CALL = frozenset(
    {"bad_json", "bad_call", "missing_name", "positional_argument", "too_many_issues"}
)
# Issues that stand for an attempt to call, if not for a call.
HIDDEN_CALL = frozenset({"call_in_reply", "no_call"})
_MOST_KEPT = 4096


class Expected:
    """An example's expected calls, their arguments in canonical form, grouped by tool.

    Attributes:
        example: where it came from.
        count: how many calls are expected; 0 means that none should be made.
        arguments: how many arguments all the calls have, those left out that say nothing.
        largest: how many the call with the most of them has.
        wants_reply: whether a reply must be there: it is expected, or there is nothing to call.
        forms: the calls in the order of the example, as canonical arguments.
        groups: tool name to the forms of its calls.
        types: tool name to how its arguments are read.
        offered: the names of the tools that may be called.
        singles: the same for tools that are expected once: how arguments are read, and the form.
    """

    __slots__ = (
        "_named_in_reply",
        "arguments",
        "count",
        "example",
        "forms",
        "groups",
        "largest",
        "offered",
        "singles",
        "types",
        "wants_reply",
    )

    def __init__(self, example: Example):
        """Prepare an example; its calls are read by the schemas of the tools it offers."""
        self.example = example
        self.count = len(example.calls)
        self.wants_reply = not self.count or is_visible(example.reply)
        self.types: dict[str, ArgumentTypes] = {}
        self.groups: dict[str, list[Forms]] = {}
        self.forms: list[Forms] = []
        for call in example.calls:
            if call.name not in self.types:
                tool = example.tool(call.name)
                self.types[call.name] = ArgumentTypes(tool.parameters if tool else None)
            forms = self.types[call.name].read(call.arguments)
            self.forms.append(forms)
            self.groups.setdefault(call.name, []).append(forms)
        self.offered = tuple(tool.name for tool in example.tools)
        self._named_in_reply: frozenset[str] | None = None
        self.arguments = sum(map(len, self.forms))
        self.largest = max(map(len, self.forms), default=0)
        self.singles = {
            name: (self.types[name].read, forms[0])
            for name, forms in self.groups.items()
            if len(forms) == 1
        }

    def unexpected_attempt(self, text: str, form: Format) -> Attempt | None:
        """The first attempt to call in words of a completion; one the own reply has is none.

        The own reply counts as it is and as its format renders it, with tags in square brackets.

        Example:
            >>> from toolrl.types import ToolSpec
            >>> row = Expected(Example("1", (ToolSpec("now"),), ()))
            >>> row.unexpected_attempt("Say now().", get_format("hermes"))
            Attempt(what='now', position=4)
        """
        for attempt in find_attempts(text, self.example.tools):
            if self._named_in_reply is None:
                rendered = form.read(form.render_expected(self.example)).reply or ""
                self._named_in_reply = frozenset(
                    one.what
                    for reply in (self.example.reply, rendered)
                    for one in find_attempts(reply, self.example.tools)
                )
            if attempt.what not in self._named_in_reply:
                return attempt
        return None


def read_example(answer: str | Example | Mapping[str, Any]) -> Example:
    r"""The example that an answer stands for.

    Args:
        answer: an `Example`; its dict; or text: the JSON of an example, or an answer in the
            paper's format, which brings no tool schemas.

    Raises:
        DataError: the text is empty, or a call in it can't be read.

    Example:
        >>> read_example('<think> a </think>\n<response> Hi. </response>').reply
        'Hi.'
    """
    if isinstance(answer, Example):
        return answer
    if isinstance(answer, Mapping):
        return _example_of(answer)
    if not isinstance(answer, str) or not answer.strip():
        raise DataError(f"expected answer is empty or no text: {answer!r}; give every row one")
    if answer.lstrip().startswith("{"):
        return _example_of(_decoded(answer))
    return _from_paper_text(answer)


def _decoded(answer: str) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"expected answer starts like an example but is not JSON ({error}): "
            f"{answer[:60]!r}; write Example.to_dict() as JSON"
        ) from None


def _example_of(row: Mapping[str, Any]) -> Example:
    try:
        example = Example.from_dict(row)
        if not isinstance(example.reply, str):
            raise TypeError("reply must be text")
        if not all(isinstance(call.arguments, Mapping) for call in example.calls):
            raise TypeError("the arguments of a call must be an object")
        if not all(isinstance(tool.parameters, Mapping) for tool in example.tools):
            raise TypeError("the parameters of a tool must be an object")
        if not all(isinstance(one.name, str) for one in (*example.calls, *example.tools)):
            raise TypeError("a name must be text")
        return example
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise DataError(
            f"expected answer is no example ({type(error).__name__}: {error}); "
            "an example has at least id and messages"
        ) from None


def _from_paper_text(answer: str) -> Example:
    done = get_format("paper").parse(answer)
    if done.thought is None and done.reply is None and not done.calls:
        raise DataError(
            f"expected answer has no <think>, <tool_call> or <response> block: {answer[:60]!r}; "
            "give an example, or text in the paper's format"
        )
    lost = next((i for i in done.issues if i.code in LOST_CALL or i.code == "no_call"), None)
    if lost:
        raise DataError(
            f"expected answer has a call that can't be read ({lost}): {answer[:60]!r}; "
            "mend the row or leave it out"
        )
    return Example("", (), (), done.calls, done.reply or "")


class ExpectedCache:
    """Prepared answers, so that the completions of a group share one reading.

    Texts are looked up by value, examples by identity (and held, so that an identity stays theirs).
    The expected calls are those that the format reads when they are written in it: where values
    are plain text, their types are the schema's.
    """

    __slots__ = ("_form", "_kept")

    def __init__(self, form: Format):
        self._form = form
        self._kept: dict[Any, tuple[Any, Expected]] = {}

    def get(self, answer: str | Example | Mapping[str, Any]) -> Expected:
        """The prepared answer; raises DataError like `read_example`."""
        key = answer if answer.__class__ is str else id(answer)
        found = self._kept.get(key)
        if found and (found[0] is answer or key is answer):
            return found[1]
        example = read_example(answer)
        calls = self._form.as_read(example.calls, example.tools)
        expected = Expected(example if calls == example.calls else replace(example, calls=calls))
        if isinstance(answer, str | Example):
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (answer, expected)
        return expected

    def __reduce__(self):
        """A copy starts empty."""
        return (ExpectedCache, (self._form,))
