"""The data of a page, compact: every text and every diff is there once, and is referred to by its number.

`templates/scripts/data.js` reads it; the two change together. Everything that comes from a config is masked and made
visible here, before anything else sees it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from migrator.engine.outcomes import Changed, Failed, Located, Skipped, by_line
from migrator.reports.html_diff import Piece, around, pieces
from migrator.reports.html_kinds import Kinds, Unit, runs_in
from migrator.reports.html_page import File, Page, Repository
from migrator.reports.html_texts import Names, Texts
from migrator.results.kinds.found import Found, kinds_of
from migrator.results.masking import Mask, visible
from migrator.results.meaning import Meaning, meaning_of, sentences
from migrator.results.needs import Needs
from migrator.rule import Safety

WHOLE_FILES = 6_000_000
"""The page contains at most this many characters of unchanged lines; then only those around changes."""
SAFETIES = tuple(Safety)
_ANSWERS = {"apply": 1, "skip": 2}
_RUNS = 4
"""Where in a diff its kinds are, by the first line of each run of changed lines."""


@dataclass(slots=True)
class Content:
    """Everything that the page shows. `data` is for its script; the rest is for what is drawn without one."""

    data: dict[str, Any]
    units: list[Unit]
    states: Counter[str]
    findings: dict[str, Counter[Safety]]
    needs: Needs
    changed: int
    ids: set[str]
    mask: Mask
    teams_by: str = ""
    teams: list[tuple[str, int]] = field(default_factory=list)


class _Builder:
    def __init__(self, page: Page) -> None:
        self.page = page
        outcomes = [file.outcome for repository in page.repositories for file in repository.files]
        # One secret is often in several places: all are hidden everywhere.
        self.mask = Mask(secret for outcome in outcomes for secret in outcome.secrets)
        self.text = Texts(self.mask)
        self.diffs: list[list[Any]] = []
        self._diffs: dict[str, int] = {}
        self._known: dict[tuple[str, str, str], int] = {}
        self._found: dict[tuple[tuple[str, str, str], ...], tuple[Found, ...]] = {}
        self.kinds = Kinds()
        self.owners, self.topics, self.hosts = (Names(self.mask) for _ in range(3))
        self.rules: dict[str, int] = {}
        self.states: Counter[str] = Counter()
        self.findings: dict[str, Counter[Safety]] = defaultdict(Counter)

    def build(self) -> Content:
        rows = [self._repository(number, each) for number, each in enumerate(self.page.repositories)]
        units, having = self.kinds.units()
        places = {unit.id: place for place, unit in enumerate(units)}
        states = list(self.states)
        for number, row in enumerate(rows):
            row[1] = having.get(number, ())
            said = dict(self.page.repositories[number].answers)
            row.append([_ANSWERS.get(said.get(units[place].id, ""), 0) for place in row[1]] if said else 0)
            row[2] = states.index(row[2])
        for diff in self.diffs:
            diff[_RUNS] = [[line, *(places[kind] for kind in kinds)] for line, kinds in diff[_RUNS].items()]
        teams_by = "owner" if self.owners.all else "topic" if self.topics.all else ""
        data = {
            "campaign": self.page.campaign,
            "seen": self.page.seen,
            "rules": list(self.rules),
            "states": states,
            "owners": self.owners.all,
            "topics": self.topics.all,
            "hosts": self.hosts.all,
            "teams": teams_by,
            "units": [self._unit(unit) for unit in units],
            "diffs": self.diffs,
            "repositories": rows,
            "texts": self.text.all,
        }
        outcomes = [file.outcome for repository in self.page.repositories for file in repository.files]
        return Content(
            data,
            units,
            self.states,
            dict(sorted(self.findings.items())),
            self.page.needs,
            sum(isinstance(outcome, Changed) for outcome in outcomes),
            set(self.rules),
            self.mask,
            teams_by,
            (self.topics if teams_by == "topic" else self.owners).counts.most_common(),
        )

    def _unit(self, unit: Unit) -> list[Any]:
        rules = [self.rules[rule] for rule in unit.rules]
        facts = [[self.text(words), members] for words, members in unit.facts]
        return [unit.id, self.text(unit.name), unit.sample, rules, facts]

    def _repository(self, number: int, repository: Repository) -> list[Any]:
        found = self._kinds(number, repository)
        files = [self._file(file, found) for file in repository.files]
        state = visible(repository.state)
        self.states[state] += 1
        return [
            self.text(repository.name),
            (),
            state,
            self.text(repository.message),
            self.text.clean(repository.link),
            _ANSWERS.get(repository.answer, 0),
            int(repository.open and any(isinstance(file.outcome, Changed) for file in repository.files)),
            files,
            [self.owners(name) for name in repository.owners],
            [self.topics(name) for name in repository.topics],
            self.hosts(repository.host),
            self.text(repository.reason),
            repository.change,
        ]

    def _file(self, file: File, found: Sequence[Found]) -> list[Any]:
        outcome = file.outcome
        reason = outcome.reason if isinstance(outcome, Skipped | Failed) else ""
        diff = self._diff(outcome, found) if isinstance(outcome, Changed) else -1
        return [
            self.text(file.path),
            type(outcome).__name__.lower(),
            self.text(reason),
            diff,
            self.text.clean(file.link),
            self.text(file.decided_as),
            [self._finding(finding) for finding in by_line(outcome)],
        ]

    def _finding(self, finding: Located) -> list[Any]:
        self.findings[finding.rule][finding.safety] += 1
        row: list[Any] = [
            self.rules.setdefault(finding.rule, len(self.rules)),
            finding.line,
            SAFETIES.index(finding.safety),
            int(finding.applied),
            self.text(finding.message),
            finding.fingerprint if not self.page.campaign and finding.fix else 0,
            [self.text(warning) for warning in finding.warnings],
            self.text(finding.why_not),
        ]
        while row[-1] in (0, []):
            row.pop()
        return row

    # -- kinds

    def _kinds(self, number: int, repository: Repository) -> tuple[Found, ...]:
        """The kinds of what changes in a repository."""
        changed = [file.outcome for file in repository.files if isinstance(file.outcome, Changed)]
        if not changed:
            return ()
        found = repository.kinds or self._computed(changed)
        findings = (each for file in repository.files for each in by_line(file.outcome))
        size = sum(len(edit.text) + edit.end - edit.start for each in changed for edit in each.edits)
        self.kinds.add(number, found, findings, size=size, has_secrets=any(each.secrets for each in changed))
        return found

    def _computed(self, changed: Sequence[Changed]) -> tuple[Found, ...]:
        key = tuple((each.path, each.before, each.after) for each in changed)
        if key not in self._found:
            self._found[key] = kinds_of(changed, self.mask)
        return self._found[key]

    # -- diffs

    def _diff(self, changed: Changed, found: Sequence[Found]) -> int:
        """The number of a diff."""
        key = (changed.path, changed.before, changed.after)
        if key not in self._known:
            shown = pieces(changed, self.mask, whole=self.text.size < WHOLE_FILES)
            runs = runs_in(changed.path, found, self.mask)
            self._known[key] = self._stored(shown, meaning_of(changed, self.mask), runs)
        return self._known[key]

    def _stored(self, found: Sequence[Piece], meaning: Meaning, runs: dict[int, list[str]]) -> int:
        *changes, proof = [self.text.clean(sentence) for sentence in sentences(meaning)]
        row: list[Any] = [[self._piece(piece) for piece in found], changes, proof, int(meaning.proven), runs]
        if self.text.size > WHOLE_FILES:
            row[0] = [self._piece(piece) for piece in around(found)]
        name = json.dumps(row)
        if name not in self._diffs:
            self._diffs[name] = len(self.diffs)
            self.diffs.append(row)
        return self._diffs[name]

    def _piece(self, piece: Piece) -> Any:
        if isinstance(piece, int):
            return piece
        if isinstance(piece, list):
            return [self.text.clean(line) for line in piece]
        return [[self.text.clean(line) for line in side] for side in piece]


def content_of(page: Page) -> Content:
    """Everything that the page shows, in time linear in what it is made from."""
    content = _Builder(page).build()
    content.data["key"] = page.campaign or _digest(content.data)
    return content


def _digest(data: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def embedded(data: Any) -> str:
    """Data as JSON that is safe in a page: ASCII, without a character that HTML reads."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
