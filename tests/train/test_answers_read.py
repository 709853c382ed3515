"""Answers are read as the model's chat template has them begin, and as the model wrote them."""

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from test_training import GRPO, config, grpo_config  # noqa: E402, F401
from transformers import AutoTokenizer  # noqa: E402

from toolrl.evals.heldout import HeldoutConfig, evaluate_heldout  # noqa: E402
from toolrl.models.answer_text import answer_text  # noqa: E402
from toolrl.models.native_syntax import opens_thought  # noqa: E402
from toolrl.rewards import load_reward  # noqa: E402
from toolrl.rewards.trl import reward_functions  # noqa: E402
from toolrl.runs import SAMPLES, read_lines  # noqa: E402
from toolrl.train.grpo import train_grpo  # noqa: E402

PROMPT_END = "<|im_start|>assistant\n"


def with_tokenizer(model, folder, change):
    """A copy of a model's folder with another tokenizer."""
    shutil.copytree(model, folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    change(tokenizer)
    tokenizer.save_pretrained(folder)
    return tokenizer


def open_the_thought(tokenizer):
    tokenizer.chat_template = tokenizer.chat_template.replace(PROMPT_END, PROMPT_END + "<think>\n")


def test_a_template_that_opens_the_thought_is_found_out(tiny_model, tmp_path):
    assert not opens_thought(AutoTokenizer.from_pretrained(tiny_model))
    assert opens_thought(with_tokenizer(tiny_model, tmp_path / "thinks", open_the_thought))


def test_a_thought_may_be_switched_off_by_the_template_s_own_option(tiny_model, tmp_path):
    def optional(tokenizer):
        opening = "{% if enable_thinking is not false %}<think>\n{% endif %}"
        tokenizer.chat_template = tokenizer.chat_template.replace(PROMPT_END, PROMPT_END + opening)

    tokenizer = with_tokenizer(tiny_model, tmp_path / "may-think", optional)
    assert opens_thought(tokenizer)
    assert not opens_thought(tokenizer, enable_thinking=False)


@pytest.mark.parametrize("thinks", [False, True])
def test_training_and_evaluation_read_answers_from_inside_their_thought(
    grpo_config,  # noqa: F811
    tmp_path,
    two_call_data,
    thinks,
):
    """The model writes calls at once: behind an opened thought they never got out of it."""
    model = grpo_config.model
    if thinks:
        with_tokenizer(model, tmp_path / "thinks", open_the_thought)
        model = str(tmp_path / "thinks")
    options = GRPO | {"max_steps": 1, "learning_rate": 0.0}
    run = train_grpo(replace(grpo_config, model=model, trainer=options, save_every=1))
    read = [row["parts"]["correctness"]["fraction"] for row in read_lines(run / SAMPLES)]
    assert any(read) is not thinks
    issues = "".join("".join(row["issues"]) for row in read_lines(run / SAMPLES))
    assert ("<think> is never closed" in issues) is thinks


def test_a_tokenizer_s_response_template_takes_nothing_out_of_answers(grpo_config, tmp_path):  # noqa: F811
    """TRL would parse answers by it; this one can't be used at all, and the model keeps it."""

    def parses(tokenizer):
        tokenizer.response_template = {"no such": "template"}

    with_tokenizer(grpo_config.model, tmp_path / "parses", parses)
    options = GRPO | {"max_steps": 1}
    runs = [
        train_grpo(
            replace(
                grpo_config, model=str(model), trainer=options, save_every=1,
                output=str(tmp_path / name),
            )
        )
        for name, model in (("plain", grpo_config.model), ("parsed", tmp_path / "parses"))
    ]  # fmt: skip
    plain, parsed = ([row["completion"] for row in read_lines(run / SAMPLES)] for run in runs)
    assert plain == parsed
    kept = json.loads((Path(runs[1]) / "model" / "tokenizer_config.json").read_text("utf-8"))
    assert kept["response_template"] == {"no such": "template"}


def test_an_evaluation_reads_them_likewise(half_right_model, tmp_path, two_call_data):
    rows = [json.loads(line) for line in Path(two_call_data).read_text("utf-8").splitlines()]
    data = tmp_path / "heldout.jsonl"
    lines = [json.dumps({**row, "split": "heldout"}) for row in rows]
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with_tokenizer(half_right_model, tmp_path / "thinks", open_the_thought)
    calls = []
    for name, model in (("plain", half_right_model), ("open", tmp_path / "thinks")):
        config = HeldoutConfig(  # noqa: F811
            str(model), str(tmp_path / name), str(data), n=8, format="python", max_new_tokens=8
        )
        evaluate_heldout(config)
        calls.append([row["calls"] for row in read_lines(tmp_path / name / SAMPLES)])
    assert any(calls[0])
    assert not any(calls[1])


def test_markers_that_a_tokenizer_holds_for_special_tokens_reach_the_reward(
    tiny_model,
    tmp_path,
):
    """TRL decodes without special tokens, and so without what some families put around calls."""

    def special(tokenizer):
        tokenizer.add_special_tokens({"additional_special_tokens": ["[TOOL_CALLS]"]})

    tokenizer = with_tokenizer(tiny_model, tmp_path / "marks", special)
    marker = tokenizer.convert_tokens_to_ids("[TOOL_CALLS]")
    text = answer_text(tokenizer, [marker, *tokenizer("f[ARGS]{}")["input_ids"]], {0})
    row = json.dumps({"id": "1", "messages": [], "calls": [{"name": "f", "arguments": {}}]})
    decode = partial(answer_text, tokenizer, ends={0})
    functions = reward_functions(load_reward("toolrl", format_name="mistral"), decode=decode)
    ids = [[marker, *tokenizer("f[ARGS]{}")["input_ids"]]]
    seen_by_trl = tokenizer.batch_decode(ids, skip_special_tokens=True)
    assert (text, seen_by_trl) == ("[TOOL_CALLS]f[ARGS]{}", ["f[ARGS]{}"])
    points = [one([None], seen_by_trl, ids, answer=[row])[0] for one in functions]
    assert sum(points) == 4.0
