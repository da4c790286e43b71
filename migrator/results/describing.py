"""What is said of a change beside its diff, as far as its trees decide it: small, plain data without a tree.

The engine has the trees of a file before and after, and lets them go with it; they do not cross processes. Whoever
wants more of a change than its diff has `describe` called there (`Plan.describe`), so that no file is read twice.
Where nobody asked in time the texts are read again. Nothing here is masked: secrets of other files are not known yet.
"""

from __future__ import annotations

from migrator.documents import Document
from migrator.engine.outcomes import Changed
from migrator.results.comparing import compared
from migrator.results.kinds.runs import Trees, runs_of
from migrator.results.rereading import documents_of
from migrator.startup.records import replace


def describe(changed: Changed, before: Document, after: Document) -> tuple[object, ...]:
    """What `compared_of` and `runs_in` look for."""
    return compared(changed.path, before, after), runs_of(changed, Trees(before.root, after.root))


def described(changed: Changed) -> Changed:
    """The change with what is said of it: where nobody described it each text is read again, once."""
    if changed.described:
        return changed
    before, after = documents_of(changed)
    if before is None or after is None:
        return changed  # whoever says something of it says that it cannot be read
    return replace(changed, described=describe(changed, before, after))
