"""What CircleCI said of the needs of a campaign, as the ledger keeps it: with the time, and without any token."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from migrator.accounts.model import State
from migrator.bulk.ledger import Ledger
from migrator.results.needs import Needed, Place
from migrator.results.prerequisites import listed
from migrator.rule import Requirement

_SETTING = "circleci"


@dataclass
class OfContext:
    """`holds` are the names of its variables, `None` where they are not known. `troubles` say by project why its jobs
    do not get the context; `why` is what CircleCI did not say."""

    state: str = State.UNKNOWN
    holds: list[str] | None = None
    troubles: dict[str, str] = field(default_factory=dict)
    why: str = ""


@dataclass
class OfProject:
    """The states of its variables, by their names."""

    variables: dict[str, str] = field(default_factory=dict)
    why: str = ""


@dataclass
class OfOrganization:
    contexts: dict[str, OfContext] = field(default_factory=dict)
    projects: dict[str, OfProject] = field(default_factory=dict)
    why: str = ""


@dataclass
class Answers:
    """What one CircleCI said. `asked` is the time in seconds since 1970, 0 where it was not asked; `why` says why."""

    url: str = ""
    asked: int = 0
    why: str = ""
    organizations: dict[str, OfOrganization] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Answers:
        organizations = {
            slug: OfOrganization(
                {name: OfContext(**context) for name, context in each["contexts"].items()},
                {name: OfProject(**project) for name, project in each["projects"].items()},
                each["why"],
            )
            for slug, each in stored["organizations"].items()
        }
        return cls(stored["url"], stored["asked"], stored["why"], organizations)

    @property
    def when(self) -> str:
        """The time in words, in UTC."""
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.asked))

    def of(self, needed: Needed, place: Place) -> Verdict:
        """What it said of one need of a repository."""
        need = needed.need
        if not self.asked:
            return Verdict(State.UNKNOWN, self.why or "CircleCI was not asked")
        organization = self.organizations.get(need.owner if need.kind == "context" else place.organization)
        if organization is None:
            return Verdict(State.UNKNOWN, "CircleCI was not asked about it; plan again")
        if organization.why:
            return Verdict(State.UNKNOWN, organization.why)
        of_project = organization.projects.get(place.project or place.name)
        if need.kind == "context":
            return _of_context(need, organization.contexts.get(need.name), of_project, place)
        return _of_variables(need, organization, of_project, place.project or place.name)


@dataclass(frozen=True)
class Verdict:
    """`why` is what is missing, or why that is not known."""

    state: State
    why: str = ""


_PRESENT = Verdict(State.PRESENT)


def _of_context(need: Requirement, found: OfContext | None, project: OfProject | None, place: Place) -> Verdict:
    if found is None:
        return Verdict(State.UNKNOWN, "CircleCI was not asked about it; plan again")
    if found.state == State.MISSING:
        return Verdict(State.MISSING, f"the context {need.name} does not exist in {need.owner}")
    if found.state == State.UNKNOWN or (found.holds is None and need.variables):
        return Verdict(State.UNKNOWN, found.why)
    if trouble := found.troubles.get(place.project or place.name):
        return Verdict(State.MISSING, f"{need.name}: {trouble}")
    lacking = [name for name in need.variables if name not in (found.holds or ())]
    states = {name: (project.variables if project else {}).get(name, State.UNKNOWN) for name in lacking}
    missing = tuple(name for name, state in states.items() if state == State.MISSING)
    if missing:
        return Verdict(State.MISSING, f"the context {need.name} of {need.owner} lacks {listed(missing)}")
    unknown = tuple(name for name, state in states.items() if state == State.UNKNOWN)
    if unknown:
        why = f" ({project.why})" if project and project.why else ""
        return Verdict(State.UNKNOWN, f"{need.name} lacks {listed(unknown)}, which the project may have{why}")
    return _PRESENT


def _of_variables(need: Requirement, organization: OfOrganization, project: OfProject | None, name: str) -> Verdict:
    if project is None or project.why:
        return Verdict(State.UNKNOWN, project.why if project else "CircleCI was not asked about it; plan again")
    contexts = [organization.contexts.get(name) for name in need.today]
    held = {name for each in contexts if each is not None for name in each.holds or ()}
    states = {name: project.variables.get(name, State.UNKNOWN) for name in need.variables if name not in held}
    is_open = any("<<" in each for each in need.today)  # an expression decides
    if not is_open and (missing := tuple(each for each, state in states.items() if state == State.MISSING)):
        return Verdict(State.MISSING, f"the project {name} lacks {listed(missing)}")
    if unknown := tuple(each for each, state in states.items() if state != State.PRESENT):
        return Verdict(State.UNKNOWN, f"it is not known whether the project {name} has {listed(unknown)}")
    return _PRESENT


def stored(ledger: Ledger) -> Answers:
    """What CircleCI said when it was last asked."""
    found = ledger.setting(_SETTING)
    return Answers.from_json(found) if found else Answers()


def keep(ledger: Ledger, answers: Answers) -> None:
    ledger.set_settings(**{_SETTING: answers.to_json()})
