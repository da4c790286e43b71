"""What a migration may change of a compiled config: credentials, contexts, and logins that become steps of the orb.

Compiled, two configs have no aliases, parameters, commands or orbs of a known source left, so that every difference is
one of what runs. `first_fault` names the first that no migration makes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from migrator.circleci.compare.comparison import Comparison
from migrator.circleci.compare.differences import (
    Contexts,
    Difference,
    Login,
    Owner,
    Pulled,
    Replaced,
    Setting,
    Steps,
    Variable,
)
from migrator.circleci.compare.effective import members
from migrator.circleci.compare.values import login_of, text_in, variables_of
from migrator.circleci.compare.work import JobWork
from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import contexts_had_by
from migrator.circleci.credentials.placing import AWS_PAIR, HUB_PAIR, ROLE
from migrator.circleci.ecr import find_ecr
from migrator.circleci.references import parse_reference
from migrator.policy import Policy
from migrator.tree import Mapping, Node, Sequence, Text, resolve

_MISPLACED: Final = frozenset({"auth", "aws_auth", "gcp_auth", "Auth", "username", "password", "context", "contexts"})
"""Credentials and contexts where CircleCI does not look for them: to remove those from there changes nothing."""
_FORMS: Final = {"auth": ({*HUB_PAIR},), "aws_auth": ({*AWS_PAIR}, {*ROLE})}
_NO_CREDENTIALS: Final = "with credentials that CircleCI does not read"


class Meant(NamedTuple):
    """What a change is meant to bring: the policy of the file, and the variables and contexts that it says it needs.

    `secrets` are the literals of the file, which may go.
    """

    policy: Policy
    secrets: Collection[str] = ()
    variables: Collection[str] = ()
    contexts: Collection[str] = ()


def first_fault(before: Config, after: Config, meant: Meant) -> str:
    """The first difference between two compiled configs that no migration makes, in words; empty where there is none.

    The words quote names and images alone.
    """
    differences = Comparison(before, after).differences
    judge = _Judge(before, after, meant, differences)
    return next(filter(None, map(judge.fault_of, differences)), "")


class _Judge:
    def __init__(self, before: Config, after: Config, meant: Meant, differences: Collection[Difference]) -> None:
        self.before, self.after = before, after
        self.policy, self.secrets = meant.policy, meant.secrets
        self._contexts = {*meant.contexts, *(each.context for each in meant.policy.registries)}
        self._contexts |= {meant.policy.aws.context} if meant.policy.aws else set()
        known = [login for job in _jobs(before) for login in _logins(before, job)]
        self._texts = {text for login in known for text in login[1:]} | {
            each.username for each in meant.policy.registries
        }
        self._variables = {*meant.variables, *meant.policy.variables, *(text.lstrip("$") for text in self._texts)}
        self._work = JobWork(before, after, meant.secrets, self._in_home_region)
        self._known: dict[str, bool] = {}
        # Whoever decides for himself may have named another context than the policy does.
        self._gaining = {each.job for each in differences if isinstance(each, Contexts) and each.gained}

    def fault_of(self, difference: Difference) -> str:
        match difference:
            case Pulled():
                return self._of_login(difference)
            case Contexts(_, job, _, gained, lost):
                if lost:
                    return f"job `{job}` would lose the context `{lost[0]}`"
                strange = next((each for each in gained if each not in self._contexts), "")
                if strange:
                    return f"job `{job}` would gain the context `{strange}`"
                return "" if gained else f"job `{job}` would have its contexts in another order"
            case Replaced(owner, old, new):
                is_moved = self._in_home_region(old) == new
                return "" if is_moved else f"{_named(owner)} would run `{new}` instead of `{old}`"
            case Variable(owner, _, step, name):
                is_fine = self._does_the_same(owner.name) if step else self._is_secret_gone(difference)
                return "" if is_fine else f"{_named(owner)}: `{name}` would change"
            case Steps(owner, _, first):
                is_fine = self._does_the_same(owner.name)
                return "" if is_fine else f"{_named(owner)}: step {first} would change in more than logins"
            case Setting(path, change):
                is_gone = change == "removed" and path.rpartition(".")[2] in _MISPLACED
                words = {"added": "would be added", "removed": "would be removed"}
                return "" if is_gone else f"`{path}` {words.get(change, 'would change')}"

    # -- images

    def _of_login(self, pulled: Pulled) -> str:
        owner, image, old, new = pulled
        what = f"{_named(owner)} would pull `{image}`"
        if new is None:
            return f"{what} without credentials"
        if new.password and not new.password.startswith("$") and (old is None or old.password != new.password):
            return f"{what} with a password that is written out"
        if not self._is_whole(owner.name, image) or not self._is_meant(new):
            return f"{what} {_NO_CREDENTIALS}"
        if old is not None or new.kind != "auth":
            is_elsewhere = new.kind == "aws_auth" and not parse_reference(image).could_be_ecr
            return f"{what} with AWS credentials" if is_elsewhere else ""
        given = [each for each in self.policy.registries if each.password == new.password]
        fitting = [each for each in given if parse_reference(image).could_be(each.host)]
        if given and not fitting:
            return f"{what} with the credentials of `{given[0].host}`"
        contexts = {each.context for each in fitting} if self.policy.uses_contexts else set()
        return f"{what} without the context of its credentials" if self._lacks(owner.name, contexts) else ""

    def _is_whole(self, job: str, image: str) -> bool:
        """Whether the credentials of an image have all the keys that CircleCI reads, and no others."""
        found = _job(self.after, job)
        lookup = self.after.lookup
        items = [item for item in _items(self.after, found, "docker") if isinstance(item, Mapping)] if found else []
        return all(
            isinstance(value, Mapping) and set(members(value, lookup)) in forms
            for item in items
            if text_in(lookup, item, "image") == image
            for key, forms in _FORMS.items()
            if (value := lookup.get(item, key)) is not None
        )

    def _is_meant(self, login: Login) -> bool:
        """Whether a login is by the policy, by what the change says that it needs, or by what the config had."""
        return all(
            text[1:] in self._variables if text.startswith("$") else text in self._texts or login.kind != "auth"
            for text in (login.user, login.password)
            if text or login.kind == "auth"
        )

    def _lacks(self, job: str, contexts: Collection[str]) -> bool:
        """Whether an invocation of a job has none of these contexts, and gains none; where schedules run, the policy
        may say so."""
        return bool(contexts) and job not in self._gaining and any(
            invocation.name == job and not set(contexts_had_by(invocation) or ()) & set(contexts)
            for workflow in self.after.workflows
            if not (workflow.scheduled and self.policy.scheduled == "skip")
            for invocation in workflow.invocations
        )  # fmt: skip

    def _in_home_region(self, text: str) -> str:
        for image in find_ecr(text):
            text = text.replace(image.text, image.in_region(self.policy.ecr_home_region))
        return text

    # -- variables and steps

    def _is_secret_gone(self, variable: Variable) -> bool:
        """Whether a variable of a job, or of a container, had a literal secret, which a context now provides."""
        job = _job(self.before, variable.owner.name)
        if job is None or not variable.old:
            return False
        holders = _items(self.before, job, "docker") if variable.container else iter((job,))
        values = (
            value
            for holder in holders
            if isinstance(holder, Mapping)
            for value in _environment(self.before, holder).get(variable.name, ())
        )
        return any(isinstance(value, Text) and value.value in self.secrets for value in values)

    def _does_the_same(self, name: str) -> bool:
        if name not in self._known:
            old, new = _job(self.before, name), _job(self.after, name)
            self._known[name] = (
                old is not None
                and new is not None
                and self._work.is_the_same([*_items(self.before, old, "steps")], [*_items(self.after, new, "steps")])
            )
        return self._known[name]


def _all_jobs(config: Config) -> Mapping | None:
    root = resolve(config.root)
    return config.lookup.mapping(root, "jobs") if isinstance(root, Mapping) else None


def _jobs(config: Config) -> Iterator[Mapping]:
    jobs = _all_jobs(config)
    found = members(jobs, config.lookup).values() if jobs is not None else ()
    yield from (job for job in found if isinstance(job, Mapping))


def _job(config: Config, name: str) -> Mapping | None:
    jobs = _all_jobs(config)
    return config.lookup.mapping(jobs, name) if jobs is not None else None


def _logins(config: Config, job: Mapping) -> Iterator[Login]:
    """The credentials of the images of a job, also those beside an image, where CircleCI does not read them."""
    for item in _items(config, job, "docker"):
        if isinstance(item, Mapping):
            if login := login_of(config.lookup, item):
                yield login
            yield Login("", text_in(config.lookup, item, "username"), text_in(config.lookup, item, "password"))


def _environment(config: Config, holder: Mapping) -> dict[str, list[Node]]:
    return variables_of(config.lookup, config.lookup.get(holder, "environment")) or {}


def _items(config: Config, mapping: Mapping, name: str) -> Iterator[Node]:
    found = config.lookup.get(mapping, name)
    yield from map(resolve, found.items) if isinstance(found, Sequence) else ()


def _named(owner: Owner) -> str:
    return f"{owner.kind} `{owner.name}`"
