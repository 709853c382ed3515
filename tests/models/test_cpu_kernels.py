"""What is private to torch and the CPU may be missing: then the plain path gives the same."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from families import make  # noqa: E402

from toolrl.cli.main import main  # noqa: E402
from toolrl.models import cpu_kernels  # noqa: E402
from toolrl.models.prefix_tree import PrefixTree  # noqa: E402
from toolrl.models.sampling import picker, sample  # noqa: E402
from toolrl.models.sharing import prepare  # noqa: E402
from toolrl.models.tree_attention import tree_attention  # noqa: E402

ATTENTION = [cpu_kernels.FLASH, f"{cpu_kernels.FLASH}_backward"]
LAYERS = ["_linear_pointwise", "_reorder_linear_weight", "_is_mkldnn_bf16_supported"]
PROMPTS = [[5, *range(20, 45), 7, 8]] * 2 + [[5, *range(20, 45), 9], [6, 7]]


@pytest.fixture(autouse=True)
def looked_up_anew():
    yield
    forget()


def forget():
    cpu_kernels.flash.cache_clear()
    cpu_kernels.packing.cache_clear()


def missing(*args, **kwargs):
    raise NotImplementedError("Could not run it with arguments from the 'CPU' backend.")


def of_another_signature(query):
    return query


def wrong(first, *rest, **more):
    """Takes what it is given, and gives other numbers."""
    return (first, first.sum(-1)) if first.dim() == 4 else first


class Without:
    """Torch's operations of one namespace, some of them replaced or not there at all."""

    def __init__(self, operations, names, instead):
        self.operations, self.names, self.instead = operations, names, instead

    def __getattr__(self, name):
        if name not in self.names:
            return getattr(self.operations, name)
        if self.instead is None:
            raise AttributeError(f"no operation {name}")
        return self.instead


ELSEWHERE = pytest.mark.parametrize("instead", [None, missing, of_another_signature, wrong])


def take_away(monkeypatch, instead):
    """Torch as it may be elsewhere."""
    for space, names in (("aten", ATTENTION), ("mkldnn", LAYERS)):
        monkeypatch.setattr(torch.ops, space, Without(getattr(torch.ops, space), names, instead))
    forget()


def attended():
    """A tree's attention and its gradients."""
    tree = PrefixTree.of(PROMPTS)
    torch.manual_seed(0)
    shapes = [(1, heads, len(tree.tokens), 16) for heads in (4, 2, 2, 4)]
    *parts, gradient = (torch.randn(shape, dtype=torch.float64) for shape in shapes)
    parts = [part.requires_grad_() for part in parts]
    output = tree_attention(*parts, tree.nodes, 0.3)
    return [output, *torch.autograd.grad(output, parts, gradient)]


def answers():
    """What a tiny model answers, greedily."""
    model = make("llama").eval()
    assert prepare(model, 64) is None
    return sample(model, PROMPTS, max_new_tokens=20, pick=picker(0), eos_ids=[0])


def test_this_cpu_is_asked_once_for_what_it_has():
    assert cpu_kernels.flash() is cpu_kernels.flash()
    assert cpu_kernels.packing(torch.float32) is cpu_kernels.packing(torch.float32)


@ELSEWHERE
def test_without_them_the_plain_path_gives_the_same_numbers(instead, monkeypatch):
    with_them = attended(), answers()
    take_away(monkeypatch, instead)
    assert cpu_kernels.flash() is None
    assert cpu_kernels.packing(torch.float32) is cpu_kernels.packing(torch.bfloat16) is None
    for ours, theirs in zip(attended(), with_them[0], strict=True):
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-12)
    assert answers() == with_them[1]


def test_doctor_says_that_they_are_missing(monkeypatch, capsys):
    take_away(monkeypatch, None)
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "attention: plain" in shown
    assert "linear layers: plain" in shown
