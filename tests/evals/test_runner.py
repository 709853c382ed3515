"""The runner loses nothing, asks nothing twice, and ends where an undisturbed run ends."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from toolrl.errors import DataError
from toolrl.evals.benchmark import BenchmarkConfig, player
from toolrl.evals.episode import Episode, replay
from toolrl.evals.prompting import prompting
from toolrl.evals.runner import in_batches, side_by_side, work_through
from toolrl.models.answers import Answer, NoAnswer, Request
from toolrl.runs import SAMPLES, Run, read_lines


@dataclass
class Item:
    id: str
    turns: int = 1


class Echo(Episode):
    """Asks as often as its item says; right if every answer names the item."""

    def __init__(self, item):
        super().__init__(item.id, "echo", prompting("paper"))
        self.turns = item.turns

    asked, expected = "?", None

    def request(self):
        if len(self.answers) == self.turns:
            return None
        return Request(({"role": "user", "content": f"{self.id} {len(self.answers)}"},))

    def take(self, answer):
        pass

    def gold(self):
        return Answer(self.id)

    def verdict(self):
        right = all(self.id in answer.text for answer in self.answers)
        return {"official": right, "strict": right}


class Parrot:
    """Says what it was asked, and with whom it was asked; ends after so many batches."""

    batched = True

    def __init__(self, batches=10**6, deaf_to=()):
        self.batches = batches
        self.deaf_to = deaf_to
        self.asked = []

    def write(self, requests):
        texts = [one.messages[0]["content"] for one in requests]
        if self.batches == 0:
            raise KeyboardInterrupt
        self.batches -= 1
        self.asked += texts
        if any(name in text for name in self.deaf_to for text in texts):
            raise NoAnswer("HTTP 500, 5 times")
        return [Answer(f"{text} with {len(texts)}") for text in texts]


ITEMS = [Item(f"item{i}", turns=1 + i % 3) for i in range(10)]


def answer(tmp_path, play, batch_size):
    run = Run.create(tmp_path / "run", {"a": 1}, resume=True)
    return work_through(ITEMS, Echo, play, run, batch_size=batch_size)


@pytest.mark.parametrize("killed_after", range(7))
def test_a_run_that_is_killed_goes_on_with_the_batches_it_would_have_had(tmp_path, killed_after):
    whole = answer(tmp_path / "whole", in_batches(Parrot()), 4)
    with pytest.raises(KeyboardInterrupt):
        answer(tmp_path / "cut", in_batches(Parrot(killed_after)), 4)
    assert answer(tmp_path / "cut", in_batches(Parrot()), 4) == whole


def test_half_a_batch_on_disk_is_answered_again_in_its_own_batch(tmp_path):
    whole = answer(tmp_path / "whole", in_batches(Parrot()), 4)
    answer(tmp_path / "cut", in_batches(Parrot()), 4)
    path = tmp_path / "cut" / "run" / SAMPLES
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:6]) + '{"item": "it')
    parrot = Parrot()
    assert answer(tmp_path / "cut", in_batches(parrot), 4) == whole
    assert len(parrot.asked) < sum(item.turns for item in ITEMS)
    assert len([row["item"] for row in read_lines(path)]) == len(ITEMS)


def test_a_server_that_gives_up_marks_its_items_and_no_others(tmp_path):
    deaf = Parrot(deaf_to=("item3", "item7 1"))
    rows = answer(tmp_path, side_by_side(deaf, 4), None)
    failed = {name for name, row in rows.items() if row.get("failed")}
    assert failed == {"item3", "item7"} & {i.id for i in ITEMS if i.id == "item3" or i.turns > 1}
    assert "official" not in rows["item3"]
    again = Parrot()
    rows = answer(tmp_path, side_by_side(again, 4), None)
    assert not any(row.get("failed") for row in rows.values())
    assert {text.split()[0] for text in again.asked} == failed


def test_saved_answers_can_be_judged_again():
    episode = Echo(Item("a", 2))
    for text in ("a", "b"):
        episode.receive(Answer(text))
    row = episode.row()
    assert row["official"] is False
    assert replay(Echo(Item("a", 2)), row) == row


def test_what_a_model_in_this_process_computes_in_is_known(tiny_model):
    local = player(BenchmarkConfig(str(tiny_model)))[2]
    assert local["precision"] in ("float32", "bfloat16")
    assert player(BenchmarkConfig("gold"))[2] == {}


@pytest.mark.parametrize(
    ("turns", "says"), [(3, "not over after its 2 answers"), (1, "over after 1 of its 2 answers")]
)
def test_saved_answers_that_end_an_item_elsewhere_by_todays_rules_are_refused(turns, says):
    episode = Echo(Item("a", 2))
    for text in ("a", "b"):
        episode.receive(Answer(text))
    with pytest.raises(DataError, match=f"item a is {says}"):
        replay(Echo(Item("a", turns)), episode.row())


def test_a_row_says_what_its_item_was_cut_from():
    episode = Echo(Item("a"))
    episode.receive(Answer("a"))
    assert "group" not in episode.row()
    episode.group = "talk"
    assert list(episode.row())[:3] == ["item", "category", "group"]
    assert replay(episode, {"answers": []})["group"] == "talk"


SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
sys.path[:0] = sys.argv[2:]
from test_runner import Echo, Item
from toolrl.evals.runner import side_by_side, work_through
from toolrl.models.answers import Answer
from toolrl.runs import Run

class Slow:
    def write(self, requests):
        text = requests[0].messages[0]["content"]
        if not text.startswith("fast"):
            print("asked", flush=True)
            time.sleep(300)
        return [Answer(text)]

items = [Item(f"fast{i}") for i in range(5)] + [Item(f"slow{i}") for i in range(20)]
with Run.create(sys.argv[1], {}) as run:
    work_through(items, Echo, side_by_side(Slow(), 2), run)
"""


@pytest.mark.skipif(os.name == "nt", reason="a process is interrupted by a signal here")
def test_an_interrupt_waits_for_no_request_and_keeps_what_is_answered(tmp_path):
    here = Path(__file__).resolve()
    places = [str(here.parents[2] / "src"), str(here.parent)]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(tmp_path / "run"), *places],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert [process.stdout.readline() for _ in range(2)] == [b"asked\n"] * 2
    path = tmp_path / "run" / SAMPLES
    while not path.exists() or path.read_text().count("\n") < 5:
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert time.monotonic() - began < 10
    assert b"KeyboardInterrupt" in said
    assert sorted(row["item"] for row in read_lines(path)) == [f"fast{i}" for i in range(5)]


def test_an_error_of_one_item_ends_the_run(tmp_path):
    class Broken:
        def write(self, requests):
            raise ValueError("no such model")

    with pytest.raises(ValueError, match="no such model"):
        answer(tmp_path, side_by_side(Broken(), 4), None)
