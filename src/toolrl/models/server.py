"""Any OpenAI-compatible server as a source of answers: vLLM, SGLang, llama.cpp, Ollama, a vendor.

What a server does wrong is asked again, with pauses that grow; after the last try the item is
marked as failed. Nothing is guessed: an answer is a message that the server finished.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolrl.errors import ConfigError, first_line
from toolrl.extras import require
from toolrl.models.answers import Answer, NoAnswer, Request
from toolrl.types import ToolCall

KEY = "OPENAI_API_KEY"
LONGEST_PAUSE = 60.0
AGAIN = (408, 409, 425, 429)
NOBODY = (401, 403, 404, 405)
TOO_LONG = (
    "context_length_exceeded",
    "context length",
    "context window",
    "context size",
    "maximum context",
    "maximum model length",
    "prompt is too long",
)
"""What servers say of a prompt that does not fit; a field that is too long is something else."""
FINISHED = ("stop", "length", "tool_calls", "function_call", "eos_token", "stop_sequence")


@dataclass(frozen=True)
class Server:
    """Where a server is and how it is asked.

    Attributes:
        base_url: up to and with ``/v1``.
        model: the name that the server knows the model by.
        max_new_tokens: where an answer is cut.
        temperature: of the sampling; 0 is greedy.
        seed: sent with every request when the temperature is not 0.
        tries: how often a request is made before its item fails.
        timeout: seconds that a request may take.
        pause: seconds before the second try; doubled each time, 60 at most.
        request: more fields of each request, as the server's own documentation has them.
    """

    base_url: str
    model: str
    max_new_tokens: int = 512
    temperature: float = 0.0
    seed: int = 0
    tries: int = 6
    timeout: float = 600.0
    pause: float = 1.0
    request: Mapping[str, Any] = field(default_factory=dict)


class Again(Exception):
    """The server did something that the next try may mend; the text says what.

    Attributes:
        wait: seconds that the server asked for; 0 if it didn't say.
    """

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class ServerWriter:
    """Asks a server, one request at a time, from as many threads as one likes.

    Raises:
        MissingExtraError: the client is not installed.
    """

    def __init__(self, server: Server) -> None:
        openai = require("server", "openai", "asking a server needs its client")
        self.server = server
        self.client = openai.OpenAI(
            base_url=server.base_url,
            api_key=os.environ.get(KEY) or "none",
            timeout=server.timeout,
            max_retries=0,
        )

    def write(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer a request.

        Raises:
            NoAnswer: the server gave none in all its tries.
            ConfigError: the server does not know the model, or us.
        """
        return [self.ask(request) for request in requests]

    def ask(self, request: Request) -> Answer:
        """Until there is an answer, or no try is left."""
        tenacity = require("server", "tenacity")
        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Again),
            stop=tenacity.stop_after_attempt(self.server.tries),
            wait=self.pause,
        )
        try:
            return again(self.once, request)
        except tenacity.RetryError as error:
            reason = error.last_attempt.exception()
            raise NoAnswer(f"{reason} ({self.server.tries} tries)") from None

    def pause(self, state: Any) -> float:
        """Seconds before the next try: what the server asked for, else twice the last pause."""
        asked = state.outcome.exception().wait
        return min(LONGEST_PAUSE, asked or self.server.pause * 2 ** (state.attempt_number - 1))

    def once(self, request: Request) -> Answer:
        """One try."""
        import openai

        try:
            said = self.client.chat.completions.with_raw_response.create(**self.body(request))
        except openai.APIStatusError as error:
            return self.refused(error)
        except openai.APIConnectionError as error:  # no server, no answer in time, half an answer
            raise Again(f"{self.server.base_url}: {first_line(error)}") from None
        try:
            return answer_of(json.loads(said.text))
        except ValueError as error:
            raise Again(f"{self.server.base_url}: no chat completion ({error})") from None

    def body(self, request: Request) -> dict[str, Any]:
        """The fields of a request."""
        server = self.server
        body: dict[str, Any] = {
            "model": server.model,
            "messages": [sendable(as_openai(message)) for message in request.messages],
            "temperature": server.temperature,
        }
        if "max_completion_tokens" not in server.request:
            body["max_tokens"] = server.max_new_tokens
        if server.temperature > 0:
            body["seed"] = server.seed
        if request.tools:
            body["tools"] = list(request.tools)
        return body | {"extra_body": dict(server.request)}

    def refused(self, error: Any) -> Answer:
        """What a status code means: ask again, an answer of its own kind, or give up."""
        status, said = error.status_code, first_line(error)[:300]
        if status >= 500 or status in AGAIN:
            raise Again(f"HTTP {status}", retry_after(error.response.headers))
        if status in NOBODY:
            raise ConfigError(
                f"{self.server.base_url} refuses model '{self.server.model}' (HTTP {status}: "
                f"{said}); check base_url, the model's name there, and {KEY}"
            )
        if any(words in said.lower() for words in TOO_LONG):
            return Answer("", too_long=True)
        raise NoAnswer(f"HTTP {status}: {said}")


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that a server asks to wait; 0 where it says nothing of use.

    Example:
        >>> retry_after({"retry-after": "3"}), retry_after({"retry-after": "soon"})
        (3.0, 0.0)
    """
    try:
        return max(0.0, float(headers.get("retry-after", 0)))
    except ValueError:
        return 0.0


def as_openai(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message whose calls have their arguments as JSON text, as servers want them."""
    if not message.get("tool_calls"):
        return dict(message)
    calls = []
    for call in message["tool_calls"]:
        inner = call["function"]
        arguments = json.dumps(inner["arguments"], ensure_ascii=False)
        calls.append({**call, "function": {"name": inner["name"], "arguments": arguments}})
    return {**message, "tool_calls": calls}


def sendable(value: Any) -> Any:
    r"""A JSON value whose texts UTF-8 can have; half of a pair of UTF-16 becomes ``U+FFFD``.

    A server may well write half a pair, in JSON's escapes, which then stands in the next request.

    Example:
        >>> sendable({"content": ["a" + chr(0xD83D)]})
        {'content': ['a\ufffd']}
    """
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {sendable(key): sendable(item) for key, item in value.items()}
    return [sendable(item) for item in value] if isinstance(value, list | tuple) else value


def answer_of(body: Any) -> Answer:
    """The answer in a chat completion.

    Raises:
        ValueError: it is none: no choice, no message, an answer that was not finished.
    """
    try:
        choice = body["choices"][0]
        message, finish = choice["message"], choice["finish_reason"]
        text, written = message.get("content") or "", message.get("tool_calls") or []
        parsed = [call_of(call) for call in written]
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None
    if not isinstance(text, str) or finish not in FINISHED:
        raise ValueError(f"no text, or not finished (finish_reason {finish!r})")
    calls = tuple(call for call in parsed if call)
    # What could not be read is kept as text, or it would vanish from the conversation.
    broken = [c["function"] for c, call in zip(written, parsed, strict=True) if call is None]
    text = "\n".join([*([text] if text else []), *map(json.dumps, broken)])
    return Answer(text, calls, cut=finish == "length", broken=None in parsed)


def call_of(written: Mapping[str, Any]) -> ToolCall | None:
    """A call with its id; None where the model's arguments are no JSON object."""
    function = written["function"]
    arguments = function.get("arguments") or "{}"
    try:
        arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        return None
    if not isinstance(arguments, dict):
        return None
    return ToolCall(str(function["name"]), arguments, str(written.get("id") or ""))
