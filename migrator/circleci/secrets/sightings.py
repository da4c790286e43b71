"""Secrets outside of the places where a rule could move them: what a shape, a form, an option of a well-known program
or a parameter says is a secret, wherever in the file. `literal-secret` reports each, and nothing shows one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from migrator.circleci.secrets.carriers import Carried, carried_in, may_carry
from migrator.circleci.secrets.clients import given_to, may_mention_clients
from migrator.circleci.secrets.passed import read_passed_secrets
from migrator.circleci.secrets.scripts import secrets_of
from migrator.circleci.secrets.values import hideable
from migrator.tree import Node, Sequence, Text, resolve, walk

if TYPE_CHECKING:
    from migrator.circleci.config import Config


class Sighting(NamedTuple):
    """A secret at a node, what says that it is one, in words, and how else it is written."""

    node: Node
    value: str
    what: str
    parts: tuple[str, ...] = ()


def read_sightings(config: Config) -> list[Sighting]:
    """Each value once. A comment and code that is no part of a config are nodes of their own, at their place."""
    return config.once(_sightings)  # to report them, and to hide them


def sightings_beside(
    sightings: Iterable[Sighting], known: Collection[str]
) -> Iterator[tuple[Sighting, tuple[str, ...]]]:
    """Those that are no part of a secret that is `known`, and none of which is: each with what of it can be hidden."""
    for sighting in sightings:
        secrets = hideable(sighting.value, *sighting.parts)
        if secrets and not any(secret in other or other in secret for secret in secrets for other in known):
            yield sighting, secrets


def _sightings(config: Config) -> list[Sighting]:
    found: dict[str, Sighting] = {}
    for sighting in (*_passed(config), *_of_commands(config), *_carried(config)):
        found.setdefault(sighting.value, sighting)
    return list(found.values())


def _passed(config: Config) -> Iterator[Sighting]:
    if config.may_mention("<<"):
        own = None
        for secret in read_passed_secrets(config):
            own = own or {id(node) for node in walk(config.root)}
            if id(secret.text) in own:  # another file of a packed tree is reported by itself
                value = secret.text.value.strip()
                yield Sighting(
                    secret.text, value, f"the parameter `{secret.parameter}`, which becomes {secret.becomes}"
                )


def _of_commands(config: Config) -> Iterator[Sighting]:
    """Of what containers run, and of what a script itself runs."""
    if not config.tree.may_hold(may_mention_clients) and not config.part.processes:
        return
    nodes: list[Node | None] = [process.command for process in config.part.processes]
    for image in config.images if config.may_mention("command", "entrypoint") else ():
        nodes += [config.lookup.get(image.item, key) for key in ("command", "entrypoint")]
    for node in map(resolve, filter(None, nodes)):
        if isinstance(node, Text):
            for secret in secrets_of(node.value, templates="<<" in node.value):
                if not secret.is_login:
                    yield Sighting(node, secret.value, f"{secret.command} of a command", (secret.written,))
        elif isinstance(node, Sequence):
            texts = [text if isinstance(text := resolve(item), Text) else None for item in node.items]
            for index, value, what in given_to([text.value if text is not None else None for text in texts]):
                yield Sighting(texts[index] or node, value, f"{what} of a command")


def _carried(config: Config) -> Iterator[Sighting]:
    source = config.part.source
    carried: dict[str, Carried] = {}
    if source and may_carry(source):
        carried.update((each.value, each) for each in carried_in(source))
    texts: list[Text] | None = None
    # In code, or spelt by numbers, a value may be written in a way that the text does not say.
    if source and (config.part.text is None or config.tree.is_escaped):
        texts = [node for node in walk(config.root) if isinstance(node, Text)]
        for text in texts:
            if len(text.value) > 8 and may_carry(text.value):
                carried.update((each.value, each) for each in carried_in(text.value))
    if not carried:
        return
    if texts is None:
        texts = [node for node in walk(config.root) if isinstance(node, Text)]
    for value, each in carried.items():
        holder: Node | None = next((text for text in texts if value in text.value), None)
        place = source.find(value) if holder is None else -1
        if holder is None and place >= 0:
            holder = Text(value, place, place + len(value), place)
        yield Sighting(holder or config.root, value, each.what, each.parts)
