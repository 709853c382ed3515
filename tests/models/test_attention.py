"""Models attend over prefix trees as over their sequences, and are else as they were."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from families import CONFIGS, make  # noqa: E402

from toolrl.errors import ConfigError  # noqa: E402
from toolrl.models.attention import NAME, tree_logits  # noqa: E402
from toolrl.models.prefix_tree import PrefixTree  # noqa: E402
from toolrl.models.sharing import prepare  # noqa: E402
from toolrl.models.tree_attention import masked_tree  # noqa: E402

SEQUENCES = [[5, *range(20, 45), 7, 8], [5, *range(20, 45), 9], [6, 7]]


def ends(tree):
    return torch.tensor([places[-1] for places in tree.places])


@pytest.mark.parametrize("attention", ["flash", "masked"])
@pytest.mark.parametrize("family", CONFIGS)
def test_a_tree_gives_the_logits_of_its_sequences(family, attention, monkeypatch):
    if attention == "masked":  # what other devices take
        monkeypatch.setattr("toolrl.models.attention.tree_attention", masked_tree)
    model = make(family).eval()
    with torch.no_grad():
        own = torch.stack([model(torch.tensor([s])).logits[0, -1] for s in SEQUENCES])
        assert prepare(model, 64) is None
        tree = PrefixTree.of(SEQUENCES)
        assert torch.allclose(tree_logits(model, tree, ends(tree)), own, atol=1e-4)


def test_a_prepared_model_answers_plain_calls_as_before():
    model, ids = make("qwen2").eval(), torch.tensor([SEQUENCES[0][:6], [0, 0, 5, 20, 21, 22]])
    mask = torch.tensor([[1] * 6, [0, 0, 1, 1, 1, 1]])
    before = model(input_ids=ids, attention_mask=mask).logits
    prepare(model, 64)
    assert torch.equal(model(input_ids=ids, attention_mask=mask).logits, before)


def test_a_saved_model_does_not_remember_its_attention(tmp_path):
    model = make("llama")
    prepare(model, 64)
    model.save_pretrained(tmp_path)
    assert NAME not in (tmp_path / "config.json").read_text()


def test_sequences_longer_than_said_are_refused_where_attention_slides():
    model = make("mistral")
    assert prepare(model, 100) is None
    tree = PrefixTree.of([[5] * 129])
    with pytest.raises(ConfigError, match="slides over 128 tokens, fewer than the 129"):
        tree_logits(model, tree, ends(tree))


def test_a_model_that_was_not_prepared_is_an_error_not_a_wrong_number():
    tree = PrefixTree.of(SEQUENCES)
    with pytest.raises(RuntimeError, match=r"prepare\(\) it first"):
        tree_logits(make("llama"), tree, ends(tree))
