"""Move credentials from where CircleCI ignores them into the `auth` of their image."""

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
from migrator.rule import Finding, Requirement, Rule, Safety, by_hand
from migrator.startup.records import record
from migrator.tree import Alias, Entry, Mapping, Node, Opaque, Sequence, Text, resolve, walk

_KEYS = ("username", "password")
_BY_HAND = "write username and password directly below `auth:` by hand"
_EFFECT = "`auth` that was ignored takes effect"


@record(eq=False, frozen=False)
class _Fix:
    """A fix before it is reported: `images` get the credentials `found`, `need` is their context."""

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
    title = "Image credentials that CircleCI ignores"
    safety = Safety.REVIEW  # nobody knows whether the credentials work: they were never used

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        if not config.may_mention("auth", "username"):
            return
        fixes = list(_fixes(config))
        table = CredentialTable(policy)
        planner = ContextPlanner(self.id, config, policy, table)
        for fix in fixes:
            fix.known = next((c for c in table.all if dict(fix.found) == dict(c.pairs)), None)
            _refuse_elsewhere(fix)
            if fix.changes and fix.known and fix.known.context:
                fix.need = Need(fix.node, fix.subject, waits=True)
                for runner in {id(runner): runner for image in fix.images for runner in image.environments}.values():
                    planner.give_runner(fix.need, runner, fix.known.context, elsewhere=True)
        planner.settle([fix.need for fix in fixes if fix.need])
        for fix in fixes:
            yield self._report(config, fix)

    def _report(self, config: Config, fix: _Fix) -> Finding:
        need, message = fix.need, fix.message
        changes = () if need and need.problem else fix.changes
        if not fix.changes:
            message += f": {fix.remedy}"
        elif not changes and need:
            message = by_hand(message, need.problem)
        variables = tuple(text[1:] for _, text in fix.found if text.startswith("$"))
        requirements: tuple[Requirement, ...] = ()
        warnings: tuple[str, ...] = ()
        if changes and need and fix.known and config.has_workflows:
            changes += tuple(need.changes)
            warnings = tuple(dict.fromkeys(need.warnings))
            if need.running:
                requirements = (Requirement("context", fix.known.context or "", fix.known.variables),)
        elif changes and variables:
            requirements = (Requirement("project-env", _EFFECT, variables),)
            named = "`, `".join(variables)
            warnings = (f"the image will be pulled with `{named}`, which must be set in its jobs",)
        return self.finding(
            fix.node,
            message,
            *(changes or ()),
            requirements=requirements,
            warnings=warnings,
            subject=fix.subject,
            reads=need.reads if need else None,
            secrets=tuple(text for key, text in fix.found if key == "password" and not text.startswith(("$", "<<"))),
        )


def _fixes(config: Config) -> Iterator[_Fix]:
    lists: dict[int, _Fix] = {}
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
                    yield _Fix(
                        [image], image.auth.key, message, found, None, "CircleCI needs a username and a password"
                    )
                continue
            if id(value) in lists:
                lists[id(value)].images.append(image)
                continue
            message = f"`auth` of `{shown}` is a list, but CircleCI needs a mapping"
            holders = [node for item in value.items if isinstance(node := resolve(item), Mapping)]
            values = _pairs_of(config, value)
            changes = None if values is None or _is_shared(value, config) else (ReplaceValue(value, values),)
            lists[id(value)] = _Fix([image], value, message, _found(config, holders), changes)
            yield lists[id(value)]
        elif has_loose_credentials(config, image):
            message = f"username and password are beside `{shown}`, where CircleCI ignores them"
            yield _Fix([image], image.item, message, _found(config, [image.item]), _into_auth(config, image))


def _refuse_elsewhere(fix: _Fix) -> None:
    """With the credentials of another registry a job fails that can pull a public image without any."""
    if fix.known is None:
        return
    hosts = (image.reference.registry for image in fix.images)
    other = next((host for host in hosts if host not in (None, fix.known.host)), None)
    if other is not None:
        fix.changes = None
        fix.remedy = f"they are the credentials for {fix.known.host}, but `{other}` needs others or none"


def _words(auth: Node) -> list[tuple[str, str]]:
    """A string instead of credentials: it may be the password."""
    return [("password", auth.value)] if isinstance(auth, Text) and auth.value else []


def _what_is_wrong(config: Config, auth: Node) -> str:
    """What is wrong with an `auth` that is not a list; empty if nothing is, or if code computes it."""
    if isinstance(auth, Text) and "<<" not in auth.value:
        return "is empty" if auth.is_null or not auth.value else "is a string"
    if not isinstance(auth, Mapping) or any(e.is_merge and isinstance(resolve(e.value), Opaque) for e in auth.entries):
        return ""
    lookup = config.lookup
    values = {key: lookup.get(auth, key) for key in _KEYS if not lookup.ambiguous(auth, key)}
    lacking = [key for key, value in values.items() if value is None or (isinstance(value, Text) and value.is_null)]
    return f"has no `{'` and no `'.join(lacking)}`" if lacking else ""


def _found(config: Config, holders: list[Mapping]) -> list[tuple[str, str]]:
    return [(key, text.value) for key in _KEYS for h in holders if (text := config.lookup.text(h, key))]


def _pairs_of(config: Config, auth: Sequence) -> dict[str, Value] | None:
    """Username and password of a list of mappings, in that order; `None` if it contains anything else."""
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
    """Whether something else needs the list: it contains an anchor, or an alias of it is not an `auth`."""
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
