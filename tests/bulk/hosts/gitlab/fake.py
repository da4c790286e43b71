"""GitLab on loopback, over bare repositories that git over HTTP serves too: the API that campaigns use.

The answers come from git itself. Faults can be put into single projects and into the whole.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from tests.bulk.hosts.git.server import Handler as GitHandler
from tests.bulk.hosts.git.server import Server
from tests.bulk.hosts.gitlab import contracts, graphql
from tests.bulk.hosts.gitlab.projects import MEMBER, USERS, MergeRequest, Project, RefusedError
from tests.bulk.hosts.gitlab.pushes import heard

TOKEN = "glpat-loopbackonly"
READS, WRITES = frozenset(("api", "read_api")), frozenset(("api",))
PULLS, PUSHES = frozenset(("api", "read_repository", "write_repository")), frozenset(("api", "write_repository"))
_WAYS = re.compile(r"/api/v4/projects/([^/]+)(/.*)?")


class GitLab:
    """The state of the host. `requests` counts by kind; `faults` are what the published contract says against us."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.projects: dict[str, Project] = {}
        for path in sorted(folder.rglob("*.git")):
            self.add(path.relative_to(folder).as_posix().removesuffix(".git"))
        self.tokens: dict[str, frozenset[str]] = {TOKEN: WRITES}
        self.requests: Counter[str] = Counter()
        self.faults: list[str] = []
        self.refuse: list[tuple[int, dict[str, str], str]] = []
        """What the next requests of the API are answered with, instead of an answer: status, headers, body."""
        self.drop_answers = 0
        """So many writes are done, and their answers lost."""
        self.page = 100
        self.headers: dict[str, str] = {}
        """What each answer has besides."""
        self.per_minute = 0
        """So many requests are taken within a minute; 0: any number."""
        self.graphql = graphql.Settings()
        self.meanwhile: Callable[[], object] | None = None
        """What somebody does once, right before the next merge."""
        self.lock = threading.RLock()
        self._taken: list[float] = []

    def add(self, full_path: str, number: int = 0) -> Project:
        project = Project(self.folder / f"{full_path}.git", full_path, number or 100 + len(self.projects))
        self.projects[full_path] = project
        return project

    def find(self, name: str) -> Project:
        """A project by its number or its full path."""
        for project in self.projects.values():
            if name in (str(project.id), project.full_path):
                if project.fault:
                    raise BrokenError(project.fault)
                return project
        raise RefusedError(404, "404 Project Not Found")

    def limited(self) -> dict[str, str] | None:
        """The headers of a refusal, once too much was asked: https://docs.gitlab.com/api/rest/#rate-limits"""
        now = time.time()
        with self.lock:
            self._taken = [at for at in self._taken if at > now - 60]
            if not self.per_minute or len(self._taken) < self.per_minute:
                self._taken.append(now)
                return None
            wait = str(int(self._taken[0] + 60 - now) + 1)
        return {"Retry-After": wait, "RateLimit-ResetTime": "Mon, 30 Nov 2026 18:00:00 GMT"}

    # -- REST

    def answer(self, method: str, path: str, query: dict[str, str], sent: Any) -> tuple[int, Any, dict[str, str]]:
        """`path` is as it was sent: slashes within a segment are quoted."""
        if path == "/api/v4/user":
            return 200, {**MEMBER, "email": "robot@gitlab.example", "commit_email": "robot@gitlab.example"}, {}
        if path == "/api/v4/users":
            return 200, [user for user in USERS.values() if user["username"] == query.get("username")], {}
        if found := re.fullmatch(r"/api/v4/(groups|users)/([^/]+)/projects", path):
            return self._listed(found[1], unquote(found[2]), path, query)
        if found := _WAYS.fullmatch(path):
            return self._of_project(method, self.find(unquote(found[1])), found[2] or "", path, query, sent)
        raise RefusedError(404, {"error": "404 Not Found"})

    def _listed(self, kind: str, name: str, path: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        below = [each for each in self.projects.values() if each.full_path.startswith(f"{name}/")]
        if not below or (kind == "users") != name.startswith("user-"):
            raise RefusedError(404, "404 Group Not Found" if kind == "groups" else "404 User Not Found")
        if query.get("include_subgroups") != "true":
            below = [each for each in below if each.full_path.count("/") == name.count("/") + 1]
        return self._paged([each.entity() for each in below], path, query)

    def _paged(self, items: list[Any], path: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        """https://docs.gitlab.com/api/rest/#pagination"""
        size = min(int(query.get("per_page", 20)), self.page)
        is_keyset = query.get("pagination") == "keyset"
        start = int(query.get("page_token" if is_keyset else "page", "0" if is_keyset else "1"))
        first = start if is_keyset else (start - 1) * size
        more = first + size < len(items)
        following = {"page_token": str(first + size)} if is_keyset else {"page": str(start + 1)}
        # A host behind a proxy may not know its own name: whoever follows this link sends the token elsewhere.
        link = f"http://gitlab.internal.example{path}?{urlencode({**query, **following})}"
        headers = {"Link": f'<{link}>; rel="next"'} if more else {}
        if not is_keyset:
            headers |= {"X-Page": str(start), "X-Per-Page": str(size), "X-Next-Page": str(start + 1) if more else ""}
        return 200, items[first : first + size], headers

    def _of_project(
        self, method: str, project: Project, what: str, path: str, query: dict[str, str], sent: Any
    ) -> tuple[int, Any, dict[str, str]]:
        if project.archived and method != "GET":
            raise RefusedError(403, "403 Forbidden")
        ways: tuple[tuple[str, str, Callable[..., Any]], ...] = (
            ("GET", "", lambda: self._project(project)),
            ("GET", "/repository/tree", lambda: self._paged(_tree(project, query), path, query)),
            ("GET", "/repository/files/([^/]+)", lambda file: _file(project, unquote(file), query["ref"])),
            ("GET", "/repository/branches/([^/]+)", lambda name: _branch(project, unquote(name))),
            ("GET", "/repository/commits/([^/]+)", lambda name: _commit(project, unquote(name))),
            ("POST", "/repository/commits", lambda: (201, project.commit_entity(project.commit(sent)), {})),
            ("GET", "/merge_requests", lambda: self._paged(_requests(project, query), path, query)),
            ("POST", "/merge_requests", lambda: (201, _create(project, sent), {})),
            ("GET", r"/merge_requests/(\d+)", lambda iid: _look(project, iid)),
            ("PUT", r"/merge_requests/(\d+)", lambda iid: _update(project, iid, sent)),
            ("POST", r"/merge_requests/(\d+)/notes", lambda iid: (201, _note(_request(project, iid), sent), {})),
            ("PUT", r"/merge_requests/(\d+)/merge", lambda iid: _merge(project, iid, sent or {})),
            ("GET", r"/merge_requests/(\d+)/approvals", lambda iid: _approvals(_request(project, iid))),
        )
        for verb, pattern, act in ways:
            if verb == method and (found := re.fullmatch(pattern, what)):
                if pattern.endswith("/merge") and (hook := self.meanwhile):
                    self.meanwhile = None
                    hook()
                with project.lock:
                    done = act(*found.groups())
                return done if isinstance(done, tuple) else (200, done, {})
        raise RefusedError(404, {"error": "404 Not Found"})

    def _project(self, project: Project) -> dict[str, Any]:
        return {**project.entity(), "permissions": {"project_access": None, "group_access": {"access_level": 40}}}


class BrokenError(Exception):
    """The request ends as the fault says."""


def _tree(project: Project, query: dict[str, str]) -> list[Any]:
    path, commit = query.get("path", ""), project.tip(query.get("ref", "HEAD"))
    found = project.entries(commit, path) if commit else None
    if found is None:
        raise RefusedError(404, "404 invalid revision or path Not Found" if path else "404 Tree Not Found")
    return [
        {"id": each.oid, "name": each.path.rpartition("/")[2], "type": each.kind, "path": each.path, "mode": each.mode}
        for each in found
    ]


def _file(project: Project, path: str, ref: str) -> dict[str, Any]:
    found = project.file_entity(path, ref)
    if hook := project.looked:
        project.looked = None
        hook()
    return found


def _commit(project: Project, name: str) -> dict[str, Any]:
    if not (found := project.tip(name)):
        raise RefusedError(404, "404 Commit Not Found")
    return project.commit_entity(found)


def _branch(project: Project, name: str) -> dict[str, Any]:
    if not project.branch(name):
        raise RefusedError(404, "404 Branch Not Found")
    return project.branch_entity(name)


def _requests(project: Project, query: dict[str, str]) -> list[Any]:
    state, branch = query.get("state", "all"), query.get("source_branch")
    found = [each for each in reversed(project.requests) if state in ("all", each.state)]
    left_out = ("head_pipeline",)
    return [
        {name: value for name, value in each.entity().items() if name not in left_out}
        for each in found
        if branch in (None, each.source)
    ]


def _request(project: Project, iid: str) -> MergeRequest:
    found = next((each for each in project.requests if each.iid == int(iid)), None)
    if found is None:
        raise RefusedError(404, "404 Not found")
    return found


def _look(project: Project, iid: str) -> dict[str, Any]:
    request = _request(project, iid)
    answer = request.entity()
    # Asking for it lets the host go on with it, a little later.
    request.looks = max(0, request.looks - 1)
    request.settle()
    return answer


def _create(project: Project, sent: dict[str, Any]) -> dict[str, Any]:
    head, source = project.branch(sent["source_branch"]), sent["source_branch"]
    if same := [each for each in project.requests if each.state == "opened" and each.source == source]:
        raise RefusedError(409, [f"Another open merge request already exists for this source branch: !{same[0].iid}"])
    if not head or not project.branch(sent["target_branch"]):
        raise RefusedError(400, {"message": {"source_branch": [f'"{source}" does not exist']}})
    if len(sent["title"]) > 255:
        raise RefusedError(400, {"message": {"title": ["is too long (maximum is 255 characters)"]}})
    request = MergeRequest(project, len(project.requests) + 1, sent)
    project.requests.append(request)
    return request.entity()


def _update(project: Project, iid: str, sent: dict[str, Any]) -> dict[str, Any]:
    request = _request(project, iid)
    request.title, request.description = sent.get("title", request.title), sent.get("description", request.description)
    request.labels += [each for each in sent.get("add_labels", ()) if each not in request.labels]
    request.assignees = sent.get("assignee_ids", request.assignees)
    request.reviewers = sent.get("reviewer_ids", request.reviewers)
    if sent.get("state_event") == "close":
        request.state = "closed"
    return request.entity()


def _note(request: MergeRequest, sent: dict[str, Any]) -> dict[str, Any]:
    """A comment, whose quick actions are done: https://docs.gitlab.com/user/project/quick_actions/"""
    lines = sent["body"].splitlines()
    if "/close" in lines:
        request.state = "closed"
    request.notes.append("\n".join(line for line in lines if not line.startswith("/")).strip())
    return {"id": len(request.notes), "body": request.notes[-1]}


def _merge(project: Project, iid: str, sent: dict[str, Any]) -> dict[str, Any]:
    """https://docs.gitlab.com/api/merge_requests/#merge-mr"""
    request = _request(project, iid)
    if "sha" not in sent:
        raise RefusedError(400, {"error": "sha is missing"})  # where a group requires it
    if sent["sha"] != request.refresh():
        raise RefusedError(409, f"SHA does not match HEAD of source branch: {request.refresh()}")
    status = request.status()
    request.squash = bool(sent.get("squash", request.squash))
    removes = bool(sent.get("should_remove_source_branch", request.removes))
    can_wait = status in ("ci_must_pass", "ci_still_running", "not_approved")
    if status != "mergeable" and not (sent.get("auto_merge") and can_wait):
        if status == "conflict":
            raise RefusedError(422, "Branch cannot be merged")
        raise RefusedError(405, "405 Method Not Allowed")
    request.auto, request.removes = True, removes
    request.settle()
    return request.entity()


def _approvals(request: MergeRequest) -> dict[str, Any]:
    return {
        "approvals_required": request.project.needs_approvals, "approvals_left": request.approvals_left,
        "approved": not request.approvals_left,
        "approved_by": [{"user": {**USERS["alice"], "username": name}} for name in request.approved_by],
    }  # fmt: skip


class Handler(GitHandler):
    host: GitLab

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        if ".git/" in parts.path:
            self._git(parts.path, parts.query)
            return
        data = self._body()
        if not (scopes := self._scopes()):
            self._json(401, {"message": "401 Unauthorized"})
            return
        if limited := self.host.limited():
            self._send(429, {"Content-Type": "text/plain", **limited}, b"Retry later\n")
            return
        if self.host.refuse:
            status, headers, body = self.host.refuse.pop(0)
            self._send(status, {"Content-Type": "application/json", **headers}, body.encode())
            return
        try:
            sent = self._sent(data)
            query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            self._answer(parts.path, query, sent, scopes)
        except BrokenError as broken:
            if str(broken) == "drop":
                self._drop()
            else:
                self._json(int(str(broken)), {"message": "500 Internal Server Error"})
        except AssertionError as error:
            self.host.faults.append(f"{self.command} {self.path}: {error}")
            self._json(500, {"message": str(error)})

    def _sent(self, data: bytes) -> Any:
        """JSON, or a form of whatever kind, as grape takes both."""
        if not data:
            return None
        if "json" in self.headers.get("Content-Type", ""):
            return json.loads(data)
        return {name: values[-1] for name, values in parse_qs(data.decode(), keep_blank_values=True).items()}

    def _answer(self, path: str, query: dict[str, str], sent: Any, scopes: frozenset[str]) -> None:
        host, is_graphql = self.host, path == "/api/graphql"
        reads = self.command == "GET" or is_graphql
        host.requests["graphql" if is_graphql else self.command] += 1
        headers: dict[str, str] = {}
        try:
            if not scopes & (READS if reads else WRITES):
                words = "The request requires higher privileges than provided by the access token."
                raise RefusedError(403, {"error": "insufficient_scope", "error_description": words, "scope": "api"})
            if is_graphql:
                status, answer = host.graphql.answer(host, sent)
            else:
                status, answer, headers = host.answer(self.command, path, query, sent)
        except RefusedError as refused:
            status, answer = refused.status, refused.body
        if not is_graphql:
            host.faults += contracts.faults(self.command, path, query, sent, status, answer)
        if not reads and host.drop_answers:
            host.drop_answers -= 1
            self._drop()
            return
        self._json(status, answer, headers)

    def _scopes(self) -> frozenset[str]:
        found = self.headers.get("PRIVATE-TOKEN") or self.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.host.tokens.get(found, frozenset())

    def _git(self, path: str, query: str) -> None:
        """git over HTTP, for whoever has a token as password; what is pushed is heard of by the API."""
        data = self._body()
        kind, _, words = self.headers.get("Authorization", "").partition(" ")
        user, _, token = base64.b64decode(words).decode().partition(":") if kind == "Basic" else ("", "", "")
        pushes = "git-receive-pack" in path or "git-receive-pack" in query
        scopes = self.host.tokens.get(token, frozenset()) if user else frozenset()
        name = path.strip("/").partition(".git/")[0]
        project = self.host.projects.get(name)
        if not scopes & (PUSHES if pushes else PULLS):
            self._send(401, {"WWW-Authenticate": 'Basic realm="GitLab"'}, b"HTTP Basic: Access denied\n")
        elif project is None:
            self._send(404, {}, b"The project you were looking for could not be found\n")
        elif pushes and project.archived:
            self._send(403, {}, b"You can't push code to an archived project\n")
        else:
            self.host.requests["git push" if pushes else "git fetch"] += 1
            with project.lock:
                status, headers, body = self.run_git(path, query, data)
                if pushes and "git-receive-pack" in path:
                    heard(project, data)
            self._send(status, headers, body)

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _json(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        more = {"Content-Type": "application/json", **self.host.headers, **(headers or {})}
        self._send(status, more, json.dumps(answer).encode())

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815


def serve(host: GitLab, port: int = 0, handler: type[Handler] = Handler) -> Server:
    """The host on a port of loopback, in threads of this process. Shut it down after use."""
    bound = type("Bound", (handler,), {"host": host, "folder": host.folder, "seen": []})
    server = Server(("127.0.0.1", port), bound)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server
