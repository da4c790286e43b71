"""git over smart HTTP on loopback: `git http-backend` behind a small server, over a folder of bare repositories."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.bulk.repositories import ENVIRONMENT


class Handler(BaseHTTPRequestHandler):
    # Without it each small answer waits for the acknowledgement of the one before: 215 ms a fetch instead of 45.
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"
    folder: Path
    login = ""
    seen: list[str]

    @staticmethod
    def asked() -> None:
        """Is called while git waits for an answer; a test may put its own in place."""

    def is_known(self) -> bool:
        """Whether whoever asks has a login that is taken."""
        expected = "Basic " + base64.b64encode(self.login.encode()).decode()
        return not self.login or self.headers.get("Authorization") == expected

    def log_message(self, *_: object) -> None:
        return

    def _serve(self) -> None:
        data = self._body()
        parts = urlsplit(self.path)
        self.seen.append(f"{self.command} {parts.path}")
        self.asked()
        if not self.is_known():
            self._send(401, {"WWW-Authenticate": 'Basic realm="git"'}, b"")
            return
        self._send(*self.run_git(parts.path, parts.query, data))

    def run_git(self, path: str, query: str, data: bytes) -> tuple[int, dict[str, str], bytes]:
        """What git itself answers: status, headers, body."""
        environment = {
            **ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(data)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "person",
            "REMOTE_ADDR": "127.0.0.1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.receivepack",
            "GIT_CONFIG_VALUE_0": "true",
        }
        done = subprocess.run(["git", "http-backend"], input=data, capture_output=True, env=environment, check=False)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        return int(headers.pop("Status", "200").split()[0]), headers, body

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _serve  # noqa: N815


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    seen: list[str]

    def handle_error(self, *_: object) -> None:
        return

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def serve_git(folder: Path, login: str = "") -> Server:
    """Serve the repositories of a folder; `login` is `user:password`, if one is asked for."""
    seen: list[str] = []
    handler = type("Bound", (Handler,), {"folder": folder, "login": login, "seen": seen})
    server = Server(("127.0.0.1", 0), handler)
    server.seen = seen
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


assert os.name == "posix"
