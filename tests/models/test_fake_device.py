"""What touches devices, walked on a device that is not the CPU: a tensor made elsewhere raises."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from fake_device import DEVICE, FakeDevice, OnDevice  # noqa: E402
from families import CONFIGS, make  # noqa: E402

from toolrl.models.answers import Request  # noqa: E402
from toolrl.models.attention import tree_logits  # noqa: E402
from toolrl.models.local import LocalModel  # noqa: E402
from toolrl.models.local_writer import LocalWriter  # noqa: E402
from toolrl.models.packed_linear import packed_linears  # noqa: E402
from toolrl.models.prefix_tree import PrefixTree  # noqa: E402
from toolrl.models.sampling import generate, picker, plain_forward, sample  # noqa: E402
from toolrl.models.sharing import prepare, probe  # noqa: E402

PROMPTS = [[5, *range(20, 45), 7, 8]] * 2 + [[5, *range(20, 45), 9], [6, 7]]
ENDS = range(1, 20)


@pytest.fixture(autouse=True)
def fake_device():
    with FakeDevice():
        yield


def there(family, dtype=torch.float32):
    return make(family).eval().to(DEVICE, dtype)


@pytest.mark.parametrize(
    "mixed",
    [
        lambda x: x + torch.zeros(4),
        lambda x: x.index_copy(0, torch.tensor([0, 1]), x[:2]),  # as `resample` once did
        lambda x: x.gather(0, torch.tensor([0])),
        lambda x: x.masked_fill(torch.ones(4, dtype=torch.bool), 0),
        lambda x: torch.cat([x, torch.zeros(1)]),
        lambda x: torch.isin(x, torch.zeros(1)),
        lambda x: torch.nn.functional.embedding(torch.tensor([0]), x[:, None]),
    ],
)
def test_the_device_refuses_tensors_of_the_cpu(mixed):
    with pytest.raises(RuntimeError, match="must be on one device"):
        mixed(torch.ones(4, device=DEVICE))


def test_the_device_takes_what_an_accelerator_takes():
    x = torch.tensor([1.0, 2.0], device=DEVICE, requires_grad=True)
    (x[torch.tensor([1])] * torch.tensor(3.0)).sum().backward()
    assert isinstance(x, OnDevice)
    assert x.grad.tolist() == [0.0, 3.0]
    assert x.cpu().device.type == "cpu"


@pytest.mark.parametrize("family", CONFIGS)
def test_greedy_tokens_are_those_of_the_cpu(family):
    expected = generate(make(family).eval(), PROMPTS, 70, 0, ENDS)
    model = there(family)
    assert generate(model, PROMPTS, 70, 0, ENDS) == expected
    assert prepare(model, 120) is None
    with plain_forward(model):
        found = sample(model, PROMPTS, max_new_tokens=70, pick=picker(0), eos_ids=ENDS)
    assert found == expected


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_answers_are_drawn_with_every_option(dtype):
    model = there("llama", dtype)
    assert prepare(model, 120) is None
    pick = picker(0.7, top_k=9, top_p=0.9, min_p=0.01)
    answers = sample(model, PROMPTS, max_new_tokens=70, pick=pick, eos_ids=ENDS, dtype=dtype)
    assert len({tuple(answer) for answer in answers}) > 1


def test_logits_and_gradients_of_a_tree_are_those_of_the_cpu():
    found = []
    for device in ("cpu", DEVICE):
        model = make("llama").to(device)
        assert prepare(model, 64) is None
        assert probe(model) is None
        tree = PrefixTree.of(PROMPTS)
        ends = torch.tensor([places[-1] for places in tree.places])
        logits = tree_logits(model, tree, ends)
        logits.logsumexp(-1).sum().backward()
        found.append([logits, *(weight.grad for weight in model.parameters())])
    for ours, theirs in zip(*found, strict=True):
        assert torch.allclose(ours, theirs.cpu(), rtol=1e-4, atol=1e-5)


def test_linear_layers_are_left_as_they_are():
    model = there("llama")
    with packed_linears(model, torch.bfloat16):
        assert not any("forward" in part.__dict__ for part in model.modules())


@pytest.mark.parametrize("sharing", [True, False])
def test_a_local_model_answers_batches(tiny_model, sharing):
    requests = [Request(({"role": "user", "content": "word " * n},)) for n in (3, 1, 9)]
    written = []
    for device in ("cpu", DEVICE):
        local = LocalModel.load(str(tiny_model))
        model = LocalModel(local.model.to(device), local.tokenizer, prefix_sharing=sharing)
        written.append(LocalWriter(model, 6).write(requests))
        assert model.shares == sharing
    assert written[0] == written[1]
