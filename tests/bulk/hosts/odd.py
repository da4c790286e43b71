"""Odd answers that any host, or a proxy before it, may give to any request."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple


class Odd(NamedTuple):
    """An answer. `fault` is the class that it is of, `rest` the one for some requests, if theirs differs."""

    fault: str
    words: str
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    rest: str = ""


def give(handler: BaseHTTPRequestHandler, odd: Odd) -> None:
    """Answer with it."""
    handler.send_response(odd.status)
    for name, value in {
        "Content-Type": "application/json", "Content-Length": str(len(odd.body)), **odd.headers
    }.items():  # fmt: skip
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(odd.body)
    if "Content-Length" in odd.headers:
        handler.close_connection = True


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


PAGE = b"<html><head><title>Proxy login\x1b[31m</title></head><body>Please log in</body></html>"
SECRET = "ghp_" + "Zq7Xk2Vb9Nw4Lr8Tc1Yd6Hs3Jf5Gm0Pa2Be4"
ANYWHERE: dict[str, Odd] = {
    "a page": Odd("server-error", "Proxy login", body=PAGE),
    "a page without a title": Odd("server-error", "Please log in", body=b"<p>Please log in</p>"),
    "a page of its own type": Odd("server-error", "Proxy login", body=PAGE, headers={"Content-Type": "text/html"}),
    "cut JSON": Odd("server-error", "no JSON", body=b'{"data": {"node": {"id"'),
    "nothing": Odd("server-error", "no JSON", body=b""),
    "bytes": Odd("server-error", "no JSON", body=b"\xff\xfe\x00\x80"),
    "a list": Odd("server-error", "no object", body=b"[]"),
    "a text": Odd("server-error", "no object", body=b'"Unicorn"'),
    "a number": Odd("server-error", "no object", body=b"7"),
    "null": Odd("server-error", "no object", body=b"null"),
    "nesting": Odd("server-error", "", body=b"[" * 100_000),
    "no data": Odd("server-error", "", body=b"{}"),
    "403 with a page": Odd("forbidden", "Proxy login", 403, PAGE),
    "404 with a page": Odd("not-found", "Proxy login", 404, PAGE),
    "410": Odd("not-found", "Gone", 410, as_json({"message": "Gone"})),
    "400": Odd("forbidden", "Problems parsing", 400, as_json({"message": "Problems parsing JSON"})),
    "500": Odd("server-error", "Oops", 500, as_json({"message": "Oops"})),
    "502 with a page": Odd("server-error", "Proxy login", 502, PAGE),
    "503 with nothing": Odd("server-error", "503", 503),
    "a redirect elsewhere": Odd("not-found", "gets no token", 302, b"", {"Location": "http://evil.example/x"}),
    "a redirect to nowhere": Odd("unreachable", "", 301, b"", {"Location": "http://[::bad"}),
    "429": Odd("rate-limited", "still limits", 429, as_json({"message": "Slow"}), {"Retry-After": "7"}),
    "429 with a digit of no number": Odd("rate-limited", "", 429, b"", {"Retry-After": "\u00b2"}),
    "429 without end": Odd("rate-limited", "", 429, b"", {"Retry-After": "9" * 17}),
    "429 until a date": Odd("rate-limited", "", 429, b"", {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}),
    "an answer that is cut off": Odd("unreachable", "closed the connection", 200, b"{", {"Content-Length": "100"}),
    "more than is read": Odd("server-error", "more than 64,000,000 bytes", body=gzip.compress(bytes(64_000_001), 1),
                             headers={"Content-Encoding": "gzip"}),
    "a broken archive": Odd("unreachable", "", body=b"no archive", headers={"Content-Encoding": "gzip"}),
    "a token in the words": Odd("forbidden", "****", 403, as_json({"message": f"bad {SECRET}\n\x1b[2J\u202e"})),
}  # fmt: skip
"""By what they are. `SECRET` is in one of them, and in no message."""
