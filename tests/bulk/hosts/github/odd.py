"""A GitHub on loopback that gives any answer at all: instead of doing what was asked, or after it was done."""

from __future__ import annotations

from typing import Any

from tests.bulk.hosts.github.fake import GitHub, Handler
from tests.bulk.hosts.odd import Odd, give


class OddGitHub(GitHub):
    odd: Odd | None = None
    after = 0
    """So many writes are done, and answered so."""
    rest_only = False
    """Queries are answered as usual."""


class OddHandler(Handler):
    host: OddGitHub

    def _answer(self, path: str, parameters: dict[str, str], sent: Any, *, held: bool) -> None:
        if self.host.odd is not None and not self.host.after and not (self.host.rest_only and "graphql" in path):
            give(self, self.host.odd)
            return
        super()._answer(path, parameters, sent, held=held)

    def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        writes = self.command != "GET" and not (isinstance(answer, dict) and "node" in (answer.get("data") or {}))
        if self.host.odd is not None and self.host.after > 0 and writes and status < 300:
            self.host.after -= 1
            if not self.host.after:
                odd, self.host.odd = self.host.odd, None
                give(self, odd)
                return
        super()._send(status, answer, headers)
