"""The classes of failure, and the errors that carry them."""

from __future__ import annotations

from enum import StrEnum

from migrator.engine.limits import TOO_SLOW
from migrator.engine.proof import REFUSED
from migrator.errors import MigratorError


class Fault(StrEnum):
    """The class of a failure: what reports group by, and what a person can do about it."""

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
    REFUSED = REFUSED
    STALE = "changed-since-plan"
    GIT = "git"
    INTERNAL = "internal"


class ServiceError(MigratorError):
    """A failure of one thing, such as a repository or a context; the others continue. The message is one line without
    any secret."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(" ".join(message.split()))
        self.fault = fault


class OfflineError(ServiceError):
    """The service could not be connected to at all: it is not about what was asked for."""


class RunError(MigratorError):
    """What stops a whole run, such as a rejected token. Exit code 3."""


class RejectedTokenError(RunError):
    """The service does not accept the token, or not any more. The request was not carried out."""
