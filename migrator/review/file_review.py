"""Decides about one file: the engine's generator, answered by earlier decisions, else by a person.

The generator only goes forward. Going back starts it again from the file as it was read: fingerprints match
answers to proposals, so a person sees the same findings again, and what follows from another answer.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping, Sequence
from functools import partial

from migrator.circleci.config import Config
from migrator.documents import Document
from migrator.engine.choice import of_file
from migrator.engine.fingerprints import Fingerprints
from migrator.engine.outcomes import Changed, Decision, Located, Outcome
from migrator.engine.passes import Proposal, migrate
from migrator.errors import EditError
from migrator.policy import Policy
from migrator.results.decisions import Answer, Values
from migrator.review.given import Act, Given, Memory, decision_of
from migrator.review.values import Chosen, Setting, place_of, settings_of, with_chosen, with_values
from migrator.review.walk import Walk
from migrator.rule import Rule


class FileReview:
    """One file between being read and being written.

    `proposal` waits for an answer; once there is none, `outcome` is what became of the file. `listed` are the
    findings of a run without any answer.
    """

    def __init__(
        self,
        path: str,
        document: Document,
        rules: Sequence[Rule],
        policy: Policy,
        memory: Memory,
        *,
        listed: Sequence[Located] = (),
        everywhere: MutableMapping[str, Given] | None = None,
        values: Values = (),
        siblings: Sequence[Config] = (),
        known: Collection[str] | None = None,
    ) -> None:
        self.path = path
        self.listed = listed
        self._numbers = {each.fingerprint: number for number, each in enumerate(listed, 1)}
        self.proposal: Proposal | None = None
        self.outcome: Outcome | None = None
        self._document = document
        self._chosen = Chosen()
        self._chosen.rest = values
        rules_here = with_chosen(rules, self._chosen)
        self._run = partial(migrate, document, path, rules_here, policy, siblings=siblings, known=known)
        self._own_policy = of_file(policy, rules, path)[0]
        self._memory = memory
        self._everywhere: MutableMapping[str, Given] = {} if everywhere is None else everywhere
        self._here: dict[str, Given] = {}
        self._answers: dict[str, Given] = {}
        self._acts: list[Act] = []
        self._revisited = ""
        self._sought = ""
        """The place of the finding to show next, whatever is proposed before it; empty for whichever comes first."""

        self._passed_over = self._is_stale = False
        self._walk: Walk
        self._recall()
        self._restart()

    def _recall(self) -> None:
        """Load the values of earlier answers before the rules run for the first time."""
        for each in self.listed:
            if given := self._memory.find(each.rule, each.fingerprint):
                self._chosen.of_fingerprint[each.fingerprint] = given.values

    @property
    def number(self) -> int:
        """The number of the shown finding among the listed ones, from 1; one that came up later has the next number."""
        assert self.proposal is not None
        shown = self.proposal.located.fingerprint
        return self._numbers.get(shown) or len(self._answers.keys() - {self._revisited}) + 1

    @property
    def given(self) -> Given | None:
        """The answer that the shown finding had when the person went back to it."""
        return self._answers.get(self._revisited) if self._revisited else None

    @property
    def policy(self) -> Policy:
        """The policy by which the shown finding was made."""
        return with_values(self._own_policy, self.values)

    @property
    def values(self) -> Values:
        """The changed values of the shown finding."""
        if self.proposal is None:
            return self._chosen.rest
        if self._chosen.of_place and (drafted := self._chosen.of_place.get(self._place(self.proposal))) is not None:
            return drafted
        return self._chosen.of_fingerprint.get(self.proposal.located.fingerprint, self._chosen.rest)

    @property
    def settings(self) -> list[Setting]:
        """What can be changed in the fix that is shown."""
        assert self.proposal is not None
        if not self.proposal.located.fix:
            return []
        return settings_of(self.proposal.finding, self.proposal.document.parents, self.policy)

    def answer(self, answer: Answer) -> None:
        """Decide about the shown finding alone."""
        self._give(answer, Act())

    def answer_rule(self, answer: Answer, *, everywhere: bool) -> None:
        """Decide about the shown finding and all others of its rule in this file, or also in the files after it."""
        assert self.proposal is not None
        rule = self.proposal.located.rule
        self._give(answer, Act(rule=rule, everywhere=everywhere))

    def _give(self, answer: Answer, act: Act) -> None:
        assert self.proposal is not None
        located = self.proposal.located
        given = Given(answer, self.values if answer is Answer.APPLY else ())
        is_first = self._is_open(located)
        self._forget(located.fingerprint)
        if self._chosen.of_place:
            self._chosen.of_place.pop(self._place(self.proposal), None)
        self._settle({located.fingerprint: located.rule}, given, act)
        if act.rule:
            rest = Given(answer, self._chosen.rest if answer is Answer.APPLY else ())
            (self._everywhere if act.everywhere else self._here)[act.rule] = rest
            same = [each for each in self.listed if each.rule == act.rule and self._is_open(each)]
            self._cover(same, rest, act)
        self._acts.append(act)
        self._revisited = ""
        if self._passed_over or self.proposal is not self._walk.frontier:
            self._restart()
            if is_first:
                self._continue_after(located.fingerprint)
        else:
            self._advance(decision_of(given))

    def _continue_after(self, answered: str) -> None:
        """Show the next open finding below one that was answered before others above it; else the first open one."""
        if self.proposal is None:
            return
        places = [each.fingerprint for each in self._places()]
        behind = places[places.index(answered) + 1 :] if answered in places else []
        still = {each.fingerprint for each in self.left()}
        if self.proposal.located.fingerprint in behind:
            return
        for fingerprint in behind:
            if fingerprint in still and self.look(fingerprint):
                return

    def _places(self) -> list[Located]:
        """All findings that there are to look at, in their order; those that came up later are the last."""
        later = (each.located for each in self._walk.passed.values() if each.located.fingerprint not in self._numbers)
        return [*self.listed, *later]

    def left(self) -> list[Located]:
        """The findings that wait for an answer, as far as they are known."""
        return [each for each in self._places() if self._is_open(each)]

    def step(self, by: int) -> bool:
        """Show the next finding (1) or the one before (-1) without deciding; false where there is none."""
        assert self.proposal is not None
        places = [each.fingerprint for each in self._places()]
        shown = self.proposal.located.fingerprint
        at = places.index(shown) + by
        while 0 <= at < len(places):
            if self.look(places[at]):
                return True
            at += by
        return False

    def look(self, fingerprint: str) -> bool:
        """Show this finding without deciding about the shown one; false where it does not come up any more."""
        if self._chosen.drop():
            self._restart()
        shown = self.proposal
        if fingerprint not in self._walk.passed:
            self._pass_to(fingerprint)
        found = self._walk.passed.get(fingerprint)
        self.proposal = found or shown
        if found is not None:
            self._revisited = fingerprint
        return found is not None

    def _pass_to(self, fingerprint: str) -> None:
        """Let the engine go on to this finding, or to the end."""
        proposal = self._walk.frontier
        while proposal is not None and proposal.located.fingerprint != fingerprint:
            given = self._known(proposal.located) or self._covered(proposal.located)
            self._passed_over = self._passed_over or given is None
            proposal = self._after(given)

    def resume(self, values: Values | None = None) -> None:
        """Go on after other files were shown meanwhile, with these values for what is undecided, if any."""
        self._chosen.rest = self._chosen.rest if values is None else values
        self._chosen.drop()
        self._revisited = ""
        self._restart()

    def _is_open(self, each: Located) -> bool:
        return each.fingerprint not in self._answers and self._memory.find(each.rule, each.fingerprint) is None

    def _cover(self, found: Sequence[Located], given: Given, act: Act) -> None:
        """Answer findings that nobody saw. One without a fix cannot be applied, only read."""
        self._settle({each.fingerprint: each.rule for each in found if each.fix}, given, act)
        if given.answer is Answer.SKIP:
            self._settle({each.fingerprint: each.rule for each in found if not each.fix}, Given(Answer.READ), act)

    def _settle(self, keys: dict[str, str], given: Given, act: Act) -> None:
        if not keys:
            return
        self._memory.keep([(rule, key) for key, rule in keys.items()], given)
        act.keys.update(keys)
        for key in keys:
            self._answers[key] = given
            # Kept even if no value was changed: the fix stays as it was shown, whatever values later fixes get.
            self._chosen.of_fingerprint[key] = given.values

    def _forget(self, key: str) -> None:
        self._answers.pop(key, None)
        self._chosen.of_fingerprint.pop(key, None)
        for act in self._acts:
            act.keys.pop(key, None)
        self._acts = [act for act in self._acts if act.keys]

    def back(self) -> bool:
        """Show the last decision again, or the one before where one is shown; false where there is none."""
        at = self._at()
        if at == 0:
            return False
        self._chosen.drop()
        self._revisited = next(iter(self._acts[at - 1].keys))
        self._restart()
        return True

    def undo(self) -> bool:
        """Undo the last decision with all that it covered, or the one that is shown again."""
        act = self._shown_act() or (self._acts[-1] if self._acts else None)
        if act is None:
            return False
        self._chosen.drop()
        for key, rule in act.keys.items():
            self._answers.pop(key, None)
            self._chosen.of_fingerprint.pop(key, None)
            self._memory.keep([(rule, key)], Given(Answer.OPEN))
        if act.rule:
            (self._everywhere if act.everywhere else self._here).pop(act.rule, None)
        self._acts.remove(act)
        self._revisited = ""
        self._restart()
        return True

    def _shown_act(self) -> Act | None:
        return next((act for act in self._acts if self._revisited in act.keys), None) if self._revisited else None

    def _at(self) -> int:
        act = self._shown_act()
        return self._acts.index(act) if act else len(self._acts)

    def change(self, values: Values, *, rest: bool) -> bool:
        """Run the rules with other values for the shown finding, and for all undecided ones if `rest`.

        False, with nothing changed, if its fix is the same with them.
        """
        assert self.proposal is not None
        chosen, shown, place = self._chosen, self.proposal, self._place(self.proposal)
        before = chosen.rest, chosen.of_place.copy(), self._revisited
        if rest:
            chosen.rest = values
        chosen.draft(place, values, decided=shown.located.fingerprint in self._answers)
        # With other values it may meet a fix that is made before it, and so be proposed later than others.
        self._sought = place
        self._restart()
        self._sought = ""
        if self.proposal is not None and self._place(self.proposal) == place and _differ(shown, self.proposal):
            return True
        chosen.rest, chosen.of_place, self._revisited = before
        self.outcome = None
        self._restart()
        return False

    def skip(self) -> None:
        """Leave the file unchanged and record that for every known finding."""
        fixes = {each.fingerprint: each.rule for each in self.listed if each.fix} | self._fixed()
        notes = {each.fingerprint: each.rule for each in self.listed if not each.fix}
        self._settle(fixes, Given(Answer.SKIP), Act())
        self._settle({k: rule for k, rule in notes.items() if k not in self._answers}, Given(Answer.READ), Act())
        self._end(nothing=True)

    def _fixed(self) -> dict[str, str]:
        keys = {k: rule for act in self._acts for k, rule in act.keys.items()}
        return {k: rule for k, rule in keys.items() if self._answers[k].answer is Answer.APPLY}

    def finish(self) -> None:
        """End with what is decided; what is open stays open."""
        self._revisited = ""
        self._end(nothing=False)

    def _end(self, *, nothing: bool) -> None:
        self._chosen.drop()
        self._walk = self._started()
        proposal = self._walk.go_on(None)
        while proposal is not None:
            proposal = self._after(None if nothing else self._known(proposal.located))
        self.proposal, self.outcome = None, self._walk.outcome

    def carry(self) -> None:
        """Store decisions about remaining findings under the fingerprints that they have once the file is written."""
        for left in self.outcome.left if isinstance(self.outcome, Changed) else ():
            if left.later and left.later != left.fingerprint:
                given = self._answers.get(left.fingerprint) or Given(Answer.OPEN)
                if given.answer is not Answer.OPEN or self._memory.find(left.rule, left.later):
                    self._memory.keep([(left.rule, left.later)], given)

    def _started(self) -> Walk:
        names = self._chosen.names = Fingerprints(self._document.parents)
        return Walk(self._run(names=names))

    def _restart(self) -> None:
        self._passed_over = False
        self._walk = self._started()
        self._advance(None)
        if self._revisited and (self.proposal is None or self.proposal.located.fingerprint != self._revisited):
            # Other answers removed that finding: there is nothing to show again.
            self._revisited = ""
            self.outcome = None
            self._restart()

    def _advance(self, decision: Decision | None) -> None:
        """Continue to the next undecided proposal, or to the one that is shown again."""
        proposal = self._walk.go_on(decision)
        while proposal is not None and not self._is_sought(proposal):
            given = self._known(proposal.located) or self._covered(proposal.located)
            if given is None and not self._revisited and not self._sought:
                break
            self._passed_over = self._passed_over or given is None
            proposal = self._after(given)
        self.proposal, self.outcome = proposal, self._walk.outcome

    def _is_sought(self, proposal: Proposal) -> bool:
        if self._sought:
            return self._place(proposal) == self._sought
        return proposal.located.fingerprint == self._revisited

    def _known(self, located: Located) -> Given | None:
        given = self._answers.get(located.fingerprint)
        if given and given.answer is Answer.READ and located.fix:
            return None  # it could only be read before another fix was made
        if given is None and (given := self._memory.find(located.rule, located.fingerprint)):
            if given.answer is Answer.READ and located.fix:
                return None
            self._answers[located.fingerprint] = given
            self._acts.append(Act({located.fingerprint: located.rule}))
            before = self._chosen.of_fingerprint.get(located.fingerprint, self._chosen.rest)
            self._chosen.of_fingerprint[located.fingerprint] = given.values
            self._is_stale = given.answer is Answer.APPLY and given.values != before
        return given

    def _after(self, given: Given | None) -> Proposal | None:
        """What is proposed next; from the start again after an answer with values that the rules did not know of."""
        if not self._is_stale:
            return self._walk.go_on(decision_of(given))
        self._is_stale = False
        self._walk = self._started()
        return self._walk.go_on(None)

    def _covered(self, located: Located) -> Given | None:
        """The answer that a decision about a whole rule gives to a finding that came up now."""
        given = self._here.get(located.rule) or self._everywhere.get(located.rule)
        if given is None or (not located.fix and given.answer is Answer.APPLY):
            return None
        same = [each for each in self.listed if each.rule == located.rule and self._is_open(each)]
        act = next((act for act in self._acts if act.rule == located.rule), None)
        if act is None:
            act = Act(rule=located.rule, everywhere=True)
            self._acts.append(act)
        self._cover([located, *same], given, act)
        return self._answers[located.fingerprint]

    def _place(self, proposal: Proposal) -> str:
        assert self._chosen.names is not None
        return place_of(proposal.finding, self._chosen.names)


def _differ(one: Proposal, other: Proposal) -> bool:
    try:
        return one.edits() != other.edits()
    except EditError:
        return True
