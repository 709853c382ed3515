"""Answers of servers on disk, so that no question is paid for twice."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from toolrl.models.answers import Answer, Request
from toolrl.models.server import ServerWriter


class CachedWriter:
    """A server behind a cache: the same request to the same server has the same answer.

    Args:
        writer: who is asked what is not known yet.
        path: the cache's file, shared by runs and processes.
    """

    def __init__(self, writer: ServerWriter, path: Path) -> None:
        self.writer = writer
        self.lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.known = sqlite3.connect(path, timeout=60, check_same_thread=False)
        with self.lock, self.known:
            self.known.execute(
                "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, row TEXT)"
            )

    def write(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer a request; raises as the server's writer."""
        return [self.ask(request) for request in requests]

    def ask(self, request: Request) -> Answer:
        """From the cache, else from the server."""
        key = self.key(request)
        with self.lock:
            row = self.known.execute("SELECT row FROM answers WHERE key = ?", (key,)).fetchone()
        if row:
            return Answer.from_dict(json.loads(row[0]))
        answer = self.writer.ask(request)
        if answer.too_long:  # the server may be started again with more context
            return answer
        with self.lock, self.known:
            text = json.dumps(answer.to_dict())
            self.known.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, text))
        return answer

    def key(self, request: Request) -> str:
        """A hash of all that decides the answer."""
        asked = {"server": self.writer.server.base_url, **self.writer.body(request)}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
