"""Which models can share prefixes, and what is said of those that can't."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from families import CONFIGS, SHAPE, make  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForCausalLM,
    FalconConfig,
    Gemma2Config,
    GPT2Config,
    LlamaConfig,
    MambaConfig,
    MistralConfig,
    OlmoeConfig,
)

from toolrl.models.sharing import prepare, probe  # noqa: E402


@pytest.mark.parametrize("family", CONFIGS)
def test_the_usual_families_can(family):
    assert prepare(make(family), 64) is None


def test_so_can_a_mixture_of_experts():
    config = OlmoeConfig(**SHAPE, num_experts=4, num_experts_per_tok=2)
    assert prepare(AutoModelForCausalLM.from_config(config), 64) is None


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (Gemma2Config(**SHAPE, head_dim=8), "attention caps its scores (attn_logit_softcapping"),
        (LlamaConfig(**SHAPE, attention_dropout=0.1),
         "drops activations at random (attention_dropout of its config)"),
        (MistralConfig(**SHAPE, sliding_window=32), "slides over 32 tokens, fewer than the 64"),
        (MambaConfig(vocab_size=97, hidden_size=32, num_hidden_layers=1), "attention is 'eager'"),
        (GPT2Config(vocab_size=97, n_embd=32, n_layer=1, n_head=4), "attn_pdrop, embd_pdrop"),
        (FalconConfig(vocab_size=97, hidden_size=32, num_hidden_layers=1, num_attention_heads=4),
         "does not fit: it can't be given from outside"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_is_left_as_it_is_with_the_reason(config, reason):
    model = AutoModelForCausalLM.from_config(config)
    before = model.config._attn_implementation
    assert reason in prepare(model, 64)
    assert model.config._attn_implementation == before


def test_a_model_with_layers_that_drop_activations_cannot():
    model = make("llama")
    model.model.norm = torch.nn.Sequential(model.model.norm, torch.nn.Dropout(0.1))
    assert "drops activations" in prepare(model, 64)


def test_a_model_that_attends_otherwise_than_it_says_is_found_out(monkeypatch):
    monkeypatch.setattr("toolrl.models.attention.tree_attention", lambda q, *rest: 0 * q)
    model = make("gemma")
    assert "logits differ by" in prepare(model, 64)
    assert model.config._attn_implementation == "sdpa"


def test_the_probe_leaves_a_model_in_training():
    model = make("llama").train()
    assert prepare(model, 64) is None
    assert probe(model) is None
    assert model.training
