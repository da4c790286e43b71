"""A door before a host on loopback: it counts what comes through, holds a request, or does something before one.

It is the gate of runs that are killed, and where a token expires or a server restarts at a moment that a test names.
The server behind it may be anything that speaks HTTP, git over HTTP included.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.bulk.gates import Turnstile

_OF_ONE_CONNECTION = ("connection", "keep-alive", "transfer-encoding", "content-length", "expect")


class Door(ThreadingHTTPServer):
    """`http://127.0.0.1:PORT` of its own, before the one of a host. It is a `Gate`. Close it after use."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        """`port` is where the host is, now."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = port
        self.environment: dict[str, str] = {}
        self.seen: list[str] = []
        self.writes_only = False
        """Whether reading is no matter of the gate."""
        self.lose = 0
        """So many of the next writes are done, and their answers lost."""
        self.gate = Turnstile()
        self._lock = threading.Lock()
        self._before: tuple[int, Callable[[], None]] | None = None
        self.is_away = False
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.gate.release()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        return

    # -- a gate

    def arm(self, at: int, *, after: bool) -> None:
        self.gate.arm(at, after)

    def is_held(self) -> bool:
        return self.gate.is_held()

    def release(self) -> None:
        self.gate.release()

    # -- moments

    def before(self, at: int, act: Callable[[], None]) -> None:
        """Before the `at`-th request from here on, do something; until it is done, nothing comes through."""
        with self._lock:
            self._before = (at, act)

    def is_due(self) -> bool:
        """Whether what `before` asked for is still to come."""
        return self._before is not None

    def count(self, line: str) -> None:
        with self._lock:
            self.seen.append(line)
            if self._before is None:
                return
            left, act = self._before
            self._before = (left - 1, act) if left > 1 else None
            if left > 1:
                return
            self.is_away = True
            try:
                act()
            finally:
                self.is_away = False

    def is_lost(self, method: str, path: str) -> bool:
        if method in ("GET", "HEAD") or path.endswith("/git-upload-pack"):
            return False
        with self._lock:
            is_one = self.lose > 0
            self.lose -= is_one
            return is_one


class _Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"
    server: Door

    def log_message(self, *_: object) -> None:
        return

    def _serve(self) -> None:
        data = self._body()
        door = self.server
        if door.is_away:
            self._drop()
            return
        door.count(f"{self.command} {self.path}")
        held = not (door.writes_only and self.command in ("GET", "HEAD")) and door.gate.is_mine()
        if held and not door.gate.after:
            door.gate.hold()
            self._drop()
            return
        try:
            self._pass_on(data, held=held)
        except (OSError, http.client.HTTPException):
            self._drop()

    def _pass_on(self, data: bytes, *, held: bool) -> None:
        behind = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        try:
            behind.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _OF_ONE_CONNECTION:
                    behind.putheader(name, value)
            behind.putheader("Content-Length", str(len(data)))
            behind.endheaders(data)
            answer = behind.getresponse()
            body = answer.read()
        finally:
            behind.close()
        if self.server.is_lost(self.command, self.path):
            self._drop()
            return
        if held:
            self.server.gate.hold()
            self._drop()
            return
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_ONE_CONNECTION:
                self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815
