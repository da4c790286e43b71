"""Put credentials that stand where CircleCI does not look for them into the `auth` of their image."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.changes import (
    AddEntry,
    Change,
    Reference,
    RemoveEntry,
    RemoveItem,
    RenameKey,
    ReplaceValue,
    Value,
    value_of,
)
from migrator.circleci.config import Config
from migrator.circleci.images import Image
from migrator.circleci.lookup import key_of
from migrator.circleci.placing import has_loose_credentials
from migrator.policy import Policy
from migrator.rule import Finding, Requirement, Rule, Safety
from migrator.tree import Alias, Entry, Mapping, Node, Sequence, Text, resolve, walk

_KEYS = ("username", "password")
_BY_HAND = "write them below `auth:` by hand"
_EFFECT = "`auth` that was written wrongly takes effect"


class BrokenAuth(Rule):
    id = "broken-auth"
    title = "Credentials of an image that CircleCI does not see"
    safety = Safety.REVIEW  # nobody knows whether the credentials work: they were never used

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        if not config.may_mention("auth", "username"):
            return
        lists: set[int] = set()
        for image in config.images:
            if image.auth is not None:
                value = resolve(image.auth.value)
                if key_of(image.auth) == "auth" and isinstance(value, Sequence) and id(value) not in lists:
                    lists.add(id(value))
                    yield self._of_list(config, image, value)
            elif has_loose_credentials(config, image):
                yield self._of_loose(config, image)

    def _of_list(self, config: Config, image: Image, auth: Sequence) -> Finding:
        values = _pairs_of(config, auth)
        message = f"`auth` of `{image.text.value.strip()}` is a list, where CircleCI takes a mapping"
        holders = [node for item in auth.items if isinstance(node := resolve(item), Mapping)]
        if values is None or _is_shared(auth, config):
            return self._finding(config, image, auth, holders, f"{message}: {_BY_HAND}")
        return self._finding(config, image, auth, holders, message, ReplaceValue(auth, values))

    def _of_loose(self, config: Config, image: Image) -> Finding:
        message = f"user name and password stand beside `{image.text.value.strip()}`, where CircleCI ignores them"
        changes = _into_auth(config, image)
        if changes is None:
            return self._finding(config, image, image.item, [image.item], f"{message}: {_BY_HAND}")
        return self._finding(config, image, image.item, [image.item], message, *changes)

    def _finding(
        self, config: Config, image: Image, node: Node, holders: list[Mapping], message: str, *changes: Change
    ) -> Finding:
        found = [(key, text.value) for key in _KEYS for h in holders if (text := config.lookup.text(h, key))]
        variables = tuple(text[1:] for _, text in found if text.startswith("$"))
        names = "`, `".join(variables)
        return self.finding(
            node,
            message,
            *changes,
            requirements=(Requirement("project-env", _EFFECT, variables),) if changes and variables else (),
            warnings=(f"the image is pulled with `{names}` from now on, which must reach its jobs",)
            if changes and names
            else (),
            subject=image.reference.repository,
            secrets=tuple(text for key, text in found if key == "password" and not text.startswith(("$", "<<"))),
        )


def _pairs_of(config: Config, auth: Sequence) -> dict[str, Value] | None:
    """User name and password of a list of mappings, in that order; `None` if there is anything else in it."""
    entries: list[Entry] = []
    for item in auth.items:
        node = resolve(item)
        if not isinstance(node, Mapping):
            return None
        entries += config.lookup.entries(node)
    found = {key_of(entry): resolve(entry.value) for entry in entries}
    if len(entries) != 2 or set(found) != set(_KEYS) or not all(isinstance(node, Text) for node in found.values()):
        return None
    return {key: value_of(found[key]) for key in _KEYS}


def _is_shared(auth: Sequence, config: Config) -> bool:
    """Whether something else stands or falls with the list: an anchor in it, or an alias of it that is no `auth`."""
    if any(node.anchor is not None for node in walk(auth) if node is not auth):
        return True
    if auth.anchor is None:
        return False
    entries = [config.parents.entry(alias) for alias in config.uses.aliases(auth)]
    return not all(entry is not None and key_of(entry) == "auth" for entry in entries)


def _into_auth(config: Config, image: Image) -> tuple[Change, ...] | None:
    item, lookup = image.item, config.lookup
    own = [entry for entry in item.entries if key_of(entry) in _KEYS]
    if len(own) == 2:
        if any(node.anchor is not None for entry in own for node in walk(entry.value)):
            return None
        values = {key: value_of(entry.value) for key in _KEYS for entry in own if key_of(entry) == key}
        return (AddEntry(item, "auth", values, image.after), *(RemoveEntry(item, entry) for entry in own))
    found = lookup.find(item, "username")
    if own or found is None or found.via is None or {key_of(e) for e in lookup.entries(found.owner)} != set(_KEYS):
        return None
    value = found.via.value
    if isinstance(value, Alias) and value.target is found.owner:
        return (RenameKey(item, found.via, "auth"),)
    if isinstance(value, Sequence):
        for merged in value.items:
            if isinstance(merged, Alias) and merged.target is found.owner and len(value.items) > 1:
                return (RemoveItem(value, merged), AddEntry(item, "auth", Reference(found.owner), image.after))
    return None
