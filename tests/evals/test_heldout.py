"""The held-out evaluation, end to end on a tiny random model."""

import json
import shutil
from dataclasses import replace

import pytest

from toolrl.config import read_yaml
from toolrl.errors import DataError, NotFoundError, RunExistsError
from toolrl.evals.heldout import HeldoutConfig, evaluate_heldout, heldout_examples
from toolrl.files import write_jsonl
from toolrl.models.trained import Trained, write_trained
from toolrl.runs import SAMPLES, read_lines
from toolrl.types import Example, Message


@pytest.fixture
def config(tiny_model, tmp_path):
    return HeldoutConfig(
        model=str(tiny_model), output=str(tmp_path / "eval"), n=6, format="paper-brief",
        max_new_tokens=4, batch_size=4,
    )  # fmt: skip


def test_every_task_is_answered_and_scored(config, tmp_path):
    seen = []
    scores = evaluate_heldout(config, on_progress=lambda done, total: seen.append((done, total)))
    rows = list(read_lines(tmp_path / "eval" / SAMPLES))
    assert len(rows) == scores["n"] == 6
    assert seen == [(4, 6), (6, 6)]
    assert scores["reward"]["value"] == -3.0


def test_a_stopped_evaluation_answers_only_what_is_missing(config, tmp_path):
    first = evaluate_heldout(config)
    path = tmp_path / "eval" / SAMPLES
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:4]) + lines[4][:20])
    with pytest.raises(RunExistsError, match="--resume"):
        evaluate_heldout(config)
    assert evaluate_heldout(replace(config, batch_size=2), resume=True) == first
    assert sorted(path.read_text().splitlines()) == sorted(line.strip() for line in lines)


def test_what_a_kill_left_of_a_batch_is_answered_again_with_its_whole_batch(config, tmp_path):
    evaluate_heldout(config)
    path = tmp_path / "eval" / SAMPLES
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:3]))
    seen = []
    evaluate_heldout(config, resume=True, on_progress=lambda done, total: seen.append(done))
    assert seen == [4, 6]
    assert path.read_text().splitlines(keepends=True) == lines


def test_answers_to_other_tasks_are_not_gone_on_with(config, tmp_path):
    path = tmp_path / "rows.jsonl"
    data = replace(config, data=str(path))
    for question in ("One?", "Two?"):
        task = Example("1", (), (Message("user", question),), reply="x", split="heldout")
        write_jsonl(path, [task.to_dict()])
        if question == "One?":
            evaluate_heldout(data)
    with pytest.raises(DataError, match="answers other tasks"):
        evaluate_heldout(data, resume=True)


def test_ids_must_be_unique(config, tmp_path):
    path = tmp_path / "rows.jsonl"
    task = Example("1", (), (Message("user", "hi"),), reply="x", split="heldout")
    write_jsonl(path, [task.to_dict()] * 2)
    with pytest.raises(DataError, match="'1' stands more than once"):
        heldout_examples(replace(config, data=str(path)))


def test_a_model_that_is_not_there_leaves_no_run_behind(config, tmp_path):
    with pytest.raises(NotFoundError, match="model not found"):
        evaluate_heldout(replace(config, model=str(tmp_path / "none")))
    assert not (tmp_path / "eval").exists()


def test_heldout_rows_of_a_file_are_used_and_training_rows_are_not(config, tmp_path):
    rows = [Example(str(i), (), (Message("user", "hi"),), reply="x", split=split)
            for i, split in enumerate(["train", "heldout", "heldout"])]  # fmt: skip
    path = tmp_path / "rows.jsonl"
    write_jsonl(path, [row.to_dict() for row in rows])
    assert [e.id for e in heldout_examples(replace(config, data=str(path)))] == ["1", "2"]
    write_jsonl(path, [rows[0].to_dict()])
    with pytest.raises(DataError, match="no row with split 'heldout'"):
        heldout_examples(replace(config, data=str(path)))


def test_an_evaluation_from_before_examples_had_a_group_goes_on(config, tmp_path):
    data = replace(config, data=str(tmp_path / "rows.jsonl"))
    tasks = [Example(str(i), (), (Message("user", f"{i}?"),), reply="x", split="heldout",
                     group=f"talk-{i // 2}") for i in range(6)]  # fmt: skip
    write_jsonl(tmp_path / "rows.jsonl", [task.to_dict() for task in tasks])
    first = evaluate_heldout(data)
    path = tmp_path / "eval" / SAMPLES
    rows = list(read_lines(path))
    assert [row["group"] for row in rows] == [task.group for task in tasks]
    for row in rows[:4]:
        del row["answer"]["group"]
    write_jsonl(path, rows[:4])
    assert evaluate_heldout(data, resume=True) == first


def test_a_trained_model_is_asked_in_its_own_format(config, tiny_model, tmp_path, caplog):
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    write_trained(model, Trained("hermes", "toolrl", "sft", "base"))
    own = replace(config, model=str(model), format=None)
    evaluate_heldout(own)
    assert read_yaml(tmp_path / "eval" / "config.yaml")["format"] == "hermes"
    made = json.loads((tmp_path / "eval" / "provenance.json").read_text(encoding="utf-8"))
    assert made["format"]["why"] == "the model's own"
    evaluate_heldout(own, resume=True)
    assert caplog.text == ""
    evaluate_heldout(replace(own, format="paper", output=str(tmp_path / "other")))
    assert "trained in format 'hermes', and 'paper' is asked for" in caplog.text
    evaluate_heldout(replace(config, format=None, output=str(tmp_path / "plain")))
    assert read_yaml(tmp_path / "plain" / "config.yaml")["format"] == "paper"
