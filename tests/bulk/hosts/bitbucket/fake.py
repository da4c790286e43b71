"""Bitbucket Cloud on loopback: its API, and git over HTTP, over the same bare repositories.

What it does follows https://developer.atlassian.com/cloud/bitbucket/rest/ and the pages that are named beside what
depends on them. Its answers come from git itself. Faults can be put into single repositories and into the whole.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.bulk.gates import Turnstile
from tests.bulk.hosts.bitbucket.repositories import Pull, RefusedError, Repository, account, uuid_of

TOKEN = "ATCTT-loopback-only"
EMAIL = "person@example.com"
Query = Sequence[tuple[str, str]]


class BrokenError(Exception):
    """The request ends as the fault says."""


class Answer(Exception):  # noqa: N818 - an answer that is no JSON of status 200
    def __init__(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status, self.body, self.headers = status, body, headers or {}


class Bitbucket:
    """The state of the host. `requests` counts by kind; `faults` is what the published description says against us."""

    def __init__(self, folder: Path, workspace: str = "acme") -> None:
        self.folder, self.workspace = folder, workspace
        self.repositories = {
            path.name.removesuffix(".git"): Repository(path, workspace)
            for path in sorted((folder / workspace).glob("*.git"))
        }
        self.root = ""
        self.user = "robot"
        self.token, self.email = TOKEN, ""
        """With an e-mail address the token is an API token, of that person."""
        self.requests: Counter[str] = Counter()
        self.faults: list[str] = []
        self.refuse: list[tuple[int, dict[str, str], str]] = []
        """What the next requests are answered with: status, headers, message."""
        self.drop_answers = 0
        self.slow_merges = 0
        """So many merges answer 555; what they do is done."""
        self.pending = 1
        """How often the task of a merge is pending."""
        self.tasks: dict[str, int] = {}
        self.lock = threading.Lock()
        self.gate = Turnstile()
        self.wake = threading.Event()
        self.page = 100

    # -- faults

    def hit(self, repository: Repository, when: str) -> None:
        kind, _, at = repository.fault.partition("@")
        if not kind or (at and at != when):
            return
        if kind == "timeout":
            self.wake.wait()
        if kind in ("timeout", "drop"):
            raise BrokenError
        raise RefusedError(int(kind), "Something went wrong")

    # -- the API

    def answer(self, method: str, path: str, query: Query, sent: Any) -> Any:
        """The JSON of an answer of status 200; `Answer` and `RefusedError` for others. `path` is below `/2.0`."""
        if path == "/user":
            return account(self.user)
        words = path.strip("/").split("/")
        if words[0] != "repositories" or len(words) < 2:
            raise RefusedError(404, "Resource not found")
        if words[1] not in (self.workspace, uuid_of(self.workspace)):
            raise RefusedError(404, f"No workspace with identifier '{words[1]}'.")
        if len(words) == 2:
            return self._page([each.json(self.root) for each in self.repositories.values()], path, query, 100)
        repository = next(
            (each for each in self.repositories.values() if words[2] in (each.name, uuid_of(each.full_name))), None
        )
        if repository is None:
            raise RefusedError(404, f"Repository {words[1]}/{words[2]} not found")
        self.hit(repository, "read" if method == "GET" else "write")
        return self._of(repository, method, path, words[3:], query, sent)

    def _of(self, of: Repository, method: str, path: str, words: list[str], query: Query, sent: Any) -> Any:
        """What is asked of a repository."""
        match (method, *words):
            case ("GET",):
                return of.json(self.root)
            case ("GET", "refs", "branches"):
                names = of.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split()
                return self._page([of.branch(name) for name in names], path, query, 100)
            case ("GET", "refs", "branches", *rest):
                return of.branch("/".join(rest))
            case ("POST", "refs", "branches"):
                return self._create_branch(of, sent)
            case ("DELETE", "refs", "branches", *rest):
                of.git("update-ref", "-d", f"refs/heads/{'/'.join(rest)}", of.branch("/".join(rest))["target"]["hash"])
                raise Answer(204)
            case ("GET", "commit", name):
                return of.commit(name)
            case ("GET", "commit", name, "statuses"):
                return self._page(self._builds(of, of.commit(name)["hash"]), path, query, 100)
            case ("GET", "src", name, *rest):
                return self._source(of, name, "/".join(rest), path, query)
            case ("POST", "src"):
                head = of.upload(*sent)
                raise Answer(201, None, {"Location": f"{self.root}/2.0/repositories/{of.full_name}/commit/{head}"})
            case ("GET", "default-reviewers"):
                return self._page([account(name) for name in of.default_reviewers], path, query, 100)
            case ("GET", "effective-default-reviewers"):
                both = [*(("repository", name) for name in of.default_reviewers),
                        *(("project", name) for name in of.project_reviewers)]  # fmt: skip
                all_of = [{"type": "default_reviewer", "reviewer_type": w, "user": account(name)} for w, name in both]
                return self._page(all_of, path, query, 100)
            case ("GET", "pullrequests"):
                return self._page(self._pulls(of, query), path, query, 50)
            case ("POST", "pullrequests"):
                raise Answer(201, self._open(of, sent).json(self.root, whole=True))
            case (_, "pullrequests", number, *rest):
                pull = next((each for each in of.pulls if str(each.id) == number), None)
                if pull is None:
                    raise RefusedError(404, f"Pull request {number} not found")
                return self._of_pull(pull, method, rest, query, sent)
        raise RefusedError(404, "Resource not found")

    def _page(self, values: list[Any], path: str, query: Query, most: int) -> dict[str, Any]:
        """https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination"""
        given = dict(query)
        length, number = int(given.get("pagelen", "10")), int(given.get("page", "1"))
        if not 1 <= length <= most:
            raise RefusedError(400, "Invalid pagelen")
        length = min(length, self.page)
        page: dict[str, Any] = {"pagelen": length, "page": number, "values": values[(number - 1) * length :][:length]}
        if number * length < len(values):
            more = urlencode([*((name, value) for name, value in query if name != "page"), ("page", str(number + 1))])
            page["next"] = f"{self.root}/2.0{path}?{more}"
        return page

    def _create_branch(self, of: Repository, sent: Any) -> Any:
        name, target = sent["name"], of.resolve(sent["target"]["hash"])
        of.check_open(name)
        if of.resolve(f"refs/heads/{name}"):
            raise RefusedError(400, "Branch already exists", "BRANCH_ALREADY_EXISTS")
        of.git("update-ref", f"refs/heads/{name}", target, "0" * 40)
        raise Answer(201, of.branch(name))

    def _builds(self, of: Repository, commit: str) -> list[Any]:
        states = of.builds.get(commit, of.default_builds)
        return [
            {"type": "build", "key": f"ci-{number}", "state": state, "url": "https://ci.example.com/1"}
            for number, state in enumerate(states)
        ]

    def _source(self, of: Repository, name: str, inside: str, path: str, query: Query) -> Any:
        """The bytes of a file, or a page of a folder."""
        commit = of.commit(name)["hash"]
        inside = inside.strip("/")
        kind = of.git("cat-file", "-t", f"{commit}:{inside}", check=False)
        if not kind:
            raise RefusedError(404, f"No such file or directory: {inside}")
        if kind == "blob":
            if dict(query).get("format") == "meta":
                return self._entry(of, commit, of.git("ls-tree", "-l", commit, inside))
            raise Answer(200, of.bytes_of(f"{commit}:{inside}"), {"Content-Type": "application/octet-stream"})
        depth = int(dict(query).get("max_depth", "1"))
        lines = of.git("ls-tree", "-l", *(["-r", "-t"] if depth > 1 else []), f"{commit}:{inside}").splitlines()
        prefix = f"{inside}/" if inside else ""
        found = [self._entry(of, commit, line, prefix) for line in lines if line.count("/") < depth]
        return self._page(found, path, query, 100)

    @staticmethod
    def _entry(of: Repository, commit: str, line: str, prefix: str = "") -> dict[str, Any]:
        words, _, path = line.partition("\t")
        mode, kind, _, size = words.split()
        made: dict[str, Any] = {"path": prefix + path, "commit": {"type": "commit", "hash": commit}}
        if kind == "tree":
            return {"type": "commit_directory", **made}
        attributes = {"100755": ["executable"], "120000": ["link"], "160000": ["subrepository"]}.get(mode, [])
        return {"type": "commit_file", **made, "size": int(size) if size.isdigit() else 0, "attributes": attributes}

    # -- pull requests: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/

    def _pulls(self, of: Repository, query: Query) -> list[dict[str, Any]]:
        states = [value for name, value in query if name == "state"] or ["OPEN"]
        wanted = re.fullmatch(r'source\.branch\.name ?= ?"([^"]*)"', dict(query).get("q", ""))
        if wanted is None and "q" in dict(query):
            raise RefusedError(400, "Invalid query")
        return [
            pull.json(self.root, whole=False)
            for pull in reversed(of.pulls)
            if pull.state in states and (wanted is None or pull.branch == wanted[1])
        ]

    def _open(self, of: Repository, sent: Any) -> Pull:
        if not isinstance(sent, dict) or not sent.get("title") or not sent.get("source", {}).get("branch", {}):
            raise RefusedError(400, "Bad request", "title and source are required")
        head = of.resolve(f"refs/heads/{sent['source']['branch']['name']}")
        if not head:
            raise RefusedError(400, f"Branch not found: {sent['source']['branch']['name']}")
        self._reviewers(of, sent, self.user)
        with of.lock:
            pull = Pull(of, len(of.pulls) + 1, sent, self.user)
            if of.git("merge-base", head, of.resolve(f"refs/heads/{pull.base}")) == head:
                raise RefusedError(400, "There are no changes to be pulled")
            of.pulls.append(pull)
        return pull

    def _reviewers(self, of: Repository, sent: Any, author: str) -> None:
        for each in sent.get("reviewers") or ():
            if each.get("uuid") == uuid_of(author):
                raise RefusedError(400, f"{author} is the author and cannot be included as a reviewer.")
            if "uuid" not in each and "account_id" not in each:
                raise RefusedError(400, "Malformed reviewers list")
            if each.get("uuid") == uuid_of("gone"):
                raise RefusedError(400, "reviewers: gone is no longer a member of this workspace")

    def _of_pull(self, pull: Pull, method: str, words: list[str], query: Query, sent: Any) -> Any:
        match (method, *words):
            case ("GET",):
                return pull.json(self.root, whole=True)
            case ("PUT",):
                if pull.state != "OPEN":
                    raise RefusedError(400, "Only open pull requests can be mutated")
                self._reviewers(pull.repository, sent, pull.author)
                pull.title, pull.description = sent["title"], sent.get("description", "")
                # Whoever leaves them out clears them.
                pull.reviewers = sent.get("reviewers") or []
                pull.close_source_branch, pull.draft = bool(sent.get("close_source_branch")), bool(sent.get("draft"))
                return pull.json(self.root, whole=True)
            case ("POST", "decline"):
                pull.decline()
                return pull.json(self.root, whole=True)
            case ("POST", "comments"):
                pull.comments.append(sent["content"]["raw"])
                made = {"type": "pullrequest_comment", "id": len(pull.comments), "content": {"raw": pull.comments[-1]}}
                raise Answer(201, made)
            case ("POST", "merge"):
                return self._merge(pull, query, sent)
            case ("GET", "merge", "task-status", task):
                return self._task(pull, task)
            case ("GET", "statuses"):
                path = f"/repositories/{pull.repository.full_name}/pullrequests/{pull.id}/statuses"
                return self._page(self._builds(pull.repository, pull.head), path, query, 100)
        raise RefusedError(404, "Resource not found")

    def _merge(self, pull: Pull, query: Query, sent: Any) -> Any:
        pull.merge(sent or {})
        with self.lock:
            if self.slow_merges:
                self.slow_merges -= 1
                raise RefusedError(555, "The merge took too long.")
            if dict(query).get("async") != "true":
                return pull.json(self.root, whole=True)
            task = f"task-{len(self.tasks) + 1}"
            self.tasks[task] = self.pending
        of = f"{self.root}/2.0/repositories/{pull.repository.full_name}/pullrequests/{pull.id}"
        raise Answer(202, None, {"Location": f"{of}/merge/task-status/{task}"})

    def _task(self, pull: Pull, task: str) -> Any:
        with self.lock:
            if task not in self.tasks:
                raise RefusedError(400, "The task does not relate to this pull request")
            self.tasks[task] -= 1
            if self.tasks[task] >= 0:
                return {"task_status": "PENDING", "links": {}}
        return {"task_status": "SUCCESS", "merge_result": pull.json(self.root, whole=True)}
