"""The data of a page, compact: every text and every diff is there once, and is referred to by its number.

`templates/data.js` reads it; the two change together. Everything that comes from a config is masked and made visible
here, before anything else sees it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped
from migrator.reports.html_diff import Piece, around, counts, pieces
from migrator.reports.html_page import File, Page, Repository
from migrator.results.differing import Differing, Noted, images_of
from migrator.results.masking import Mask, visible
from migrator.results.meaning import Meaning, meaning_of, sentences
from migrator.results.needs import Needs
from migrator.results.shapes import shape_of
from migrator.rule import Safety

WHOLE_FILES = 12_000_000
"""The page contains at most this many characters of unchanged lines; then only those around changes."""
MESSAGE = 2000
SAFETIES = tuple(Safety)
_NOTHING = (0, 0)


@dataclass(slots=True)
class Shape:
    """One shape: the repositories that have it, and what its sample adds and removes."""

    id: str
    rules: tuple[str, ...]
    repositories: int = 0
    added: int = 0
    removed: int = 0
    differing: Differing = field(default_factory=Differing)


@dataclass(slots=True)
class Content:
    """Everything that the page shows. `data` is for its script; the rest is for what is drawn without one."""

    data: dict[str, Any]
    shapes: list[Shape]
    states: Counter[str]
    findings: dict[str, Counter[Safety]]
    needs: Needs
    changed: int
    ids: set[str]
    mask: Mask


class _Texts:
    """Texts by number; the empty one is 0."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._numbers: dict[str, int] = {"": 0}
        self._masked: dict[str, int] = {"": 0}
        self.size = 0

    def clean(self, text: str) -> int:
        """The number of a text that was masked before."""
        number = self._numbers.setdefault(text, len(self._numbers))
        if number == len(self._numbers) - 1:
            self.size += len(text)
        return number

    def __call__(self, text: str) -> int:
        """The number of any text; its secrets are hidden."""
        number = self._masked.get(text)
        if number is None:
            shown = visible(self._mask.text(text))
            shown = shown if len(shown) <= MESSAGE else f"{shown[:MESSAGE]}… ({len(shown) - MESSAGE:,} more characters)"
            number = self._masked[text] = self.clean(shown)
        return number

    @property
    def all(self) -> list[str]:
        return list(self._numbers)


class _Builder:
    def __init__(self, page: Page) -> None:
        self.page = page
        outcomes = [file.outcome for repository in page.repositories for file in repository.files]
        # One secret is often in several places: all are hidden everywhere.
        self.mask = Mask(secret for outcome in outcomes for secret in outcome.secrets)
        self.text = _Texts(self.mask)
        self.diffs: list[list[Any]] = []
        self._diffs: dict[str, int] = {}
        self._known: dict[tuple[str, str, str], tuple[int, tuple[int, int]]] = {}
        self._shapes: dict[tuple[tuple[str, str, str], ...], str] = {}
        self.shapes: dict[str, Shape] = {}
        self.rules: dict[str, int] = {}
        self.states: Counter[str] = Counter()
        self.findings: dict[str, Counter[Safety]] = defaultdict(Counter)

    def build(self) -> Content:
        rows = [self._repository(each) for each in self.page.repositories]
        shapes = sorted(self.shapes.values(), key=lambda shape: (-shape.repositories, shape.id))
        places = {shape.id: place for place, shape in enumerate(shapes)}
        for row in rows:
            row[1] = places.get(row[1], -1)
        states = list(self.states)
        for row in rows:
            row[2] = states.index(row[2])
        data = {
            "campaign": self.page.campaign,
            "rules": list(self.rules),
            "states": states,
            "shapes": [
                [
                    shape.id,
                    [self.rules[r] for r in shape.rules],
                    shape.added,
                    shape.removed,
                    [self.text(sentence) for sentence in shape.differing.sentences()],
                ]
                for shape in shapes
            ],
            "diffs": self.diffs,
            "repositories": rows,
            "texts": self.text.all,
        }
        outcomes = [file.outcome for repository in self.page.repositories for file in repository.files]
        return Content(
            data,
            shapes,
            self.states,
            dict(sorted(self.findings.items())),
            self.page.needs,
            sum(isinstance(outcome, Changed) for outcome in outcomes),
            set(self.rules),
            self.mask,
        )

    def _repository(self, repository: Repository) -> list[Any]:
        files = [self._file(file) for file in repository.files]
        shape = self._shape(repository, files)
        state = visible(repository.state)
        self.states[state] += 1
        return [
            self.text(repository.name),
            shape,
            state,
            self.text(repository.message),
            self.text.clean(repository.link),
            {"apply": 1, "skip": 2}.get(repository.answer, 0),
            int(repository.open and bool(shape)),
            files,
        ]

    def _file(self, file: File) -> list[Any]:
        outcome = file.outcome
        reason = outcome.reason if isinstance(outcome, Skipped | Failed) else ""
        diff = self._diff(file.path, outcome)[0] if isinstance(outcome, Changed) else -1
        return [
            self.text(file.path),
            type(outcome).__name__.lower(),
            self.text(reason),
            diff,
            self.text.clean(file.link),
            self.text(file.decided_as),
            [self._finding(finding) for finding in _findings(outcome)],
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

    # -- shapes

    def _shape(self, repository: Repository, files: Sequence[list[Any]]) -> str:
        changed = [file.outcome for file in repository.files if isinstance(file.outcome, Changed)]
        if not changed:
            return ""
        name = repository.shape or self._computed(repository, changed)
        shape = self.shapes.get(name)
        if shape is None:
            rules = tuple(dict.fromkeys(finding.rule for each in changed for finding in each.applied))
            sizes = [self._diff(f.path, f.outcome)[1] for f in repository.files if isinstance(f.outcome, Changed)]
            shape = self.shapes[name] = Shape(name, rules, 0, sum(a for a, _ in sizes), sum(r for _, r in sizes))
        shape.repositories += 1
        found = (each for file in repository.files for each in _findings(file.outcome))
        noted = (Noted(each.rule, each.applied, each.warnings) for each in found)
        has_secrets = any(each.secrets for each in changed)
        shape.differing.add(repository.name, noted, images_of(changed), has_secrets=has_secrets)
        return name

    def _computed(self, repository: Repository, changed: Sequence[Changed]) -> str:
        key = tuple((_syntax(each.path), each.before, each.after) for each in changed)
        if key not in self._shapes:
            self._shapes[key] = shape_of(changed, self.mask).id
        return self._shapes[key]

    # -- diffs

    def _diff(self, path: str, changed: Changed) -> tuple[int, tuple[int, int]]:
        """The number of a diff, and how many lines it adds and removes."""
        key = (path, changed.before, changed.after)
        if key not in self._known:
            found = pieces(changed, self.mask, whole=self.text.size < WHOLE_FILES)
            meaning = meaning_of(changed, self.mask)
            self._known[key] = self._stored(found, meaning), counts(found)
        return self._known[key]

    def _stored(self, found: Sequence[Piece], meaning: Meaning) -> int:
        *changes, proof = [self.text.clean(sentence) for sentence in sentences(meaning)]
        row = [[self._piece(piece) for piece in found], changes, proof, int(meaning.proven)]
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


def _syntax(path: str) -> str:
    """The part of a path that decides how it is read."""
    return path.rpartition(".")[2]


def _findings(outcome: Outcome) -> Iterator[Located]:
    """The findings that the diff fixes and the others, in the order of lines."""
    if isinstance(outcome, Skipped):
        return
    done = outcome.applied if isinstance(outcome, Changed) else ()
    yield from sorted((*done, *outcome.left), key=lambda finding: (finding.line, finding.column, finding.rule))


def embedded(data: Any) -> str:
    """Data as JSON that is safe in a page: ASCII, without a character that HTML reads."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
