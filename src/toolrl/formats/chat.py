"""What the formats for chat templates share: turns one by one, thoughts in front of an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from toolrl.formats.base import Format
from toolrl.formats.issues import IssueLog
from toolrl.formats.results import in_call_order
from toolrl.types import Example, Message

_space = re.compile(r"\s*").match


class ChatFormat(Format):
    """A format whose prompt has one message a turn.

    Attributes:
        result_role: the role under which a model sees what its tools returned.
    """

    result_role: str = "user"

    def render_prompt(self, example: Example) -> list[dict[str, str]]:
        """A system message, then one message a turn; results in a row share one."""
        messages = in_call_order(example.messages)
        system = [one.content for one in messages if one.role == "system"]
        system.append(self.render_system(example.tools))
        chat = [{"role": "system", "content": "\n\n".join(part for part in system if part)}]
        spoken = (one for one in messages if one.role != "system")
        for is_result, turns in groupby(spoken, key=lambda one: one.role == "tool"):
            if is_result:
                content = self.render_results(tuple(turns))
                chat.append({"role": self.result_role, "content": content})
            else:
                chat += [self._render_turn(one) for one in turns]
        return chat

    def render_results(self, results: Sequence[Message]) -> str:
        """What tools returned, as the model sees it."""
        return "\n".join(one.content for one in results)

    def as_reply(self, reply: str, language: str) -> str:
        """A reply that this format would read as calls goes into a fence, as code does."""
        done = self.read(reply)
        if done.calls or (done.reply or "") != reply:
            return f"```{language}\n{reply}\n```"
        return reply

    def _render_turn(self, message: Message) -> dict[str, str]:
        if message.role != "assistant":
            return {"role": message.role, "content": message.content}
        content = message.raw or self.render_answer(
            message.thought, message.tool_calls, message.content
        )
        return {"role": "assistant", "content": content}


def render_thought(thought: str) -> str:
    """A think block with an empty line after it, or nothing; ``</think>`` inside is defused."""
    thought = thought.strip().replace("</think>", "[/think]")
    return f"<think>\n{thought}\n</think>\n\n" if thought else ""


def split_thought(
    text: str, log: IssueLog, opening: str = "<think>", closing: str = "</think>"
) -> tuple[str | None, int]:
    """The leading think block, None without one, and where the rest begins.

    The thought ends at the first closing tag. In these formats a thought is never demanded.

    Example:
        >>> split_thought("<think>Hm.</think> Hi.", IssueLog(""))
        ('Hm.', 19)
    """
    start = _space(text).end()
    if not text.startswith(opening, start):
        return None, start
    begin = start + len(opening)
    end = text.find(closing, begin)
    if end < 0:
        log.add("truncated", f"{opening} is never closed", start)
        return text[begin:].strip(), len(text)
    return text[begin:end].strip(), _space(text, end + len(closing)).end()
