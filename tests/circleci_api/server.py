"""CircleCI on loopback: a real HTTP server over a world that a test makes. It checks each exchange of API v2 against
what CircleCI publishes, remembers what was asked, and fails in every way that it is told to.

    api = CircleCI()
    api.context("gh/acme", "docker-hub-creds", ["DOCKERHUB_USERNAME"])
    with serve(api):
        ...                     # api.url, api.key
    assert api.faults == []     # nothing was asked or answered that CircleCI does not publish
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.bulk.gates import Turnstile
from tests.circleci_api import contract, v2, v3
from tests.circleci_api.faults import Fault
from tests.circleci_api.world import Token, World
from tests.circleci_compiler import Compiled, compile_config
from tests.circleci_compiler.orbs import docker_orb

KEY = "CCIPAT_loopbackonly_0123456789abcdef"


class Request(NamedTuple):
    """What was asked, and the status of the answer: 0 where there was none."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    sent: Any
    status: int

    @property
    def is_write(self) -> bool:
        return self.method != "GET" and not self.path.endswith("/configs/compile")


Compiler = Callable[[str, dict[str, Any], dict[str, Any], str], Compiled]


def small_compiler(
    config: str, parameters: dict[str, Any], values: dict[str, Any], organization: str, *, keeps_orbs: bool = False
) -> Compiled:
    """Compiles in earnest, with the docker orb and no other; `keeps_orbs`: what others do stays as it is called."""
    known = {name.removeprefix("pipeline."): value for name, value in values.items()}
    return compile_config(config, parameters=parameters, values=known, orbs=docker_orb, keeps_orbs=keeps_orbs)


class CircleCI(World):
    """A CircleCI. `page` is how many items a list gives at once; a Server has no v3, and owners are accounts."""

    def __init__(self, *, is_server: bool = False, page: int = 20, compile: Compiler = small_compiler) -> None:  # noqa: A002
        super().__init__()
        self.is_server = is_server
        self.page = page
        self.compile = compile
        self.created = 200
        """The status for a new context: published is 200, the official client's own stand-in answers 201."""
        self.key = self.token(KEY)
        self.url = ""
        self.requests: list[Request] = []
        self.faults: list[str] = []
        """What CircleCI's description says against requests and answers."""
        self.overwritten: list[str] = []
        """The variables that were there and got another value: place and name."""
        self.troubles: list[Fault] = []
        self.limits: tuple[int, int] | None = None
        """What is left and in how many seconds it is full again, told with each answer."""
        self.lock = threading.Lock()
        self.gate = Turnstile()
        self.wake = threading.Event()

    def inject(self, *troubles: Fault) -> None:
        """Have requests go wrong: the first that fits a request is taken."""
        self.troubles += troubles

    def writes(self) -> list[str]:
        """`METHOD path` of all that was to change something, in order."""
        return [f"{each.method} {each.path}" for each in self.requests if each.is_write]

    def trouble_for(self, method: str, path: str) -> Fault | None:
        with self.lock:
            return next((each for each in self.troubles if each.hits(method, path)), None)


class Handler(BaseHTTPRequestHandler):
    # Without it each small answer waits for the acknowledgement of the one before.
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"
    api: CircleCI

    def log_message(self, *_: object) -> None:
        return

    def _serve(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True))
        api = self.api
        is_held = api.gate.is_mine()
        if is_held and not api.gate.after:
            self._note(path, query, None, 0)
            api.gate.hold()
            self._drop()
            return
        trouble = api.trouble_for(self.command, path)
        if trouble is not None:
            api.wake.wait(trouble.wait)
            if not (trouble.after or trouble.is_right):
                self._note(path, query, _sent(data), 0 if trouble.lost else trouble.status)
                self._give(trouble, trouble.status, trouble.body)
                return
        sent = _sent(data)
        try:
            with api.lock:
                status, answer = self._answer(path, query, sent)
        except Exception as error:  # a mistake of the test's, to be seen there and not as a broken connection
            api.faults.append(f"{self.command} {path}: {type(error).__name__}: {error}")
            status, answer = 500, {"message": "Internal server error."}
        self._note(path, query, sent, status)
        if is_held:
            api.gate.hold()
            self._drop()
            return
        body = json.dumps(answer).encode()
        if trouble is None:
            self._send(status, body, {})
        elif trouble.is_right:
            self._give(trouble, status, body)
        else:
            self._give(trouble, trouble.status, trouble.body)

    def _note(self, path: str, query: dict[str, str], sent: Any, status: int) -> None:
        self.api.requests.append(Request(self.command, path, query, dict(self.headers), sent, status))

    def _answer(self, path: str, query: dict[str, str], sent: Any) -> tuple[int, Any]:
        api = self.api
        if path.startswith("/api/v3/") and not api.is_server:
            token = self._token()
            if token is None and self._given():
                return 401, v3.refusal("Unauthorized", "Invalid token provided.")
            return v3.answer(api, self.command, path.removeprefix("/api/v3"), query, sent, token)
        if not path.startswith("/api/v2/"):
            return 404, {"message": "Not Found"}
        below = path.removeprefix("/api/v2")
        token = self._token()
        if token is None:
            status, answer = 401, {"message": "Invalid token provided."}
        else:
            status, answer = v2.answer(api, v2.Asked(self.command, below, query, sent, token))
        if contract.openapi() is not None:
            is_made = self.command == "POST" and below == "/context" and status == api.created
            published = 200 if is_made else status
            api.faults += contract.faults(self.command, below, query, sent, published, answer)
        return status, answer

    def _given(self) -> str:
        """The token of a request, in each of the ways that are published, but for the deprecated one."""
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            return base64.b64decode(value).decode().removesuffix(":")
        return value if kind == "Bearer" else self.headers.get("Circle-Token", "")

    def _token(self) -> Token | None:
        return self.api.tokens.get(self._given())

    def _give(self, trouble: Fault, status: int, body: bytes) -> None:
        if trouble.lost:
            self._drop()
        elif trouble.cut:
            self._send(status, body, {"Content-Length": str(len(body) + 100), **trouble.headers})
            self._drop()
        else:
            self._send(status, body, dict(trouble.headers))

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        limits = {}
        if self.api.limits is not None:
            left, reset = self.api.limits
            limits = {"RateLimit-Limit": "1000", "RateLimit-Remaining": str(left), "RateLimit-Reset": str(reset)}
        self.send_response(status)
        given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **limits, **headers}
        for name, value in given.items():
            self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815


def _sent(data: bytes) -> Any:
    try:
        return json.loads(data) if data else None
    except ValueError:
        return data.decode("utf-8", "replace")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        return


@contextlib.contextmanager
def serve(api: CircleCI) -> Iterator[CircleCI]:
    """The CircleCI on a port of loopback, in threads of this process, at `api.url`, which is the root of the host."""
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"api": api}))
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.wake.set()
        api.gate.release()
        server.shutdown()
        server.server_close()
        thread.join()
