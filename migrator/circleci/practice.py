"""What a config does today: which credentials it has for which registry, from which contexts, and what it pulls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from migrator.circleci.credentials.contexts import contexts_had_by
from migrator.circleci.credentials.placing import AWS_PAIR, HUB_PAIR, ROLE
from migrator.circleci.declarations import is_version_2
from migrator.circleci.images import Image
from migrator.circleci.lookup import key_of
from migrator.circleci.orb_logins.checks import PASSWORDS, THAT_LOG_IN, USERS
from migrator.circleci.orb_logins.orb import DOCKER_ORB
from migrator.circleci.references import HOLE
from migrator.circleci.running import Running
from migrator.circleci.secrets.scripts import scripts_of
from migrator.circleci.secrets.tokens import token_in
from migrator.circleci.secrets.values import is_credential, is_random
from migrator.circleci.shell.logins import host_of, logins_of
from migrator.circleci.shell.quoting import is_variable_name
from migrator.circleci.shell.scripts import read_script
from migrator.circleci.shell.words import Word
from migrator.circleci.workflows import Invocation
from migrator.policy import HUB
from migrator.policy.practice import ECR, Pull, Use, lacks_dollar
from migrator.policy.tables import variable_of
from migrator.tree import Mapping, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_DEFAULTS: Final = ("DOCKER_LOGIN", "DOCKER_PASSWORD")
"""The variables that the orb's commands take where none is named."""

_LONGEST_CONTEXT: Final = 200


def uses_of(config: Config) -> list[Use]:
    """The credentials of the images of this file and of the logins in its steps, each set once."""
    known: dict[tuple[object, ...], tuple[Use, int, dict[int, Invocation]]] = {}
    for use, invocations in (*_of_images(config), *_of_logins(config), *logins_by_orb(config)):
        key = (use.registry, use.username, use.password, use.is_image, use.is_literal)
        use, times, running = known.get(key, (use, 0, {}))
        running.update((id(each), each) for each in invocations)
        known[key] = (use, times + 1, running)
    return [_counted(use, times, running.values()) for use, times, running in known.values()]


def pulls_of(config: Config) -> Iterator[Pull]:
    """What the images of this file are, each once for every image."""
    for image in config.images:
        reference = image.reference
        if reference.is_ecr:
            yield Pull(ECR, "", image.auth is not None)
        elif reference.registry is not None:
            space, slash, _ = reference.repository.partition("/")
            if not HOLE.search(space):
                yield Pull(reference.registry, space, image.auth is not None, is_alone=not slash)


def _counted(use: Use, times: int, invocations: Iterable[Invocation]) -> Use:
    contexts: Counter[str] = Counter()
    total, is_open = 0, False
    for invocation in invocations:
        total += 1
        had = contexts_had_by(invocation)
        is_open = is_open or had is None or any("<<" in name for name in had)
        contexts.update({name for name in had or () if is_context_name(name)})
    named = tuple(sorted(contexts.items()))
    return Use(use.registry, use.username, use.password, use.is_image, times, total, named, use.is_literal, is_open)


def is_context_name(context: str) -> bool:
    """Whether a text can be the name of a context: https://circleci.com/docs/contexts/#context-names."""
    is_open = "<<" in context or not context.isprintable()
    return not is_open and 0 < len(context) <= _LONGEST_CONTEXT and token_in(context) is None


def _of_images(config: Config) -> Iterator[tuple[Use, list[Invocation]]]:
    for image in config.images:
        if image.auth is not None and (use := _of_image(config, image)) is not None:
            yield use, [i for runner in image.environments for i in config.calls.invocations_on(runner)]


def _of_image(config: Config, image: Image) -> Use | None:
    assert image.auth is not None
    value, key = resolve(image.auth.value), key_of(image.auth)
    registry = ECR if image.reference.is_ecr else image.reference.registry or ""
    if not isinstance(value, Mapping) or (key == "aws_auth") != (registry == ECR):
        return None
    if registry == ECR:
        role = config.lookup.text(value, ROLE[0])
        if role is not None:
            return Use(ECR, role.value.strip(), "", is_image=True)
    names = AWS_PAIR if registry == ECR else HUB_PAIR
    user, password = (config.lookup.text(value, name) for name in names)
    return _use(registry, user.value if user else "", password.value if password else "", is_image=True)


def _use(registry: str, user: str, password: str, *, is_image: bool) -> Use | None:
    """Credentials as far as they may be repeated; `None` where nothing of them is."""
    variable = variable_of(password) or ""
    is_literal = not variable and is_credential(password)
    # Beside a literal password the username is left out too: nobody is to be given the two together.
    name = variable_of(user) or ("" if is_literal or not variable else _literal_user(user, registry))
    return Use(registry, name, variable, is_image, is_literal=is_literal) if name or variable or is_literal else None


def _literal_user(user: str, registry: str) -> str:
    is_name = (
        user.isprintable() and not any(c in user for c in "$<{ \"'") and not is_random(user) and token_in(user) is None
    )
    return user if is_name and not lacks_dollar(user, registry) else ""


def _of_logins(config: Config) -> Iterator[tuple[Use, list[Invocation]]]:
    templates, running = not is_version_2(config), Running(config)
    for step, text in scripts_of(config):
        if "docker" not in text.value or "login" not in text.value:
            continue
        for login in logins_of(read_script(text.value, templates=templates)):
            use = _use(login.host or "", _written(login.user), _written(login.password), is_image=False)
            if use is not None:
                yield use, running.invocations(step.steps)


def _written(word: Word | None) -> str:
    """A word of a login as a policy writes it; empty where the shell computes it."""
    if word is None:
        return ""
    return f"${word.variable}" if word.variable is not None else word.literal or ""


def logins_by_orb(config: Config) -> Iterator[tuple[Use, list[Invocation]]]:
    """Logins by commands and jobs of the docker orb, which take the names of variables."""
    aliases = {orb.alias for orb in config.orbs if orb.package == DOCKER_ORB and not orb.prefix}
    if not aliases:
        return
    running = Running(config)
    for steps in config.step_lists:
        for step in steps.items:
            if _logs_in(step.name, aliases):
                value = step.value if isinstance(step.value, Mapping) else None
                yield _of_arguments(config, value), running.invocations(steps)
    for invocation in config.invocations:
        if _logs_in(invocation.name, aliases):
            yield _of_arguments(config, invocation.body), [invocation]


def _logs_in(name: str, aliases: set[str]) -> bool:
    alias, _, command = name.partition("/")
    return alias in aliases and command in THAT_LOG_IN


def _of_arguments(config: Config, arguments: Mapping | None) -> Use:
    found = []
    for keys, default in zip((USERS, PASSWORDS), _DEFAULTS, strict=True):
        texts = [text for key in keys if arguments is not None and (text := config.lookup.text(arguments, key))]
        name = texts[0].value if texts else default
        found.append(f"${name}" if is_variable_name(name) else "")
    server = config.lookup.text(arguments, "registry") if arguments is not None else None
    registry = HUB if server is None else "" if HOLE.search(server.value) else host_of(server.value)
    return Use(registry, found[0], found[1], is_image=False)
