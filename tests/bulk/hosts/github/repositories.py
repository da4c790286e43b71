"""What GitHub knows of a repository, read from git itself: the objects behind its answers."""

from __future__ import annotations

import base64
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphql import GraphQLError

from tests.bulk.hosts.github import contracts
from tests.bulk.hosts.github.protection import WHEN, Merging, Rules
from tests.bulk.repositories import ENVIRONMENT

ZERO = "0" * 40


class FaultError(GraphQLError):
    """An error as GitHub's GraphQL gives it, with its type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Pull(Merging):
    typename = "PullRequest"

    def __init__(self, repository: Repository, number: int, sent: dict[str, Any]) -> None:
        super().__init__()
        self.repository, self.number = repository, number
        self.id = f"PR_{repository.name}_{number}"
        self.title, self.body, self.is_draft = sent["title"], sent.get("body") or "", bool(sent.get("draft"))
        self.head, self.base = sent["head"], sent["base"]
        self.state = "OPEN"
        self.labels: list[str] = []
        self.assignees: list[str] = []
        self.reviewers: list[str] = []
        self.comments: list[str] = []
        self.checks: str | None = "SUCCESS"
        self.last = repository.resolve(f"refs/heads/{self.head}")
        self.isCrossRepository = False

    @property
    def url(self) -> str:
        return f"{self.repository.url}/pull/{self.number}"

    @property
    def isDraft(self) -> bool:  # noqa: N802
        return self.is_draft

    @property
    def baseRefName(self) -> str:  # noqa: N802
        return str(self.base)

    @property
    def headRefOid(self) -> str:  # noqa: N802
        now = self.repository.resolve(f"refs/heads/{self.head}")
        if now:
            self.last = now
        return self.last

    def commits(self, _info: Any, **_: Any) -> dict[str, Any]:
        rollup = {"state": self.checks} if self.checks else None
        found = self.repository.objects([self.headRefOid])[0]
        made = Object(self.repository, *found).committedDate if found else WHEN
        commit = {"statusCheckRollup": rollup, "oid": self.headRefOid, "committedDate": made}
        return {"nodes": [{"commit": commit}]}

    @property
    def mergeable(self) -> str:
        if self.state != "OPEN":
            return "UNKNOWN"
        return "MERGEABLE" if self.repository.merged(self.base, self.headRefOid) else "CONFLICTING"

    def merge(self) -> None:
        base, git = f"refs/heads/{self.base}", self.repository.git
        before = self.repository.resolve(base)
        after = self.headRefOid
        if int(git("rev-list", "--count", f"{after}..{before}")):
            tree = self.repository.merged(before, after)
            after = git("commit-tree", tree, "-p", before, "-p", after, given=b"Merge").decode().strip()
        self.repository.move([(base, after, before)])
        self.state, self.auto, self.is_queued = "MERGED", None, False

    def rest(self, example: str) -> dict[str, Any]:
        known = contracts.example(example)
        return {
            **known,
            "requested_teams": [],  # GitHub's example of a team lacks what its own schema requires
            "number": self.number,
            "html_url": self.url,
            "title": self.title,
            "body": self.body,
            "draft": self.is_draft,
            "state": "open" if self.state == "OPEN" else "closed",
            "head": {**known.get("head", {}), "ref": self.head, "sha": self.headRefOid},
            "base": {**known.get("base", {}), "ref": self.base},
        }


class Repository(Rules):
    typename = "Repository"

    def __init__(self, path: Path, owner: str) -> None:
        self.path, self.owner = path, owner
        self.name = path.name.removesuffix(".git")
        self.id = f"R_{self.name}"
        self.nameWithOwner = f"{owner}/{self.name}"
        self.names = {self.nameWithOwner}
        """Former names lead to it as well."""
        self.isArchived = self.isDisabled = self.isFork = False
        self.visibility = "PRIVATE"
        self.topics: list[str] = []
        self.templates: list[str] = []
        self.pulls: list[Pull] = []
        self.protected: set[str] = set()
        self.fault = ""
        self.lock = threading.RLock()

    @property
    def url(self) -> str:
        return f"https://github.com/{self.nameWithOwner}"

    def move_to(self, name: str) -> None:
        """Rename it, or transfer it to another owner: its id stays."""
        self.nameWithOwner = name
        self.names.add(name)

    # -- git

    def git(
        self, *arguments: str, given: bytes = b"", check: bool = True, more: Mapping[str, str] | None = None
    ) -> bytes:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, input=given, capture_output=True, env={**ENVIRONMENT, **(more or {})},
            check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise FaultError("UNPROCESSABLE", done.stderr.decode()[:200])
        return done.stdout

    def objects(self, names: list[str]) -> list[tuple[str, str, bytes] | None]:
        out = self.git("cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
        found: list[tuple[str, str, bytes] | None] = []
        place = 0
        for _ in names:
            end = out.index(b"\n", place)
            words = out[place:end].split()
            place = end + 1
            if len(words) == 3 and words[2].isdigit():
                size = int(words[2])
                found.append((words[0].decode(), words[1].decode(), out[place : place + size]))
                place += size + 1
            else:
                found.append(None)
        return found

    def resolve(self, name: str) -> str:
        return self.git("rev-parse", "--verify", "--quiet", f"{name}^{{}}", check=False).decode().strip()

    # -- GraphQL

    @property
    def isEmpty(self) -> bool:  # noqa: N802
        return not self.git("for-each-ref", "--count=1")

    @property
    def defaultBranchRef(self) -> dict[str, Any] | None:  # noqa: N802
        name = self.git("symbolic-ref", "--short", "HEAD").decode().strip()
        return {"name": name, "id": f"REF_{name}"} if self.resolve("HEAD") else None

    def repositoryTopics(self, _info: Any, **_: Any) -> dict[str, Any]:  # noqa: N802
        return {"nodes": [{"topic": {"name": name}} for name in self.topics]}

    @property
    def pullRequestTemplates(self) -> list[dict[str, str]]:  # noqa: N802
        return [{"filename": "PULL_REQUEST_TEMPLATE.md", "body": body} for body in self.templates]

    def object(self, _info: Any, expression: str) -> Object | None:
        found = self.objects([expression])[0]
        return Object(self, *found) if found else None

    def ref(self, _info: Any, qualifiedName: str) -> dict[str, Any] | None:  # noqa: N803
        found = self.objects([qualifiedName])[0]
        return {"name": qualifiedName, "id": qualifiedName, "target": Object(self, *found)} if found else None

    def pullRequest(self, _info: Any, number: int) -> Pull | None:  # noqa: N802
        return next((pull for pull in self.pulls if pull.number == number), None)

    def pullRequests(self, _info: Any, headRefName: str | None = None, **_: Any) -> dict[str, Any]:  # noqa: N802, N803
        return {"nodes": [pull for pull in reversed(self.pulls) if headRefName in (None, pull.head)]}

    # -- writing

    def merged(self, base: str, head: str) -> str:
        """The tree of a merge, empty where it conflicts."""
        done = subprocess.run(
            ["git", "merge-tree", "--write-tree", base, head], cwd=self.path, capture_output=True, env=ENVIRONMENT,
            check=False,
        )  # fmt: skip
        return done.stdout.decode().split("\n", 1)[0] if done.returncode == 0 else ""

    def git_commit(self, oid: str) -> dict[str, Any]:
        """As GitHub's Git database gives it: signed for an App only."""
        known = contracts.example("git-commit-2")
        tree = self.resolve(f"{oid}^{{tree}}")
        verification = {**known.get("verification", {}), "verified": False, "reason": "unsigned"}
        return {**known, "sha": oid, "tree": {"sha": tree, "url": "https://x"}, "verification": verification}

    def make_object(self, kind: str, sent: dict[str, Any]) -> dict[str, Any]:
        if kind == "blobs":
            data = base64.b64decode(sent["content"], validate=True)
            return {"sha": self.git("hash-object", "-w", "--stdin", given=data).decode().strip(), "url": "https://x"}
        if kind == "commits":
            parents = [word for parent in sent["parents"] for word in ("-p", parent)]
            made = self.git("commit-tree", sent["tree"], *parents, given=sent["message"].encode()).decode().strip()
            return self.git_commit(made)
        lines = [f"{each['mode']} {each['sha']}\t{each['path']}\n" for each in sent["tree"]]
        with self.lock, tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            self.git("read-tree", sent["base_tree"], more=index)
            self.git("update-index", "--index-info", given="".join(lines).encode(), more=index)
            made = self.git("write-tree", more=index).decode().strip()
        return {**contracts.example("git-tree"), "sha": made}

    def move(self, updates: list[tuple[str, str, str | None]]) -> None:
        """Move refs in one transaction; a `before` of `None` is not checked."""
        lines = []
        if self.protected & {name for name, _, _ in updates}:
            raise FaultError("UNPROCESSABLE", "Repository rule violations found\n\nCannot update this protected ref.\n")
        for name, after, before in updates:
            lines.append(f"update {name} {after}{'' if before is None else f' {before}'}\n")
        with self.lock:
            for pull in self.pulls:
                _ = pull.headRefOid
            done = subprocess.run(
                ["git", "update-ref", "--stdin"], cwd=self.path, input="".join(lines).encode(), capture_output=True,
                env=ENVIRONMENT, check=False,
            )  # fmt: skip
            if done.returncode:
                raise FaultError("STALE_DATA", "A ref was not where it was expected to be")
            for pull in self.pulls:
                if pull.state == "OPEN" and not self.resolve(f"refs/heads/{pull.head}"):
                    pull.state = "CLOSED"

    def commit_on(self, sent: dict[str, Any]) -> str:
        branch = f"refs/heads/{sent['branch']['branchName']}"
        with self.lock:
            head = self.resolve(branch)
            if head != sent["expectedHeadOid"]:
                raise FaultError(
                    "STALE_DATA",
                    f'Expected branch to point to "{sent["expectedHeadOid"]}" but it did not. Pull and try again.',
                )
            message = f"{sent['message']['headline']}\n\n{sent['message'].get('body') or ''}".encode()
            who = f"GitHub <noreply@github.com> {int(time.time())} +0000"
            parts = [f"commit refs/fake/made\ncommitter {who}\ndata {len(message)}\n".encode(), message]
            parts.append(f"\nfrom {head}\n".encode())
            for each in sent["fileChanges"]["additions"]:
                data = base64.b64decode(each["contents"], validate=True)
                parts += (f"M 100644 inline {each['path']}\ndata {len(data)}\n".encode(), data, b"\n")
            self.git("fast-import", "--quiet", "--force", given=b"".join(parts))
            made = self.resolve("refs/fake/made")
            self.move([(branch, made, head)])
            return made


class Object:
    """A commit, tree or blob."""

    def __init__(self, repository: Repository, oid: str, kind: str, data: bytes) -> None:
        self.repository, self.oid, self.id, self.data = repository, oid, oid, data
        self.typename = {"commit": "Commit", "tree": "Tree", "blob": "Blob"}[kind]

    @property
    def entries(self) -> list[dict[str, Any]]:
        found = []
        place = 0
        while place < len(self.data):
            end = self.data.index(b"\0", place)
            mode, _, name = self.data[place:end].partition(b" ")
            oid = self.data[end + 1 : end + 21].hex()
            place = end + 21
            kind = "tree" if mode == b"40000" else "blob"
            found.append({"name": name.decode(), "type": kind, "mode": int(mode, 8), "oid": oid})
        read = self.repository.objects([str(each["oid"]) for each in found])
        return [
            {**each, "object": Object(self.repository, *one) if one else None}
            for each, one in zip(found, read, strict=True)
        ]

    @property
    def isBinary(self) -> bool:  # noqa: N802
        return b"\0" in self.data

    @property
    def isTruncated(self) -> bool:  # noqa: N802
        return len(self.data) > 512_000

    @property
    def text(self) -> str | None:
        """As GitHub gives it: without a byte order mark, what is no UTF-8 replaced, and cut short."""
        if self.isBinary:
            return None
        return self.data[:512_000].decode("utf-8", "replace").removeprefix("\ufeff")

    @property
    def message(self) -> str:
        return self.data.decode("utf-8", "replace").partition("\n\n")[2]

    @property
    def committedDate(self) -> str:  # noqa: N802
        seconds = re.search(r"^committer .* (\d+) [+-]\d{4}$", self.data.decode("utf-8", "replace"), re.MULTILINE)
        return datetime.fromtimestamp(int(seconds[1]) if seconds else 0, UTC).isoformat().replace("+00:00", "Z")

    def parents(self, _info: Any, **_: Any) -> dict[str, Any]:
        head = self.data.decode("utf-8", "replace").partition("\n\n")[0]
        return {"nodes": [{"oid": oid} for oid in re.findall(r"^parent (\S+)$", head, re.MULTILINE)]}
