"""A small HTTP server that does to a client what servers do on bad days."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behave = Callable[[dict[str, Any], int], str]
"""From a request's body and how often it came before to one of the behaviours below."""


def completion(text: str, finish: str | None = "stop", calls: list | None = None) -> bytes:
    message = {"role": "assistant", "content": text} | ({"tool_calls": calls} if calls else {})
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice]}).encode()


STATUS = {"429": 429, "500": 500, "503": 503, "404": 404, "401": 401, "400": 400, "context": 400}
STATUS["long field"] = 400
SAID = {"context": "maximum context length is 10", "long field": "'tools[0]': string too long"}


def act(self: BaseHTTPRequestHandler, how: str, body: bytes) -> None:
    if how in STATUS:
        error = SAID.get(how, "no")
        payload = json.dumps({"error": {"message": error}}).encode()
        send(self, STATUS[how], payload, {"Retry-After": "0"} if how == "429" else {})
    elif how == "garbage":
        send(self, 200, b"<html>502 Bad Gateway</html>", {"Content-Type": "text/html"})
    elif how == "no choices":
        send(self, 200, b'{"choices": []}')
    elif how == "not finished":
        send(self, 200, completion("wrong: cut in the middle", None))
    elif how == "other shape":
        send(self, 200, b'[1, "two"]')
    elif how == "half":
        send(self, 200, body, {"Content-Length": str(len(body) + 100)})
    elif how == "slow":
        time.sleep(1.5)
    elif how == "ok":
        send(self, 200, body)
    # "nothing": the connection is closed without a word


def send(self: BaseHTTPRequestHandler, status: int, payload: bytes, headers: Any = ()) -> None:
    self.send_response(status)
    fields = {"Content-Type": "application/json", "Content-Length": str(len(payload))}
    for name, value in (fields | dict(headers)).items():
        self.send_header(name, value)
    self.end_headers()
    self.wfile.write(payload)


@contextmanager
def serving(answer: Callable[[dict[str, Any]], bytes], behave: Behave):
    """Serve until the end of the block; gives the base URL and the bodies that came."""
    seen: list[dict[str, Any]] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                before = sum(one == body for one in seen)
                seen.append(body)
            act(self, behave(body, before), answer(body))
            self.close_connection = True

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", seen
    finally:
        server.shutdown()
        server.server_close()
