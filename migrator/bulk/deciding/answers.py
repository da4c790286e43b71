"""What a person said about one repository's change, as the ledger keeps it: bound to the change that was seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from migrator.bulk.entry import Entry
from migrator.bulk.states import State
from migrator.results.decisions import Answer
from migrator.results.kinds.review import answer_of

_BY_STATE = {State.APPROVED: Answer.APPLY, State.REJECTED: Answer.SKIP}


OWN = ""
"""What `Answers.reasons` calls the repository itself."""


class Answers(NamedTuple):
    """`kinds` by their ids; `own` is about the repository itself and wins. `reasons` say why a kind, or under the empty
    name the repository, is not wanted."""

    kinds: Mapping[str, Answer]
    own: Answer | None = None
    reasons: Mapping[str, str] = MappingProxyType({})

    def decided(self, kinds: Iterable[str]) -> Answer | None:
        """What that makes of a change with these kinds; `None` while it waits."""
        return self.own or answer_of(kinds, self.kinds)

    @property
    def reason(self) -> str:
        """Why it is rejected, where somebody said so: the same words in whatever order the answers were given."""
        if self.own is not None:
            return self.reasons.get(OWN, "")
        return "; ".join(sorted({reason for kind, reason in self.reasons.items() if kind != OWN}))

    def with_own(self, answer: Answer | None, reason: str) -> Answers:
        return self._replace(own=answer, reasons=self._because({OWN: answer}, reason))

    def with_kinds(self, said: Mapping[str, Answer | None], reason: str) -> Answers:
        kinds = {kind: answer for kind, answer in {**self.kinds, **said}.items() if answer is not None}
        return self._replace(kinds=kinds, reasons=self._because(said, reason))

    def _because(self, said: Mapping[str, Answer | None], reason: str) -> dict[str, str]:
        kept = {name: why for name, why in self.reasons.items() if name not in said}
        return {**kept, **{name: reason for name, answer in said.items() if answer is Answer.SKIP and reason}}


def answers_of(entry: Entry) -> Answers:
    """The answers about what is planned now: about an earlier change nothing was said of this one."""
    if entry.answers:
        stored = json.loads(entry.answers)
        if stored["change"] == entry.change:
            kinds = {kind: Answer(answer) for kind, answer in stored["kinds"].items()}
            return Answers(kinds, Answer(stored["own"]) if stored["own"] else None, stored["reasons"])
    # A ledger of an earlier version has only what became of it.
    return Answers({}, _BY_STATE.get(entry.state) if entry.decided == entry.change else None)


def stored(entry: Entry, answers: Answers) -> str:
    """The answers as the ledger has them; the same answers are the same text."""
    if not answers.kinds and answers.own is None:
        return ""
    fields = {
        "change": entry.change,
        "kinds": {kind: answer.value for kind, answer in answers.kinds.items()},
        "own": answers.own.value if answers.own else "",
        "reasons": dict(answers.reasons),
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))
