"""A tiny model that answers with one of two calls, right about half of the time."""

from dataclasses import replace

import pytest

from toolrl.files import write_jsonl
from toolrl.types import Example, Message, ToolCall, ToolSpec

CPU = {"bf16": False, "activation_checkpointing": False}
TOOLS = (ToolSpec("a", "One."), ToolSpec("b", "Two."))
EXAMPLES = [
    Example(str(i), TOOLS, (Message("user", f"{letter}?"),), (ToolCall(letter),))
    for i, letter in enumerate("abbaabab")
]


@pytest.fixture(scope="session")
def two_call_data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "examples.jsonl"
    write_jsonl(path, [example.to_dict() for example in EXAMPLES])
    return path


@pytest.fixture(scope="session")
def half_right_model(tiny_model, two_call_data, tmp_path_factory):
    """Warm-started until it writes calls, but not until it knows which: rewards vary in a group."""
    pytest.importorskip("trl")
    from toolrl.train.config import DataConfig, SFTTrainConfig
    from toolrl.train.sft import train_sft

    config = SFTTrainConfig(
        model=str(tiny_model), output="", data=DataConfig(path=str(two_call_data)),
        format="python", seed=1, sample_every=0,
        trainer=CPU | {"max_steps": 60, "per_device_train_batch_size": 8, "learning_rate": 1e-2},
    )  # fmt: skip
    out = tmp_path_factory.mktemp("half-right") / "run"
    return train_sft(replace(config, output=str(out))) / "model"
