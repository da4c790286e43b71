"""Which commits a host has under some names."""

from __future__ import annotations

from contextlib import suppress

from migrator.bulk.git import Url, fault_of, git
from migrator.bulk.wire.fetching import refs_of
from migrator.bulk.wire.talking import OddError


def refs(url: Url, *names: str) -> dict[str, str]:
    """The commits of `HEAD` and of whole names of branches, as far as they are there. Raises `RepositoryError`."""
    with suppress(OddError):
        return refs_of(url, names)
    answer = git(None, "ls-remote", "--", url.plain, *names, url=url)
    if answer.code:
        raise fault_of(answer, url)
    found = (line.partition("\t") for line in answer.out.decode("utf-8", "surrogateescape").splitlines())
    return {name: oid for oid, _, name in found if name in names}
