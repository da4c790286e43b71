"""What GitLab knows of a project, read from git itself, and of its merge requests: the objects behind its answers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bulk.hosts.bare import Bare

MEMBER = {
    "id": 7, "username": "robot", "public_email": None, "name": "A <Robot>", "state": "active", "locked": False,
    "avatar_url": None, "web_url": "https://gitlab.example/robot",
}  # fmt: skip
USERS = {"robot": MEMBER, **{name: {**MEMBER, "id": 20 + n, "username": name, "name": name} for n, name in
                             enumerate(("alice", "bob"))}}  # fmt: skip
_HOOK = """\
#!/bin/sh
while read -r old new ref; do
  if grep -qxF "$ref" protected-refs 2>/dev/null; then
    echo "GitLab: You are not allowed to push code to protected branches on this project." >&2
    exit 1
  fi
done
"""


class RefusedError(Exception):
    """An answer that is no success: its status and its body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body if isinstance(body, dict) else {"message": body}


class Project(Bare):
    def __init__(self, path: Path, full_path: str, number: int) -> None:
        super().__init__(path)
        self.full_path, self.id = full_path, number
        self.archived = self.is_fork = self.is_mirror = False
        self.visibility = "private"
        self.topics: list[str] = []
        self.template: str | None = None
        self.settings: dict[str, Any] = {
            "merge_method": "merge", "squash_option": "default_off", "remove_source_branch_after_merge": True,
            "only_allow_merge_if_pipeline_succeeds": False,
        }  # fmt: skip
        self.requests: list[MergeRequest] = []
        self.pipelines: dict[str, str] = {}
        self.needs_approvals = 0
        self.looks = 1
        """So many times a new merge request is still being prepared when it is asked for."""
        self.fault = ""
        self.meanwhile: dict[str, Callable[[], object]] = {}
        """What others do right before a commit by the API is on its branch (`commit`), or right after (`committed`)."""
        self.looked: Callable[[], object] | None = None
        """What somebody does once, right after a file was looked at."""
        for name, value in (("receive.advertisePushOptions", "true"), ("uploadpack.allowAnySHA1InWant", "true")):
            self.git("config", name, value)

    @property
    def web_url(self) -> str:
        return f"https://gitlab.example/{self.full_path}"

    @property
    def default_branch(self) -> str:
        return (self.path / "HEAD").read_text().strip().removeprefix("ref: refs/heads/")

    @property
    def is_empty(self) -> bool:
        found = any(each.is_file() for each in (self.path / "refs/heads").rglob("*"))
        return not found and not self.git("for-each-ref", "--count=1", "refs/heads")

    def branch(self, name: str) -> str:
        return self.resolve(f"refs/heads/{name}")

    def tip(self, ref: str) -> str:
        """The commit of a branch, a commit or HEAD, as the API's `ref` takes them."""
        return self.branch(ref) or (self.resolve(ref) if ref == "HEAD" or len(ref) == 40 else "")

    # -- protection

    def protected(self) -> list[str]:
        found = self.path / "protected-refs"
        return found.read_text().split() if found.is_file() else []

    def protect(self, branch: str) -> None:
        self._protect([*self.protected(), f"refs/heads/{branch}"])

    def unprotect(self, branch: str) -> None:
        self._protect([each for each in self.protected() if each != f"refs/heads/{branch}"])

    def _protect(self, refs: list[str]) -> None:
        hook = self.path / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_HOOK)
        hook.chmod(0o755)
        (self.path / "protected-refs").write_text("".join(f"{ref}\n" for ref in refs))

    # -- commits by the API

    def commit(self, sent: dict[str, Any]) -> str:
        """As `Commits::CreateService` and `Files::MultiService` of GitLab do, their words included."""
        branch, start, sha = sent["branch"], sent.get("start_branch"), sent.get("start_sha")
        if not sha:
            start = start or branch
        if f"refs/heads/{branch}" in self.protected():
            raise RefusedError(400, "You are not allowed to push into this branch")
        if sha and start:
            raise RefusedError(400, "You can't pass both start_branch and start_sha")
        if start and not self.is_empty and not self.branch(start):
            raise RefusedError(400, "You can only create or edit files when you are on a branch")
        there = self.branch(branch)
        if (sha or start != branch) and there and not sent.get("force"):
            words = f"A branch called '{branch}' already exists. Switch to that branch in order to make changes"
            raise RefusedError(400, words)
        base = self.tip(sha or start or "")
        parts = [self._action(action, start or "HEAD", base) for action in sent["actions"]]
        if hook := self.meanwhile.pop("commit", None):
            hook()
        who = f"{MEMBER['name']} <robot@gitlab.example> {int(datetime.now(UTC).timestamp())} +0000".replace(
            "<Robot>", "Robot"
        )
        message = sent["commit_message"].encode()
        head = f"commit refs/fake/made\ncommitter {who}\ndata {len(message)}\n".encode() + message
        origin = f"\nfrom {base}\n".encode() if base else b"\n"
        self.git("fast-import", "--quiet", "--force", given=b"".join((head, origin, *parts)))
        made = self.resolve("refs/fake/made")
        expected = there if sent.get("force") or not (sha or start != branch) else ""
        if not self.move(f"refs/heads/{branch}", made, expected):
            raise RefusedError(400, f"Could not update refs/heads/{branch}. Please refresh and try again.")
        if hook := self.meanwhile.pop("committed", None):
            hook()
        return made

    def _action(self, action: dict[str, Any], start: str, base: str) -> bytes:
        path, kind = action["file_path"], action["action"]
        known = next((each for each in self.entries(base, recursive=True) or () if each.path == path), None)
        if kind == "create" and known is not None:
            raise RefusedError(400, "A file with this name already exists")
        if kind == "update" and known is None:
            raise RefusedError(400, "A file with this name doesn't exist")
        if kind not in ("create", "update"):
            raise AssertionError(f"nobody asked for {kind} so far")
        if kind == "update" and (last := action.get("last_commit_id")):
            now, then = self.last_for(start, path), self.last_for(last, path)
            if now and then and now != then:
                raise RefusedError(400, f"The file has changed since you started editing it: {path}")
        data: bytes = action["content"].encode()
        if action.get("encoding") == "base64":
            data = base64.b64decode(data, validate=True)
        mode = "100755" if action.get("execute_filemode") else known.mode if known else "100644"
        return f"M {mode} inline {path}\ndata {len(data)}\n".encode() + data + b"\n"

    # -- answers

    def entity(self) -> dict[str, Any]:
        """https://docs.gitlab.com/api/projects/"""
        return {
            "id": self.id, "description": None, "name": self.full_path.rpartition("/")[2],
            "path": self.full_path.rpartition("/")[2], "path_with_namespace": self.full_path, "topics": self.topics,
            "default_branch": None if self.is_empty else self.default_branch, "web_url": self.web_url,
            "http_url_to_repo": f"{self.web_url}.git", "archived": self.archived, "empty_repo": self.is_empty,
            "visibility": self.visibility, "mirror": self.is_mirror, "marked_for_deletion_on": None,
            "repository_access_level": "enabled", "merge_requests_template": self.template, **self.settings,
            **({"forked_from_project": {"id": 1, "path_with_namespace": "up/stream"}} if self.is_fork else {}),
        }  # fmt: skip

    def branch_entity(self, name: str) -> dict[str, Any]:
        return {
            "name": name, "commit": self.commit_entity(self.branch(name)), "merged": False,
            "protected": f"refs/heads/{name}" in self.protected(), "developers_can_push": True,
            "developers_can_merge": True, "can_push": True, "default": name == self.default_branch,
            "web_url": f"{self.web_url}/-/tree/{name}",
        }  # fmt: skip

    def commit_entity(self, oid: str) -> dict[str, Any]:
        return self.once(self._commit_entity, oid)

    def _commit_entity(self, oid: str) -> dict[str, Any]:
        out = self.git("show", "-s", "--format=%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B", oid).decode()
        parents, name, email, authored, committer, committer_email, committed, message = out.removesuffix("\n").split(
            "\n", 7
        )
        return {
            "id": oid, "short_id": oid[:8], "created_at": committed, "parent_ids": parents.split(),
            "title": message.split("\n")[0], "message": message, "author_name": name, "author_email": email,
            "authored_date": authored, "committer_name": committer, "committer_email": committer_email,
            "committed_date": committed, "trailers": {}, "extended_trailers": {},
            "web_url": f"{self.web_url}/-/commit/{oid}",
        }  # fmt: skip

    def file_entity(self, path: str, ref: str) -> dict[str, Any]:
        commit = self.tip(ref)
        if not commit:
            raise RefusedError(404, "404 Commit Not Found")
        folder = path.rpartition("/")[0]
        found = next((each for each in self.entries(commit, folder) or () if each.path == path), None)
        if found is None or found.kind != "blob":
            raise RefusedError(404, "404 File Not Found")
        data = self.blob(found.oid)
        return {
            "file_name": path.rpartition("/")[2], "file_path": path, "size": len(data), "encoding": "base64",
            "content_sha256": hashlib.sha256(data).hexdigest(), "ref": ref, "blob_id": found.oid, "commit_id": commit,
            "last_commit_id": self.last_for(commit, path), "execute_filemode": found.mode == "100755",
            "content": base64.b64encode(data).decode(),
        }  # fmt: skip


class MergeRequest:
    """https://docs.gitlab.com/api/merge_requests/"""

    def __init__(self, project: Project, number: int, sent: dict[str, Any]) -> None:
        self.project, self.iid = project, number
        self.title, self.description = sent["title"], sent.get("description") or ""
        self.source, self.target = sent["source_branch"], sent["target_branch"]
        self.state = "opened"
        self.labels = list(sent.get("labels") or ())
        self.assignees, self.reviewers = list(sent.get("assignee_ids") or ()), list(sent.get("reviewer_ids") or ())
        self.squash, self.removes = bool(sent.get("squash")), bool(sent.get("remove_source_branch"))
        self.is_foreign = False
        self.approved_by: list[str] = []
        self.notes: list[str] = []
        self.auto = False
        self.looks = project.looks
        self.created = (datetime.now(UTC) - timedelta(minutes=10)).isoformat(timespec="milliseconds")
        self.last = ""
        self.merge_commit: str | None = None
        self.refresh()

    def refresh(self) -> str:
        """The head, as the host keeps it for the merge request: also when its branch is gone."""
        now = self.project.branch(self.source) if self.state == "opened" and not self.is_foreign else ""
        if now and now != self.last:
            self.last = now
            self.project.git("update-ref", f"refs/merge-requests/{self.iid}/head", now)
        return self.last

    @property
    def draft(self) -> bool:
        return str(self.title).startswith("Draft: ")

    @property
    def pipeline(self) -> str:
        return self.project.pipelines.get(self.refresh(), "")

    @property
    def approvals_left(self) -> int:
        return max(0, self.project.needs_approvals - len(self.approved_by))

    @property
    def has_conflicts(self) -> bool:
        base, head = self.project.branch(self.target), self.refresh()
        return self.state == "opened" and bool(base and head) and not self.project.merged(base, head)

    def status(self) -> str:
        """https://docs.gitlab.com/api/merge_requests/#merge-status"""
        requires = self.project.settings["only_allow_merge_if_pipeline_succeeds"]
        if self.state != "opened":
            return "not_open"
        if self.looks > 0:
            return "preparing" if self.looks == self.project.looks else "checking"
        reasons = (
            (self.draft, "draft_status"),
            (requires and self.pipeline in ("", "failed", "canceled"), "ci_must_pass"),
            (requires and self.pipeline != "success", "ci_still_running"),
            (self.approvals_left, "not_approved"),
            (self.has_conflicts, "conflict"),
            (self.project.settings["merge_method"] == "ff" and not self._is_on_tip(), "need_rebase"),
        )
        return next((name for holds, name in reasons if holds), "mergeable")

    def _is_on_tip(self) -> bool:
        base = self.project.branch(self.target)
        found = self.project.git("merge-base", base, self.refresh()).decode().strip()
        return bool(found == base)

    def merge(self, *, squash: bool, removes: bool) -> None:
        project, head = self.project, self.refresh()
        base = project.branch(self.target)
        tree = project.merged(base, head)
        if squash:
            made = project.commit_tree(tree, f"{self.title}\n", base)
        elif project.settings["merge_method"] == "ff":
            made = head
        else:
            made = project.commit_tree(tree, f"Merge branch '{self.source}' into '{self.target}'\n", base, head)
        assert project.move(f"refs/heads/{self.target}", made, base)
        self.state, self.merge_commit, self.auto = "merged", made, False
        if removes:
            project.move(f"refs/heads/{self.source}", "", head)

    def settle(self) -> None:
        """Merge what was to be merged once its checks pass."""
        if self.auto and self.status() == "mergeable":
            self.merge(squash=self.squash, removes=self.removes)

    def entity(self) -> dict[str, Any]:
        def people(ids: list[int]) -> list[dict[str, Any]]:
            return [user for user in USERS.values() if user["id"] in ids]

        pipeline = {"id": 1, "iid": 1, "project_id": self.project.id, "sha": self.last, "ref": self.source,
                    "status": self.pipeline, "source": "external"}  # fmt: skip
        number = self.project.id
        return {
            "id": 1000 * number + self.iid, "iid": self.iid, "project_id": number, "title": self.title,
            "description": self.description, "state": self.state, "created_at": self.created,
            "updated_at": self.created, "target_branch": self.target, "source_branch": self.source,
            "author": MEMBER, "assignees": people(self.assignees), "reviewers": people(self.reviewers),
            "source_project_id": number + 1 if self.is_foreign else number, "target_project_id": number,
            "labels": self.labels, "draft": self.draft, "merge_when_pipeline_succeeds": self.auto,
            "detailed_merge_status": self.status(), "sha": self.refresh() or None, "squash": self.squash,
            "merge_commit_sha": self.merge_commit, "force_remove_source_branch": self.removes,
            "web_url": f"{self.project.web_url}/-/merge_requests/{self.iid}", "has_conflicts": self.has_conflicts,
            "head_pipeline": pipeline if self.pipeline else None, "merge_error": None,
        }  # fmt: skip
