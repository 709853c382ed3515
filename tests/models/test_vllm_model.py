"""vLLM in the place of a local model: the same answers to the same prompts."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from toolrl.cli.main import main
from toolrl.errors import ConfigError, NotFoundError, OutOfMemoryError
from toolrl.models.answers import Request
from toolrl.models.local import LocalModel
from toolrl.models.local_writer import LocalWriter
from toolrl.models.vllm_model import VLLMModel

REQUESTS = [Request(({"role": "user", "content": "word " * n},)) for n in (3, 1, 9)]


@dataclass
class SamplingParams:
    """What of vLLM's is used."""

    temperature: float
    max_tokens: int
    seed: int | None


class Engine:
    """vLLM's interface, as far as it is used, around a model of transformers."""

    def __init__(self, local):
        self.local = local
        config = SimpleNamespace(
            max_model_len=128,
            try_get_generation_config=lambda: {"eos_token_id": sorted(local.eos_ids())},
        )
        self.llm_engine = SimpleNamespace(model_config=config)
        self.seen = []

    def get_tokenizer(self):
        return self.local.tokenizer

    def generate(self, prompts, settings, use_tqdm):
        self.seen.append(settings)
        return [self.one(p["prompt_token_ids"], s) for p, s in zip(prompts, settings, strict=True)]

    def one(self, ids, one):
        (tokens,) = self.local.write_tokens([ids], one.max_tokens, one.temperature, one.seed)
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=tuple(tokens))])


@pytest.fixture
def local(tiny_model):
    return LocalModel.load(str(tiny_model))


@pytest.fixture
def model(local, monkeypatch):
    package = SimpleNamespace(SamplingParams=SamplingParams)
    monkeypatch.setattr("toolrl.models.vllm_model.require", lambda *_: package)
    return VLLMModel(Engine(local))


def test_greedy_answers_are_those_of_the_local_model(local, model):
    assert LocalWriter(model, 6).write(REQUESTS) == LocalWriter(local, 6).write(REQUESTS)


def test_each_sampled_answer_has_a_seed_of_its_own(model):
    LocalWriter(model, 4, 1.0, seed=1).write(REQUESTS)
    LocalWriter(model, 4, 1.0, seed=1).write(REQUESTS)
    LocalWriter(model, 4, 1.0, seed=2).write(REQUESTS)
    first, same, other = ([one.seed for one in settings] for settings in model.engine.seen)
    assert len(set(first)) == len(REQUESTS)
    assert first == same != other


def test_a_prompt_longer_than_the_engines_context_gets_nothing(model):
    long = Request(({"role": "user", "content": "x" * 200},))
    answers = LocalWriter(model, 4).write([REQUESTS[1], long])
    assert [one.too_long for one in answers] == [False, True]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["engine=vlm"], "no engine is named 'vlm'; did you mean 'vllm'?"),
        (["engine_args={seed: 1}"], "'engine_args' are vLLM's"),
    ],
)
def test_a_wrong_engine_is_one_line(words, said, tmp_path, capsys):
    pytest.importorskip("bfcl_eval")
    out = ["--model", "builtin:smollm2-135m", "--out", str(tmp_path / "run")]
    assert main(["eval", "bfcl", *out, *words]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("refusal", "kind", "said"),
    [
        (OSError("no such repository"), NotFoundError, "no such repository"),
        (ValueError("1 error\n  unknown quantization"), ConfigError, "unknown quantization"),
        (TypeError("unexpected keyword 'seeds'"), ConfigError, "engine_args: unexpected keyword"),
        (MemoryError(), OutOfMemoryError, "does not fit into memory"),
    ],
)
def test_what_vllm_refuses_is_said_as_what_it_is(refusal, kind, said, tiny_model, monkeypatch):
    def engine(**options):
        raise refusal

    package = SimpleNamespace(LLM=engine)
    monkeypatch.setattr("toolrl.models.vllm_model.require", lambda *_: package)
    with pytest.raises(kind, match=said) as caught:
        VLLMModel.load(str(tiny_model), {})
    assert "\n" not in str(caught.value)


def test_vllm_itself_gives_the_local_models_answers():
    """Runs where vLLM is installed, in an environment of its own, with the built-in model."""
    pytest.importorskip("vllm")
    name = "builtin:smollm2-135m"
    vllm = VLLMModel.load(name, {"dtype": "float32", "max_model_len": 256})
    local = LocalModel.load(name)
    assert vllm.context() == 256
    assert vllm.eos_ids() == local.eos_ids()
    assert LocalWriter(vllm, 12).write(REQUESTS) == LocalWriter(local, 12).write(REQUESTS)
