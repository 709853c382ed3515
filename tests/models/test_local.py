"""Local models answer in batches, whatever the order and the batch size."""

import errno

import pytest

from toolrl.errors import DataError, NotFoundError, OutOfMemoryError
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


def test_weights_that_are_damaged_are_no_model_that_is_not_there(tiny_model, tmp_path):
    for file in tiny_model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    whole = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="can't be read") as caught:
        load(str(tmp_path))
    assert "\n" not in str(caught.value)


def accelerator_is_full():
    torch = pytest.importorskip("torch")
    return torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nGPU 0 has")


def processor_is_full():
    return RuntimeError("[enforce fail at alloc_cpu.cpp:127] data. DefaultCPUAllocator: can't "
                        "allocate memory: you tried to allocate 64000000000 bytes.")  # fmt: skip


FULL = [accelerator_is_full, processor_is_full, MemoryError,
        lambda: OSError(errno.ENOMEM, "Cannot allocate memory")]  # fmt: skip


@pytest.mark.parametrize("full", FULL)
@pytest.mark.parametrize("when", ["AutoModelForCausalLM.from_pretrained", "PreTrainedModel.to"])
def test_a_model_that_is_too_large_is_said_to_be_so(tiny_model, monkeypatch, full, when):
    def load_it(*args, **kwargs):
        raise full()

    monkeypatch.setattr(f"transformers.{when}", load_it)
    with pytest.raises(OutOfMemoryError, match="does not fit into memory") as caught:
        LocalModel.load(str(tiny_model))
    assert "\n" not in str(caught.value)
