"""Where a study's parts are worked on: in this process, or in several beside it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any


class Here(Executor):
    """Does what it is given at once, in this process."""

    def submit(self, do: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        """A future that is done; it never holds an error, which is raised."""
        future: Future[Any] = Future()
        future.set_result(do(*args, **more))
        return future


@contextmanager
def workers(jobs: int, folder: Path) -> Iterator[Executor]:
    """So many workers; several are processes, each with its share of the cores and one GPU.

    What a process prints goes to ``worker-1.log`` and so on in the folder. Processes end with the
    one that started them, however it ends, so that no two ever write one run.
    """
    if jobs == 1:
        yield Here()
        return
    context = multiprocessing.get_context("spawn")
    settings = (context.Value("i", 0), jobs, visible_gpus(), str(folder))
    with ProcessPoolExecutor(jobs, context, set_up, settings) as pool:
        yield pool


def visible_gpus() -> list[str]:
    """Names of the GPUs that this process may use, as ``CUDA_VISIBLE_DEVICES`` has them."""
    import torch

    count = torch.cuda.device_count()
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    return (named.split(",") if named else [str(i) for i in range(count)])[:count]


def set_up(begun: Any, jobs: int, gpus: Sequence[str], folder: str) -> None:
    """Make this process a worker; ``begun`` counts them."""
    with begun.get_lock():
        number = begun.value
        begun.value += 1
    threading.Thread(target=end_with_parent, daemon=True).start()
    path = Path(folder) / f"worker-{number + 1}.log"
    log = path.open("a", encoding="utf-8", newline="\n")
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log.fileno(), stream.fileno())
        stream.reconfigure(encoding="utf-8")  # elsewhere it writes a code page with few letters
    if gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpus[number % len(gpus)]
        log.write(f"worker {number + 1} has GPU {gpus[number % len(gpus)]}\n")
        log.flush()
    import torch

    torch.set_num_threads(max(1, torch.get_num_threads() // jobs))


def end_with_parent() -> None:
    """Wait for the end of the process that started this one, and end at once."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
