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
from migrator.circleci.credentials.placing import has_loose_credentials
from migrator.circleci.credentials.planner import ContextPlanner, Need
from migrator.circleci.credentials.table import Credentials, CredentialTable
from migrator.circleci.images import Image
from migrator.circleci.lookup import key_of
from migrator.policy import Policy
from migrator.rule import Finding, Requirement, Rule, Safety
from migrator.startup.records import record
from migrator.tree import Alias, Entry, Mapping, Node, Opaque, Sequence, Text, resolve, walk

_KEYS = ("username", "password")
_BY_HAND = "write them below `auth:` by hand"
_EFFECT = "`auth` that was written wrongly takes effect"


@record(eq=False, frozen=False)
class _Repair:
    """One repair in the making: `images` get credentials by it, `found` are those, `need` is their context."""

    images: list[Image]
    node: Node
    message: str
    found: list[tuple[str, str]]
    changes: tuple[Change, ...] | None
    remedy: str = _BY_HAND
    known: Credentials | None = None
    need: Need | None = None

    @property
    def subject(self) -> str:
        return self.images[0].reference.repository


class BrokenAuth(Rule):
    id = "broken-auth"
    title = "Credentials of an image that CircleCI does not see"
    safety = Safety.REVIEW  # nobody knows whether the credentials work: they were never used

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        if not config.may_mention("auth", "username"):
            return
        repairs = list(_repairs(config))
        table = CredentialTable(policy)
        planner = ContextPlanner(self.id, config, policy, table)
        for repair in repairs:
            repair.known = next((c for c in table.all if dict(repair.found) == dict(c.pairs)), None)
            _refuse_elsewhere(repair)
            if repair.changes and repair.known and repair.known.context:
                repair.need = Need(repair.node, repair.subject, waits=True)
                for runner in {id(runner): runner for image in repair.images for runner in image.runners}.values():
                    planner.give_runner(repair.need, runner, repair.known.context, elsewhere=True)
        planner.settle([repair.need for repair in repairs if repair.need])
        for repair in repairs:
            yield self._report(config, repair)

    def _report(self, config: Config, repair: _Repair) -> Finding:
        need, message = repair.need, repair.message
        changes = () if need and need.problem else repair.changes
        if not repair.changes:
            message += f": {repair.remedy}"
        elif not changes and need:
            message += f", which has to be mended by hand: {need.problem}"
        variables = tuple(text[1:] for _, text in repair.found if text.startswith("$"))
        requirements: tuple[Requirement, ...] = ()
        warnings: tuple[str, ...] = ()
        if changes and need and repair.known and config.has_workflows:
            changes += tuple(need.changes)
            warnings = tuple(dict.fromkeys(need.warnings))
            if need.running:
                requirements = (Requirement("context", repair.known.context or "", repair.known.variables),)
        elif changes and variables:
            requirements = (Requirement("project-env", _EFFECT, variables),)
            named = "`, `".join(variables)
            warnings = (f"the image is pulled with `{named}` from now on, which must reach its jobs",)
        return self.finding(
            repair.node,
            message,
            *(changes or ()),
            requirements=requirements,
            warnings=warnings,
            subject=repair.subject,
            reads=need.reads if need else None,
            secrets=tuple(text for key, text in repair.found if key == "password" and not text.startswith(("$", "<<"))),
        )


def _repairs(config: Config) -> Iterator[_Repair]:
    lists: dict[int, _Repair] = {}
    for image in config.images:
        shown = image.text.value.strip()
        if image.auth is not None:
            value = resolve(image.auth.value)
            if key_of(image.auth) != "auth":
                continue
            if not isinstance(value, Sequence):
                if wrong := _what_is_wrong(config, value):
                    message = f"`auth` of `{shown}` {wrong}"
                    found = _found(config, [value]) if isinstance(value, Mapping) else _words(value)
                    yield _Repair(
                        [image], image.auth.key, message, found, None, "CircleCI wants user name and password"
                    )
                continue
            if id(value) in lists:
                lists[id(value)].images.append(image)
                continue
            message = f"`auth` of `{shown}` is a list, where CircleCI takes a mapping"
            holders = [node for item in value.items if isinstance(node := resolve(item), Mapping)]
            values = _pairs_of(config, value)
            changes = None if values is None or _is_shared(value, config) else (ReplaceValue(value, values),)
            lists[id(value)] = _Repair([image], value, message, _found(config, holders), changes)
            yield lists[id(value)]
        elif has_loose_credentials(config, image):
            message = f"user name and password stand beside `{shown}`, where CircleCI ignores them"
            yield _Repair([image], image.item, message, _found(config, [image.item]), _into_auth(config, image))


def _refuse_elsewhere(repair: _Repair) -> None:
    """Credentials of one registry fail a job that pulls from another, where without them a public image comes."""
    if repair.known is None:
        return
    hosts = (image.reference.registry for image in repair.images)
    other = next((host for host in hosts if host not in (None, repair.known.host)), None)
    if other is not None:
        repair.changes = None
        repair.remedy = f"they are the credentials of {repair.known.host}, and `{other}` wants others or none"


def _words(auth: Node) -> list[tuple[str, str]]:
    """The text that stands in the place of credentials: it may be the password."""
    return [("password", auth.value)] if isinstance(auth, Text) and auth.value else []


def _what_is_wrong(config: Config, auth: Node) -> str:
    """Why a value that is no list gives no credentials; empty where it does, or where code computes it."""
    if isinstance(auth, Text) and "<<" not in auth.value:
        return "is empty" if auth.is_null or not auth.value else "is a text"
    if not isinstance(auth, Mapping) or any(e.is_merge and isinstance(resolve(e.value), Opaque) for e in auth.entries):
        return ""
    lookup = config.lookup
    values = {key: lookup.get(auth, key) for key in _KEYS if not lookup.ambiguous(auth, key)}
    lacking = [key for key, value in values.items() if value is None or (isinstance(value, Text) and value.is_null)]
    return f"has no `{'` and no `'.join(lacking)}`" if lacking else ""


def _found(config: Config, holders: list[Mapping]) -> list[tuple[str, str]]:
    return [(key, text.value) for key in _KEYS for h in holders if (text := config.lookup.text(h, key))]


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
