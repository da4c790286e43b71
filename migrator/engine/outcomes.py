"""What became of one file: the vocabulary that the engine speaks to reports, review and bulk.

`looks` of an outcome is what was looked at to decide it, the file itself included. The outcome holds as long as that is
the same, in the same working folder and with the same policy, rules and version. It is empty where a path gave no file,
and in a campaign, where nothing but the files that were read of a repository decides. Equality leaves it out.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from migrator.documents.edits import TextEdit
from migrator.files.looking import Looks
from migrator.files.sources import NotRead
from migrator.rule import Requirement, Safety
from migrator.startup.records import field, record, replace

Facts: TypeAlias = tuple[tuple[tuple[str, ...], int], ...]
"""What `migrator.circleci.inventory` counts in a file; nothing imports that where no inventory is asked for."""


class Decision(Enum):
    APPLY = "apply"
    SKIP = "skip"


@record
class Located:
    """A finding without its tree: plain data that crosses processes.

    `line` and `column` count from 1 and place it in the file as it was read. `fingerprint` is the same after lines
    were inserted or moved, and holds no secret. `fix` is true where the finding can be applied by the engine.
    `why_not` says why an accepted fix was not made (no clean edit in that place), else it is empty. `later` is its
    fingerprint in the file as the fixes leave it, where there are any. One that does not count is only good to know.
    """

    rule: str
    line: int
    column: int
    message: str
    safety: Safety
    fingerprint: str
    fix: bool
    applied: bool = False
    requirements: tuple[Requirement, ...] = ()
    warnings: tuple[str, ...] = ()
    why_not: str = ""
    data: tuple[tuple[str, str], ...] = ()
    later: str = ""
    counts: bool = True


@record
class Changed:
    """`before` and `after` are whole texts without byte order mark; `edits` lead from one to the other. `unnamed`
    counts the secrets that no finding names, `images` are registries and repositories where the policy has patterns
    for them, here and below. `contexts` are those that jobs of the file had before, of the ones that its findings or
    the policy name, each with the variables that these jobs use; an empty name stands for jobs without any context.
    `ignored` are the findings that a comment suppresses. `facts` are those of an inventory, where one was asked for:
    of the file as it was. `described` is what was asked to be said of the change by whoever had its trees."""

    path: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    edits: tuple[TextEdit, ...] = field(repr=False)
    applied: tuple[Located, ...]
    left: tuple[Located, ...]
    secrets: frozenset[str] = field(repr=False)
    bom: bool = False
    unnamed: int = 0
    images: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    contexts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ignored: tuple[Located, ...] = ()
    facts: Facts | None = field(default=None, repr=False, compare=False)
    looks: Looks = field(default=Looks(), repr=False, compare=False)
    described: tuple[object, ...] = field(default=(), repr=False, compare=False)

    @property
    def data(self) -> bytes:
        """The bytes to write."""
        return self._bytes(self.after)

    @property
    def data_before(self) -> bytes:
        """The bytes of the file as it was."""
        return self._bytes(self.before)

    def _bytes(self, text: str) -> bytes:
        return (b"\xef\xbb\xbf" if self.bom else b"") + text.encode("utf-8")


@record
class Unchanged:
    path: str
    left: tuple[Located, ...] = ()
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    unnamed: int = 0
    images: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    contexts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ignored: tuple[Located, ...] = ()
    facts: Facts | None = field(default=None, repr=False, compare=False)
    looks: Looks = field(default=Looks(), repr=False, compare=False)


@record
class Skipped:
    """Left alone on purpose: a generated file, say. No failure."""

    path: str
    reason: str
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    looks: Looks = field(default=Looks(), repr=False, compare=False)


@record
class Failed:
    """`reason` is one line. `rule` is the id of the rule that broke or whose edit failed verification.

    `fault` is the class of a failure that has one: `too-slow`, `refused-by-compiler`. `unread`: the file is not in the
    syntax of its name.
    """

    path: str
    reason: str
    rule: str = ""
    left: tuple[Located, ...] = ()
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    fault: str = ""
    unread: bool = False
    looks: Looks = field(default=Looks(), repr=False, compare=False)


Outcome: TypeAlias = Changed | Unchanged | Skipped | Failed


def by_line(outcome: Outcome) -> list[Located]:
    """The findings of a file, those that its change fixes and the others, in the order of its lines."""
    if isinstance(outcome, Skipped):
        return []
    done = outcome.applied if isinstance(outcome, Changed) else ()
    return sorted((*done, *outcome.left), key=lambda finding: (finding.line, finding.column, finding.rule))


def unless_named(outcome: Outcome, named_by: str) -> Outcome:
    """What becomes of a file that cannot be read and need not be: it is reported, and no failure.

    `named_by` says who wants it read; it is empty where nobody does.
    """
    if not isinstance(outcome, Failed) or not outcome.unread:
        return outcome
    if named_by:
        return replace(outcome, reason=f"{outcome.reason}; {named_by} names this file")
    reason = (
        f"cannot be read ({outcome.reason}), and no other file names it; pass its path to have it reported as failed"
    )
    return Skipped(outcome.path, reason, outcome.secrets)


def outcome_of(unread: NotRead) -> Failed | Skipped:
    """What became of a path that gave no file to look at."""
    return Failed(unread.path, unread.reason) if unread.fails else Skipped(unread.path, unread.reason)
