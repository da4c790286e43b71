"""What a person said about one repository's change, as the ledger keeps it: bound to the change that was seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from migrator.bulk.entry import Entry
from migrator.bulk.states import State
from migrator.results.decisions import Answer
from migrator.results.kinds.review import answer_of

_BY_STATE = {State.APPROVED: Answer.APPLY, State.REJECTED: Answer.SKIP}


class Answers(NamedTuple):
    """`kinds` by their ids; `own` is about the repository itself and wins. `reason` is why it is not wanted."""

    kinds: Mapping[str, Answer]
    own: Answer | None = None
    reason: str = ""

    def decided(self, kinds: Iterable[str]) -> Answer | None:
        """What that makes of a change with these kinds; `None` while it waits."""
        return self.own or answer_of(kinds, self.kinds)


def answers_of(entry: Entry) -> Answers:
    """The answers about what is planned now: about an earlier change nothing was said of this one."""
    if entry.answers:
        stored = json.loads(entry.answers)
        if stored["change"] == entry.change:
            kinds = {kind: Answer(answer) for kind, answer in stored["kinds"].items()}
            return Answers(kinds, Answer(stored["own"]) if stored["own"] else None, stored["reason"])
    # A ledger of an earlier version has only what became of it.
    return Answers({}, _BY_STATE.get(entry.state) if entry.decided == entry.change else None)


def stored(entry: Entry, answers: Answers) -> str:
    """The answers as the ledger has them; the same answers are the same text."""
    fields = {
        "change": entry.change,
        "kinds": {kind: answer.value for kind, answer in answers.kinds.items()},
        "own": answers.own.value if answers.own else "",
        "reason": answers.reason,
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))
