"""What GitLab's refusals mean: https://docs.gitlab.com/api/rest/troubleshooting/ and the services that word them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from migrator.bulk.states import RepositoryError
from migrator.services.answers import RefusedError, anything, many, maybe, plain, record
from migrator.services.faults import Fault

TITLE = "GitLab"

_WORDS: tuple[tuple[str, Fault], ...] = (
    # Of two who write to the same file or branch; wording of app/services/files and app/services/commits in GitLab's
    # source: https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/services/commits/create_service.rb
    (r"has changed since you started|refresh and try again|[Aa] branch called .* already exists", Fault.STALE),
    (r"file with this name doesn.t exist|only create or edit files when you are on a branch", Fault.STALE),
    (r"already exists for this source branch|Could not update|cannot lock ref", Fault.STALE),
    (r"not allowed to push|protected branch|pre-receive hook|[Cc]ommit message does not follow", Fault.PROTECTED),
)
NO_SCOPE = re.compile(r"insufficient_scope|insufficient.granular.scope|higher privileges than provided", re.IGNORECASE)
"""What a token gets that may read and not write: https://docs.gitlab.com/user/profile/personal_access_tokens/"""
_COMPLEX = re.compile(r"complexity of (\d+), which exceeds max complexity of (\d+)")


class ScopeError(RefusedError):
    """The token has not the scope `api`, which every change by the API needs."""


class ComplexError(RepositoryError):
    """A query is more than the host computes at once: its score, and the highest that is allowed."""

    def __init__(self, words: str, score: int, limit: int) -> None:
        super().__init__(Fault.SERVER, f"{TITLE}: {words}")
        self.score, self.limit = score, limit


class NoGraphqlError(RepositoryError):
    """This GitLab has no GraphQL, an older one, or one that the token may not use."""


def reworded(refused: RefusedError) -> RefusedError:
    """The same refusal, of the class that its words say."""
    if refused.status in (401, 403) and NO_SCOPE.search(refused.words):
        return ScopeError(TITLE, refused.status, f"{refused.words} (the token needs the scope `api`)")
    for pattern, fault in _WORDS:
        if re.search(pattern, refused.words):
            return RefusedError(TITLE, refused.status, refused.words, fault)
    if refused.status == 422 and refused.fault is Fault.STALE:
        return RefusedError(TITLE, 422, refused.words, Fault.FORBIDDEN)
    return refused


# -- GraphQL

ANSWER = record(data=maybe(record()), errors=maybe(many(anything)))


class Error(NamedTuple):
    words: str
    code: str = ""


def read_error(error: Any) -> Error:
    """An error of whatever form."""
    if not isinstance(error, dict):
        return Error(plain(str(error)))
    more = error.get("extensions")
    code = more.get("code") if isinstance(more, dict) else ""
    return Error(plain(str(error.get("message") or "")), code if isinstance(code, str) else "")


def refusal_of(errors: Iterable[Error]) -> RepositoryError:
    """What errors mean together."""
    errors = list(errors)
    words = plain("; ".join(error.words for error in errors if error.words)) or "it gave no data, and no reason"
    if found := _COMPLEX.search(words):
        return ComplexError(words, int(found[1][:9]), int(found[2][:9]))
    unknown = ("undefinedField", "undefinedType", "argumentNotAccepted", "missingRequiredArguments")
    if any(error.code in unknown for error in errors) or re.search("doesn't (exist on type|accept argument)", words):
        return NoGraphqlError(Fault.SERVER, f"{TITLE}: {words}")
    if NO_SCOPE.search(words):
        return NoGraphqlError(Fault.FORBIDDEN, f"{TITLE}: {words}")
    return RepositoryError(Fault.SERVER, f"{TITLE}: {words}")
