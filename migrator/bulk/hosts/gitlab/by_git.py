"""The part that git does: what only a lease makes safe, and all of it where the token may not write by the API.

The API guards files and not branches: with `force` a commit replaces whatever is on the branch, and deleting a branch
asks nothing: https://docs.gitlab.com/api/commits/#create-a-commit-with-multiple-files-and-actions. git pushes only from
the commit that was seen. Tokens with the scope `api` or `write_repository` take part in git over HTTPS with any user
name: https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from migrator.bulk.contents import new_files
from migrator.bulk.entry import Entry
from migrator.bulk.git import Identity, Login, Url, fault_of
from migrator.bulk.host import Host, Job, Terms
from migrator.bulk.hosts.gitlab.api import Api
from migrator.bulk.hosts.gitlab.shapes import USER
from migrator.bulk.ours import is_alone, our_change
from migrator.bulk.states import RepositoryError
from migrator.bulk.store import Message, Store
from migrator.services.faults import Fault


class Git:
    """Commits in a store that belongs to this thread for a moment, and pushes from there."""

    def __init__(self, host: Host, api: Api, terms: Terms) -> None:
        self._host, self._api, self._terms = host, api, terms

    def url(self, project: dict[str, Any]) -> Url:
        """Where the project is for git: on the host of the API, whatever the answer says, for the token goes along."""
        return Url(f"{self._api.web}/{project['path_with_namespace']}.git", Login("oauth2", self._api.token))

    def _ask(self) -> None:
        """What git asks counts like what is asked by the API: https://docs.gitlab.com/user/gitlab_com/rate_limits/"""
        self._api.budget.take("core")

    @contextmanager
    def _store(self) -> Iterator[Store]:
        stores = self._host.world.stores
        store = stores.take()
        try:
            yield store
        finally:
            stores.give_back(store)

    def our_change(self, entry: Entry, url: Url, ref: str, commit: str, base: str = "") -> str | None:
        """The change that a commit of ours makes, or `None` where a person made or amended it. `ref` leads to it.

        With a `base`, the branch to change, commits of a person below it count as well.
        """
        if commit == entry.head and entry.pushed:
            return entry.pushed
        with self._store() as store:
            self._ask()
            # One level deeper than the commit, to see what it changes.
            store.fetch(url, entry.id, ref, "branch", depth=2)
            change = our_change(store, commit, self._terms.campaign)
            if not change or not base:
                return change
            self._ask()
            on = f"refs/heads/{base}"
            return change if is_alone(store, url, entry, self._terms.branch, commit, on) else None

    def commit(
        self, job: Job, url: Url, base: str, there: str, text: str, options: Sequence[str] = (), at: int = 0
    ) -> str:
        """Let the branch be one commit on the tip of `base`, if it still is at `there`. Returns the commit."""
        entry, terms = job.entry, self._terms
        with self._store() as store:
            self._ask()
            tip = store.fetch(url, entry.id, f"refs/heads/{base}", "tip")
            for edited in job.result.edited:
                found = store.object(f"{tip}:{edited.path}")
                if found is None or found[0] != edited.before:
                    raise RepositoryError(Fault.STALE, f"{edited.path} changed since it was planned; plan again")
            files = new_files(terms.plan, job.result, self._host.planned(entry, job.result), entry.name)
            message = Message(text, self._identity(), at or entry.planned_at)
            made = store.commit(tip, f"refs/commits/{entry.id}", message, files)
            self._ask()
            answer = store.push(url, terms.branch, made, there, options)
        if answer.code:
            raise fault_of(answer, url)
        return made

    def delete(self, url: Url, there: str) -> None:
        """Delete our branch, if it still is at `there`."""
        with self._store() as store:
            self._ask()
            answer = store.push(url, self._terms.branch, "", there)
        if answer.code:
            raise fault_of(answer, url)

    def _identity(self) -> Identity:
        """Who the host says that the token is, as of its own commits; the user's own where that says how to sign."""
        if self._terms.identity.signing:
            return self._terms.identity
        user = self._api.rest("GET", "/user", USER)
        server = urlsplit(self._api.web).hostname or "localhost"
        # https://docs.gitlab.com/user/profile/#use-an-automatically-generated-private-commit-email
        private = f"{user['id']}-{user['username']}@users.noreply.{server}"
        name, email = user["name"] or user["username"], user["commit_email"] or user["email"] or private
        return Identity(_word(name), _word(email))


def _word(text: str) -> str:
    """A name or an address as a commit has it: on one line and without angle brackets."""
    return " ".join(text.translate({60: None, 62: None}).split())
