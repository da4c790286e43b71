"""The merge request of a branch: opened, updated, and dressed as the project and the user want it."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from migrator.bulk.entry import Entry
from migrator.bulk.host import Host, Job, OnHost, Terms
from migrator.bulk.hosts.gitlab.api import Api, project, segment
from migrator.bulk.hosts.gitlab.errors import ScopeError
from migrator.bulk.hosts.gitlab.remote import content_of
from migrator.bulk.hosts.gitlab.shapes import FILE, MERGE_REQUEST, USER
from migrator.bulk.requests.texts import Texts
from migrator.bulk.states import RepositoryError, State
from migrator.services.answers import RefusedError, many
from migrator.services.faults import Fault

DRAFT = "Draft: "
"""What the title of a draft begins with: https://docs.gitlab.com/user/project/merge_requests/drafts/"""
TEMPLATE = ".gitlab/merge_request_templates/Default.md"
"""https://docs.gitlab.com/user/project/description_templates/#priority-of-default-description-templates"""
_LOOKS, _PAUSE = 5, 1.0
_OPTION = 60_000
"""Bytes of one push option; a line of git's protocol ends at 65,516."""
_ALWAYS = frozenset(("always", "default_on"))


class Opener:
    """Opens or updates one merge request after the other, on any number of threads."""

    def __init__(self, host: Host, api: Api, terms: Terms) -> None:
        self._host, self._api, self._terms = host, api, terms
        self._people: dict[str, int | None] = {}
        self._lock = threading.Lock()

    def open(self, job: Job, node: dict[str, Any], base: str, request: dict[str, Any] | None, head: str) -> OnHost:
        """The merge request of a branch whose commit is `head`: `request`, which is updated, or a new one."""
        entry = job.entry
        if request is not None and entry.number and entry.pushed == entry.change and entry.phase != "push":
            # What a person wrote into a merge request that is up to date stays.
            return OnHost(entry, State.OPEN, head, request["iid"], request["web_url"], self._dress(entry, request))
        texts = self._texts(job, node, base)
        if request is None:
            made, message = self._create(entry, node, base, texts)
            return OnHost(entry, State.OPEN, head, made["iid"], made["web_url"], message)
        title = f"{DRAFT}{texts.title}" if request["draft"] else texts.title
        path = project(entry.host_id, f"/merge_requests/{request['iid']}")
        self._api.rest("PUT", path, MERGE_REQUEST, {"title": title, "description": texts.body})
        return OnHost(entry, State.OPEN, head, request["iid"], request["web_url"], self._dress(entry, request))

    def _texts(self, job: Job, node: dict[str, Any], base: str) -> Texts:
        """Title and body, with the project's own template after ours, as the API does not add it."""
        template = node["merge_requests_template"] or ""
        if not template:
            path = project(job.entry.host_id, f"/repository/files/{segment(TEMPLATE)}")
            file = self._api.find(path, FILE, ref=node["default_branch"] or base)
            template = content_of(file, TEMPLATE).decode("utf-8", "replace") if file else ""
        # It may hold quick actions, which would do something in the user's name.
        kept = [line for line in template.splitlines() if not line.lstrip().startswith("/")]
        return self._host.texts(job.entry, job.result, self._terms, "\n".join(kept))

    def _create(self, entry: Entry, node: dict[str, Any], base: str, texts: Texts) -> tuple[dict[str, Any], str]:
        """https://docs.gitlab.com/api/merge_requests/#create-mr"""
        terms = self._terms
        assignees, unknown = self._ids("assignees", terms.assignees)
        reviewers, strangers = self._ids("reviewers", terms.reviewers)
        body: dict[str, Any] = {
            "source_branch": terms.branch,
            "target_branch": base,
            "title": f"{DRAFT}{texts.title}" if terms.draft else texts.title,
            "description": texts.body,
            "squash": node["squash_option"] in _ALWAYS,
            "remove_source_branch": node["remove_source_branch_after_merge"] is not False,
            "allow_collaboration": False,
        }
        if terms.labels:
            body["labels"] = list(terms.labels)
        if assignees:
            body["assignee_ids"] = assignees
        if reviewers:
            body["reviewer_ids"] = reviewers
        try:
            made = self._api.rest("POST", project(entry.host_id, "/merge_requests"), MERGE_REQUEST, body, content=True)
        except RefusedError as refused:
            if refused.status == 409:
                # Somebody, or we ourselves without getting the answer, opened it since we asked.
                raise RepositoryError(Fault.STALE, "its merge request was opened in the meantime") from None
            raise
        return made, "; ".join(filter(None, (unknown, strangers)))

    def _dress(self, entry: Entry, request: dict[str, Any]) -> str:
        """Add labels, assignees and reviewers that an existing merge request lacks. What is rejected is reported."""
        body: dict[str, Any] = {"add_labels": list(self._terms.labels)} if self._terms.labels else {}
        failures = []
        for what, names in (("assignees", self._terms.assignees), ("reviewers", self._terms.reviewers)):
            ids, unknown = self._ids(what, names)
            failures.append(unknown)
            there = [each["id"] for each in request[what] or ()]
            if not set(ids) <= set(there):
                body[f"{what[:-1]}_ids"] = [*there, *(each for each in ids if each not in there)]
        if body:
            try:
                self._api.rest("PUT", project(entry.host_id, f"/merge_requests/{request['iid']}"), MERGE_REQUEST, body)
            except RefusedError as refused:
                failures.append(f"labels, assignees or reviewers were not set: {refused.words}")
        return "; ".join(filter(None, failures))

    def _ids(self, what: str, names: Sequence[str]) -> tuple[list[int], str]:
        """The numbers of users, and who of them is none: https://docs.gitlab.com/api/users/#list-users"""
        found = {name: self._number(name.removeprefix("@")) for name in names}
        unknown = ", ".join(name for name, number in found.items() if number is None)
        return [number for number in found.values() if number is not None], (
            f"{what} were not set: GitLab has no user {unknown}" if unknown else ""
        )

    def _number(self, name: str) -> int | None:
        with self._lock:
            if name not in self._people:
                users = self._api.rest("GET", "/users", many(USER), username=name)
                same = (each["id"] for each in users if each["username"].lower() == name.lower())
                self._people[name] = next(same, None)
            return self._people[name]

    # -- by push options

    def options(self, job: Job, node: dict[str, Any], base: str, *, is_new: bool) -> list[str]:
        """What makes a push open or update the merge request:
        https://docs.gitlab.com/topics/git/commit/#push-options-for-merge-requests

        git has no option of several lines; GitLab makes line ends of `\\n` in a description (since 15.1).
        """
        texts, terms = self._texts(job, node, base), self._terms
        found = ["create", f"target={base}"] if is_new else []
        found.append(f"title={texts.title}")
        # Where the text itself has these two characters it must not begin a line, which might be a quick action.
        body = re.sub(r"\\{1,2}(?=n)", "&#92;", texts.body.translate({0: None, 13: None})).replace("\n", "\\n")
        body = body.encode()[:_OPTION].decode("utf-8", "ignore")
        found.append(f"description={body}")
        found += [f"label={' '.join(each.split())}" for each in terms.labels]
        found += [f"assign={' '.join(each.removeprefix('@').split())}" for each in terms.assignees]
        if is_new:
            found += ["draft"] if terms.draft else []
            found += ["squash"] if node["squash_option"] in _ALWAYS else []
            found += ["remove_source_branch"] if node["remove_source_branch_after_merge"] is not False else []
        return [f"merge_request.{each}" for each in found]

    def left_out(self) -> str:
        """What push options cannot do."""
        return "reviewers were not set: the token lacks the scope `api`" if self._terms.reviewers else ""

    def appeared(self, entry: Entry, head: str) -> dict[str, Any] | None:
        """The merge request that a push has made; the host makes it in a moment."""
        asked = {"source_branch": self._terms.branch, "state": "opened"}
        for look in range(_LOOKS):
            if look:
                self._api.budget.pause(_PAUSE * look)
            try:
                found = list(self._api.pages(project(entry.host_id, "/merge_requests"), MERGE_REQUEST, **asked))
            except ScopeError:
                return None
            if found:
                request: dict[str, Any] = next((each for each in found if each["sha"] == head), found[0])
                return request
        return None
