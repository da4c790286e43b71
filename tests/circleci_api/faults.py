"""What can go wrong with a request to the CircleCI on loopback, one function for each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

HTML = b"<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
OLD_TOKEN = (
    "New format tokens are needed to authenticate this API endpoint. Create a new API token for access."
)  # fmt: skip


@dataclass
class Fault:
    """An answer that is given instead of the right one, or, with `after`, once what was asked for is done.

    `at` is matched from the start against `METHOD /api/v2/path`. `times` is how often it happens. `cut`: the
    connection ends in the middle of the answer; `lost`: before its first byte. `wait` are seconds before it is given.
    """

    status: int = 500
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    at: str = ""
    times: int = 1
    skip: int = 0
    after: bool = False
    cut: bool = False
    lost: bool = False
    wait: float = 0.0
    is_right: bool = False
    """The right answer is given, late or cut."""

    def hits(self, method: str, path: str) -> bool:
        if self.times <= 0 or not re.match(self.at, f"{method} {path}"):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


def refused(status: int, message: str, at: str = "", times: int = 1) -> Fault:
    """An error with the body that v2 has: 401, 403, 404, 409."""
    return Fault(status, json.dumps({"message": message}).encode(), at=at, times=times)


def unauthorized(at: str = "", times: int = 1) -> Fault:
    return refused(401, "Invalid token provided.", at, times)


def old_token(at: str = "", times: int = 1) -> Fault:
    return refused(401, OLD_TOKEN, at, times)


def rate_limited(
    at: str = "", times: int = 1, *, retry_after: str | None = "0", limit: int | None = None, reset: int = 0
) -> Fault:
    """429. `limit` adds the RateLimit headers, both kinds; without `retry_after` only those say when to come again."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    if limit is not None:
        headers |= {
            "RateLimit-Limit": str(limit), "RateLimit-Remaining": "0", "RateLimit-Reset": str(reset),
            "X-RateLimit-Limit-Minute": str(limit), "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset),
        }  # fmt: skip
    return Fault(429, b'{"message": "Rate limit exceeded."}', headers, at, times)


def broken(at: str = "", times: int = 1, *, after: bool = False) -> Fault:
    return Fault(500, b'{"message": "Internal server error."}', at=at, times=times, after=after)


def html(at: str = "", times: int = 1, status: int = 502) -> Fault:
    """What a proxy in between answers."""
    return Fault(status, HTML, {"Content-Type": "text/html"}, at, times)


def not_json(at: str = "", times: int = 1) -> Fault:
    return Fault(200, b"It works!", {"Content-Type": "text/plain"}, at, times)


def empty(at: str = "", times: int = 1, status: int = 503) -> Fault:
    return Fault(status, b"", at=at, times=times)


def slow(seconds: float, at: str = "", times: int = 1) -> Fault:
    """The right answer, late."""
    return Fault(at=at, times=times, wait=seconds, is_right=True)


def cut(at: str = "", times: int = 1) -> Fault:
    """What was asked for is done, and the connection ends in the middle of the right answer."""
    return Fault(at=at, times=times, cut=True, is_right=True, after=True)


def lost(at: str = "", times: int = 1, *, after: bool = True) -> Fault:
    """The connection ends before an answer; with `after` what was asked for is done."""
    return Fault(at=at, times=times, lost=True, after=after)
