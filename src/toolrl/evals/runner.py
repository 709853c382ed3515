"""Works through a benchmark's items: in batches or side by side, resumable, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from toolrl.evals.episode import Episode
from toolrl.models.answers import Answer, NoAnswer, Writer
from toolrl.runs import SAMPLES, Run, read_lines

Progress = Callable[[int, int], None]
Rows = list[dict[str, Any]]
Play = Callable[[Sequence[Episode]], Iterator[Rows]]
"""Plays episodes to their ends, and gives their rows as they become known."""


def work_through(
    items: Sequence[Any],
    begin: Callable[[Any], Episode],
    play: Play,
    run: Run,
    *,
    batch_size: int | None = None,
    on_progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Answer every item that has no row yet; rows are written as soon as they are known.

    Args:
        items: objects with an ``id``, in the order in which they are answered.
        begin: makes an item's episode.
        play: plays several episodes.
        run: where the rows go.
        batch_size: items played together; None is all that are left. With a size, the batches are
            those of an undisturbed run, whatever is there already: a batch of other prompts would
            give answers another rounding.
        on_progress: gets the numbers of items done and in all.

    Returns:
        By id, each item's row. Items that failed before are asked again.
    """
    rows = {row["item"]: row for row in saved(run)}
    done = {id_ for id_, row in rows.items() if not row.get("failed")}
    tried = set(done)
    for batch in batches(items, done, batch_size):
        for known in play([begin(item) for item in batch]):
            fresh = [row for row in known if row["item"] not in done]
            run.append(SAMPLES, *fresh)
            rows |= {row["item"]: row for row in fresh}
            done |= {row["item"] for row in fresh if not row.get("failed")}
            tried |= {row["item"] for row in known}
            if on_progress:
                on_progress(len(tried), len(items))
    return rows


def batches(
    items: Sequence[Any], done: set[str], batch_size: int | None
) -> Iterator[Sequence[Any]]:
    """Whole batches in which something is left to do; without a size, all that is left."""
    if batch_size is None:
        left = [item for item in items if item.id not in done]
        if left:
            yield left
        return
    for start in range(0, len(items), batch_size):
        batch = items[start : start + batch_size]
        if any(item.id not in done for item in batch):
            yield batch


def saved(run: Run) -> Rows:
    """The rows that a run has; a row that a kill cut is dropped."""
    run.mend(SAMPLES)
    path = run.path / SAMPLES
    return list(read_lines(path)) if path.exists() else []


def failure(episode: Episode, reason: NoAnswer) -> dict[str, Any]:
    """The row of an item that could not be worked to its end."""
    return {"item": episode.id, "category": episode.category, "failed": str(reason)}


def ended(episode: Episode) -> dict[str, Any]:
    """The row of an item that is over; failed where its judge gave no verdict."""
    try:
        return episode.row()
    except NoAnswer as reason:
        return failure(episode, reason)


def in_batches(writer: Writer) -> Play:
    """All episodes take a step at a time, together; their rows come at the end."""

    def play(episodes: Sequence[Episode]) -> Iterator[Rows]:
        reasons: dict[str, NoAnswer] = {}
        while asking := [
            (e, request) for e in episodes if e.id not in reasons and (request := e.request())
        ]:
            answers = writer.write([request for _, request in asking])
            for (episode, _), answer in zip(asking, answers, strict=True):
                try:
                    episode.receive(answer)
                except NoAnswer as reason:  # a tool that can't be reached
                    reasons[episode.id] = reason
        yield [
            failure(episode, reasons[episode.id]) if episode.id in reasons else ended(episode)
            for episode in episodes
        ]

    return play


def side_by_side(writer: Writer, concurrency: int) -> Play:
    """Each episode goes its own way in a thread; an item whose server gives up has failed.

    Who stops waiting, by Ctrl-C or an error, does not wait for the requests under way, which may
    take their timeout as often as they are tried: the threads are daemons, which no exit joins.
    """

    def one(episode: Episode) -> dict[str, Any]:
        try:
            while request := episode.request():
                episode.receive(*writer.write([request]))
        except NoAnswer as reason:
            return failure(episode, reason)
        return ended(episode)

    def play(episodes: Sequence[Episode]) -> Iterator[Rows]:
        waiting: SimpleQueue[Episode] = SimpleQueue()
        ended: SimpleQueue[dict[str, Any] | BaseException] = SimpleQueue()
        stopped = Event()

        def work() -> None:
            while not stopped.is_set():
                try:
                    ended.put(one(waiting.get_nowait()))
                except Empty:
                    return
                except BaseException as error:  # noqa: BLE001 - raised where the rows are waited for
                    ended.put(error)

        for episode in episodes:
            waiting.put(episode)
        try:
            for _ in range(min(concurrency, len(episodes))):
                Thread(target=work, daemon=True).start()
            for _ in episodes:
                row = next_of(ended)
                if isinstance(row, BaseException):
                    raise row
                yield [row]
        except KeyboardInterrupt:
            yield rows_in(ended)  # what was answered meanwhile
            raise
        finally:
            stopped.set()

    return play


def next_of(queue: SimpleQueue[Any]) -> Any:
    """The next one, waited for in short pieces: on Windows a long wait hears no Ctrl-C."""
    while True:
        with suppress(Empty):
            return queue.get(timeout=0.5)


def rows_in(queue: SimpleQueue[Any]) -> Rows:
    """What is there already."""
    rows: Rows = []
    with suppress(Empty):
        while True:
            found = queue.get_nowait()
            if isinstance(found, dict):
                rows.append(found)
    return rows


def without_model(kind: str) -> Play:
    """The pseudo-models: ``gold`` answers from the key, ``empty`` writes nothing."""

    def play(episodes: Sequence[Episode]) -> Iterator[Rows]:
        for episode in episodes:
            try:
                while episode.request():
                    episode.receive(episode.gold() if kind == "gold" else Answer(""))
                yield [ended(episode)]
            except NoAnswer as reason:
                yield [failure(episode, reason)]

    return play
