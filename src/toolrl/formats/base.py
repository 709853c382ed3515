"""What every format can do: render tools, prompts and answers, and parse what a model writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from toolrl.types import Completion, Example, ToolCall, ToolSpec

OPEN_THOUGHT = "<think>"
DEFAULT_THOUGHT = "I know what to do next."
DEFAULT_REPLY = "None of the available tools can help with this."


def is_visible(text: str | None) -> bool:
    """Whether a reader sees anything: white space and zero-width characters are no reply.

    Example:
        >>> is_visible(" \u200b"), is_visible("Hi.")
        (False, True)
    """
    return bool(text) and any(sign.isprintable() and not sign.isspace() for sign in text)


class Format(ABC):
    """One dialect of calling tools.

    Two laws hold in every format: what it renders it parses back without issues, and parsing
    never raises, whatever the text.

    Attributes:
        name: what a recipe says, for example ``"paper"``.
        demands_thought: whether an answer without a think block is a departure.
        reply_beside_calls: whether an answer has room for both.
        open_thought: the tag that opens a thought, which a prompt may end in.
        types_by_tools: whether values are plain text, whose types only the tools' schemas tell.
        markers: what must reach the parser even where a tokenizer holds it for a special token.
    """

    name: str
    demands_thought: bool = False
    reply_beside_calls: bool = True
    open_thought: str = OPEN_THOUGHT
    markers: tuple[str, ...] = (OPEN_THOUGHT, "</think>")
    types_by_tools: bool = False

    @abstractmethod
    def render_system(self, tools: Sequence[ToolSpec]) -> str:
        """The system text that explains the format and lists the tools."""

    @abstractmethod
    def render_prompt(self, example: Example) -> list[dict[str, str]]:
        """Chat messages, each a ``role`` and a ``content``, ready for a chat template.

        The tools stand in the system text already: give the template none.
        """

    @abstractmethod
    def render_answer(self, thought: str, calls: Sequence[ToolCall], reply: str) -> str:
        """What a model should write: a thought, then calls or a reply or both.

        Tags of the format inside the thought or the reply get square brackets, and inside
        arguments they are escaped, so that the answer parses back.
        """

    def parse(
        self, text: str, *, thought_open: bool = False, tools: Sequence[ToolSpec] = ()
    ) -> Completion:
        r"""Read what a model wrote; every departure becomes an issue, nothing raises.

        Args:
            text: the completion.
            thought_open: whether the prompt ended in an opened thought (``<think>``), as the chat
                templates of some models have it: what comes first is then the thought, up to its
                closing tag. Positions of issues stay offsets in ``text``.
            tools: what was offered; formats that write values as plain text type them by it.

        Example:
            >>> from toolrl.formats import get_format
            >>> done = get_format("hermes").parse("Hm.\n</think>\nNo tool fits.", thought_open=True)
            >>> done.thought, done.reply, done.issues
            ('Hm.', 'No tool fits.', ())
        """
        if not thought_open or text.lstrip().startswith(self.open_thought):
            return self.read_offered(text, tools) if tools else self.read(text)
        opening = self.opening_of(text)
        done = self.read_offered(opening + text, tools)
        issues = (replace(one, position=max(0, one.position - len(opening))) for one in done.issues)
        return replace(done, issues=tuple(issues))

    def opening_of(self, text: str) -> str:
        """The tag that opened the thought with which a text begins."""
        return self.open_thought

    @abstractmethod
    def read(self, text: str) -> Completion:
        """Read a text that holds the whole answer, its thought's opening tag included."""

    def read_offered(self, text: str, tools: Sequence[ToolSpec]) -> Completion:
        """Read a text knowing the tools; most formats write the types of values, and need none."""
        return self.read(text)

    def as_read(self, calls: Sequence[ToolCall], tools: Sequence[ToolSpec]) -> tuple[ToolCall, ...]:
        """Calls as :meth:`parse` gives them back, once rendered, when it knows the tools."""
        return tuple(calls)

    def render_expected(self, example: Example) -> str:
        """The example's own answer as the model should write it.

        A missing thought becomes a short one where the format demands thoughts; an example that
        expects neither a call nor a reply (its tool was taken away) becomes a short refusal.

        Example:
            >>> from toolrl.formats import get_format
            >>> print(get_format("paper").render_expected(Example("1", (), (), reply="Hi!")))
            <think> I know what to do next. </think>
            <response> Hi! </response>
        """
        thought = example.thought or (DEFAULT_THOUGHT if self.demands_thought else "")
        reply = example.reply if example.calls or is_visible(example.reply) else DEFAULT_REPLY
        return self.render_answer(thought, example.calls, reply)
