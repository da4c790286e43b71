"""The practice of a campaign's repositories, read again from their hosts: its ledger holds no text of a config."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from migrator.bulk.host import Read
from migrator.bulk.states import State
from migrator.bulk.work import with_siblings
from migrator.cli.bulk_options import Campaign, campaign
from migrator.cli.talk import tell
from migrator.engine.limits import FILE_TIMEOUT, TooSlowError, time_limit, too_slow
from migrator.errors import ReadError
from migrator.files.kinds.naming import is_the_config
from migrator.policy.practice import Practice
from migrator.review.scan import observe
from migrator.startup.records import replace


def read_campaign(name: str, ledger: str | None, practice: Practice) -> bool:
    """Count what the configs of all its repositories do. Returns whether one that matters could not be read."""
    failed = False
    with campaign(name, ledger, "Reading") as opened:
        for read in _reads(opened):
            if read.error is not None:
                tell(f"{read.entry.label}: {read.error}")
                failed = True
                continue
            failed = _count(read, practice) or failed
    return failed


def _reads(opened: Campaign) -> Iterator[Read]:
    entries = [entry for entry in opened.ledger.entries() if entry.state is not State.SKIPPED]
    for kind, of_kind in groupby(sorted(entries, key=lambda entry: entry.kind), lambda entry: entry.kind):
        host = opened.hosts.of(kind)
        host.ready()
        # What is known to be planned already would not be read again.
        waiting = [replace(entry, base="", tree="", result="") for entry in of_kind]
        size = opened.hosts.kind(kind).batch
        for start in range(0, len(waiting), size):
            yield from sorted(host.read(waiting[start : start + size]), key=_number)


def _number(read: Read) -> int:
    return read.entry.id


def _count(read: Read, practice: Practice) -> bool:
    failed = False
    for file, siblings in with_siblings(read.files):
        try:
            with time_limit(FILE_TIMEOUT):
                observe(file.path, file.data, siblings, practice, read.entry.label)
        except TooSlowError:
            tell(f"{read.entry.label}: {file.path}: {too_slow(FILE_TIMEOUT)}")
            failed = True
        except ReadError as error:
            if is_the_config(file.path):
                tell(f"{read.entry.label}: {file.path}: {error}")
                failed = True
    return failed
