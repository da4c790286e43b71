"""What CircleCI's compiler said of a run: counts that reports show."""

from __future__ import annotations

from migrator.results.counted import counted
from migrator.startup.records import record


@record(frozen=False)
class Compiled:
    """`compared` are the changed configs whose compiled forms were compared, `broken` those that CircleCI does not
    compile as they are today, `partial` the changed files that are no whole config. `refused` changes were not made.

    `reason` says why CircleCI was not asked; `has_none`: because this CircleCI, a Server, compiles nothing for others.
    """

    compared: int = 0
    broken: int = 0
    partial: int = 0
    refused: int = 0
    reason: str = ""
    has_none: bool = False

    @property
    def stops(self) -> bool:
        """Whether nothing may be written, because what was asked for could not be asked."""
        return bool(self.reason) and not self.has_none


def sentence(compiled: Compiled) -> str:
    """One line for people, with its full stop."""
    if compiled.reason:
        rest = "the changes are proven by `migrate` alone" if compiled.has_none else "nothing was written"
        return f"Not compiled by CircleCI: {compiled.reason}; {rest}."
    parts = [f"{counted(compiled.compared, 'changed config')} compared"]
    if compiled.refused:
        parts.append(f"{compiled.refused} refused")
    if compiled.broken:
        parts.append(f"{compiled.broken} not compiled even before the change")
    if compiled.partial:
        parts.append(f"{compiled.partial} not compiled, being no whole config")
    return f"Compiled by CircleCI: {', '.join(parts)}."
