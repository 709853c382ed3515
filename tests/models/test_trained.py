"""The format goes with the model: what its folder says is taken, and another one is said."""

import json
import logging
from dataclasses import dataclass
from datetime import date

import pytest

from toolrl.errors import DataError
from toolrl.models.trained import FILE, Trained, choose_format, settle, write_trained


@dataclass(frozen=True)
class Settings:
    model: str
    format: str | None = None


@pytest.fixture
def model(tmp_path):
    write_trained(tmp_path, Trained("hermes", "toolrl/strict", "grpo", "owner/base", {"seed": 1}))
    return str(tmp_path)


def test_a_trained_folder_says_how_it_was_made(model, tmp_path):
    said = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    version = said.pop("toolrl")
    assert isinstance(version, str)
    assert said == {
        "format": "hermes", "reward": "toolrl/strict", "method": "grpo", "base": "owner/base",
        "recipe": {"seed": 1},
    }  # fmt: skip


def test_the_models_own_format_is_taken_where_none_is_asked_for(model, caplog):
    settled, choice = settle(Settings(model))
    assert settled.format == "hermes"
    assert choice.note() == {
        "format": {"name": "hermes", "why": "the model's own", "own": "hermes"}
    }
    choice.say(model)
    assert caplog.text == ""


def test_another_format_wins_where_it_is_asked_for_and_is_said_on_one_line(model, caplog):
    settled, choice = settle(Settings(model, "paper"))
    assert (settled.format, choice.why) == ("paper", "asked for")
    with caplog.at_level(logging.WARNING):
        choice.say(model)
    (record,) = caplog.records
    assert "was trained in format 'hermes', and 'paper' is asked for" in record.getMessage()


def test_a_recipe_with_what_json_has_not_is_written(tmp_path):
    made = Trained("paper", "toolrl", "sft", "m", {"trainer": {"run_name": date(2026, 1, 2)}})
    write_trained(tmp_path, made)
    assert "2026-01-02" in (tmp_path / FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize("model", ["owner/name", "builtin:smollm2-135m", "gold", "/not/there"])
def test_a_model_that_says_nothing_has_the_default(model):
    assert choose_format(model, None).name == "paper"
    assert choose_format(model, "llama3").name == "llama3"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '"hermes"', '{"format": "hermess"}', "\xff"])
def test_a_damaged_file_is_said_with_its_place(tmp_path, text):
    (tmp_path / FILE).write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match=FILE):
        choose_format(str(tmp_path), None)
