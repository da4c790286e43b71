"""The rig of a Gitea: an organisation, a user that campaigns work as, and a door before the server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.bulk.hosts.bare_rig import BareRig
from tests.bulk.hosts.campaign import Seen
from tests.bulk.hosts.gitea.server import BOSS, Gitea
from tests.bulk.hosts.proxy import Door
from tests.bulk.repositories import commit, git, make_bare

SCOPES = ["write:repository", "write:issue", "read:organization", "read:user"]
_number = itertools.count(1)


class GiteaRig(BareRig):
    """An organisation of its own on a server that others may share."""

    has_requests = True

    def __init__(self, server: Gitea, folder: Path) -> None:
        self.server, self._folder = server, folder
        folder.mkdir(parents=True, exist_ok=True)
        number = next(_number)
        self.owner, self.robot = f"acme{number}", f"robot{number}"
        user = {"username": self.robot, "email": f"{self.robot}@example.com", "password": "robot-pass"}
        server.ask("POST", "/admin/users", {**user, "must_change_password": False})
        server.ask("POST", "/orgs", {"username": self.owner})
        teams = server.ask("GET", f"/orgs/{self.owner}/teams")
        server.ask("PUT", f"/teams/{teams[0]['id']}/members/{self.robot}")
        self.door = Door(server.port)
        self.source = f"gitea:{self.owner}"
        self.arguments: tuple[str, ...] = ("--api-url", f"{self.door.url}/api/v1")
        self.environment: dict[str, str] = {}
        self._token = 0
        self.renew()

    def plan_calls(self, size: int) -> int:
        """Each is read by git, or its branch asked for."""
        return size

    def bare(self, name: str) -> Path:
        return self.server.bare(self.owner, name)

    def _ask(self, method: str, name: str, path: str, body: dict[str, object] | None = None) -> object:
        return self.server.ask(method, f"/repos/{self.owner}/{name}{path}", body)

    def make(self, name: str, files: Mapping[str, str], executable: bool = False) -> None:
        make_bare(self._local(name), files, mode="100755" if executable else "100644")
        if not files:
            self.server.ask("POST", f"/orgs/{self.owner}/repos", {"name": name, "default_branch": "main"})
            return
        # Adopted, which starts none of the hooks that a push would: a half of what these tests cost.
        make_bare(self.bare(name), files, mode="100755" if executable else "100644")
        self.server.ask("POST", f"/admin/unadopted/{self.owner}/{name}")

    def _local(self, name: str) -> Path:
        return self._folder / f"{name}.git"

    def _url(self, name: str) -> str:
        """For git, past the door, as the administrator."""
        return f"http://{BOSS}:{self.server.token}@127.0.0.1:{self.server.port}/{self.owner}/{name}.git"

    def archive(self, name: str) -> None:
        self._ask("PATCH", name, "", {"archived": True})

    def commit(self, name: str, branch: str, files: Mapping[str, str]) -> str:
        local = self._local(name)
        known = self.branches(name)
        git(local, "fetch", "-q", str(self.bare(name)), f"+{branch if branch in known else 'main'}:refs/heads/{branch}")
        made = commit(local, dict(files), branch)
        git(local, "push", "-q", self._url(name), branch)
        return made

    def requests(self, name: str) -> list[Seen]:
        if not self.branches(name):
            return []  # Gitea has none for a repository without commits, and says 404.
        pulls = self.server.ask("GET", f"/repos/{self.owner}/{name}/pulls?state=all&limit=50")
        return [
            Seen(pull["number"], "merged" if pull["merged"] else pull["state"], pull["head"]["label"], pull["title"])
            for pull in pulls
        ]

    def close(self, name: str, number: int) -> None:
        self._ask("PATCH", name, f"/pulls/{number}", {"state": "closed"})

    def protect(self, name: str, branch: str) -> None:
        self._ask("POST", name, "/branch_protections", {"rule_name": branch, "enable_push": False})

    def unprotect(self, name: str, branch: str) -> None:
        self._ask("DELETE", name, f"/branch_protections/{quote(branch, safe='')}")

    def require_approval(self, name: str) -> None:
        self._ask("POST", name, "/branch_protections", {"rule_name": "main", "required_approvals": 1})

    def approve(self, name: str, number: int) -> None:
        self._ask("POST", name, f"/pulls/{number}/reviews", {"event": "APPROVED", "body": "fine"})

    def report(self, name: str, commit: str, state: str) -> None:
        self._ask("POST", name, f"/statuses/{commit}", {"state": state, "context": "ci/circleci: build"})

    def expire(self) -> None:
        path = f"/users/{self.robot}/tokens/campaign-{self._token}"
        self.server.ask("DELETE", path, user=self.robot, password="robot-pass")

    def renew(self) -> None:
        self._token += 1
        made = self.server.ask(
            "POST", f"/users/{self.robot}/tokens", {"name": f"campaign-{self._token}", "scopes": SCOPES},
            user=self.robot, password="robot-pass",
        )  # fmt: skip
        self.environment = {"GITEA_TOKEN": made["sha1"]}

    def restart(self) -> None:
        self.server.stop()
        self.server.start()


class GitUrls(GiteaRig):
    """The same repositories as git URLs over HTTP, from a list: no change requests, and none is archived."""

    has_requests = False

    def __init__(self, server: Gitea, folder: Path) -> None:
        self._names: list[str] = []
        super().__init__(server, folder)
        self.source = f"file:{folder / 'list.txt'}"
        self.arguments = ()

    def make(self, name: str, files: Mapping[str, str], executable: bool = False) -> None:
        super().make(name, files, executable)
        self._names.append(name)
        self._write()

    def renew(self) -> None:
        super().renew()
        self._login = f"{self.robot}:{self.environment.pop('GITEA_TOKEN')}"
        self._write()

    def _write(self) -> None:
        host = self.door.url.replace("//", f"//{self._login}@")
        lines = (f"{host}/{self.owner}/{name}.git\n" for name in self._names)
        (self._folder / "list.txt").write_text("".join(lines))


@contextmanager
def opened(rig: GiteaRig) -> Iterator[GiteaRig]:
    try:
        yield rig
    finally:
        rig.door.close()
