"""The states of a repository in a campaign, and the classes of failure."""

from __future__ import annotations

from enum import StrEnum

from migrator.engine.limits import TOO_SLOW
from migrator.errors import MigratorError


class State(StrEnum):
    """`docs/bulk.md` explains each to users."""

    DISCOVERED = "discovered"
    SKIPPED = "skipped"
    UNCHANGED = "unchanged"
    PLANNED = "planned"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUSHED = "pushed"
    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"
    FAILED = "failed"


class Fault(StrEnum):
    """The class of a failure: what `status` groups by, and what a person can do about it."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    SERVER = "server-error"
    FORBIDDEN = "forbidden"
    SSO = "single-sign-on"
    NOT_FOUND = "not-found"
    LIMITED = "rate-limited"
    NO_BRANCH = "no-default-branch"
    PROTECTED = "protected"
    HUMAN = "human-commits"
    CONFIG = "unreadable-config"
    TOO_SLOW = TOO_SLOW
    STALE = "changed-since-plan"
    GIT = "git"
    INTERNAL = "internal"


class RepositoryError(MigratorError):
    """A failure of one repository; the others continue. The message is one line without any secret."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(" ".join(message.split()))
        self.fault = fault


class OfflineError(RepositoryError):
    """The host could not be connected to at all: it is not about this repository."""


class CampaignError(MigratorError):
    """What stops a whole run: bad credentials, a ledger that is in use. Exit code 3."""
