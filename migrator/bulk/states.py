"""The states of a repository in a campaign, and its errors."""

from __future__ import annotations

from enum import StrEnum

from migrator.errors import UsageError
from migrator.services.faults import RunError, ServiceError


class State(StrEnum):
    """`docs/campaign-states.md` explains each to users."""

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


RepositoryError = ServiceError
"""A failure of one repository, by the name that those who write a host know; the others continue."""

CampaignError = RunError
"""What stops a whole campaign: a rejected token, a ledger that is in use, a full disk. Exit code 3."""

STOPS = (CampaignError, RepositoryError, UsageError)
"""What ends the work with a host, where the host is asked about no repository of its own."""
