"""Precision is what the machine computes fast; recipes and resumed runs go before it."""

import pytest

torch = pytest.importorskip("torch")

from toolrl.models.precision import (  # noqa: E402
    answering_precision,
    cpu_bfloat16,
    device_type,
    machine_precision,
    native_bfloat16,
    training_precision,
)


def with_bf16(device):
    return True, "this processor has native bf16"


def without_bf16(device):
    return False, "this processor has no native bf16"


def never():
    raise AssertionError("a processor without bf16 is not timed")


@pytest.mark.parametrize("name", ["avx512_bf16", "amx_bf16", "bf16", "sve_bf16"])
def test_a_processor_that_lists_bf16_has_it_if_it_gains_by_it(name):
    assert cpu_bfloat16({name: True}, lambda: 1.5)[0]
    has_it, why = cpu_bfloat16({name: True}, lambda: 0.6)
    assert not has_it
    assert "slower" in why


def test_one_that_lists_none_has_none_and_is_not_timed():
    assert cpu_bfloat16({"avx512_f": True, "amx_bf16": False}, never) == without_bf16("cpu")


@pytest.mark.parametrize(("gain", "has_it"), [(3.0, True), (0.3, False)])
def test_where_nothing_can_be_read_the_clock_decides(gain, has_it):
    assert cpu_bfloat16(None, lambda: gain)[0] is has_it


def test_the_machine_decides_where_the_recipe_says_nothing():
    assert machine_precision("cpu", with_bf16).name == "bfloat16"
    assert training_precision({}, "cpu", native=with_bf16).name == "bfloat16"
    found = training_precision({"fp16": False, "bf16": None}, "cpu", native=without_bf16)
    assert str(found) == "float32 (this processor has no native bf16)"


@pytest.mark.parametrize(
    ("trainer", "name"),
    [({"bf16": False}, "float32"), ({"bf16": True}, "bfloat16"), ({"fp16": True}, "float16"),
     ({"bf16": False, "fp16": True}, "float16")],
)  # fmt: skip
@pytest.mark.parametrize("native", [with_bf16, without_bf16])
@pytest.mark.parametrize("began", [None, "bfloat16", "float32"])
def test_a_recipe_that_says_it_wins(trainer, name, native, began):
    found = training_precision(trainer, "cpu", began, native)
    assert str(found) == f"{name} (as the recipe says)"


def test_a_resumed_run_goes_on_as_it_began_and_says_what_this_machine_would_take():
    assert training_precision({}, "cpu", "float32", without_bf16).why == without_bf16("cpu")[1]
    assert str(training_precision({}, "cpu", "bfloat16", without_bf16)) == (
        "bfloat16 (as the run began; this machine's own choice is "
        "float32 (this processor has no native bf16))"
    )


def test_answers_are_written_in_float32_on_every_cpu_and_as_the_gpu_can():
    assert answering_precision("cpu", with_bf16).name == "float32"
    assert answering_precision("cuda", with_bf16).name == "bfloat16"
    assert answering_precision("cuda", without_bf16).name == "float32"


def test_this_machine_can_be_asked_and_its_dice_are_left_alone():
    native_bfloat16.cache_clear()
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    for device in (device_type(), device_type(use_cpu=True), "mps"):
        has_it, why = native_bfloat16(device)
        assert "bf16" in why
        assert isinstance(has_it, bool)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_num_threads() == threads
