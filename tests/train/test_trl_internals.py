"""What the trainers use of TRL and transformers that these do not promise is still there."""

import inspect

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from families import make  # noqa: E402
from transformers import PreTrainedConfig, Trainer, TrainingArguments  # noqa: E402
from trl import GRPOTrainer, RLOOTrainer, SFTTrainer  # noqa: E402
from trl.trainer import utils  # noqa: E402

from toolrl.train.answer_loss import AnswerLossSFTTrainer  # noqa: E402
from toolrl.train.dynamic_sampling import resampling  # noqa: E402
from toolrl.train.ppo_trainer import PPOTrainer  # noqa: E402
from toolrl.train.shared_prefix import (  # noqa: E402
    SharedPrefixGRPOTrainer,
    SharedPrefixRLOOTrainer,
)

OURS = [
    (AnswerLossSFTTrainer, SFTTrainer), (PPOTrainer, GRPOTrainer),
    (SharedPrefixGRPOTrainer, GRPOTrainer), (SharedPrefixRLOOTrainer, RLOOTrainer),
    (resampling(GRPOTrainer), GRPOTrainer), (resampling(RLOOTrainer), RLOOTrainer),
]  # fmt: skip
OVERRIDDEN = {
    "compute_loss", "_prepare_inputs", "_get_per_token_logps_and_entropies",
    "_generate_single_turn", "_calculate_rewards", "_generate_and_score_completions",
    "_save_checkpoint", "_load_optimizer_and_scheduler",
}  # fmt: skip
SET = ("_metrics", "_step", "_buffered_inputs", "eos_token_ids", "temperature", "top_k", "top_p",
       "min_p", "max_completion_length", "repetition_penalty", "use_vllm", "num_generations",
       "beta")  # fmt: skip
SET_BY_GRPO = ("loss_type", "top_entropy_quantile", "_entropy_bonus_enabled")


def methods(ours, theirs):
    """Names that a trainer of ours defines, or a class between it and TRL's."""
    between = [c for c in ours.__mro__ if c not in theirs.__mro__]
    return {name for c in between for name, value in vars(c).items() if inspect.isfunction(value)}


@pytest.mark.parametrize(("ours", "theirs"), OURS)
def test_every_method_that_is_overridden_is_one_of_trls_and_takes_what_trls_takes(ours, theirs):
    inherited = {name for name in methods(ours, theirs) if hasattr(theirs, name)} - {"__init__"}
    assert inherited == methods(ours, theirs) & OVERRIDDEN
    for name in inherited:
        taken = inspect.signature(getattr(ours, name)).parameters
        open_ended = {p.kind for p in taken.values()} & {
            inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL
        }  # fmt: skip
        asked = inspect.signature(getattr(theirs, name)).parameters
        if not open_ended:
            assert list(taken) == list(asked)
        named = [p for p in taken if p not in ("args", "kwargs", "unused")]
        assert named == list(asked)[: len(named)]


@pytest.mark.parametrize("theirs", [GRPOTrainer, RLOOTrainer])
def test_what_is_read_off_a_trainer_is_set_by_trl(theirs):
    source = inspect.getsource(theirs)
    more = SET_BY_GRPO if theirs is GRPOTrainer else ()
    assert [name for name in (*SET, *more) if f"self.{name} = " not in source] == []


def test_what_is_used_of_transformers_is_there():
    assert hasattr(Trainer, "_load_from_checkpoint")
    assert hasattr(Trainer, "is_fsdp_enabled") or "is_fsdp_enabled" in inspect.getsource(Trainer)
    assert "_n_gpu" in inspect.getsource(TrainingArguments)
    assert hasattr(PreTrainedConfig, "_attn_implementation")
    config = make("llama").config
    config._attn_implementation_internal = "eager"
    assert config._attn_implementation == "eager"


def test_the_fused_head_takes_labels_and_gives_log_probabilities_and_entropy():
    model = make("llama")
    utils.add_fused_lm_head(model, temperature=1.0, outputs=("log_probs", "entropy"))
    taken = inspect.signature(model.forward, follow_wrapped=False).parameters
    assert {"fused_lm_head", "shift_labels"} <= taken.keys()
    ids = torch.tensor([[5, 6, 7]])
    outputs = model(input_ids=ids, shift_labels=torch.tensor([[6, 7, -100]]), fused_lm_head=True)
    assert outputs.log_probs.shape == outputs.entropy.shape == (1, 3)
    for trainer in (GRPOTrainer, RLOOTrainer):  # they put it on a model where there is a GPU
        assert "add_fused_lm_head(" in inspect.getsource(trainer)


def test_the_helpers_are_there():
    assert inspect.signature(utils.split_tensor_dict).parameters.keys() == {
        "tensor_dict", "num_chunks"
    }  # fmt: skip
    assert next(iter(inspect.signature(utils.entropy_from_logits).parameters)) == "logits"
