"""What a campaign asks of a host, one act at a time, where the host answers oddly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from migrator.bulk.host import Job, Request
from migrator.bulk.states import RepositoryError, State
from migrator.services.budget import LONGEST, TRIES
from tests.bulk.hosts.direct import BRANCH, Direct
from tests.bulk.hosts.odd import SECRET, Odd
from tests.bulk.repositories import commits_on

if TYPE_CHECKING:
    from typing import TypeAlias

    Act: TypeAlias = Callable[[Direct, Job], None]


def list_it(rig: Direct, job: Job) -> None:
    assert [each.name for each in rig.host.discover("acme")] == [job.entry.name]


def read_it(rig: Direct, job: Job) -> None:
    (read,) = rig.host.read([job.entry])
    if read.error is not None:
        raise read.error
    assert read.base == job.entry.base


def push_it(rig: Direct, job: Job) -> None:
    assert rig.push(job).state is State.OPEN


def follow_it(rig: Direct, job: Job) -> None:
    ((_, request),) = rig.host.follow([job.entry])
    if isinstance(request, RepositoryError):
        raise request
    assert isinstance(request, Request)
    assert request.state is State.OPEN


def merge_it(rig: Direct, job: Job) -> None:
    assert rig.host.merge(job.entry, "merge").state is State.MERGED


ACTS: dict[str, tuple[Callable[[Direct], Job], Act]] = {
    "list": (Direct.planned, list_it),
    "read": (Direct.planned, read_it),
    "push": (Direct.planned, push_it),
    "follow": (Direct.pushed, follow_it),
    "merge": (Direct.pushed, merge_it),
}


def ends_in_its_class(rig: Direct, act: str, odd: Odd, fault: str) -> None:
    """It is a failure of this class with the host's words, whose waits are said and end; and then it is done as if
    nothing had been."""
    prepare, do = ACTS[act]
    job = prepare(rig)
    began = rig.time.at
    rig.said.clear()
    rig.answer_with(odd, act)
    with pytest.raises(RepositoryError) as raised:
        do(rig, job)
    rig.answer_with(None, act)
    assert raised.value.fault == fault
    message = str(raised.value)
    assert odd.words in message
    assert message.isprintable()
    assert len(message) < 600
    assert SECRET not in message
    waited = rig.time.at - began
    assert waited <= 3 * TRIES * (LONGEST + 5)
    assert waited < 10 or rig.said, "a wait is said"
    rig.time.at += LONGEST + 1
    do(rig, job)
    if act == "push":
        is_one(rig, job)


def is_one(rig: Direct, job: Job) -> None:
    """There is one commit of ours, and one change request."""
    assert len(commits_on(rig.path(job.entry.name.rpartition("/")[2]), BRANCH)) == 1
    assert rig.request_count() == 1
