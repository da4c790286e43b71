"""The rig of the Bitbucket on loopback: a workspace of its own, and a door before its server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.bulk.hosts.bare_rig import BareRig
from tests.bulk.hosts.bitbucket.fake import Bitbucket
from tests.bulk.hosts.bitbucket.repositories import Repository
from tests.bulk.hosts.bitbucket.server import serve
from tests.bulk.hosts.campaign import Seen
from tests.bulk.hosts.proxy import Door
from tests.bulk.repositories import make_bare

_STATES = {"OPEN": "open", "MERGED": "merged", "DECLINED": "closed"}
_BUILDS = {"pending": "INPROGRESS", "success": "SUCCESSFUL", "failure": "FAILED"}


class BitbucketRig(BareRig):
    has_requests = True

    def __init__(self, folder: Path) -> None:
        self.host = Bitbucket(folder)
        self._server = serve(self.host)
        self._port = self._server.server_address[1]
        self.door = Door(self._port)
        self.source = "bitbucket:acme"
        self.arguments: tuple[str, ...] = ("--api-url", f"{self.door.url}/2.0")
        self.environment = {"BITBUCKET_TOKEN": self.host.token}
        self._token = 0

    def close_all(self) -> None:
        self.door.close()
        self._server.shutdown()
        self._server.server_close()

    def plan_calls(self, size: int) -> int:
        return size

    def _of(self, name: str) -> Repository:
        return self.host.repositories[name]

    def bare(self, name: str) -> Path:
        return self._of(name).path

    def make(self, name: str, files: Mapping[str, str], executable: bool = False) -> None:
        path = self.host.folder / "acme" / f"{name}.git"
        make_bare(path, dict(files), mode="100755" if executable else "100644")
        self.host.repositories[name] = repository = Repository(path, "acme")
        repository.default_builds = []

    def archive(self, name: str) -> None:
        """Bitbucket has no archive. What a campaign leaves alone there is a fork."""
        self._of(name).parent = "other/" + name

    def requests(self, name: str) -> list[Seen]:
        return [Seen(each.id, _STATES[each.state], each.branch, each.title) for each in self._of(name).pulls]

    def close(self, name: str, number: int) -> None:
        self._of(name).pulls[number - 1].decline()

    def protect(self, name: str, branch: str) -> None:
        self._of(name).protect(branch)

    def unprotect(self, name: str, branch: str) -> None:
        self._of(name).unprotect(branch)

    def require_approval(self, name: str) -> None:
        self._of(name).approvals = 1

    def approve(self, name: str, number: int) -> None:
        self._of(name).pulls[number - 1].review("ann")

    def report(self, name: str, commit: str, state: str) -> None:
        self._of(name).builds[commit] = [_BUILDS[state]]

    def expire(self) -> None:
        self.host.token = "nobody-has-this-one"

    def renew(self) -> None:
        self._token += 1
        self.host.token = f"ATCTT-loopback-{self._token}"
        self.environment = {"BITBUCKET_TOKEN": self.host.token}

    def restart(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server = serve(self.host, port=self._port)
