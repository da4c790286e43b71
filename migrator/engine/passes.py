"""Passes over one file to a fixed point: find, ask, edit, prove, and again until nothing is left to do.

The engine knows no rule. It is a generator of proposals that a caller answers with apply or skip, so that a dry run,
`--write`, `--interactive` and a bulk run are one loop with four callers.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from typing import TYPE_CHECKING

from migrator.changes import Change
from migrator.circleci.config import Config
from migrator.circleci.secrets.literals import literal_secrets, secrets_of_text
from migrator.circleci.secrets.unnamed import count_unnamed
from migrator.documents import Document, open_document
from migrator.documents.edits import TextEdit, apply_edits, compose
from migrator.engine.asked import NOTHING, Asked
from migrator.engine.before import Before
from migrator.engine.checks import BrokenError, check_all, where
from migrator.engine.choice import of_file
from migrator.engine.fingerprints import Fingerprints, Origin
from migrator.engine.outcomes import Changed, Decision, Failed, Located, Outcome, Unchanged
from migrator.engine.rounds import Found, Round
from migrator.engine.verify import verify
from migrator.engine.views import read_configs, read_siblings, suppressions_of
from migrator.errors import EditError, ReadError, VerifyError
from migrator.parts import Part
from migrator.policy import Policy
from migrator.rule import Finding, Rule, Safety
from migrator.startup.records import cached_property, field, record, replace
from migrator.tree import Node

if TYPE_CHECKING:
    from migrator.engine.suppressions import Suppressions

MAX_PASSES = 10
"""Overlapping fixes wait for a later pass; rules that still have work after so many are reported."""

UNUSED_SUPPRESSION = "unused-suppression"


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


class BySafety:
    """A caller whose answers are known beforehand: fixes of the `wanted` safeties are made, all others are not."""

    def __init__(self, wanted: frozenset[Safety]) -> None:
        self.wanted = wanted

    def __call__(self, proposal: Proposal) -> Decision:
        return Decision.APPLY if proposal.finding.safety in self.wanted else Decision.SKIP


def choose_by_safety(*, review_too: bool) -> BySafety:
    """The caller of `--write` and of a dry run: everything safe, and what needs review where that was asked for."""
    return BySafety(frozenset({Safety.SAFE, Safety.REVIEW} if review_too else {Safety.SAFE}))


def run(
    path: str,
    data: bytes,
    rules: Sequence[Rule],
    policy: Policy,
    choose: Callable[[Proposal], Decision],
    siblings: Sequence[tuple[str, bytes]] = (),
    known: Collection[str] | None = None,
    *,
    asked: Asked = NOTHING,
) -> Outcome:
    """What becomes of one file. Never raises for what the file holds or for what a rule does: that is `Failed`.

    `siblings` are the other files of the same packed source tree, which rules may look at. `known` are the ids of all
    rules, where the caller knows them: a suppression of any other is reported. `asked` is what the outcome has beside.
    """
    collecting = gc.isenabled()
    gc.disable()  # a sixth of the time over real configs: a file's nodes live until its outcome is known
    try:
        return _answered(path, data, rules, policy, choose, siblings, known, asked)
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
    asked: Asked,
) -> Outcome:
    try:
        document = open_document(path, data)
    except ReadError as error:
        secrets = secrets_of_text(data.decode("utf-8", "replace")) - policy.variables
        return Failed(path, str(error), secrets=secrets, unread=True)
    made = choose.wanted if isinstance(choose, BySafety) else frozenset()
    near = read_siblings(siblings)
    steps = migrate(document, path, rules, policy, siblings=near, known=known, made=made, asked=asked)
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
    made: frozenset[Safety] = frozenset(),
    asked: Asked = NOTHING,
) -> Generator[Proposal, Decision, Outcome]:
    """Propose every finding once and apply what is accepted. Returns what became of the file; writes nothing.

    `names` are the fingerprints of the document, where the caller wants to name places as they are named here. `made`
    are the safeties whose fixes the caller accepts in any case: those are planned together. Otherwise a fix is
    proposed as it is right beside what was accepted before it, and nothing else; one that meets or builds on a fix that
    was accepted in the same pass is proposed once that is made, so that what is seen before a yes is what is written.
    `asked` is as for `run`.
    """
    policy, rules = of_file(policy, rules, path)
    migration = _Migration(document, path, rules, policy, siblings, known, names, made, asked)
    try:
        return asked.described((yield from migration.run()), document, migration.document)
    except BrokenError as broken:
        reason = str(broken)
        try:
            migration.look_for_secrets()
        except BrokenError as error:
            reason = f"{reason}; {error}"
        return Failed(path, reason, broken.rule, secrets=frozenset(migration.secrets))


class _Migration:
    def __init__(
        self,
        document: Document,
        path: str,
        rules: Sequence[Rule],
        policy: Policy,
        siblings: Sequence[Config],
        known: Collection[str] | None,
        names: Fingerprints | None,
        made: frozenset[Safety],
        asked: Asked,
    ) -> None:
        self.path, self.rules, self.policy, self.siblings = path, rules, policy, siblings
        self.original = document
        self.document = document
        self.edits: list[TextEdit] = []  # from the original to the document as it is
        self._names = names
        self.answers: dict[tuple[str, bool], Decision] = {}
        self.done: set[str] = set()
        self.refused: dict[str, str] = {}
        self.applied: list[Located] = []
        self.secrets: set[str] = set()
        self.named: set[str] = set()  # those that a finding names, whether or not it is shown
        self._no_secrets = policy.variables
        self._looked = False
        self.suppressions: Suppressions | None = None
        self.ignored: list[Located] = []
        self.known = known
        self.made = made
        self.asked = asked
        self._before: Before | None = None
        self._unmade: set[str] = set()  # by name, what is not made though its safety says so

    @cached_property
    def names(self) -> Fingerprints:
        return self._names or Fingerprints(self.original.parents)  # late: a script without a config has no tree yet

    def run(self) -> Generator[Proposal, Decision, Outcome]:
        left, waited = MAX_PASSES, 0
        while left:
            found = self._findings()
            round_ = Round()
            yield from self._ask(found, round_)
            if self._is_planned_anew(found, round_):
                continue
            if not round_.fixes:
                return self._outcome(found)
            self._apply(round_)
            # As long as fewer and fewer wait there is an end to it.
            left -= not round_.waiting or 0 < waited <= round_.waiting
            waited = round_.waiting
        rules = sorted({each.finding.rule for each in round_.fixes})
        raise BrokenError(
            ", ".join(rules), f"`{'`, `'.join(rules)}` still found something to fix after {MAX_PASSES} passes"
        )

    def _ask(self, found: list[Found], round_: Round) -> Generator[Proposal, Decision, None]:
        """Have every finding answered that was not yet, and take up the accepted fixes that can be made together."""
        secrets = frozenset(self.secrets)
        for each in found:
            located, finding = each.located, each.finding
            key, asked = located.fingerprint, (located.fingerprint, located.fix)
            if asked not in self.answers:  # what could not be fixed before may be fixable now
                if not self.made and located.fix and not round_.fits(self.document, finding):
                    round_.waiting += 1
                    continue
                self.answers[asked] = yield Proposal(located, finding, self.document, secrets)
            if self.answers[asked] is not Decision.APPLY or not located.fix or key in self.refused:
                continue
            try:
                round_.take(self.document, each)
            except EditError as error:
                self.refused[key] = str(error)

    def _is_planned_anew(self, found: list[Found], round_: Round) -> bool:
        """Whether a fix that others were planned with is not made after all, so that they must be found without it."""
        missing = round_.missing(found) - self._unmade
        self._unmade |= missing
        return bool(missing)

    def _is_made(self, rule: str, node: Node, subject: str, waits: bool) -> bool:
        """What rules ask by `Config.is_made`."""
        safety = Safety.REVIEW if waits or self.document.varies else Safety.SAFE
        return safety in self.made and (not self._unmade or self.names.of(rule, node, subject) not in self._unmade)

    def _findings(self) -> list[Found]:
        document = self.document
        self.suppressions = suppressed = suppressions_of(document)
        configs = read_configs(document, self.path, self.siblings, suppressed, self._is_made)
        findings = check_all(self.rules, configs, self.policy, varies=document.varies)
        if findings:
            self.look_for_secrets(configs if document is self.original else None)
        if document is self.original:
            self._before = Before(configs, findings, self.policy, counted=self.asked.inventory)
        for config in configs:
            config.close()
        findings.sort(key=lambda f: (f.node.head, f.rule))
        back = Origin(self.edits)
        result: list[Found] = []
        self.ignored = []
        seen: dict[str, int] = defaultdict(int)
        for finding in findings:
            self.secrets.update(set(finding.secrets) - self._no_secrets)
            self.named.update(finding.secrets)
            name = self.names.of(finding.rule, finding.node, finding.subject)
            key = _numbered(name, seen, self.done)
            line, column = self.original.position(back.of(finding.node.head))
            fix = bool(finding.changes) and finding.safety is not Safety.MANUAL
            located = Located(
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
                counts=finding.counts,
            )
            if suppressed is not None and suppressed.covers(finding.rule, document.position(finding.node.head)[0]):
                self.ignored.append(located)
            else:
                result.append(Found(finding, located, name))
        return result

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
                raise BrokenError("", f"looking for secrets failed: {where(error)}") from error

    def _apply(self, round_: Round) -> None:
        """Make the fixes of a pass, all or none."""
        document, batch, made = self.document, round_.batch, round_.fixes
        edits = document.together(batch.changes, batch.sorted_edits())
        try:
            after = self._proven(document, edits, batch.changes)
        except (ReadError, VerifyError, ValueError) as error:
            rule = self._culprit(document, made)
            raise BrokenError(
                rule, f"an edit of `{rule}` was not made, because it did not give the intended config ({error})"
            ) from None
        self.edits = compose(self.edits, edits, len(self.original.text)) if self.edits else edits
        assert self._before is not None
        needs = self._before.needs_of
        self.applied += [replace(each.located, applied=True, requirements=needs(each.finding)) for each in made]
        self.done.update(each.located.fingerprint for each in made)
        self.document = after
        self.names.follow(self.original.root, self.edits, after.parents)

    @staticmethod
    def _proven(document: Document, edits: list[TextEdit], changes: list[Change]) -> Document:
        after = document.reread(apply_edits(document.text, edits))
        verify(document.root, changes, after.root)
        return after

    def _culprit(self, document: Document, made: list[Found]) -> str:
        """The rule whose fix fails on its own, else all that took part."""
        for each in made:
            changes = list(each.finding.changes)
            try:
                self._proven(document, document.edits(changes), changes)
            except (ReadError, VerifyError, EditError, ValueError):
                return each.finding.rule
        return ", ".join(sorted({each.finding.rule for each in made}))

    def _outcome(self, found: list[Found]) -> Outcome:
        left = [replace(e.located, why_not=self.refused.get(e.located.fingerprint, "")) for e in found]
        if self.applied:
            left = [replace(e, later=later) for e, later in zip(left, self._later(found), strict=True)]
        left += self._unused_suppressions()
        unnamed = count_unnamed(self.secrets, self.named)
        before = self._before
        assert before is not None
        if not self.applied:
            return Unchanged(
                self.path,
                tuple(left),
                frozenset(self.secrets),
                unnamed,
                before.images,
                before.contexts,
                ignored=tuple(self.ignored),
                facts=before.facts,
            )
        return Changed(
            self.path,
            self.original.text,
            self.document.text,
            tuple(self.edits),
            tuple(self.applied),
            tuple(left),
            frozenset(self.secrets),
            self.original.bom,
            unnamed,
            before.images,
            before.contexts,
            ignored=tuple(self.ignored),
            facts=before.facts,
        )

    def _later(self, found: list[Found]) -> Iterator[str]:
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


def _numbered(name: str, seen: dict[str, int], done: Collection[str] = ()) -> str:
    """Tells findings of one name apart by numbers, none of which a fix had that is made already: what is found there
    again is another finding, which nobody has answered."""
    while True:
        seen[name] += 1
        key = name if seen[name] == 1 else f"{name}-{seen[name]}"
        if key not in done:
            return key
