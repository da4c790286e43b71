"""GitHub on loopback, over the same bare repositories that its git server serves: the API that campaigns use.

The answers come from git itself. Faults can be put into single repositories and into the whole. Run as a module it
serves a folder of bare repositories until it is told to end: `python -m tests.bulk.hosts.github.fake FOLDER`.
"""

from __future__ import annotations

import functools
import json
import re
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from graphql import DocumentNode, execute, parse, validate

from tests.bulk.gates import Turnstile
from tests.bulk.hosts.github import contracts
from tests.bulk.hosts.github.protection import asked_to_merge_later, asked_to_queue
from tests.bulk.hosts.github.repositories import ZERO, FaultError, Object, Pull, Repository

TOKEN = "ghp_loopbackonly"
PAGE = 100


@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> DocumentNode:
    document = parse(text)
    errors = validate(contracts.graphql_schema()[0], document)
    if errors:
        raise AssertionError(f"GitHub's schema refuses the query: {errors[0].message}")
    return document


class GitHub:
    """The state of the host. `requests` counts by kind; `faults` are what GitHub's own schemas say against us."""

    def __init__(self, folder: Path, owner: str = "acme") -> None:
        self.owner = owner
        self.repositories = {
            path.name.removesuffix(".git"): Repository(path, owner) for path in sorted(folder.glob("*.git"))
        }
        self.requests: Counter[str] = Counter()
        self.faults: list[str] = []
        self.refuse: list[tuple[int, dict[str, str], str]] = []
        """What the next requests are answered with, instead of an answer: status, headers, message."""
        self.drop_answers = 0
        """So many writes are done, and their answers lost."""
        self.token = TOKEN
        self.next_token = ""
        self.left = 0
        """So many requests are accepted until only the next token is."""
        self.installed: list[str] = []
        """The repositories that the token of an App may write to."""
        self.used = 0
        self.limit = 1_000_000
        self.lock = threading.Lock()
        self.gate = Turnstile()
        self.wake = threading.Event()
        """Ends what the fault `timeout` lets wait."""

    def by_id(self, number: str) -> Repository | None:
        found = next((each for each in self.repositories.values() if each.id == number), None)
        if found is None:
            return None
        self._hit(found, "read")
        return found

    def _hit(self, repository: Repository, when: str) -> None:
        kind, _, at = repository.fault.partition("@")
        if not kind or (at and at != when):
            return
        if kind == "timeout":
            self.wake.wait()
            raise BrokenError("drop")
        if kind in ("500", "403", "drop"):
            raise BrokenError(kind)

    # -- GraphQL roots

    def node(self, _info: Any, id: str) -> Repository | None:  # noqa: A002
        return self._found(id)

    def nodes(self, _info: Any, ids: list[str]) -> list[Repository | None]:
        return [self.by_id(each) for each in ids]

    def repository(self, _info: Any, owner: str, name: str, **_: Any) -> Repository | None:
        return next((each for each in self.repositories.values() if f"{owner}/{name}" in each.names), None)

    def repositoryOwner(self, _info: Any, login: str) -> Owner | None:  # noqa: N802
        return Owner(self, login) if login == self.owner else None

    def _found(self, number: str) -> Repository:
        found = self.by_id(number)
        if found is None:
            raise FaultError("NOT_FOUND", f"Could not resolve to a node with the global id of '{number}'")
        return found

    def _writable(self, repository: Repository) -> None:
        self._hit(repository, "write")
        if repository.fault == "protected":
            raise FaultError("UNPROCESSABLE", "Repository rule violations found: the branch name is protected")

    def createRef(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        repository = self._found(input["repositoryId"])
        self._writable(repository)
        if repository.resolve(input["name"]):
            raise FaultError("UNPROCESSABLE", f'A ref named "{input["name"]}" already exists in the repository.')
        repository.move([(input["name"], input["oid"], ZERO)])
        return {"ref": {"name": input["name"], "id": "x"}}

    def updateRefs(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        repository = self._found(input["repositoryId"])
        self._writable(repository)
        repository.move([(each["name"], each["afterOid"], each.get("beforeOid")) for each in input["refUpdates"]])
        return {"clientMutationId": None}

    def createCommitOnBranch(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        name = input["branch"]["repositoryNameWithOwner"]
        repository = next((each for each in self.repositories.values() if each.nameWithOwner == name), None)
        if repository is None:
            raise FaultError("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
        self._writable(repository)
        if repository.requires_signatures and not repository.signs:
            raise FaultError(
                "UNPROCESSABLE", "Repository rule violations found\n\nCommits must have verified signatures.\n"
            )
        signature = {"isValid": True, "typename": "GpgSignature"} if repository.signs else None
        return {"commit": {"oid": repository.commit_on(input), "id": "x", "signature": signature}}

    def enablePullRequestAutoMerge(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        return {"pullRequest": self._on(input, asked_to_merge_later)}

    def enqueuePullRequest(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        return {"mergeQueueEntry": self._on(input, asked_to_queue).mergeQueueEntry}

    def addComment(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        self._pull(input["subjectId"]).comments.append(input["body"])
        return {}

    def closePullRequest(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        self._pull(input["pullRequestId"]).state = "CLOSED"
        return {}

    def disablePullRequestAutoMerge(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        self._pull(input["pullRequestId"]).auto = None
        return {}

    def markPullRequestReadyForReview(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        pull = self._pull(input["pullRequestId"])
        if not pull.is_draft:
            raise FaultError("UNPROCESSABLE", "Pull request is not in draft state")
        pull.is_draft = False
        return {}

    def _on(self, sent: dict[str, Any], act: Callable[[Pull, dict[str, Any]], str]) -> Pull:
        """Do something with the pull request of an id."""
        pull = self._pull(sent["pullRequestId"])
        if why := act(pull, sent):
            raise FaultError("UNPROCESSABLE", why)
        return pull

    def _pull(self, number: str) -> Pull:
        _, name, count = number.split("_")
        pull = self._found(f"R_{name}").pullRequest(None, int(count))
        assert pull
        self._writable(pull.repository)
        return pull

    def answer_query(self, body: dict[str, Any]) -> dict[str, Any]:
        document = _parsed(body["query"])
        result: Any = execute(
            contracts.graphql_schema()[0], document, root_value=self, variable_values=body.get("variables"),
            type_resolver=lambda value, _info, _type: value["typename"] if isinstance(value, dict) else value.typename,
        )  # fmt: skip
        errors = []
        for error in result.errors or ():
            original = error.original_error or error
            if isinstance(original, BrokenError):
                raise original
            if not isinstance(original, FaultError):
                raise AssertionError(f"the query cannot be executed: {error}") from original
            errors.append({"type": original.kind, "message": original.message, "path": error.path})
        return {"data": result.data, **({"errors": errors} if errors else {})}

    # -- REST

    def answer_rest(self, method: str, path: str, parameters: dict[str, str], sent: Any, raw: bool) -> tuple[int, Any]:
        if path == "/installation/repositories":
            return self._installation(int(parameters["page"]), int(parameters["per_page"]))
        match = re.fullmatch(r"/repos/([^/]+/[^/]+)/(.*)", path)
        found_by = {name: each for each in self.repositories.values() for name in each.names}
        repository = found_by.get(match[1]) if match else None
        if match is None or repository is None:
            return 404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
        if match[1] != repository.nameWithOwner:
            return 301, {"message": "Moved Permanently", "url": f"https://api.github.com/repositories/1/{match[2]}"}
        if method != "GET":
            self._writable(repository)
        else:
            self._hit(repository, "read")
        what = match[2]
        if found := re.fullmatch(r"git/blobs/([0-9a-f]{40})", what):
            return 200, (repository.objects([found[1]])[0] or ("", "", b""))[2]
        if found := re.fullmatch(r"git/(blobs|trees|commits)", what):
            return 201, repository.make_object(found[1], sent)
        if found := re.fullmatch(r"git/commits/([0-9a-f]{40})", what):
            return 200, repository.git_commit(found[1])
        if found := re.fullmatch(r"git/trees/([0-9a-f]{40})", what):
            return 200, self._tree(repository, found[1], "recursive" in parameters)
        if found := re.fullmatch(r"commits/([0-9a-f]{40})", what):
            return 200, self._commit(repository, found[1])
        if found := re.fullmatch(r"compare/([0-9a-f]{40})\.\.\.([0-9a-f]{40})", what):
            return 200, self._compare(repository, found[1], found[2])
        if what == "pulls" and method == "POST":
            return self._create_pull(repository, sent)
        if found := re.fullmatch(r"(?:pulls|issues)/(\d+)(?:/(\w+))?", what):
            pull = repository.pullRequest(None, int(found[1]))
            if pull is not None:
                return self._on_pull(repository, pull, found[2], method, sent)
        return 404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}

    def _installation(self, page: int, size: int) -> tuple[int, Any]:
        if not self.token.startswith("ghs_"):
            return 403, {"message": "You must authenticate with an installation access token"}
        known = (contracts.example("repository-paginated-2") or {"repositories": [{}]})["repositories"][0]
        names = [self.repositories[name].nameWithOwner for name in self.installed]
        listed = [{**known, "full_name": name} for name in names[(page - 1) * size : page * size]]
        return 200, {"total_count": len(names), "repositories": listed}

    def _tree(self, repository: Repository, oid: str, recursive: bool) -> dict[str, Any]:
        out = repository.git("ls-tree", *(["-r", "-t"] if recursive else []), oid).decode()
        rows = [re.fullmatch(r"(\d+) (\w+) (\w+)\t(.*)", line) for line in out.splitlines()]
        tree = [
            {"mode": row[1], "type": row[2], "sha": row[3], "path": row[4], "size": 1, "url": "https://x"}
            for row in rows
            if row
        ]
        return {"sha": oid, "url": "https://x", "tree": tree, "truncated": False}

    def _commit(self, repository: Repository, oid: str) -> dict[str, Any]:
        found = repository.objects([oid])[0]
        assert found
        one = Object(repository, *found)
        known = contracts.example("commit")
        files = []
        for line in (
            repository.git("diff-tree", "-r", "--raw", "--no-commit-id", "--abbrev=40", oid).decode().splitlines()
        ):
            words, _, path = line.partition("\t")
            _, _, _, after, status = words.split()
            word = {"M": "modified", "A": "added", "D": "removed"}[status[0]]
            example = (known.get("files") or [{}])[0]
            # GitHub's example of a commit lacks a field that its own schema requires of files.
            files.append({"contents_url": "https://x", **example, "filename": path, "sha": after, "status": word})
        return {
            **known,
            "sha": oid,
            "commit": {**known.get("commit", {}), "message": one.message},
            "parents": [{"sha": each["oid"], "url": "https://x"} for each in one.parents(None)["nodes"]],
            "files": files,
        }

    def _compare(self, repository: Repository, base: str, head: str) -> dict[str, Any]:
        ahead = int(repository.git("rev-list", "--count", f"{base}..{head}"))
        behind = int(repository.git("rev-list", "--count", f"{head}..{base}"))
        return {**contracts.example("commit-comparison"), "ahead_by": ahead, "behind_by": behind}

    def _create_pull(self, repository: Repository, sent: dict[str, Any]) -> tuple[int, Any]:
        with repository.lock:
            if any(pull.state == "OPEN" and pull.head == sent["head"] for pull in repository.pulls):
                message = f"A pull request already exists for {self.owner}:{sent['head']}."
                return 422, self._invalid(message)
            head = repository.resolve(f"refs/heads/{sent['head']}")
            if not head or head == repository.resolve(f"refs/heads/{sent['base']}"):
                return 422, self._invalid(f"No commits between {sent['base']} and {sent['head']}")
            if sent.get("draft") and not repository.has_drafts:
                return 422, self._invalid("Draft pull requests are not supported in this repository.")
            pull = Pull(repository, len(repository.pulls) + 1, sent)
            repository.pulls.append(pull)
            return 201, pull.rest("pull-request")

    @staticmethod
    def _invalid(message: str) -> dict[str, Any]:
        error = {"resource": "PullRequest", "code": "custom", "message": message}
        return {"message": "Validation Failed", "errors": [error], "documentation_url": "https://docs.github.com/rest"}

    def _on_pull(self, repository: Repository, pull: Pull, what: str | None, method: str, sent: Any) -> tuple[int, Any]:
        if what is None and method == "PATCH":
            pull.title, pull.body = sent.get("title", pull.title), sent.get("body", pull.body)
            if sent.get("state") == "closed":
                pull.state = "CLOSED"
            return 200, pull.rest("pull-request")
        if what == "labels":
            pull.labels += [name for name in sent["labels"] if name not in pull.labels]
            return 200, [{**(contracts.example("label-items") or [{}])[0], "name": name} for name in pull.labels]  # type: ignore[index]
        if what == "assignees":
            pull.assignees += [name for name in sent["assignees"] if name not in pull.assignees]
            return 201, contracts.example("issue")
        if what == "requested_reviewers":
            if "nobody" in sent["reviewers"]:
                return 422, {"message": "Reviews may only be requested from collaborators."}
            pull.reviewers += [*sent["reviewers"], *sent.get("team_reviewers", [])]
            return 201, {**contracts.example("pull-request-review-request"), "requested_teams": []}
        if what == "merge":
            if sent["sha"] != pull.headRefOid:
                return 409, {"message": "Head branch was modified. Review and try the merge again."}
            if pull.state != "OPEN" or (why := pull.refusal(sent["merge_method"])):
                return 405, {"message": why if pull.state == "OPEN" else "Pull Request is not mergeable"}
            pull.merge()
            return 200, {"sha": pull.headRefOid, "merged": True, "message": "Pull Request successfully merged"}
        return 404, {"message": "Not Found"}


class Owner:
    typename = "Organization"

    def __init__(self, host: GitHub, login: str) -> None:
        self.host, self.login, self.id = host, login, login

    def repositories(self, _info: Any, first: int, after: str | None = None, **_: Any) -> dict[str, Any]:
        listed = self.host.repositories.items()
        names = [name for name, each in listed if each.nameWithOwner.startswith(f"{self.login}/")]
        start = names.index(after) + 1 if after else 0
        page = names[start : start + min(first, PAGE)]
        more = start + len(page) < len(names)
        nodes = [self.host.repositories[name] for name in page]
        return {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": page[-1] if page else None}}


class BrokenError(Exception):
    """The request ends as the fault says."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    host: GitHub

    def log_message(self, *_: object) -> None:
        return

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", 0))
        data = self.rfile.read(length)
        if parts.path == "/_state":
            self._send(200, _state(self.host))
            return
        if parts.path == "/_gate":
            self._send(200, _told_gate(self.host.gate, json.loads(data)))
            return
        with self.host.lock:
            if self.host.next_token and not self.host.left:
                self.host.token, self.host.next_token = self.host.next_token, ""
            self.host.left -= 1
        if self.headers.get("Authorization") != f"Bearer {self.host.token}":
            self._send(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"})
            return
        with self.host.lock:
            self.host.used += 1
            refusal = self.host.refuse.pop(0) if self.host.refuse else None
        if refusal:
            status, headers, message = refusal
            self.host.requests["refused"] += 1
            self._send(status, {"message": message}, headers)
            return
        sent = json.loads(data) if data else None
        gate = self.host.gate
        held = gate.is_mine()
        if held and not gate.after:
            gate.hold()
            self._drop()
            return
        try:
            parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._answer(unquote(parts.path), parameters, sent, held=held)
        except BrokenError as broken:
            if str(broken) == "drop":
                self._drop()
            else:
                self._send(int(str(broken)), {"message": "Something went wrong"})
        except (AssertionError, FaultError) as error:
            self.host.faults.append(f"{self.command} {self.path}: {error}")
            self._send(500, {"message": str(error)})

    def _answer(self, path: str, parameters: dict[str, str], sent: Any, *, held: bool) -> None:
        host = self.host
        if path.endswith("/graphql"):
            kind = "mutation" if sent["query"].lstrip().startswith("mutation") else "query"
            host.requests[kind] += 1
            status, answer = 200, host.answer_query(sent)
            writes = kind == "mutation"
        else:
            host.requests[self.command] += 1
            raw = "raw" in self.headers.get("Accept", "")
            status, answer = host.answer_rest(self.command, path, parameters, sent, raw)
            writes = self.command != "GET"
            if contracts.openapi() is not None:
                host.faults += contracts.faults(
                    self.command, path, sent, status, None if isinstance(answer, bytes) else answer
                )
        if held:
            host.gate.hold()
            self._drop()
            return
        if writes and host.drop_answers:
            host.drop_answers -= 1
            self._drop()
            return
        left = max(0, host.limit - host.used)
        headers = {
            "X-RateLimit-Limit": str(host.limit), "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(int(time.time()) + 2),
            "X-RateLimit-Resource": "graphql" if path.endswith("/graphql") else "core",
        }  # fmt: skip
        self._send(status, answer, headers)

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815


def _state(host: GitHub) -> dict[str, Any]:
    return {
        name: [
            {"number": p.number, "state": p.state, "head": p.head, "headRefOid": p.headRefOid} for p in repository.pulls
        ]
        for name, repository in host.repositories.items()
    }


def _told_gate(gate: Turnstile, told: dict[str, Any]) -> dict[str, Any]:
    if "at" in told:
        gate.arm(told["at"], told["after"])
    elif "release" in told:
        gate.release()
    return {"held": gate.is_held()}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        return


def serve(host: GitHub, port: int = 0, handler: type[Handler] = Handler) -> Server:
    """The host on a port of loopback, in threads of this process. Shut it down after use."""
    bound = type("Bound", (handler,), {"host": host})
    server = Server(("127.0.0.1", port), bound)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


if __name__ == "__main__":
    running = serve(GitHub(Path(sys.argv[1])))
    print(running.server_address[1], flush=True)
    sys.stdin.read()  # until the other end closes it
    running.shutdown()
