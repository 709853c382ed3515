"""Sampling with a shared prefix is held to ``generate`` and to the model's own distribution."""

import math

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from toolrl.models.local import load  # noqa: E402
from toolrl.models.sampling import plain_forward, sample  # noqa: E402

EOS = 257


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(str(tiny_model))[0].eval()


def prompts():
    draw = torch.Generator().manual_seed(0)
    return [torch.randint(0, 256, (n,), generator=draw).tolist() for n in (3, 9, 5, 9)]


def answers(model, rows, **options):
    chosen = {"max_new_tokens": 12, "temperature": 0, "eos_ids": [EOS], "pad_id": EOS} | options
    return sample(model, rows, **chosen)


def generated(model, row, eos=EOS):
    ids = torch.tensor([row])
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=12,
        eos_token_id=eos, pad_token_id=EOS,
    )  # fmt: skip
    return out[0, len(row) :].tolist()


def test_greedy_tokens_are_those_of_generate(model):
    rows = prompts()
    assert answers(model, rows) == [generated(model, row) for row in rows]


def test_equal_prompts_get_equal_greedy_answers_in_their_order(model):
    rows = prompts()
    doubled = [rows[1], rows[0], rows[1]]
    one, two, three = answers(model, doubled)
    assert one == three == generated(model, rows[1])
    assert two == generated(model, rows[0])


def test_an_answer_ends_with_its_ending_token_and_the_others_go_on(model):
    rows = prompts()
    ending = generated(model, rows[0])[2]
    got = answers(model, rows, eos_ids=[ending])
    assert got == [generated(model, row, eos=ending) for row in rows]
    assert got[0][-1] == ending


def test_each_distinct_prompt_is_encoded_once(model):
    seen = []
    handle = model.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(tuple(kwargs["input_ids"].shape)),
        with_kwargs=True,
    )
    answers(model, [prompts()[1]] * 5, max_new_tokens=3)
    handle.remove()
    assert seen == [(1, 9), (5, 1), (5, 1)]


def test_sampled_tokens_follow_the_models_distribution(model):
    torch.manual_seed(0)
    row, n = prompts()[0], 4000
    counts = [0] * 258
    for (token,) in answers(model, [row] * n, max_new_tokens=1, temperature=0.7):
        counts[token] += 1
    with torch.no_grad():
        chances = torch.softmax(model(torch.tensor([row])).logits[0, -1] / 0.7, dim=-1).tolist()
    off = sum((c - n * p) ** 2 / (n * p) for c, p in zip(counts, chances, strict=True))
    assert off < 257 + 5 * math.sqrt(2 * 257)  # chi-square: mean 257, deviation about 23


def test_the_trainers_forward_is_put_back(model):
    wrapped = model.forward
    model.forward = wrapped
    with plain_forward(model):
        assert "forward" not in model.__dict__
    assert model.__dict__.pop("forward") == wrapped
