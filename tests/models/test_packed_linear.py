"""Packed linear layers give the layers' own products, and are gone after the block."""

import pytest

torch = pytest.importorskip("torch")

from toolrl.models.cpu_kernels import packing  # noqa: E402
from toolrl.models.packed_linear import packed_linears  # noqa: E402

ROWS = torch.randn(3, 5, 40, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def layers():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(40, 70), torch.nn.Linear(70, 9, bias=False))


@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
@torch.no_grad()
def test_products_are_the_layers_own(layers, dtype, error):
    own = layers(ROWS)
    with packed_linears(layers, dtype):
        found = layers(ROWS)
    assert found.dtype == torch.float32
    assert torch.equal(found, own) == (not packing(dtype)) or dtype is torch.float32
    assert torch.allclose(found, own, rtol=0, atol=error)


@torch.no_grad()
def test_after_the_block_the_layers_see_their_weights_again(layers):
    with packed_linears(layers):
        assert ("forward" in layers[0].__dict__) == bool(packing(torch.float32))
    layers[0].weight.zero_()
    layers[0].bias.zero_()
    assert torch.equal(layers(ROWS), torch.zeros(3, 5, 9))


@torch.no_grad()
def test_a_forward_put_on_a_layer_before_is_put_back(layers):
    layers[1].forward = torch.sin
    with packed_linears(layers):
        pass
    assert layers[1].forward is torch.sin
