"""The errors of GitHub's GraphQL, which come beside data: https://docs.github.com/graphql/guides/forming-calls-with-graphql"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from migrator.bulk.states import RepositoryError
from migrator.services.answers import RefusedError, anything, fault_of_words, many, maybe, plain, record
from migrator.services.faults import Fault

TITLE = "GitHub"
_SIGNING = (
    "this server does not sign what its API commits: an administrator turns on web commit signing,"
    " or push from a source `file:LIST` with a key of yours"
)
"""https://docs.github.com/enterprise-server/admin/configuring-settings, under "Configuring web commit signing"."""
ANSWER = record(data=maybe(record()), errors=maybe(many(anything)))


class Error(NamedTuple):
    """One error: its type, where in the data something is null for it, its words, whether single sign-on is asked."""

    kind: str
    path: tuple[str, ...]
    words: str
    is_sso: bool = False


def read_error(error: Any) -> Error:
    """An error of whatever form."""
    if not isinstance(error, dict):
        return Error("", (), plain(str(error)))
    path, more = error.get("path"), error.get("extensions")
    return Error(
        str(error.get("type") or ""),
        tuple(map(str, path[:10])) if isinstance(path, list) else (),
        plain(str(error.get("message") or "")),
        isinstance(more, dict) and bool(more.get("saml_failure")),
    )


def refusal_of(errors: Sequence[Error]) -> RepositoryError:
    """What errors mean together."""
    kinds = {error.kind for error in errors}
    words = plain("; ".join(error.words for error in errors if error.words)) or "it gave no data, and no reason"
    if "verified signatures" in words:
        words = f"{words.rstrip('.')} ({_SIGNING})"
    fault = Fault.SSO if any(error.is_sso for error in errors) else fault_of_words(words)
    if fault is None and ("STALE_DATA" in kinds or "already exists" in words or "Expected branch" in words):
        fault = Fault.STALE
    if fault is None:
        known = {"NOT_FOUND": Fault.NOT_FOUND, "FORBIDDEN": Fault.FORBIDDEN, "UNPROCESSABLE": Fault.PROTECTED}
        fault = next((fault for kind, fault in known.items() if kind in kinds), Fault.SERVER)
    return RefusedError(TITLE, 0, words, fault)
