"""A local model says when an answer was cut and when a prompt is too long."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from toolrl.models.answers import Answer, Request
from toolrl.models.local import LocalModel
from toolrl.models.local_writer import LocalWriter


def request(text):
    return Request(({"role": "user", "content": text},))


@pytest.fixture
def model(tiny_model):
    return LocalModel.load(str(tiny_model))


def test_answers_are_those_of_generate(model):
    texts = ["a", "Which tool?", "Something longer than the others."]
    answers = LocalWriter(model, 8).write([request(text) for text in texts])
    prompts = [list(request(text).messages) for text in texts]
    assert [one.text for one in answers] == model.generate(prompts, max_new_tokens=8)


def test_an_answer_without_an_end_is_marked_as_cut(model):
    writer = LocalWriter(model, 4)
    end = next(iter(model.eos_ids()))
    assert writer.answer([65, 66, 67, 68]).cut
    assert not writer.answer([65, 66, end]).cut


def test_a_prompt_that_does_not_fit_gets_nothing_and_harms_no_other(model):
    long = request("x" * model.context())
    answers = LocalWriter(model, 8).write([request("a"), long, request("b")])
    assert answers[1] == Answer("", too_long=True)
    assert [answers[0], answers[2]] == LocalWriter(model, 8).write([request("a"), request("b")])


def test_an_answer_is_written_and_read_back():
    for answer in (Answer("x"), Answer("", too_long=True), Answer("y", calls=(), cut=True)):
        assert Answer.from_dict(answer.to_dict()) == answer


def test_sampled_answers_are_the_same_for_the_same_seed_and_batch(model):
    asked = [request(text) for text in ("a", "b", "c")]
    first = LocalWriter(model, 8, 1.0, seed=1).write(asked)
    assert LocalWriter(model, 8, 1.0, seed=1).write(asked) == first
    assert LocalWriter(model, 8, 1.0, seed=2).write(asked) != first
