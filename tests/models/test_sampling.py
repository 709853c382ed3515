"""Sampling with shared prefixes is held to ``generate`` and to the model's own distribution."""

import math
import random

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from families import CONFIGS, make  # noqa: E402

from toolrl.errors import DataError  # noqa: E402
from toolrl.models.sampling import (  # noqa: E402
    answers_to,
    draw,
    generate,
    picker,
    plain_forward,
    sample,
)
from toolrl.models.sharing import prepare  # noqa: E402

ENDS = range(1, 20)


def prompts(seed=0):
    """Five prompts that begin alike, each asked one to four times, in a random order."""
    dice = random.Random(seed)
    start = [dice.randrange(7, 97) for _ in range(20)]
    several = [start + [dice.randrange(7, 97) for _ in range(dice.randint(1, 30))] for _ in "12345"]
    rows = [prompt for prompt in several for _ in range(dice.randint(1, 4))]
    dice.shuffle(rows)
    return rows


@pytest.fixture(scope="module")
def model():
    model = make("llama").eval()
    assert prepare(model, 200) is None
    return model


@pytest.mark.parametrize("family", CONFIGS)
def test_greedy_tokens_are_those_of_generate(family):
    model, rows = make(family).eval(), prompts()
    expected = generate(model, rows, 70, 0, ENDS)
    assert prepare(model, 127) is None
    got = sample(model, rows, max_new_tokens=70, pick=picker(0), eos_ids=ENDS)
    assert got == expected
    assert len({len(answer) for answer in got}) > 1


def test_answers_longer_than_the_first_buffer_go_on(model):
    got = sample(model, prompts()[:3], max_new_tokens=140, pick=picker(0), eos_ids=[0])
    assert got == generate(model, prompts()[:3], 140, 0, [0])
    assert max(map(len, got)) == 140


def test_an_answer_ends_with_its_ending_token(model):
    for answer in sample(model, prompts(), max_new_tokens=90, pick=picker(0), eos_ids=ENDS):
        assert len(answer) == 90 or answer[-1] in ENDS
        assert not set(answer[:-1]) & set(ENDS)


def test_what_prompts_share_is_encoded_once_and_ended_rows_are_not_computed(model):
    seen = []
    handle = model.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(tuple(kwargs["input_ids"].shape)),
        with_kwargs=True,
    )
    rows = prompts()
    answers = sample(model, rows, max_new_tokens=60, pick=picker(0), eos_ids=ENDS)
    handle.remove()
    distinct = {tuple(row) for row in rows}
    assert seen[0] == (1, 20 + sum(len(row) - 20 for row in distinct))
    computed = sum(shape[0] for shape in seen[1:])
    assert sum(map(len, answers)) - len(rows) <= computed < 0.8 * len(rows) * len(seen[1:])


def test_sampled_tokens_follow_the_models_distribution(model):
    torch.manual_seed(0)
    row, n = prompts()[0], 4000
    counts = [0] * 97
    for (token,) in sample(model, [row] * n, max_new_tokens=1, pick=picker(0.7), eos_ids=[0]):
        counts[token] += 1
    with torch.no_grad():
        chances = torch.softmax(model(torch.tensor([row])).logits[0, -1] / 0.7, dim=-1).tolist()
    assert chi_square(counts, chances) < 96 + 5 * math.sqrt(2 * 96)  # its mean and deviations


def test_second_tokens_follow_the_distribution_after_the_first(model):
    torch.manual_seed(0)
    row, n = prompts()[0], 4000
    answers = sample(model, [row] * n, max_new_tokens=2, pick=picker(0.5), eos_ids=[])
    first = max({a[0] for a in answers}, key=[a[0] for a in answers].count)
    seconds = [a[1] for a in answers if a[0] == first]
    assert len(seconds) > 200
    with torch.no_grad():
        logits = model(torch.tensor([[*row, first]])).logits[0, -1]
    chances = torch.softmax(logits / 0.5, dim=-1).tolist()
    counts = [seconds.count(token) for token in range(97)]
    assert chi_square(counts, chances) < 96 + 5 * math.sqrt(2 * 96)


def chi_square(counts, chances):
    n = sum(counts)
    return sum((c - n * p) ** 2 / (n * p) for c, p in zip(counts, chances, strict=True))


def test_a_draw_never_takes_what_has_no_chance():
    torch.manual_seed(0)
    chances = torch.zeros(5000, 6)
    chances[:, 1], chances[:, 3] = 0.25, 0.75
    counts = draw(chances).bincount(minlength=6).tolist()
    assert counts[0] == counts[2] == counts[4] == counts[5] == 0
    assert counts[3] == pytest.approx(3750, abs=5 * math.sqrt(5000 * 0.25 * 0.75))


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({"top_k": 2}, {3, 4}),
        ({"top_p": 0.9}, {2, 3, 4}),
        ({"min_p": 0.5}, {4}),
        ({}, {0, 2, 3, 4}),
    ],
)
def test_only_the_tokens_that_the_options_leave_in_are_drawn(options, left):
    torch.manual_seed(0)
    logits = torch.tensor([0.05, 0.0, 0.15, 0.25, 0.55]).log().expand(2000, 5)
    assert set(picker(1.0, **options)(logits).tolist()) == left


def test_logits_that_are_no_numbers_are_one_clear_line():
    with pytest.raises(DataError, match="no numbers any more; lower"):
        picker(1.0)(torch.tensor([[0.0, torch.nan]]))


def test_in_bfloat16_the_likeliest_token_is_one_of_the_likeliest_in_float32(model):
    rows = prompts()
    found = sample(model, rows, max_new_tokens=1, pick=picker(0), eos_ids=[0], dtype=torch.bfloat16)
    for row, (token,) in zip(rows, found, strict=True):
        with torch.no_grad():
            logits = model(torch.tensor([row])).logits[0, -1]
        assert logits[token] > logits.max() - 0.1 * logits.std()


def test_rows_may_all_end_at_once(model):
    every = range(97)
    assert [len(a) for a in answers_to(model, prompts(), 9, picker(0), every)] == [1] * len(
        prompts()
    )


def test_the_trainers_forward_is_put_back(model):
    wrapped = model.forward
    model.forward = wrapped
    with plain_forward(model):
        assert "forward" not in model.__dict__
    assert model.__dict__.pop("forward") == wrapped
