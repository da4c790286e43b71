"""The end of a session: what was written, what was not and why, and what must exist before a merge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped, Unchanged
from migrator.files.state import shown
from migrator.results.counted import counted
from migrator.results.decisions import Answer
from migrator.results.masking import visible
from migrator.results.needs import Needed, Needs
from migrator.results.prerequisites import EXISTING, HEADING, commands, title
from migrator.review.memory import LogMemory
from migrator.review.scan import proposed
from migrator.review.session import End, Session

Piece = tuple[str, str]
_WORDS = ("applied", "accepted but not written", "skipped", "read", "open", "not applied", "to fix by hand")


def summary(session: Session, needs: Needs) -> Iterator[Piece]:
    """Pieces of text with their styles. `needs` are those of what was applied."""
    written = [outcome for outcome in session.outcomes if isinstance(outcome, Changed)]
    for outcome in session.outcomes:
        yield from _file(session, outcome)
    if needs.demanded:
        yield f"\n{HEADING}:\n", "bold"
    for needed in needs.demanded:
        yield f"\n  {_titled(needed)}\n", ""
        for command in commands(needed):
            yield f"    {visible(command)}\n", "cyan"
    if needs.existing:
        yield f"\n{EXISTING}:\n", "bold"
    for needed in needs.existing:
        yield f"  {_titled(needed)}\n", ""
    yield f"\n{counted(len(written), 'file')} written. {_ending(session, len(written))}\n", "bold"


def _titled(needed: Needed) -> str:
    files = f" ({len(needed.paths)} files)" if len(needed.paths) > 1 else ""
    return f"{visible(title(needed.need, needed.project))}{files}"


def _file(session: Session, outcome: Outcome) -> Iterator[Piece]:
    name = visible(session.mask.text(outcome.path))
    if isinstance(outcome, Failed):
        yield f"failed   {name}: {visible(session.mask.text(outcome.reason))}\n", "bold red"
        return
    if isinstance(outcome, Skipped):
        yield f"skipped  {name}: {visible(session.mask.text(outcome.reason))}\n", ""
        return
    findings = proposed(outcome)
    unused = [finding for finding in outcome.left if finding not in findings]
    done = len(outcome.applied) if isinstance(outcome, Changed) else 0
    if not findings and not done and not unused:
        return
    states = {finding: _state(session, outcome, finding) for finding in findings}
    counts = Counter({"applied": done, **Counter(states.values()), "to fix by hand": len(unused)})
    words = ", ".join(f"{counts[word]} {word}" for word in _WORDS if counts[word])
    yield (f"written  {name}: {words}\n", "green") if done else (f"left     {name}: {words}\n", "")
    for finding, state in states.items():
        if state in ("read", "not applied"):
            why = finding.why_not or finding.message
            yield f"           line {finding.line}: {visible(session.mask.text(why))}\n", ""
    for finding in unused:
        yield f"           line {finding.line}: {visible(session.mask.text(finding.message))}\n", ""


def _state(session: Session, outcome: Changed | Unchanged, finding: Located) -> str:
    memory = LogMemory(session.log, outcome.path, session.policy)
    given = memory.find(finding.rule, finding.fingerprint)
    if given is None:
        return "open"
    if given.answer is not Answer.APPLY:
        return "skipped" if given.answer is Answer.SKIP else "read"
    return "not applied" if session.end in (End.DONE, End.STOPPED) else "accepted but not written"


def _ending(session: Session, written: int) -> str:
    log = shown(session.log.file)
    kept = f"decisions are kept in {log}; run the same command to continue."
    if session.end is End.DISCARDED:
        return f"The decisions of this session are forgotten{'; written files stay as they are' if written else ''}."
    if session.end is End.FAILED:
        return "Stopped by an error."
    if session.end in (End.STOPPED, End.INTERRUPTED):
        return f"Stopped: {kept}"
    if session.asked == 0 and not any(proposed(o) or isinstance(o, Changed) for o in session.outcomes):
        return "Nothing to decide."
    if session.asked == 0:
        return f"Nothing to ask: {log} has a decision about every finding. Delete it to be asked again."
    return f"Decisions: {log}"
