"""The kernel's parts, merged, are plain masked attention, and so are their gradients."""

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from torch.overrides import TorchFunctionMode  # noqa: E402

from toolrl.models.prefix_tree import Node, PrefixTree  # noqa: E402
from toolrl.models.tree_attention import (  # noqa: E402
    LARGEST,
    Cut,
    masked_tree,
    tree_attention,
)

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


def looks_at(tree):
    """(T, T), True where a token of the layout may look: at its sequence's tokens up to itself."""
    seen = torch.zeros(len(tree.tokens), len(tree.tokens), dtype=torch.bool)
    for places in tree.places:
        for number, place in enumerate(places):
            seen[place, places[: number + 1]] = True
    return seen


def plain(query, key, value, tree):
    """Attention by one mask over the whole tree."""
    key, value = (x.repeat_interleave(query.size(1) // x.size(1), dim=1) for x in (key, value))
    scores = query @ key.transpose(2, 3) * SCALE
    return scores.masked_fill(~looks_at(tree), -torch.inf).softmax(dim=-1) @ value


@pytest.fixture(params=[(LARGEST, 1024), (2000, 40), (300, 1)])
def cutting(request, monkeypatch):
    """Trees cut as on a GPU, into a few pieces, and into many."""
    for name, value in zip(("LARGEST", "TOGETHER"), request.param, strict=True):
        monkeypatch.setattr(f"toolrl.models.tree_attention.{name}", value)


@pytest.mark.usefixtures("cutting")
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("attention", [tree_attention, masked_tree])
def test_outputs_and_gradients_are_those_of_a_mask(attention, seed):
    tree = PrefixTree.of(sequences(seed))
    *parts, gradient = inputs(tree, torch.float64)
    found = [attention(*parts, tree.nodes, SCALE), plain(*parts, tree)]
    ours, wanted = ([x, *torch.autograd.grad(x, parts, gradient)] for x in found)
    for a, b in zip(ours, wanted, strict=True):
        assert torch.allclose(a, b, rtol=0, atol=1e-12)


TREES = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), min_size=1, max_size=8)


@given(TREES, st.integers(1, 60), st.integers(1, 30), st.booleans())
def test_pieces_look_where_their_tree_looks_and_no_mask_is_too_large(rows, more, together, fork):
    tree = PrefixTree.of(rows, min_saved=1, one_successor=fork)
    size = len(tree.tokens)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("toolrl.models.tree_attention.LARGEST", size + more)
        patch.setattr("toolrl.models.tree_attention.TOGETHER", together)
        cut = Cut.of(tree.nodes, "cpu")
    seen, at = torch.zeros(size, size, dtype=torch.bool), 0
    for piece in cut.pieces:
        assert piece.own.start == at
        at = piece.own.stop
        mask = cut.mask(piece)
        assert piece.causal or mask.numel() <= size + more
        columns = torch.cat([torch.arange(size)[tokens] for tokens in piece.columns])
        seen[piece.own] = seen[piece.own].index_put_(
            (torch.arange(len(mask))[:, None], columns), mask
        )
    assert at == size
    assert torch.equal(seen, looks_at(tree))


def trajectories(prompt, answer, number):
    """The nodes of answers after one prompt."""
    size = prompt + number * answer
    starts = range(prompt, size, answer)
    return [Node(s, s + answer, s + answer) for s in starts] + [Node(0, prompt, size)], size


class Masks(TorchFunctionMode):
    """Counts the elements of the largest mask that is made; not what is inside a torch kernel."""

    def __init__(self):
        super().__init__()
        self.largest = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        if isinstance(found, torch.Tensor) and found.dtype == torch.bool:
            self.largest = max(self.largest, found.numel())
        return found


@pytest.mark.parametrize(
    ("prompt", "answer", "number", "largest"),
    [
        (30_000, 0, 0, 0),
        (2_000, 20_000, 8, 0),
        (20_000, 3_000, 8, LARGEST),
        (2_000, 300, 64, LARGEST),
    ],
)
def test_masks_stay_small_however_long_the_sequences_are(prompt, answer, number, largest):
    nodes, size = (
        trajectories(prompt, answer, number) if number else ([Node(0, prompt, prompt)], prompt)
    )
    parts = [torch.empty(1, 1, size, 4, device="meta", requires_grad=True) for _ in range(3)]
    with Masks() as masks:
        output = tree_attention(*parts, nodes, SCALE)
        output.backward(torch.empty_like(output))
    assert masks.largest <= largest


def test_no_mask_and_no_copy_of_keys_waits_for_the_backward_pass():
    tree = PrefixTree.of(sequences(0))
    *parts, _ = inputs(tree, torch.float64)
    held = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: held.append(x) or x, lambda x: x):
        masked_tree(*parts, tree.nodes, SCALE)
    assert [x.shape for x in held] == [x.shape for x in parts]


@pytest.mark.parametrize("attention", [tree_attention, masked_tree])
def test_values_may_be_wider_than_keys(attention):
    tree = PrefixTree.of(sequences(1))
    query, key, _, _ = inputs(tree, torch.float64)
    value = torch.randn(1, 2, len(tree.tokens), 24, dtype=torch.float64)
    found = attention(query, key, value, tree.nodes, SCALE)
    assert torch.allclose(found, plain(query, key, value, tree), rtol=0, atol=1e-12)


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
