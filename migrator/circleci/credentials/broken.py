"""Credentials of images in shapes and places that CircleCI does not see, each with the fix where the intent is certain.

CircleCI reads `auth` (`username`, `password`) and `aws_auth` (two keys, or `oidc_role_arn`) of each item of a `docker`
list, and ignores or refuses everything else (docs: configuration-reference, `docker`; its JSON schema).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.changes import (
    AddEntry,
    Change,
    Reference,
    RemoveEntry,
    RemoveItem,
    RenameKey,
    ReplaceValue,
    SetText,
    Value,
    value_of,
)
from migrator.circleci.credentials.placing import (
    AWS_PAIR,
    HUB_PAIR,
    ROLE,
    SHAPES,
    has_loose_credentials,
    misplaced_key,
    stray_credentials,
)
from migrator.circleci.credentials.server import NO_ROLES_ON_RUNNERS
from migrator.circleci.images import Image
from migrator.circleci.lookup import key_of
from migrator.circleci.machines import OWN, machines_of_image
from migrator.circleci.secrets.meant import meant_variable
from migrator.startup.records import record
from migrator.tree import Alias, Entry, Mapping, Node, Opaque, Sequence, Text, resolve, walk

if TYPE_CHECKING:
    from migrator.circleci.config import Config

BY_HAND: Final = "write username and password directly below `auth:` by hand"
_GOOGLES: Final = frozenset({"_json_key", "_json_key_base64", "oauth2accesstoken"})
"""https://cloud.google.com/artifact-registry/docs/docker/authentication"""


@record(eq=False, frozen=False)
class Fault:
    """What is wrong with credentials of `images`, at `node`, and the changes that put it right; `None` where only a
    person can, as `remedy` says. `found` are the credentials by their keys, as they are after the change."""

    images: list[Image]
    node: Node
    message: str
    found: list[tuple[str, str]]
    changes: tuple[Change, ...] | None
    remedy: str = BY_HAND

    @property
    def subject(self) -> str:
        return self.images[0].reference.repository


def image_faults(config: Config) -> Iterator[Fault]:
    """The faults of all images, one for each list of credentials that images share."""
    lists: dict[int, Fault] = {}
    seen: dict[int, Fault] = {}  # by texts, which an anchor may share among images
    right: set[tuple[int, str | None]] = set()  # mappings without a fault, which many images may share
    for image in config.images:
        if image.auth is not None:
            value = resolve(image.auth.value)
            if isinstance(value, Sequence) and key_of(image.auth) in SHAPES:
                if id(value) in lists:
                    lists[id(value)].images.append(image)
                    continue
                lists[id(value)] = _listed(config, image, value)
                yield lists[id(value)]
                continue
            known = (id(value), image.reference.registry)
            if known not in right:
                faults = list(_of_value(config, image, image.auth, value, seen))
                yield from faults
                if not faults and isinstance(value, Mapping) and not _meant(config, value):
                    right.add(known)
        elif has_loose_credentials(config, image):
            message = f"username and password are beside `{_shown(image)}`, where CircleCI ignores them"
            yield Fault([image], image.item, message, _found(config, [image.item], "auth"), _into_auth(config, image))
        elif (key := misplaced_key(config, image)) is not None:
            yield _of_key(config, image, key)


def _shown(image: Image) -> str:
    return image.text.value.strip()


def _listed(config: Config, image: Image, value: Sequence) -> Fault:
    assert image.auth is not None
    key = key_of(image.auth) or ""
    message = f"`{key}` of `{_shown(image)}` is a list, but CircleCI needs a mapping"
    holders = [node for item in value.items if isinstance(node := resolve(item), Mapping)]
    values = _pairs_of(config, value, key)
    changes = None if values is None or _is_shared(value, config, key) else (ReplaceValue(value, values),)
    remedy = BY_HAND if key == "auth" else "write the keys directly below `aws_auth:` by hand"
    return Fault([image], value, message, _found(config, holders, key), changes, remedy)


def _of_value(config: Config, image: Image, auth: Entry, value: Node, seen: dict[int, Fault]) -> Iterator[Fault]:
    """The faults of one `auth` or `aws_auth` that is no list."""
    key = key_of(auth) or ""
    if key not in SHAPES:
        return
    of = f"`{key}` of `{_shown(image)}`"
    if key == "auth" and isinstance(value, Text) and value.is_null and (loose := _own_pair(image, HUB_PAIR)):
        values: Value = {name: value_of(entry.value) for name, entry in loose.items()}
        removed = [RemoveEntry(image.item, entry) for entry in loose.values()]
        changes: tuple[Change, ...] | None = (
            (ReplaceValue(auth.value, values), *removed) if _may_move(loose.values()) else None
        )
        message = f"{of} is empty, and username and password are beside it"
        yield Fault([image], image.item, message, _found(config, [image.item], key), changes)
        return
    if isinstance(value, Mapping) and (found := _misnamed(config, image, auth, value, of)):
        yield found
    elif isinstance(value, Mapping) and (meant := _meant(config, value)):
        variables = {name: f"${variable}" for name, _, variable in meant}
        names = "` and `".join(variables)
        message = (
            f"`{names}` in {of} {'is' if len(meant) == 1 else 'are'} taken literally: CircleCI expands only `$NAME`"
        )
        pairs = list({**dict(_found(config, [value], key)), **variables}.items())
        edits = {id(text): SetText(text, variables[name]) for name, text, _ in meant if id(text) not in seen}
        for fault in {id(seen[id(text)]): seen[id(text)] for _, text, _ in meant if id(text) in seen}.values():
            fault.images.append(image)
        if edits:
            fault = Fault([image], auth.key, message, pairs, tuple(edits.values()))
            seen.update(dict.fromkeys(edits, fault))
            yield fault
    elif wrong := _what_is_wrong(config, key, value):
        found_ = _found(config, [value], key) if isinstance(value, Mapping) else _words(value)
        yield Fault([image], auth.key, f"{of} {wrong}", found_, None, _NEEDS[key])
    elif isinstance(value, Mapping) and image.reference.registry == "docker.io":
        user = config.lookup.text(value, "username")
        if user is not None and user.value in _GOOGLES:
            message = f"{of} has the username `{user.value}` of Google's registries, but the image is of docker.io"
            remedy = "use credentials for docker.io, or write the registry before the image"
            yield Fault([image], auth.key, message, _found(config, [value], key), None, remedy)


_NEEDS: Final = {
    "auth": "CircleCI needs a username and a password",
    "aws_auth": "CircleCI needs both keys, or `oidc_role_arn`",
}


def _misnamed(config: Config, image: Image, auth: Entry, value: Mapping, of: str) -> Fault | None:
    """Keys of AWS below `auth`, and `role_arn` in place of `oidc_role_arn`."""
    names = {key_of(entry) for entry in config.lookup.entries(value)}
    if key_of(auth) == "auth" and names in (set(AWS_PAIR), set(ROLE)):
        message = f"{of} has keys of AWS, which CircleCI reads below `aws_auth`"
        is_own = auth in image.item.entries and image.reference.is_ecr and image.item.anchor is None
        changes = (RenameKey(image.item, auth, "aws_auth"),) if is_own else None
        remedy = "write them below `aws_auth`" if image.reference.is_ecr else "the image is no private one of ECR"
        return Fault([image], auth.key, message, _found(config, [value], "aws_auth"), changes, remedy)
    if key_of(auth) == "aws_auth" and names == {"role_arn"}:
        entry = next((entry for entry in value.entries if key_of(entry) == "role_arn"), None)
        message = f"{of} has `role_arn`, but CircleCI reads `oidc_role_arn`"
        on_runner = OWN in machines_of_image(config, image)
        changes = (RenameKey(value, entry, "oidc_role_arn"),) if entry is not None and not on_runner else None
        return Fault([image], auth.key, message, [], changes, NO_ROLES_ON_RUNNERS if on_runner else _NEEDS["aws_auth"])
    return None


def _of_key(config: Config, image: Image, key: Entry) -> Fault:
    """Credentials below a key in another case, or keys of AWS beside the image."""
    name = key_of(key) or ""
    if name in AWS_PAIR:
        message = f"keys of AWS are beside `{_shown(image)}`, where CircleCI ignores them"
        own = _own_pair(image, AWS_PAIR)
        changes: tuple[Change, ...] | None = None
        if own and _may_move(own.values()) and image.reference.is_ecr:
            values: Value = {each: value_of(entry.value) for each, entry in own.items()}
            added = AddEntry(image.item, "aws_auth", values, image.after)
            changes = (added, *(RemoveEntry(image.item, entry) for entry in own.values()))
        remedy = "write both below `aws_auth`" if image.reference.is_ecr else "the image is no private one of ECR"
        return Fault([image], image.item, message, _found(config, [image.item], "aws_auth"), changes, remedy)
    right = name.lower().replace("-", "_")
    value = resolve(key.value)
    message = f"`{name}` of `{_shown(image)}` is not a key that CircleCI knows; it is `{right}`"
    found = _found(config, [value], right) if isinstance(value, Mapping) else []
    is_whole = isinstance(value, Mapping) and not _what_is_wrong(config, right, value)
    changes = (RenameKey(image.item, key, right),) if is_whole or right == "gcp_auth" else None
    return Fault([image], key.key, message, found, changes)


def stray_items(config: Config) -> Iterator[Fault]:
    """Credentials as an item of their own, behind their image or before the first: a dash too many."""
    for docker, node, item, image in stray_credentials(config):
        yield from _stray(config, docker, node, item, image)


def _stray(config: Config, docker: Sequence, node: Node, item: Mapping, before: Image) -> Iterator[Fault]:
    names = [key_of(entry) for entry in item.entries]
    message = f"credentials are an item of their own beside `{_shown(before)}`, whose `auth` they should be"
    changes: tuple[Change, ...] | None = None
    if names in (["auth"], ["aws_auth"]):
        entry = item.entries[0]
        value = resolve(entry.value)
        holders, key = ([value] if isinstance(value, Mapping) else []), names[0] or ""
        target = entry.value.target if isinstance(entry.value, Alias) else None
        if not _what_is_wrong(config, key, value) and (target is not None or _may_move([entry])):
            moved: Value = Reference(target) if target is not None else value_of(entry.value)
            changes = (AddEntry(before.item, key, moved, before.after), RemoveItem(docker, node))
    elif set(names) == set(HUB_PAIR) and len(names) == 2:
        holders, key = [item], "auth"
        if _may_move(item.entries):
            pair: Value = {n: value_of(e.value) for n in HUB_PAIR for e in item.entries if key_of(e) == n}
            changes = (AddEntry(before.item, "auth", pair, before.after), RemoveItem(docker, node))
    else:
        return
    if before.auth is not None or item.anchor is not None or node is not item:
        changes = None
    yield Fault([before], node, message, _found(config, holders, key), changes)


def of_environments(config: Config) -> Iterator[Fault]:
    """Credentials at the level of a job or an executor, beside `docker`."""
    for runner in (*config.jobs.values(), *config.executors.values()):
        entry = next((e for e in runner.body.entries if key_of(e) in SHAPES), None)
        docker = runner.docker
        if entry is None or docker is None:
            continue
        key, value = key_of(entry) or "", resolve(entry.value)
        items = (item for node in docker.items if isinstance(item := resolve(node), Mapping))
        images = [image for item in items if (image := config.image_of(item)) is not None]
        lacking = [image for image in images if image.auth is None]
        if not images:
            continue
        message = f"`{key}` of {runner.kind} `{runner.name}` is beside `docker`, where CircleCI ignores it"
        found = _found(config, [value], key) if isinstance(value, Mapping) else []
        target = entry.value.target if isinstance(entry.value, Alias) else None
        own = all(i.item in docker.items and i.item.anchor is None and len(i.environments) == 1 for i in images)
        one = len({image.reference.registry for image in lacking} - {None}) == 1
        changes: tuple[Change, ...] | None = None
        clear = lacking and own and one and runner.body.anchor is None and not _what_is_wrong(config, key, value)
        if clear and (target is not None or _may_move([entry])):
            moved: Value = Reference(target) if target is not None else value_of(entry.value)
            added = [AddEntry(image.item, key, moved, image.after) for image in lacking]
            changes = (*added, RemoveEntry(runner.body, entry))
        yield Fault(lacking or images, entry.key, message, found, changes, "write it below each image that needs it")


def _own_pair(image: Image, keys: tuple[str, ...]) -> dict[str, Entry] | None:
    """The item's own entries of these keys, in that order, where all are there."""
    own = {key: entry for key in keys for entry in image.item.entries if key_of(entry) == key}
    return own if len(own) == len(keys) else None


def _may_move(entries: object) -> bool:
    """Whether entries can be written out elsewhere: no anchor is in them, and nothing that code computes."""
    assert not isinstance(entries, Entry)
    nodes = [node for entry in entries for node in walk(entry.value)]  # type: ignore[attr-defined]
    return not any(node.anchor is not None or isinstance(node, Opaque) for node in nodes)


def _meant(config: Config, value: Mapping) -> list[tuple[str, Text, str]]:
    """The values that were meant to be variables, each with its key and the variable."""
    found = []
    for entry in config.lookup.entries(value):
        name, text = key_of(entry), resolve(entry.value)
        if name in (*HUB_PAIR, *AWS_PAIR) and isinstance(text, Text) and (meant := meant_variable(name, text.value)):
            found.append((name, text, meant))
    return found


def _words(auth: Node) -> list[tuple[str, str]]:
    """A string instead of credentials: it may be the password."""
    return [("password", auth.value)] if isinstance(auth, Text) and auth.value else []


def _what_is_wrong(config: Config, key: str, auth: Node) -> str:
    """What is wrong with credentials that are no list; empty if nothing is, or if code computes it."""
    if isinstance(auth, Text) and "<<" not in auth.value:
        return "is empty" if auth.is_null or not auth.value else "is a string"
    if isinstance(auth, Sequence):
        return "is a list"
    if not isinstance(auth, Mapping) or any(e.is_merge and isinstance(resolve(e.value), Opaque) for e in auth.entries):
        return ""
    lookup = config.lookup
    lacks: list[list[str]] = []
    for keys in SHAPES.get(key, ()):
        values = {name: lookup.get(auth, name) for name in keys if not lookup.ambiguous(auth, name)}
        lacks.append([n for n, v in values.items() if v is None or (isinstance(v, Text) and v.is_null)])
    if not lacks or not all(lacks):
        return ""
    return f"has no `{'` and no `'.join(lacks[0])}`"


def _found(config: Config, holders: list[Mapping], key: str) -> list[tuple[str, str]]:
    keys = [name for shape in SHAPES.get(key, ()) for name in shape]
    return [(name, text.value) for name in keys for h in holders if (text := config.lookup.text(h, name))]


def _pairs_of(config: Config, auth: Sequence, key: str) -> dict[str, Value] | None:
    """The credentials of a list of mappings, in their order; `None` if it contains anything else."""
    entries: list[Entry] = []
    for item in auth.items:
        node = resolve(item)
        if not isinstance(node, Mapping):
            return None
        entries += config.lookup.entries(node)
    found = {key_of(entry): resolve(entry.value) for entry in entries}
    for keys in SHAPES[key]:
        if len(entries) == len(keys) and set(found) == set(keys) and all(isinstance(n, Text) for n in found.values()):
            return {name: value_of(found[name]) for name in keys}
    return None


def _is_shared(auth: Sequence, config: Config, key: str) -> bool:
    """Whether something else needs the list: it contains an anchor, or an alias of it is no such value."""
    if any(node.anchor is not None for node in walk(auth) if node is not auth):
        return True
    if auth.anchor is None:
        return False
    entries = [config.parents.entry(alias) for alias in config.uses.aliases(auth)]
    return not all(entry is not None and key_of(entry) == key for entry in entries)


def _into_auth(config: Config, image: Image) -> tuple[Change, ...] | None:
    item, lookup = image.item, config.lookup
    own = [entry for entry in item.entries if key_of(entry) in HUB_PAIR]
    if len(own) == 2:
        if not _may_move(own):
            return None
        values: Value = {key: value_of(entry.value) for key in HUB_PAIR for entry in own if key_of(entry) == key}
        return (AddEntry(item, "auth", values, image.after), *(RemoveEntry(item, entry) for entry in own))
    found = lookup.find(item, "username")
    if own or found is None or found.via is None:
        return None
    if {key_of(e) for e in lookup.entries(found.owner)} != set(HUB_PAIR):
        return None
    value = found.via.value
    if isinstance(value, Alias) and value.target is found.owner:
        return (RenameKey(item, found.via, "auth"),)
    if isinstance(value, Sequence):
        for merged in value.items:
            if isinstance(merged, Alias) and merged.target is found.owner and len(value.items) > 1:
                return (RemoveItem(value, merged), AddEntry(item, "auth", Reference(found.owner), image.after))
    return None
