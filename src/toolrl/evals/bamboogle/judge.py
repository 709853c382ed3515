"""A language model as judge of short answers."""

from __future__ import annotations

from collections.abc import Sequence

from toolrl.models.answers import NoAnswer, Request
from toolrl.models.server import Server, ServerWriter

PROMPT = """\
Decide whether an answer to a question is right.

Question: {question}
Right answer: {right}
Answer to judge: {answer}

The answer is right if it says the same as the right answer, in whatever words. Reply with Yes or \
No."""


class Judge:
    """Asks a server whether an answer is right.

    Args:
        server: where the judge is.
    """

    def __init__(self, server: Server) -> None:
        self.writer = ServerWriter(server)

    def __call__(self, question: str, answer: str, right: Sequence[str]) -> bool:
        """Yes or no.

        Raises:
            NoAnswer: the server gives no answer, or one that is neither.
        """
        text = PROMPT.format(question=question, right=" or ".join(right), answer=answer)
        said = self.writer.ask(Request(({"role": "user", "content": text},))).text
        words = said.strip().lower().replace("*", "").split()
        first = words[0].strip(".,!:") if words else ""
        if first not in ("yes", "no"):
            raise NoAnswer(f"the judge said neither Yes nor No: {said[:80]!r}")
        return first == "yes"
