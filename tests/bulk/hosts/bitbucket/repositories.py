"""What Bitbucket knows of a repository, read from git itself, and its pull requests."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.bulk.repositories import ENVIRONMENT

WHEN = "2026-11-30T15:04:05.000000+00:00"
STRATEGIES = ["merge_commit", "squash", "fast_forward"]


class RefusedError(Exception):
    """An answer of the host that is no success: its status and its words."""

    def __init__(self, status: int, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.detail = status, message, detail


def uuid_of(name: str) -> str:
    return f"{{{uuid5(NAMESPACE_URL, name)}}}"


def account(name: str) -> dict[str, Any]:
    return {"type": "user", "uuid": uuid_of(name), "display_name": name, "nickname": name}


class Repository:
    """A bare repository. `fault` breaks what is asked of it: `500@read`, `555@write`, `drop`."""

    def __init__(self, path: Path, workspace: str) -> None:
        self.path = path
        self.name = path.name.removesuffix(".git")
        self.full_name = f"{workspace}/{self.name}"
        self.parent = ""
        self.is_private = True
        self.fault = ""
        self.pulls: list[Pull] = []
        self.builds: dict[str, list[str]] = {}
        """The states of the builds of a commit; `default_builds` of every other one."""
        self.default_builds = ["SUCCESSFUL"]
        self.default_reviewers: list[str] = []
        self.project_reviewers: list[str] = []
        self.strategies = STRATEGIES
        self.approvals = 0
        """So many approvals are required before a merge."""
        self.protected: set[str] = set()
        self.lock = threading.RLock()

    def protect(self, branch: str) -> None:
        """Nobody may push to a branch, as by https://support.atlassian.com/bitbucket-cloud/docs/use-branch-permissions/"""
        self.protected.add(branch)
        lines = [
            f"  refs/heads/{each}) echo Permission denied to update branch >&2; exit 1;;" for each in self.protected
        ]
        hook = self.path / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("\n".join(("#!/bin/sh", "while read a b ref; do case $ref in", *lines, "esac; done", "")))
        hook.chmod(0o755)

    def unprotect(self, branch: str) -> None:
        self.protected.discard(branch)
        (self.path / "hooks" / "pre-receive").unlink()

    def git(self, *arguments: str, given: bytes = b"", check: bool = True) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, input=given, capture_output=True, env=ENVIRONMENT, check=False
        )
        if check and done.returncode:
            raise RefusedError(400, done.stderr.decode()[:200])
        return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""

    def bytes_of(self, name: str) -> bytes:
        return subprocess.run(
            ["git", "cat-file", "blob", name], cwd=self.path, capture_output=True, env=ENVIRONMENT, check=True
        ).stdout

    def resolve(self, name: str) -> str:
        return self.git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False)

    @property
    def main(self) -> str:
        """The name of the main branch, empty in an empty repository."""
        name = self.git("symbolic-ref", "--short", "HEAD")
        return name if self.resolve(f"refs/heads/{name}") else ""

    def branch(self, name: str) -> dict[str, Any]:
        head = self.resolve(f"refs/heads/{name}")
        if not head:
            raise RefusedError(404, f"No such branch: {name}")
        return {"type": "branch", "name": name, "target": self.commit(head), "merge_strategies": self.strategies}

    def commit(self, name: str) -> dict[str, Any]:
        found = self.resolve(name)
        if not found:
            raise RefusedError(404, f"Commit not found: {name}")
        head, _, message = self.git("cat-file", "commit", found).partition("\n\n")
        lines = [line.split(" ", 1) for line in head.splitlines() if " " in line]
        return {
            "type": "commit",
            "hash": found,
            "date": WHEN,
            "message": f"{message}\n",
            "author": {"type": "author", "raw": next(v for k, v in lines if k == "author").rpartition("> ")[0] + ">"},
            "parents": [{"type": "commit", "hash": value} for key, value in lines if key == "parent"],
        }

    def json(self, root: str) -> dict[str, Any]:
        link = f"{root}/{self.full_name}"
        return {
            "type": "repository",
            "full_name": self.full_name,
            "name": self.name,
            "uuid": uuid_of(self.full_name),
            "is_private": self.is_private,
            "scm": "git",
            "mainbranch": {"type": "branch", "name": self.main} if self.main else None,
            "parent": {"type": "repository", "full_name": self.parent} if self.parent else None,
            "links": {
                "html": {"href": link},
                # As Bitbucket gives it: whoever clones by it is asked for the password of that user.
                "clone": [{"name": "https", "href": f"{link.replace('://', '://somebody@')}.git"}],
            },
        }

    def check_open(self, branch: str) -> None:
        if branch in self.protected:
            raise RefusedError(403, f"Permission denied to update branch {branch}")

    # -- commits by form: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/

    def upload(self, fields: dict[str, list[str]], files: dict[str, tuple[bytes, str]]) -> str:
        """Commit files, each with its attribute; `RefusedError` where the parent is not the head any more."""
        with self.lock:
            branch = fields.get("branch", [self.main or "main"])[0]
            self.check_open(branch)
            head = self.resolve(f"refs/heads/{branch}")
            parent = fields.get("parents", [head or (self.resolve(self.main) if self.main else "")])[0]
            if "parents" in fields and head and self.resolve(parent) != head:
                raise RefusedError(409, "The parent is not the head of the branch")
            if "parents" in fields and not self.resolve(parent):
                raise RefusedError(404, f"Commit not found: {parent}")
            who = fields.get("author", ["A Person <person@example.com>"])[0]
            text = fields.get("message", ["Edited online with Bitbucket"])[0].encode()
            parts = [f"commit refs/heads/{branch}\nauthor {who} 1700000000 +0000\n".encode()]
            parts += [f"committer {who} 1700000000 +0000\ndata {len(text)}\n".encode(), text, b"\n"]
            parts += [f"from {self.resolve(parent)}\n".encode()] if parent else []
            for path in fields.get("files", []):
                if path not in files and f"/{path}" not in files:
                    parts.append(f"D {path.lstrip('/')}\n".encode())
            for path, (data, attribute) in files.items():
                mode = {"executable": "100755", "link": "120000"}.get(attribute, "100644")
                parts.append(f"M {mode} inline {path.lstrip('/')}\ndata {len(data)}\n".encode() + data + b"\n")
            self.git("fast-import", "--quiet", given=b"".join(parts))
            return self.resolve(f"refs/heads/{branch}")


class Pull:
    """A pull request of a branch of the same repository."""

    def __init__(self, repository: Repository, number: int, sent: dict[str, Any], author: str) -> None:
        self.repository, self.id, self.author = repository, number, author
        self.title, self.description = sent["title"], sent.get("description") or ""
        self.draft = bool(sent.get("draft"))
        self.branch: str = sent["source"]["branch"]["name"]
        self.base: str = (sent.get("destination") or {}).get("branch", {}).get("name") or repository.main
        self.close_source_branch = bool(sent.get("close_source_branch"))
        self.reviewers: list[dict[str, Any]] = sent.get("reviewers") or []
        self.state = "OPEN"
        self.updated = WHEN
        self.participants: list[dict[str, Any]] = []
        self.merge_commit = self.strategy = ""
        self.comments: list[str] = []
        self._last = repository.resolve(f"refs/heads/{self.branch}")

    @property
    def head(self) -> str:
        """The commit of its branch, the last one there was once it is closed or its branch is gone."""
        now = self.repository.resolve(f"refs/heads/{self.branch}") if self.state == "OPEN" else ""
        self._last = now or self._last
        return self._last

    def json(self, root: str, *, whole: bool) -> dict[str, Any]:
        """As Bitbucket gives it. Lists leave out who takes part; commits are cut to twelve digits."""
        of = {"type": "repository", "full_name": self.repository.full_name}
        base: dict[str, Any] = {
            "name": self.base,
            **({"merge_strategies": self.repository.strategies} if whole else {}),
        }
        tip = self.repository.resolve(f"refs/heads/{self.base}")
        found: dict[str, Any] = {
            "type": "pullrequest",
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "summary": {"raw": self.description, "markup": "markdown", "html": ""},
            "state": self.state,
            "draft": self.draft,
            "author": account(self.author),
            "close_source_branch": self.close_source_branch,
            "source": {"branch": {"name": self.branch}, "commit": {"hash": self.head[:12]}, "repository": of},
            "destination": {"branch": base, "commit": {"hash": tip[:12]}, "repository": of},
            "merge_commit": {"hash": self.merge_commit[:12]} if self.merge_commit else None,
            "links": {"html": {"href": f"{root}/{self.repository.full_name}/pull-requests/{self.id}"}},
            "created_on": WHEN,
            "updated_on": self.updated,
        }
        if whole:
            found |= {
                "reviewers": [{"type": "user", **each} for each in self.reviewers],
                "participants": self.participants,
            }
        return found

    def decline(self) -> None:
        if self.state != "OPEN":
            raise RefusedError(400, "This pull request is already closed.")
        self._last = self.head  # as it is from now on
        self.state = "DECLINED"

    def review(self, name: str, state: str = "approved") -> None:
        """Somebody approves it, or requests changes."""
        said = {"type": "participant", "user": account(name), "role": "REVIEWER", "approved": state == "approved"}
        self.participants.append({**said, "state": state})

    def merge(self, sent: dict[str, Any]) -> None:
        """Merge it, or say why not: https://support.atlassian.com/bitbucket-cloud/docs/merge-a-pull-request/"""
        repository = self.repository
        with repository.lock:
            if self.state != "OPEN":
                raise RefusedError(400, "This pull request is already closed.")
            if self.draft:
                raise RefusedError(400, "Draft pull requests cannot be merged.")
            if sum(each["approved"] for each in self.participants) < repository.approvals:
                raise RefusedError(400, "1 merge check is not resolved.", "At least 1 approval is needed")
            repository.check_open(self.base)
            ref, head = f"refs/heads/{self.base}", self.head
            tip = repository.resolve(ref)
            self.strategy = sent.get("merge_strategy", "merge_commit")
            made = self._made(self.strategy, tip, head)
            repository.git("update-ref", ref, made, tip)
            self.state, self.merge_commit = "MERGED", made
            if sent.get("close_source_branch", self.close_source_branch):
                repository.git("update-ref", "-d", f"refs/heads/{self.branch}", head)

    def _made(self, strategy: str, tip: str, head: str) -> str:
        git = self.repository.git
        if strategy not in self.repository.strategies:
            raise RefusedError(400, f"Not a merge strategy: {strategy}")
        if strategy == "fast_forward":
            if git("merge-base", tip, head) != tip:
                raise RefusedError(400, "The destination branch has moved: it cannot be fast forwarded.")
            return head
        try:
            tree = git("merge-tree", "--write-tree", tip, head)
        except RefusedError:
            raise RefusedError(400, "You can't merge until you resolve all merge conflicts.") from None
        parents = ["-p", tip, *(["-p", head] if strategy == "merge_commit" else [])]
        return git("commit-tree", tree, *parents, "-m", f"Merged in {self.branch} (pull request #{self.id})")
