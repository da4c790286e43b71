"""The rig of a GitLab: the one on loopback, a group, a token of it, and a door before the server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.bulk.hosts.bare_rig import BareRig
from tests.bulk.hosts.campaign import Seen
from tests.bulk.hosts.gitlab.fake import TOKEN, WRITES, GitLab, serve
from tests.bulk.hosts.proxy import Door
from tests.bulk.repositories import make_bare

_STATES = {"opened": "open"}
_PIPELINES = {"failure": "failed"}


class GitLabRig(BareRig):
    """A group with a subgroup in which every other project is. `scopes` are those of the token."""

    has_requests = True

    def __init__(self, folder: Path, scopes: frozenset[str] = WRITES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.host, self._scopes = GitLab(folder), scopes
        self._server = serve(self.host)
        self.door = Door(self._server.server_address[1])
        self.source = "gitlab:acme"
        self.arguments: tuple[str, ...] = ("--api-url", f"{self.door.url}/api/v4")
        self.environment: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._token = 0
        self.host.tokens = {}
        self.renew()

    def close_all(self) -> None:
        self.door.close()
        self._server.shutdown()
        self._server.server_close()

    def plan_calls(self, size: int) -> int:
        """One lists, and for each twenty projects one asks what is there, and some what that has in it."""
        return 3

    def bare(self, name: str) -> Path:
        return self.host.folder / f"{self._names[name]}.git"

    def make(self, name: str, files: Mapping[str, str], executable: bool = False) -> None:
        full = f"acme/{'sub/' if len(self._names) % 2 else ''}{name}"
        self._names[name] = full
        make_bare(self.host.folder / f"{full}.git", dict(files), mode="100755" if executable else "100644")
        self.host.add(full)

    def archive(self, name: str) -> None:
        self.host.projects[self._names[name]].archived = True

    def requests(self, name: str) -> list[Seen]:
        found = self.host.projects[self._names[name]].requests
        return [Seen(each.iid, _STATES.get(each.state, each.state), each.source, each.title) for each in found]

    def close(self, name: str, number: int) -> None:
        self.host.projects[self._names[name]].requests[number - 1].state = "closed"

    def protect(self, name: str, branch: str) -> None:
        self.host.projects[self._names[name]].protect(branch)

    def unprotect(self, name: str, branch: str) -> None:
        self.host.projects[self._names[name]].unprotect(branch)

    def require_approval(self, name: str) -> None:
        self.host.projects[self._names[name]].needs_approvals = 1

    def approve(self, name: str, number: int) -> None:
        request = self.host.projects[self._names[name]].requests[number - 1]
        request.approved_by.append("alice")
        request.settle()

    def report(self, name: str, commit: str, state: str) -> None:
        self.host.projects[self._names[name]].pipelines[commit] = _PIPELINES.get(state, state)

    def expire(self) -> None:
        self.host.tokens = {}

    def renew(self) -> None:
        self._token += 1
        token = f"{TOKEN}{self._token}"
        self.host.tokens = {token: self._scopes}
        self.environment = {"GITLAB_TOKEN": token}

    def restart(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server = serve(self.host)
        self.door.port = self._server.server_address[1]
