"""Whatever a server does wrong, an answer is either its own or none."""

from types import SimpleNamespace

import pytest

pytest.importorskip("openai")
pytest.importorskip("tenacity")

from misbehaving_server import completion, serving

from toolrl.errors import ConfigError
from toolrl.models.answer_cache import CachedWriter
from toolrl.models.answers import Answer, NoAnswer, Request
from toolrl.models.server import Again, Server, ServerWriter, call_of
from toolrl.types import ToolCall

FAULTS = [
    "429", "500", "503", "garbage", "no choices", "not finished", "other shape", "half", "nothing",
    "slow",
]  # fmt: skip
REQUEST = Request(({"role": "user", "content": "hi"},))


def ok(body):
    return completion("right")


def writer(url, **settings):
    usual = {"pause": 0.001, "timeout": 0.5, "tries": 3}
    return ServerWriter(Server(url, "m", **usual | settings))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_is_asked_again(fault):
    with serving(ok, lambda body, before: fault if before < 2 else "ok") as (url, seen):
        assert writer(url).write([REQUEST])[0].text == "right"
        assert len(seen) == 3


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_is_no_answer(fault):
    with serving(ok, lambda body, before: fault) as (url, seen):
        with pytest.raises(NoAnswer, match="3 tries"):
            writer(url).write([REQUEST])
        assert len(seen) == 3


def test_no_server_is_no_answer():
    with pytest.raises(NoAnswer, match="2 tries"):
        writer("http://127.0.0.1:9/v1", tries=2).write([REQUEST])


@pytest.mark.parametrize("fault", ["401", "404"])
def test_a_server_that_knows_us_or_the_model_not_ends_the_run(fault):
    with (
        serving(ok, lambda body, before: fault) as (url, seen),
        pytest.raises(ConfigError, match="OPENAI_API_KEY"),
    ):
        writer(url).write([REQUEST])
    assert len(seen) == 1


def test_a_bad_request_fails_its_item_at_once_and_a_long_prompt_is_said():
    with serving(ok, lambda body, before: "400") as (url, seen):
        with pytest.raises(NoAnswer, match="HTTP 400"):
            writer(url).write([REQUEST])
        assert len(seen) == 1
    with serving(ok, lambda body, before: "context") as (url, _):
        assert writer(url).write([REQUEST]) == [Answer("", too_long=True)]


def test_calls_come_back_as_calls_and_broken_arguments_as_broken():
    calls = [
        {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
        {"id": "2", "type": "function", "function": {"name": "g", "arguments": '{"a": '}},
    ]
    with serving(lambda body: completion("", "tool_calls", calls), lambda *_: "ok") as (url, _):
        (answer,) = writer(url).write([REQUEST])
    written = '{"name": "g", "arguments": "{\\"a\\": "}'  # kept, so that the next prompt shows it
    assert answer == Answer(written, (ToolCall("f", {"a": 1}),), broken=True)


def test_what_is_sent_is_what_was_asked_for():
    tool = {"type": "function", "function": {"name": "f"}}
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}
    said = {"role": "assistant", "content": "", "tool_calls": [call]}
    with serving(ok, lambda *_: "ok") as (url, seen):
        writer(url, temperature=0.5, seed=3, request={"top_k": 5}).write(
            [Request((*REQUEST.messages, said), (tool,))]
        )
        writer(url, request={"max_completion_tokens": 9}).write([REQUEST])
    first, second = seen
    assert first["tools"] == [tool]
    assert first["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"a": 1}'
    assert (first["max_tokens"], first["temperature"], first["seed"]) == (512, 0.5, 3)
    assert first["top_k"] == 5
    assert "max_tokens" not in second
    assert "seed" not in second


def test_a_known_answer_is_not_asked_for_again(tmp_path):
    with serving(lambda body: completion(body["messages"][0]["content"]), lambda *_: "ok") as (
        url,
        seen,
    ):
        for _ in range(2):
            cached = CachedWriter(writer(url), tmp_path / "answers.sqlite")
            assert cached.write([REQUEST])[0].text == "hi"
        assert len(seen) == 1
        warm = CachedWriter(writer(url, temperature=1.0), tmp_path / "answers.sqlite")
        warm.write([REQUEST])
        assert len(seen) == 2


def test_only_what_speaks_of_the_context_is_a_prompt_that_does_not_fit():
    with (
        serving(ok, lambda *_: "long field") as (url, _),
        pytest.raises(NoAnswer, match="string too long"),
    ):
        writer(url).write([REQUEST])


@pytest.mark.parametrize("finish", ["content_filter", "abort", "error", "load"])
def test_an_answer_that_was_broken_off_is_none(finish):
    with (
        serving(lambda body: completion("half", finish), lambda *_: "ok") as (url, _),
        pytest.raises(NoAnswer, match=finish),
    ):
        writer(url).write([REQUEST])


def test_arguments_nested_without_end_are_broken():
    assert call_of({"function": {"name": "f", "arguments": "[" * 100_000}}) is None
    assert call_of({"function": {"name": "f", "arguments": '{"a":' * 100_000}}) is None


def test_the_pause_is_what_the_server_asked_for_or_doubles():
    ours = writer("http://127.0.0.1:9/v1", pause=1.0)

    def pause(number, asked):
        failed = SimpleNamespace(exception=lambda: Again("no", asked))
        return ours.pause(SimpleNamespace(outcome=failed, attempt_number=number))

    assert [pause(n, 0.0) for n in (1, 2, 3, 9)] == [1.0, 2.0, 4.0, 60.0]
    assert pause(1, 7.0) == 7.0


def test_the_cache_tells_servers_apart_and_forgets_what_did_not_fit(tmp_path):
    place = tmp_path / "answers.sqlite"
    with serving(ok, lambda *_: "context") as (url, seen):
        for _ in range(2):
            assert CachedWriter(writer(url), place).write([REQUEST])[0].too_long
        assert len(seen) == 2
    for _ in range(2):
        with serving(ok, lambda *_: "ok") as (url, seen):
            CachedWriter(writer(url), place).write([REQUEST])
            assert len(seen) == 1


def test_half_of_a_utf16_pair_that_a_server_wrote_can_stand_in_the_next_request():
    with serving(lambda body: completion("half \ud83d"), lambda body, before: "ok") as (url, seen):
        (answer,) = writer(url).write([REQUEST])
        call = {"function": {"name": "f", "arguments": {"x": answer.text}}}
        said = {"role": "assistant", "content": answer.text, "tool_calls": [call]}
        writer(url).write([Request((said,))])
    (sent,) = seen[1]["messages"]
    assert sent["content"] == "half \ufffd"
    assert sent["tool_calls"][0]["function"]["arguments"] == '{"x": "half \ufffd"}'
