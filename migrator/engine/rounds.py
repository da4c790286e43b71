"""One pass over a file in the making: which of the accepted fixes are made in it, and what has to wait."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.documents import Document
from migrator.engine.fixes import FixBatch
from migrator.engine.outcomes import Located
from migrator.errors import EditError
from migrator.rule import Finding
from migrator.startup.records import field, record


@record
class Found:
    """A finding with its place in plain data. `name` is its fingerprint before equal ones were numbered."""

    finding: Finding
    located: Located
    name: str


@record(frozen=False)
class Round:
    """`fixes` are made, `put_off` are accepted and wait for the next pass, `waiting` counts those not asked about."""

    batch: FixBatch = field(default_factory=FixBatch)
    fixes: list[Found] = field(default_factory=list)
    put_off: list[Found] = field(default_factory=list)
    waiting: int = 0

    def fits(self, document: Document, finding: Finding) -> bool:
        """Whether a fix can be made beside those of this pass; also where it has no clean edit, as that can be said."""
        try:
            return self.batch.fits(document, finding.changes, finding.reads)
        except EditError:
            return True

    def take(self, document: Document, found: Found) -> None:
        """Take up an accepted fix. Raises `EditError` where it has no clean edit."""
        fits = self.batch.add(document, found.finding.changes, found.finding.reads)
        (self.fixes if fits else self.put_off).append(found)

    def missing(self, found: Iterable[Found]) -> set[str]:
        """The names of fixes that others were planned with and that were not accepted, or have no clean edit."""
        taken = {id(each) for each in (*self.fixes, *self.put_off)}
        return {f.name for f in found if f.finding.reads and f.finding.reads.plan and id(f) not in taken}
