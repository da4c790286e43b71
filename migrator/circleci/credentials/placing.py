"""Where credentials are written so that each definition of an image gets them once, and no other image does.

An image that a merge key brings gets them in the mapping that holds it, if all who merge that mapping want the same:
each image that overrides it with one of another registry gets its own, and where it cannot have any, the shared
mapping is left alone and each image gets its own. An item that is only an alias then merges what it was an alias of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from migrator.circleci.credentials.table import Credentials
from migrator.circleci.definitions import Executor, Job
from migrator.circleci.images import AUTH_KEYS, Image
from migrator.circleci.lookup import key_of
from migrator.startup.records import record
from migrator.tree import Alias, Entry, Mapping, Node, resolve
from migrator.tree import Sequence as SequenceNode

if TYPE_CHECKING:
    from migrator.circleci.config import Config

HUB_PAIR: Final = ("username", "password")
AWS_PAIR: Final = ("aws_access_key_id", "aws_secret_access_key")
ROLE: Final = ("oidc_role_arn",)
SHAPES: Final = {"auth": (HUB_PAIR,), "aws_auth": (AWS_PAIR, ROLE)}
"""The keys that credentials have below each of these."""

_KNOWN: Final = frozenset({"image", "name", "entrypoint", "command", "user", "environment", "<<"})
_AT_LEVEL: Final = frozenset(SHAPES)
_STRAY: Final = (frozenset({"auth"}), frozenset({"aws_auth"}), frozenset(HUB_PAIR))


@record(eq=False, frozen=False)
class Placement:
    """Credentials for `target`, behind the entry `after`; `images` get them by it, `image` is the one to speak of.

    `aliases` are the items of lists that get them in place of `target`, each by merging it.
    `shields` are images that would inherit the wrong credentials from `target` and get their own with it.
    `problem` says why nothing can be written; it is empty where all is well.
    """

    image: Image
    credentials: Credentials
    target: Mapping
    after: Entry
    images: Sequence[Image]
    shields: Sequence[tuple[Image, Credentials]] = ()
    problem: str = ""
    aliases: Sequence[Alias] = ()

    @property
    def gains(self) -> list[tuple[Image, Credentials]]:
        """Every image that gets credentials, with which."""
        return [(image, self.credentials) for image in self.images] + list(self.shields)

    @property
    def environments(self) -> list[Job | Executor]:
        """The jobs and executors whose images get credentials by it."""
        if len(self.images) == 1:
            return self.images[0].environments
        return [runner for image in self.images for runner in image.environments]


def place_credentials(config: Config, wanted: list[tuple[Image, Credentials]]) -> list[Placement]:
    """Places for all images that want credentials, each image in one of them."""
    shared = [pair for pair in wanted if _may_be_shared(pair[0])]
    if not shared:
        return [Placement(i, c, i.item, i.after, [i]) for i, c in wanted]
    search = _Search(config, wanted)
    # An anchor is before its aliases, so a mapping comes before those that merge it.
    for image, credentials in sorted(shared, key=lambda pair: (pair[0].owner.start, pair[0].item.start)):
        search.place(image, credentials)
    alone = [pair for pair in wanted if id(pair[0].item) not in search.covered]
    return search.placements + [Placement(i, c, i.item, i.after, [i]) for i, c in alone]


def _may_be_shared(image: Image) -> bool:
    return image.owner is not image.item or image.item.anchor is not None


class _Search:
    def __init__(self, config: Config, wanted: list[tuple[Image, Credentials]]) -> None:
        self._config = config
        self._wanted = {id(image.item): credentials for image, credentials in wanted}
        self.covered: set[int] = set()
        self._tried: set[tuple[int, int]] = set()
        self.placements: list[Placement] = []

    def place(self, image: Image, credentials: Credentials) -> None:
        if id(image.item) in self.covered:
            return
        if image.owner is not image.item:
            if self._try(image, credentials, image.owner, image.entry):
                return
            if image.item.anchor is None:
                return
        if not self._try(image, credentials, image.item, image.after):
            placement = Placement(image, credentials, image.item, image.after, [image])
            items = [node for docker in image.lists for node in docker.node.items if resolve(node) is image.item]
            aliases = [node for node in items if isinstance(node, Alias)]
            if len(aliases) == len(items):
                placement.aliases = aliases
            else:
                placement.problem = "mappings that merge this one would inherit these credentials but use others"
            self.covered.add(id(image.item))
            self.placements.append(placement)

    def _try(self, image: Image, credentials: Credentials, target: Mapping, after: Entry) -> bool:
        """Place credentials on a mapping that others may merge; false where someone would inherit them wrongly."""
        images: dict[int, Image] = {}
        shields: list[tuple[Image, Credentials]] = []
        if (id(target), id(credentials)) in self._tried or not self._is_only_merged(target):
            return False
        self._tried.add((id(target), id(credentials)))
        waiting, seen = [target], {id(target)}
        while waiting:
            mapping = waiting.pop()
            own = self._config.image_of(mapping)
            if own is not None:
                if mapping is not target and self._has(own, credentials):
                    continue  # from another mapping that it merges: it would inherit the same
                wants = self._wanted.get(id(mapping))
                if own.auth is not None or wants is None or (mapping is target and wants != credentials):
                    return False
                if wants.key != credentials.key:
                    return False  # `aws_auth` of its own would not keep it from inheriting `auth`
                if wants == credentials:
                    images[id(mapping)] = own
                else:
                    shields.append((own, wants))
                    continue  # those that merge it see its own
            elif mapping is not target and mapping.anchor is None:
                return False
            for merger in self._config.uses.mergers(mapping):
                if id(merger) not in seen and not any(key_of(e) == credentials.key for e in merger.entries):
                    seen.add(id(merger))
                    waiting.append(merger)
        new = [own for key, own in images.items() if key not in self.covered]
        first = image if target is not image.item else next((i for i in new if i.item is target), image)
        self.covered.update(images)
        self.placements.append(Placement(first, credentials, target, after, list(images.values()), shields))
        return True

    def _has(self, image: Image, credentials: Credentials) -> bool:
        auth = image.auth
        return auth is not None and key_of(auth) == credentials.key and credentials.are(self._config.lookup, auth.value)

    def _is_only_merged(self, target: Mapping) -> bool:
        """Whether every alias of a mapping is in a list of images or behind a merge key."""
        for alias in self._config.uses.aliases(target):
            parent, entry = self._config.parents.parent(alias), self._config.parents.entry(alias)
            if not isinstance(parent, SequenceNode) and not (entry and entry.is_merge):
                return False
        return True


def has_loose_credentials(config: Config, image: Image) -> bool:
    """User name and password are right beside `image`, where they do nothing."""
    if image.merges:
        return all(config.lookup.entry(image.item, name) for name in ("username", "password"))
    return len(image.item.entries) > 2 and {"username", "password"} <= {key_of(e) for e in image.item.entries}


def misplaced_key(config: Config, image: Image) -> Entry | None:
    """A key of AWS right beside `image`, or `auth` or its kin in other letters, which CircleCI does not know."""
    for entry in image.item.entries:
        name = key_of(entry)
        if name is None or name in _KNOWN or name in AUTH_KEYS:
            continue
        if name in AWS_PAIR or name.lower().replace("-", "_") in AUTH_KEYS:
            return entry
    return None


def has_misplaced_credentials(config: Config, image: Image) -> bool:
    """Whether credentials of an image without any are in a place where CircleCI does not see them: the rule
    `broken-auth` is for those."""
    if has_loose_credentials(config, image) or misplaced_key(config, image) is not None:
        return True
    return id(image.item) in config.once(_beside_stray_credentials)


def stray_credentials(config: Config) -> Iterator[tuple[SequenceNode, Node, Mapping, Image]]:
    """Credentials as items of their own: the list, the item as it is written and with aliases resolved, and the image
    that they belong to, which is the one before it, or the one behind an item that is the first."""
    for docker in config.docker_lists:
        nodes = docker.node.items
        if len(docker.images) == len(nodes):
            continue
        for number, node in enumerate(nodes):
            item = resolve(node)
            if not isinstance(item, Mapping) or frozenset(key_of(entry) for entry in item.entries) not in _STRAY:
                continue
            beside = nodes[number - 1] if number else nodes[1] if len(nodes) > 1 else None
            image = config.image_of(beside) if isinstance(beside, Mapping) else None
            if image is not None:
                yield docker.node, node, item, image


def _beside_stray_credentials(config: Config) -> frozenset[int]:
    """The items of images whose credentials are an item of their own, or at the level of their job or executor."""
    found: set[int] = set()
    found.update(id(image.item) for _, _, _, image in stray_credentials(config))
    for docker in config.docker_lists:
        for runner in docker.environments:
            if any(key_of(entry) in _AT_LEVEL for entry in runner.body.entries):
                found.update(id(image.item) for image in docker.images)
    return frozenset(found)


def has_unclear_credentials(config: Config, image: Image) -> bool:
    """Merge keys disagree on the image's credentials."""
    return image.merges and any(config.lookup.ambiguous(image.item, name) for name in AUTH_KEYS)
