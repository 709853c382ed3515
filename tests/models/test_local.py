"""Local models answer in batches, whatever the order and the batch size."""

import pytest

from toolrl.errors import NotFoundError
from toolrl.models.local import LocalModel, load


@pytest.fixture(scope="module")
def model(tiny_model):
    return LocalModel.load(str(tiny_model))


PROMPTS = [[{"role": "user", "content": "word " * n}] for n in (9, 1, 5, 3, 7)]


def test_greedy_answers_do_not_depend_on_the_batch(model):
    alone = [model.generate([prompt], max_new_tokens=5)[0] for prompt in PROMPTS]
    together = model.generate(PROMPTS, max_new_tokens=5, batch_size=3)
    assert together == alone


def test_batches_are_handed_over_as_they_are_written(model):
    got = {}
    texts = model.generate(
        PROMPTS, max_new_tokens=3, batch_size=2,
        on_batch=lambda rows, texts: got.update(zip(rows, texts, strict=True)),
    )  # fmt: skip
    assert [got[i] for i in range(len(PROMPTS))] == texts


def test_sampling_is_not_greedy(model):
    sampled = {model.generate([PROMPTS[0]], max_new_tokens=8, temperature=1.0)[0] for _ in range(4)}
    assert len(sampled) > 1


def test_a_folder_that_holds_no_weights_is_one_clear_line(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(NotFoundError, match="can't be loaded") as caught:
        load(str(tmp_path))
    assert "\n" not in str(caught.value)
