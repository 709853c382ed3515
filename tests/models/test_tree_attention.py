"""The kernel's parts, merged, are plain masked attention, and so are their gradients."""

import pytest

torch = pytest.importorskip("torch")

from toolrl.models.prefix_tree import PrefixTree  # noqa: E402
from toolrl.models.tree_attention import masked_tree, pieces, tree_attention  # noqa: E402

SCALE = 0.3


def sequences(seed):
    """Three prompts, of which two begin alike, with up to five answers each."""
    draw = torch.Generator().manual_seed(seed)

    def tokens(low, high):
        size = int(torch.randint(low, high, (1,), generator=draw))
        return torch.randint(0, 50, (size,), generator=draw).tolist()

    start = tokens(16, 40)
    prompts = [start + tokens(1, 30), start + tokens(1, 30), tokens(1, 5)]
    return [prompt + tokens(1, 40) for prompt in prompts for _ in range(5)]


def inputs(tree, dtype, heads=6, groups=2, size=16):
    torch.manual_seed(0)
    shapes = ((heads, True), (groups, True), (groups, True), (heads, False))
    return [
        torch.randn(1, n, len(tree.tokens), size, dtype=dtype, requires_grad=needs)
        for n, needs in shapes
    ]


@pytest.mark.parametrize("whole", [8192, 40])
@pytest.mark.parametrize("seed", range(5))
def test_outputs_and_gradients_are_those_of_a_mask(seed, whole, monkeypatch):
    monkeypatch.setattr(pieces, "__defaults__", (whole,))
    tree = PrefixTree.of(sequences(seed))
    *parts, gradient = inputs(tree, torch.float64)
    found = []
    for attention in (tree_attention, masked_tree):
        output = attention(*parts, tree.nodes, SCALE)
        found.append([output, *torch.autograd.grad(output, parts, gradient)])
    for ours, plain in zip(*found, strict=True):
        assert torch.allclose(ours, plain, rtol=0, atol=1e-12)


def test_a_masked_tree_of_one_sequence_is_causal_attention():
    tree = PrefixTree.of([list(range(30))])
    query, key, value, _ = inputs(tree, torch.float64, groups=6)
    causal = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, is_causal=True, scale=SCALE
    )
    assert torch.allclose(masked_tree(query, key, value, tree.nodes, SCALE), causal)


def test_bfloat16_is_as_near_as_bfloat16_can_be():
    tree = PrefixTree.of(sequences(0))
    *parts, _ = inputs(tree, torch.bfloat16)
    exact = masked_tree(*(x.double() for x in parts), tree.nodes, SCALE)
    assert (tree_attention(*parts, tree.nodes, SCALE) - exact).abs().max() < 0.02
