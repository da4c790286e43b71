"""The rig of the GitHub on loopback: an organisation, a token of it, and a door before the server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.bulk.hosts.bare_rig import BareRig
from tests.bulk.hosts.campaign import Seen
from tests.bulk.hosts.github.fake import GitHub, serve
from tests.bulk.hosts.github.repositories import Repository
from tests.bulk.hosts.proxy import Door
from tests.bulk.repositories import make_bare


class GitHubRig(BareRig):
    has_requests = True

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.host = folder, GitHub(folder)
        self._server = serve(self.host)
        self.door = Door(self._server.server_address[1])
        self.source = "github:acme"
        self.arguments: tuple[str, ...] = ("--api-url", self.door.url)
        self.environment: dict[str, str] = {}
        self._token = 0
        self.renew()

    def close_all(self) -> None:
        self.door.close()
        self._server.shutdown()
        self._server.server_close()

    def plan_calls(self, size: int) -> int:
        """One lists, and one reads forty."""
        return 1 + -(-size // 40)

    def _of(self, name: str) -> Repository:
        return self.host.repositories[name]

    def bare(self, name: str) -> Path:
        return self._of(name).path

    def make(self, name: str, files: Mapping[str, str], executable: bool = False) -> None:
        path = self.folder / f"{name}.git"
        make_bare(path, dict(files), mode="100755" if executable else "100644")
        self.host.repositories[name] = Repository(path, "acme")

    def archive(self, name: str) -> None:
        self._of(name).isArchived = True

    def requests(self, name: str) -> list[Seen]:
        return [Seen(each.number, each.state.lower(), each.head, each.title) for each in self._of(name).pulls]

    def close(self, name: str, number: int) -> None:
        self._of(name).pulls[number - 1].state = "CLOSED"

    def protect(self, name: str, branch: str) -> None:
        self._of(name).protected.add(f"refs/heads/{branch}")

    def unprotect(self, name: str, branch: str) -> None:
        self._of(name).protected.remove(f"refs/heads/{branch}")

    def require_approval(self, name: str) -> None:
        self._of(name).requires_review = True

    def approve(self, name: str, number: int) -> None:
        self._of(name).pulls[number - 1].opinions.append("APPROVED")

    def report(self, name: str, commit: str, state: str) -> None:
        for pull in self._of(name).pulls:
            if pull.headRefOid == commit:
                pull.checks = state.upper()

    def expire(self) -> None:
        self.host.token = "nobody-has-this-one"

    def renew(self) -> None:
        self._token += 1
        self.host.token = f"ghp_loopback{self._token}"
        self.environment = {"GITHUB_TOKEN": self.host.token}

    def restart(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server = serve(self.host)
        self.door.port = self._server.server_address[1]
