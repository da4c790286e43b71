"""Passes over one file to a fixed point: find, ask, edit, prove, and again until nothing is left to do.

The engine knows no rule. It is a generator of proposals that a caller answers with apply or skip, so that a dry run,
`--write`, `--interactive` and a bulk run are one loop with four callers.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.changes import Change
from migrator.circleci.config import Config
from migrator.circleci.secrets.literals import literal_secrets, secrets_of_text
from migrator.documents import Document, open_document
from migrator.documents.edits import TextEdit, apply_edits, compose
from migrator.engine.choice import of_file
from migrator.engine.fingerprints import Fingerprints, Origin
from migrator.engine.fixes import FixBatch
from migrator.engine.outcomes import Changed, Decision, Failed, Located, Outcome, Unchanged
from migrator.engine.verify import verify
from migrator.engine.views import read_configs, read_siblings, suppressions_of
from migrator.errors import EditError, ReadError, VerifyError
from migrator.parts import Part
from migrator.policy import Policy
from migrator.rule import Finding, Rule, Safety
from migrator.startup.records import field, record, replace

if TYPE_CHECKING:
    from migrator.engine.suppressions import Suppressions

MAX_PASSES = 10
"""Overlapping fixes wait for a later pass; rules that still have work after so many are said not to settle."""

UNUSED_SUPPRESSION = "unused-suppression"

_VARIES = "tags of the template decide which lines there are: look whether this is right with and without them"


@record
class Proposal:
    """A finding that waits for an answer. For a finding without a fix the answer says nothing."""

    located: Located
    finding: Finding
    document: Document
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """All literal secrets of the file: none of them may be shown with the finding."""

    def edits(self) -> list[TextEdit]:
        """The edits of this finding alone, in `document.text`. Raises `EditError`."""
        return self.document.edits(self.finding.changes)


def choose_by_safety(*, review_too: bool) -> Callable[[Proposal], Decision]:
    """The caller of `--write` and of a dry run: everything safe, and what needs review where that was asked for."""
    wanted = {Safety.SAFE, Safety.REVIEW} if review_too else {Safety.SAFE}

    def choose(proposal: Proposal) -> Decision:
        return Decision.APPLY if proposal.finding.safety in wanted else Decision.SKIP

    return choose


def run(
    path: str,
    data: bytes,
    rules: Sequence[Rule],
    policy: Policy,
    choose: Callable[[Proposal], Decision],
    siblings: Sequence[tuple[str, bytes]] = (),
    known: Collection[str] | None = None,
) -> Outcome:
    """What becomes of one file. Never raises for what the file holds or for what a rule does: that is `Failed`.

    `siblings` are the other files of the same packed source tree, which rules may look at. `known` are the ids of all
    rules that there are, where the caller knows them: a suppression of any other is told.
    """
    collecting = gc.isenabled()
    gc.disable()  # a sixth of the time over real configs: a file's nodes live until its outcome is known
    try:
        return _answered(path, data, rules, policy, choose, siblings, known)
    finally:
        if collecting:
            gc.enable()


def _answered(
    path: str,
    data: bytes,
    rules: Sequence[Rule],
    policy: Policy,
    choose: Callable[[Proposal], Decision],
    siblings: Sequence[tuple[str, bytes]],
    known: Collection[str] | None,
) -> Outcome:
    try:
        document = open_document(path, data)
    except ReadError as error:
        return Failed(path, str(error), secrets=secrets_of_text(data.decode("utf-8", "replace")) - policy.variables)
    steps = migrate(document, path, rules, policy, siblings=read_siblings(siblings), known=known)
    try:
        proposal = next(steps)
        while True:
            proposal = steps.send(choose(proposal))
    except StopIteration as stop:
        outcome: Outcome = stop.value
        return outcome


def migrate(
    document: Document,
    path: str,
    rules: Sequence[Rule],
    policy: Policy,
    *,
    siblings: Sequence[Config] = (),
    known: Collection[str] | None = None,
    names: Fingerprints | None = None,
) -> Generator[Proposal, Decision, Outcome]:
    """Propose every finding once and apply what is accepted. Returns what became of the file; writes nothing.

    `names` are the fingerprints of the document, where the caller wants to name places as they are named here.
    """
    policy, rules = of_file(policy, rules, path)
    migration = _Migration(document, path, rules, policy, siblings, known, names or Fingerprints(document.parents))
    try:
        return (yield from migration.run())
    except _BrokenError as broken:
        reason = str(broken)
        try:
            migration.look_for_secrets()
        except _BrokenError as error:
            reason = f"{reason}; {error}"
        return Failed(path, reason, broken.rule, secrets=frozenset(migration.secrets))


class _BrokenError(Exception):
    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


@record
class _Found:
    finding: Finding
    located: Located


class _Migration:
    def __init__(
        self,
        document: Document,
        path: str,
        rules: Sequence[Rule],
        policy: Policy,
        siblings: Sequence[Config],
        known: Collection[str] | None,
        names: Fingerprints,
    ) -> None:
        self.path = path
        self.rules = rules
        self.policy = policy
        self.siblings = siblings
        self.original = document
        self.document = document
        self.edits: list[TextEdit] = []  # from the original to the document as it is
        self.names = names
        self.answers: dict[tuple[str, bool], Decision] = {}
        self.done: set[str] = set()
        self.refused: dict[str, str] = {}
        self.applied: list[Located] = []
        self.secrets: set[str] = set()
        self._no_secrets = policy.variables
        self._looked = False
        self.suppressions: Suppressions | None = None
        self.known = known

    def run(self) -> Generator[Proposal, Decision, Outcome]:
        for _ in range(MAX_PASSES):
            found = self._findings()
            accepted = []
            for each in found:
                key = each.located.fingerprint
                asked = (key, each.located.fix)  # what could not be mended before may be mended now
                if asked not in self.answers:
                    self.answers[asked] = yield Proposal(
                        each.located, each.finding, self.document, frozenset(self.secrets)
                    )
                if self.answers[asked] is Decision.APPLY and each.located.fix and key not in self.refused:
                    accepted.append(each)
            if not self._apply(accepted):
                return self._outcome(found)
        rules = sorted({each.finding.rule for each in accepted})
        raise _BrokenError(
            ", ".join(rules), f"`{'`, `'.join(rules)}` found new work in {MAX_PASSES} passes and did not settle"
        )

    def _findings(self) -> list[_Found]:
        document = self.document
        self.suppressions = suppressed = suppressions_of(document)
        configs = read_configs(document, self.path, self.siblings, suppressed)
        findings = self._checked(configs)
        if findings:
            self.look_for_secrets(configs if document is self.original else None)
        for config in configs:
            config.close()
        findings.sort(key=lambda f: (f.node.head, f.rule))
        back = Origin(self.edits)
        result: list[_Found] = []
        seen: dict[str, int] = defaultdict(int)
        for finding in findings:
            self.secrets.update(set(finding.secrets) - self._no_secrets)
            key = _numbered(self.names.of(finding.rule, finding.node, finding.subject), seen, self.done)
            if suppressed is not None and suppressed.covers(finding.rule, document.position(finding.node.head)[0]):
                continue
            line, column = self.original.position(back.of(finding.node.head))
            fix = bool(finding.changes) and finding.safety is not Safety.MANUAL
            result.append(
                _Found(
                    finding,
                    Located(
                        finding.rule,
                        line,
                        column,
                        finding.message,
                        finding.safety,
                        key,
                        fix,
                        requirements=finding.requirements,
                        warnings=finding.warnings,
                        why_not=self.refused.get(key, ""),
                        data=finding.data,
                    ),
                )
            )
        return result

    def _checked(self, configs: Sequence[Config]) -> list[Finding]:
        findings: list[Finding] = []
        for rule in self.rules:
            told: set[tuple[int, str]] = set()
            try:
                for config in configs:
                    found = list(rule.check(config, self.policy))
                    if not all(isinstance(f, Finding) for f in found):
                        raise _BrokenError(rule.id, f"the rule `{rule.id}` yields what no `self.finding(...)` made")
                    if self.document.varies:
                        found = [_in_doubt(finding) for finding in found]
                    # A part that stands alone may share what a config has told of.
                    findings += [f for f in found if not config.part.section or (id(f.node), f.subject) not in told]
                    if len(configs) > 1:
                        told.update((id(f.node), f.subject) for f in found)
            except _BrokenError:
                raise
            except Exception as error:  # a wall: one rule on one file
                raise _BrokenError(rule.id, f"the rule `{rule.id}` broke: {_where(error)}") from error
        return findings

    def look_for_secrets(self, configs: list[Config] | None = None) -> None:
        """Find what nothing may show, whatever rules there are. Of a file without findings nothing is ever shown."""
        if not self._looked:
            self._looked = True
            try:
                configs = list(configs or read_configs(self.original, self.path))
                if all(config.root is not self.original.root for config in configs):
                    configs.append(Config(Part(self.original.root), self.path))
                for config in configs:
                    self.secrets |= literal_secrets(config, self.original.text) - self._no_secrets
            except Exception as error:  # a wall, as for rules: what could show a secret must not be shown
                raise _BrokenError("", f"looking for secrets broke: {_where(error)}") from error

    def _apply(self, accepted: list[_Found]) -> bool:
        """Make every fix that fits beside those before it; whether any was made."""
        document = self.document
        batch = FixBatch()
        made: list[_Found] = []
        for each in accepted:
            try:
                if batch.add(document, each.finding.changes):
                    made.append(each)
            except EditError as error:
                self.refused[each.located.fingerprint] = str(error)
        if not made:
            return any(each.located.fingerprint in self.refused for each in accepted)
        edits = document.together(batch.changes, batch.sorted_edits())
        try:
            after = self._proven(document, edits, batch.changes)
        except (ReadError, VerifyError, ValueError) as error:
            rule = self._culprit(document, made)
            raise _BrokenError(
                rule, f"an edit of `{rule}` did not give the intended config and was not made ({error})"
            ) from None
        self.edits = compose(self.edits, edits, len(self.original.text)) if self.edits else edits
        self.applied += [replace(each.located, applied=True) for each in made]
        self.done.update(each.located.fingerprint for each in made)
        self.document = after
        self.names.follow(self.original.root, self.edits, after.parents)
        return True

    @staticmethod
    def _proven(document: Document, edits: list[TextEdit], changes: list[Change]) -> Document:
        after = document.reread(apply_edits(document.text, edits))
        verify(document.root, changes, after.root)
        return after

    def _culprit(self, document: Document, made: list[_Found]) -> str:
        """The rule whose fix fails on its own, else all that took part."""
        for each in made:
            changes = list(each.finding.changes)
            try:
                self._proven(document, document.edits(changes), changes)
            except (ReadError, VerifyError, EditError, ValueError):
                return each.finding.rule
        return ", ".join(sorted({each.finding.rule for each in made}))

    def _outcome(self, found: list[_Found]) -> Outcome:
        left = [replace(e.located, why_not=self.refused.get(e.located.fingerprint, "")) for e in found]
        if self.applied:
            left = [replace(e, later=later) for e, later in zip(left, self._later(found), strict=True)]
        left += self._unused_suppressions()
        if not self.applied:
            return Unchanged(self.path, tuple(left), frozenset(self.secrets))
        return Changed(
            self.path,
            self.original.text,
            self.document.text,
            tuple(self.edits),
            tuple(self.applied),
            tuple(left),
            frozenset(self.secrets),
            self.original.bom,
        )

    def _later(self, found: list[_Found]) -> Iterator[str]:
        names = Fingerprints(self.document.parents)
        seen: dict[str, int] = defaultdict(int)
        for each in found:
            finding = each.finding
            yield _numbered(names.of(finding.rule, finding.node, finding.subject), seen)

    def _unused_suppressions(self) -> list[Located]:
        if self.suppressions is None:
            return []
        back = Origin(self.edits)
        located = []
        for at, message in self.suppressions.unused([rule.id for rule in self.rules], self.known):
            line, column = self.original.position(back.of(self.document.offset(at)))
            located.append(
                Located(UNUSED_SUPPRESSION, line, column, message, Safety.MANUAL, f"{UNUSED_SUPPRESSION}-{line}", False)
            )
        return located


def _in_doubt(finding: Finding) -> Finding:
    """A finding in a template with conditions: the rule has seen one of the configs that it may become."""
    if not finding.changes or finding.safety is not Safety.SAFE:
        return finding
    return replace(finding, safety=Safety.REVIEW, warnings=(*finding.warnings, _VARIES))


def _numbered(name: str, seen: dict[str, int], done: Collection[str] = ()) -> str:
    """Tells findings of one name apart by numbers, none of which a fix had that is made already: what is found there
    again is another finding, which nobody has answered."""
    while True:
        seen[name] += 1
        key = name if seen[name] == 1 else f"{name}-{seen[name]}"
        if key not in done:
            return key


def _where(error: Exception) -> str:
    """The exception and where it came from, without its message, which could quote the config."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    frame = frames[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}; please report it"
