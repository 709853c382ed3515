"""Workers: one GPU each, a share of the cores, a log, and an end with their parent."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from toolrl.errors import DataError  # noqa: E402
from toolrl.study.workers import visible_gpus, workers  # noqa: E402


def test_one_job_is_done_here_and_an_error_is_raised_at_once(tmp_path):
    def fail():
        raise DataError("no")

    with workers(1, tmp_path) as pool:
        assert pool.submit(os.getpid).result() == os.getpid()
        with pytest.raises(DataError):
            pool.submit(fail)


def test_each_worker_has_a_gpu_a_share_of_the_cores_and_a_log(tmp_path, monkeypatch):
    monkeypatch.setattr("toolrl.study.workers.visible_gpus", lambda: ["3", "5"])
    with workers(2, tmp_path) as pool:
        slow = [pool.submit(time.sleep, 0.1) for _ in range(4)]
        gpus = {pool.submit(os.getenv, "CUDA_VISIBLE_DEVICES").result() for _ in range(4)}
        threads = pool.submit(torch.get_num_threads).result()
        pool.submit(print, "said by a worker", flush=True).result()
        assert all(one.result() is None for one in slow)
    assert gpus <= {"3", "5"}
    assert threads == max(1, torch.get_num_threads() // 2)
    logs = sorted(path.name for path in tmp_path.iterdir())
    assert logs == ["worker-1.log", "worker-2.log"]
    texts = [(tmp_path / name).read_text() for name in logs]
    assert any("said by a worker" in text for text in texts)
    assert [text.splitlines()[0] for text in texts] == ["worker 1 has GPU 3", "worker 2 has GPU 5"]


def test_the_gpus_are_those_that_the_user_left_visible(monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert visible_gpus() == ["0", "1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    assert visible_gpus() == ["4", "7"]
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert visible_gpus() == []


PARENT = """
import os, time
from pathlib import Path
from toolrl.study.workers import workers
if __name__ == "__main__":
    with workers(2, Path({folder!r})) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 600).result()
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are looked for in /proc")
def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(folder=str(tmp_path)))
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not alive(worker):
            return
        time.sleep(0.1)
    pytest.fail("the worker goes on without its parent")


def alive(process):
    """Whether a process runs; a zombie that nobody waits for does not."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
