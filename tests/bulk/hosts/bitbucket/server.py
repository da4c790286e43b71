"""The server of the Bitbucket on loopback: whose token it is, what is counted, refused, lost, and kept back.

Run as a module it serves a folder of workspaces until it is told to end:
`python -m tests.bulk.hosts.bitbucket.server FOLDER`.
"""

from __future__ import annotations

import base64
import json
import socket
import sys
import threading
from email.parser import BytesParser
from email.policy import HTTP
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.bulk.hosts.bitbucket import contracts
from tests.bulk.hosts.bitbucket.fake import Answer, Bitbucket, BrokenError
from tests.bulk.hosts.bitbucket.repositories import RefusedError
from tests.bulk.hosts.git.server import Handler as GitHandler

_GIT_USER, _PERSON = "x-token-auth", "x-bitbucket-api-token-auth"
_META = ("message", "author", "parents", "files", "branch")


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Handler(GitHandler):
    host: Bitbucket

    def is_known(self) -> bool:
        """git's logins: https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/"""
        user = _PERSON if self.host.email else _GIT_USER
        return self.headers.get("Authorization") == _basic(user, self.host.token)

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        if not parts.path.startswith(("/2.0/", "/_")):
            self._serve_git(parts.path)
            return
        data = self._body()
        if parts.path in ("/_state", "/_gate"):
            self._json(200, _state(self.host) if parts.path == "/_state" else _told_gate(self.host, json.loads(data)))
            return
        self._serve_api(unquote(parts.path.removeprefix("/2.0")), parse_qsl(parts.query), data)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def _serve_git(self, path: str) -> None:
        name = path.strip("/").split("/")[1].removesuffix(".git") if path.count("/") > 1 else ""
        repository = self.host.repositories.get(name)
        if repository is None:
            self._body()
            self._send(404, {}, b"")
            return
        self.host.requests["git"] += 1
        try:
            self.host.hit(repository, "git")
        except RefusedError as refused:
            self._body()
            self._send(refused.status, {}, b"")
            return
        except BrokenError:
            self._drop()
            return
        GitHandler._serve(self)

    def _serve_api(self, path: str, query: list[tuple[str, str]], data: bytes) -> None:
        host = self.host
        with host.lock:
            refusal = host.refuse.pop(0) if host.refuse else None
        known = _basic(host.email, host.token) if host.email else f"Bearer {host.token}"
        if self.headers.get("Authorization") != known:
            self._refuse(401, "Token is invalid, expired, or not supported for this endpoint.")
            return
        if refusal:
            host.requests["refused"] += 1
            self._refuse(refusal[0], refusal[2], headers=refusal[1])
            return
        host.root = f"http://{self.headers['Host']}"
        held = host.gate.is_mine()
        if held and not host.gate.after:
            host.gate.hold()
            self._drop()
            return
        host.requests[self.command] += 1
        sent = self._sent(path, data)
        try:
            status, answer, headers = 200, host.answer(self.command, path, query, sent), {}
        except Answer as other:
            status, answer, headers = other.status, other.body, other.headers
        except RefusedError as refused:
            status, answer, headers = refused.status, _error(refused.message, refused.detail), {}
        except BrokenError:
            self._drop()
            return
        body = None if isinstance(sent, tuple) else sent
        host.faults += contracts.faults(self.command, path, query, body, status, answer)
        if held:
            host.gate.hold()
            self._drop()
        elif self.command != "GET" and host.drop_answers and status < 400:
            host.drop_answers -= 1
            self._drop()
        elif isinstance(answer, bytes):
            self._send(status, headers, answer)
        else:
            self._json(status, answer, headers)

    def _sent(self, path: str, data: bytes) -> Any:
        if not data:
            return None
        kind = self.headers.get("Content-Type", "")
        if not path.endswith("/src"):
            return json.loads(data)
        fields: dict[str, list[str]] = {}
        files: dict[str, tuple[bytes, str]] = {}
        if kind.startswith("application/x-www-form-urlencoded"):
            for name, value in parse_qsl(data.decode(), keep_blank_values=True):
                if name in _META:
                    fields.setdefault(name, []).append(value)
                else:
                    files[name] = (value.encode(), "")
        elif kind.startswith("multipart/form-data"):
            message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + data)
            for part in message.iter_parts():
                name = str(part.get_param("name", header="content-disposition"))
                raw = str(part["content-disposition"])
                payload = part.get_payload(decode=True)
                assert isinstance(payload, bytes)
                attribute = next((each for each in ("executable", "link") if f'x-attributes:"{each}"' in raw), "")
                if part.get_filename() is None:
                    fields.setdefault(name, []).append(payload.decode())
                else:
                    files[name] = (payload, attribute)
        else:
            self.host.faults.append(f"{path}: takes form data, not {kind}")
        return fields, files

    def _json(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        data = b"" if answer is None else json.dumps(answer).encode()
        kind = "text/html; charset=utf-8" if answer is None else "application/json"
        self._send(status, {"Content-Type": kind, **(headers or {})}, data)

    def _refuse(self, status: int, message: str, *, headers: dict[str, str] | None = None) -> None:
        self._json(status, _error(message), headers)

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _error(message: str, detail: str = "") -> dict[str, Any]:
    return {"type": "error", "error": {"message": message, **({"detail": detail} if detail else {})}}


def _state(host: Bitbucket) -> dict[str, Any]:
    return {
        name: [
            {"number": each.id, "state": each.state, "head": each.branch, "headRefOid": each.head}
            for each in repository.pulls
        ]
        for name, repository in host.repositories.items()
    }


def _told_gate(host: Bitbucket, told: dict[str, Any]) -> dict[str, Any]:
    if "at" in told:
        host.gate.arm(told["at"], told["after"])
    elif "release" in told:
        host.gate.release()
    return {"held": host.gate.is_held()}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    host: Bitbucket

    def handle_error(self, *_: object) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):  # whoever asked may be gone
            self.host.faults.append(repr(error))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/2.0"


def serve(host: Bitbucket, handler: type[Handler] = Handler, port: int = 0) -> Server:
    """The host on a port of loopback, in threads of this process. Shut it down after use."""
    bound = type("Bound", (handler,), {"host": host, "folder": host.folder, "seen": []})
    server = Server(("127.0.0.1", port), bound)
    server.host = host
    host.root = server.url.removesuffix("/2.0")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


if __name__ == "__main__":
    running = serve(Bitbucket(Path(sys.argv[1])))
    print(running.server_address[1], flush=True)
    sys.stdin.read()  # until the other end closes it
    running.shutdown()
