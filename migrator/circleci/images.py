"""The images of jobs and executors: items of `docker` lists, each once however many lists and aliases share it."""

# Nodes are asked for their type with `is`: these loops meet every node of a file.
from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from migrator.circleci.definitions import Executor, Job
from migrator.circleci.lookup import Lookup
from migrator.circleci.references import ImageReference, parse_reference
from migrator.tree import Alias, Entry, Mapping, Node, Sequence, Text, resolve

AUTH_KEYS: Final = ("auth", "aws_auth", "gcp_auth")


class DockerList:
    """One `docker` list with the jobs and executors that have it."""

    __slots__ = ("environments", "images", "node")

    def __init__(self, node: Sequence) -> None:
        self.node = node
        self.environments: list[Job | Executor] = []
        self.images: list[Image] = []


class Image:
    """One item of `docker` lists.

    `entry` is the entry of `image`, `owner` the mapping that holds it: the item itself, or one that it merges. `after`
    is the item's own entry that brings the image: that of `image`, or a merge key. `auth` is the entry of `auth`,
    `aws_auth` or `gcp_auth`, also where it is merged. `merges` says whether the item has merge keys.
    """

    __slots__ = ("_reference", "after", "auth", "entry", "item", "lists", "merges", "owner", "text")

    def __init__(
        self, item: Mapping, owner: Mapping, entry: Entry, after: Entry, text: Text, auth: Entry | None, *, merges: bool
    ) -> None:
        self.item = item
        self.owner = owner
        self.entry = entry
        self.after = after
        self.text = text
        self.auth = auth
        self.merges = merges
        self.lists: list[DockerList] = []
        self._reference: ImageReference | None = None

    @property
    def reference(self) -> ImageReference:
        reference = self._reference
        if reference is None:
            reference = self._reference = parse_reference(self.text.value)
        return reference

    @property
    def node(self) -> Node:
        """Where the image is written, an alias where it is one."""
        return self.entry.value

    @property
    def environments(self) -> list[Job | Executor]:
        """The jobs and executors whose image this is."""
        if len(self.lists) == 1:
            return self.lists[0].environments
        return [runner for docker in self.lists for runner in docker.environments]

    @property
    def runners(self) -> list[Job | Executor]:
        """The old name of `environments`, with a `MovedWarning`."""
        from migrator.moved import warn_of

        warn_of("image.runners", "image.environments")
        return self.environments

    @property
    def is_primary(self) -> bool:
        """Whether steps run in it, in one of its lists."""
        return any(docker.images[0] is self for docker in self.lists)

    def __repr__(self) -> str:
        return f"Image({self.text.value!r})"


class Unclear(NamedTuple):
    """Where merge keys disagree, so that nobody can say which image or which list is meant."""

    runner: Job | Executor
    node: Node
    name: str


class Images:
    """All images of one file."""

    def __init__(self, lookup: Lookup, environments: Iterable[Job | Executor]) -> None:
        self._lookup = lookup
        self.found: list[Image] = []
        self.lists: list[DockerList] = []
        self.unclear: list[Unclear] = []
        self.by_item: dict[int, Image] = {}
        known: dict[int, DockerList] = {}
        for runner in environments:
            entry = lookup.entry(runner.body, "docker")
            if entry is None:
                if lookup.ambiguous(runner.body, "docker"):
                    self.unclear.append(Unclear(runner, runner.node, "docker"))
                continue
            node = entry.value
            if type(node) is Alias:
                node = resolve(node)
            if type(node) is not Sequence:
                continue
            docker = known.get(id(node))
            if docker is None:
                docker = known[id(node)] = DockerList(node)
                self.lists.append(docker)
                self._read(docker, runner)
            docker.environments.append(runner)

    def _read(self, docker: DockerList, runner: Job | Executor) -> None:
        by_item = self.by_item
        for node in docker.node.items:
            item = node if type(node) is Mapping else resolve(node)
            if type(item) is not Mapping:
                continue
            image = by_item.get(id(item))
            if image is None:
                image = read_image(self._lookup, item)
                if image is None:
                    if self._lookup.ambiguous(item, "image"):
                        self.unclear.append(Unclear(runner, item, "image"))
                    continue
                by_item[id(item)] = image
                self.found.append(image)
            if image.lists and image.lists[-1] is docker:
                continue
            image.lists.append(docker)
            docker.images.append(image)


def read_image(lookup: Lookup, item: Mapping) -> Image | None:
    """The image that a mapping is, if it names one by a text."""
    image: Entry | None = None
    auth: Entry | None = None
    merges = False
    for entry in item.entries:
        key = entry.key
        if type(key) is Text:
            name = key.value
            if name == "image":
                image = entry
            elif name in AUTH_KEYS:
                auth = entry
            elif name == "<<" and key.kind is None:
                merges = True
    owner, after = item, image
    if merges or image is None:
        found = lookup.find(item, "image")
        if found is None:
            return None
        owner, image, after = found.owner, found.entry, found.via or found.entry
        auth = auth or next((e for key in AUTH_KEYS if (e := lookup.entry(item, key))), None)
    text = image.value if type(image.value) is Text else resolve(image.value)
    if type(text) is not Text or after is None or text.is_null or not text.value.strip():
        return None
    return Image(item, owner, image, after, text, auth, merges=merges)
