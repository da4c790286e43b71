"""Asking CircleCI about the needs of a campaign: the contexts of each organisation once, and only the projects on which
something depends. Whatever fails is noted, and ends nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event
from typing import TYPE_CHECKING

from migrator.accounts import wanted
from migrator.accounts.model import State
from migrator.accounts.tokens import find_token
from migrator.bulk.ledger import Ledger
from migrator.bulk.needs.answers import Answers, OfContext, OfOrganization, OfProject, keep
from migrator.bulk.needs.collecting import demanded
from migrator.circleci.mentions import Mentions
from migrator.errors import MigratorError
from migrator.files.repository import web_url
from migrator.policy import Policy
from migrator.services.faults import RunError

if TYPE_CHECKING:
    from migrator.accounts.api import Api
    from migrator.accounts.checking import Checker

NO_ORGANIZATION = "its organization is not known: set `[circleci] organization` in migrator.toml"
_NAMES_NOTHING = Mentions({}, {})


def ask(ledger: Ledger, policy: Policy, say: Callable[[str], None], stop: Event, timeout: float = 30.0) -> Answers:
    """Ask about everything that is demanded, and keep the answers. Never raises for what CircleCI does."""
    answers = Answers(policy.api_url)
    if next(demanded(ledger, policy), None) is not None:
        try:
            find_token(policy.api_url)  # Most have none: then nothing is loaded and gathered that would only ask.
            from migrator.accounts.connecting import connect

            api = connect(policy.api_url, "[circleci] api-url", stop, say, timeout)
        except MigratorError as error:
            answers.why = f"CircleCI was not asked: {error}"
        else:
            try:
                organizations = _wanted(ledger, policy)
                _ask(api, organizations, is_server=policy.target == "server")
                answers = _noted(organizations, policy.api_url)
            except RunError as error:
                answers.why = f"CircleCI was not asked: {error}"
            finally:
                api.close()
    keep(ledger, answers)
    return answers


def _wanted(ledger: Ledger, policy: Policy) -> list[wanted.Organization]:
    files, needs = [], []
    for entry, place, found in demanded(ledger, policy):
        at = wanted.Place(entry.label, entry.label, place.project, place.organization, web_url(entry.source))
        files.append((at, _NAMES_NOTHING))
        needs += [(each.need, (entry.label,)) for each in found]
    return wanted.gather(files, needs)


def _ask(api: Api, organizations: Sequence[wanted.Organization], *, is_server: bool) -> None:
    from migrator.accounts.checking import Checker, conclude

    checker = Checker(api, is_server=is_server, every_project=False)
    _work(checker, checker.list_contexts(organizations))
    conclude(organizations)
    for organization in organizations:
        _want_what_contexts_lack(organization)
    _work(checker, checker.list_projects(organizations))
    conclude(organizations)


def _work(checker: Checker, steps: Sequence[Callable[[], None]]) -> None:
    for _ in checker.work(steps):
        pass


def _want_what_contexts_lack(organization: wanted.Organization) -> None:
    """A variable that a context lacks may be one of the projects that use it."""
    for context in organization.contexts.values():
        lacking = [each.name for each in context.variables.values() if each.state is State.MISSING]
        for user in context.users.values() if context.state is State.PRESENT else ():
            for name in lacking:
                user.project.variables.setdefault(name, wanted.Variable(name, is_needed=True))


def _noted(organizations: Sequence[wanted.Organization], url: str) -> Answers:
    import time

    answers = Answers(url, int(time.time()))
    for organization in organizations:
        why = organization.why if organization.slug else NO_ORGANIZATION
        noted = answers.organizations[organization.slug] = OfOrganization(why=why)
        for context in organization.contexts.values():
            holds = None if context.holds is None else sorted(context.holds)
            troubles = {each.project: each.words for each in context.troubles if each.is_certain}
            noted.contexts[context.name] = OfContext(context.state, holds, troubles, context.why)
        for project in organization.projects.values():
            if not project.variables:
                continue  # nothing depends on it
            states = {each.name: str(each.state) for each in project.variables.values()}
            noted.projects[project.name] = OfProject(states, project.why)
    return answers
