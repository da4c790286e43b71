"""What a run needs at CircleCI, collected: contexts by organisation, variables by project, and what is there already.

A rule says what one fix needs. Whether that is new is known once all is seen: jobs of the same project may use these
variables from this context today, and other projects of the organisation may name the context. Variables of different
projects are never put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from migrator.circleci.credentials.project import PROJECT
from migrator.engine.outcomes import Changed, Outcome, Unchanged
from migrator.rule import Requirement
from migrator.startup.records import field, record, replace


@record
class Place:
    """A file that needs something. `repository` is whatever tells its repository apart from others of the run.

    `project` and `organization` are slugs of CircleCI, empty where they are not known; `name` is what a person calls
    the repository, empty where there is no other. `target` is the policy's for it: `cloud` or `server`.
    """

    repository: str
    path: str
    project: str = ""
    organization: str = ""
    name: str = ""
    target: str = "cloud"


@record
class Use:
    """What the fixes of one file need, and the contexts that its jobs had before, as outcomes have them."""

    place: Place
    requirements: Sequence[Requirement] = ()
    contexts: Sequence[tuple[str, Sequence[str]]] = ()


@record
class Needed:
    """One need of one organisation or project. `project` is what a person calls the project: its slug, else its name.

    `paths` are the files that need it, `repositories` how many repositories those are in, `target` says whether it is
    needed on CircleCI Cloud or on a Server.
    """

    need: Requirement
    paths: tuple[str, ...] = ()
    project: str = ""
    repositories: int = 1
    target: str = "cloud"


@record
class Needs:
    """`demanded` must exist before a merge; `existing` is needed as it was before, which is no demand."""

    demanded: tuple[Needed, ...] = ()
    existing: tuple[Needed, ...] = ()


def use_of(place: Place, outcome: Outcome) -> Use:
    """What became of a file, as far as it is about needs."""
    needs = (
        [need for finding in outcome.applied for need in finding.requirements] if isinstance(outcome, Changed) else ()
    )
    return Use(place, needs, outcome.contexts if isinstance(outcome, Changed | Unchanged) else ())


def named_by(uses: Iterable[Use]) -> frozenset[tuple[str, str]]:
    """The contexts that jobs have before any change, each with its organisation, where that is known."""
    return frozenset(
        (use.place.organization, name)
        for use in uses
        for name, _ in use.contexts
        if use.place.organization and name != PROJECT
    )


def collect(uses: Iterable[Use], named: frozenset[tuple[str, str]] = frozenset()) -> Needs:
    """Everything that a run needs, each once for its owner, in a fixed order.

    `named` are contexts that configs beside these name, as `named_by` has them.
    """
    uses = list(uses)
    today = _Today(uses, named | named_by(uses))
    demanded: dict[tuple[str, ...], _Merged] = {}
    existing: dict[tuple[str, ...], _Merged] = {}
    found = [(part, use.place) for use in uses for need in use.requirements
             for part in today.parts(_owned(need, use.place), use.place)]  # fmt: skip
    for part, place in found:
        merged = demanded if part.new else existing
        merged.setdefault(_key(part, place), _Merged(part, place)).add(part, place)
    return Needs(*(tuple(merged[key].needed() for key in sorted(merged)) for merged in (demanded, existing)))


def _owned(need: Requirement, place: Place) -> Requirement:
    owner = need.owner or (place.organization if need.kind == "context" else place.project)
    return replace(need, owner=owner) if owner != need.owner else need


def _key(need: Requirement, place: Place) -> tuple[str, ...]:
    """What one need is: that of a context in its organisation, that of variables in their project for one reason."""
    if need.kind == "context":
        # Contexts whose organisation is not known may be of several.
        return need.kind, need.name, need.owner, place.target, "" if need.owner else "named" * bool(need.today)
    return need.kind, need.name, need.owner, place.target, "" if need.owner else place.repository, *need.today


class _Today:
    """What is there before any change, as far as configs tell."""

    def __init__(self, uses: Iterable[Use], named: frozenset[tuple[str, str]]) -> None:
        self._used: dict[tuple[str, str], set[str]] = {}
        self._named = named
        for use in uses:
            repository = use.place.repository
            for name, variables in use.contexts:
                self._used.setdefault((repository, name), set()).update(variables)
            for need in use.requirements:
                if not need.new and need.kind != "context" and not need.today:
                    self._used.setdefault((repository, PROJECT), set()).update(need.variables)

    def parts(self, need: Requirement, place: Place) -> Iterator[Requirement]:
        """A need as it is: what is there already, and what is not."""
        if not need.new:
            yield need
            return
        is_context = need.kind == "context"
        source = need.name if is_context else PROJECT
        used = self._used.get((place.repository, source))
        there = tuple(name for name in need.variables if name in (used or ()))
        missing = tuple(name for name in need.variables if name not in there)
        today = (need.name,) if is_context else ()
        if there or (is_context and used is not None and not missing):
            yield replace(need, variables=there, new=False, today=today)
        if missing or (used is None and not need.variables):
            is_named = used is not None or (need.owner, need.name) in self._named
            yield replace(need, variables=missing, today=today if is_context and is_named else need.today)


@record(frozen=False, eq=False)
class _Merged:
    need: Requirement
    place: Place
    variables: dict[str, None] = field(default_factory=dict)
    paths: dict[str, None] = field(default_factory=dict)
    repositories: dict[str, None] = field(default_factory=dict)
    reasons: dict[str, None] = field(default_factory=dict)

    def add(self, need: Requirement, place: Place) -> None:
        self.variables.update(dict.fromkeys(need.variables))
        self.paths[place.path] = None
        self.repositories[place.repository] = None
        if need.reason:
            self.reasons[need.reason] = None

    def needed(self) -> Needed:
        need = replace(self.need, variables=tuple(self.variables), reason="; ".join(self.reasons))
        project = "" if need.kind == "context" else need.owner or self.place.name
        return Needed(need, tuple(self.paths), project, len(self.repositories), self.place.target)
