"""Which literals of a script are configs, and which are parts that it puts into one in a way only a run would say."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.documents.python.reading.bases import added_to_bases
from migrator.documents.python.reading.nodes import COMPUTED
from migrator.documents.python.reading.reader import PythonReader
from migrator.documents.python.reading.scope import last_name
from migrator.parts import Part
from migrator.tree import Alias, Entry, Mapping, Node, Opaque, Parents, Sequence, Text, resolve, walk

_DUMPS = frozenset(["dump", "dumps", "safe_dump", "round_trip_dump", "dump_all", "safe_dump_all"])
_SECTIONS = frozenset(["version", "orbs", "executors", "commands", "jobs", "workflows", "setup"])
_IMAGE_KEYS = frozenset(["image", "name", "entrypoint", "command", "user", "environment", "<<"])
_RUNS = ("docker", "machine", "macos", "executor")


def parts_of(reader: PythonReader, parents: Parents) -> list[Part]:
    """Configs first, then the parts that none of them certainly holds, each in the order of the source."""
    configs = list(_configs(reader))
    held: set[int] = set()
    for config in configs:
        held |= _below(config)
    configs = [
        config
        for config in configs
        if not any(other is not config and id(config) in _below(other) for other in configs)
    ]
    constants = tuple(reader.references.constants())

    def shared(node: Node) -> tuple[Node, ...]:
        return () if reader.values.is_yaml(node) else constants

    def part(node: Node, section: str = "", name: str = "", constants: tuple[Node, ...] = ()) -> Part:
        return Part(node, section, name, whole=reader.root, computed=True, shared=constants)

    parts = [part(config, constants=shared(config)) for config in sorted(configs, key=lambda node: node.start)]
    for node in walk(reader.root):
        if id(node) in held:
            continue
        if isinstance(node, Opaque) and any(each.root is node for each in reader.values.embedded):
            parts.append(part(node))
        elif isinstance(node, Mapping) and (section := _section(node)):
            parts.append(part(node, section, _name(node, parents), shared(node)))
            held |= _below(node)
        elif isinstance(node, Mapping) and _is_image(node) and not isinstance(parents.parent(node), Mapping):
            parts.append(part(_list_of(node), "executors", node.anchor or "an image"))
    for added, names in added_to_bases(reader):
        parts.append(Part(added, whole=reader.root, computed=True, loads=names))
    if reader.processes:
        parts.append(Part(reader.root, computed=True, processes=tuple(reader.processes)))
    return parts


def _configs(reader: PythonReader) -> Iterator[Node]:
    dumped: set[int] = set()
    for call in reader.names.calls:
        if last_name(call.node.func) in _DUMPS and call.node.args:
            dumped.add(id(resolve(reader.values.of(call.node.args[0].value, call.scope))))
    for node in walk(reader.root):
        if isinstance(node, Mapping):
            names = _names(node)
            whole = (
                "jobs" in names
                and bool(names & {"version", "workflows"})
                and not isinstance(node.get("jobs"), Sequence)
            )
            if (
                whole
                or (names & _SECTIONS and id(node) in dumped)
                or any(node is each.root and each.whole for each in reader.values.embedded)
            ):
                yield node


def _names(node: Mapping) -> set[str | None]:
    """The keys of a mapping and of what it unpacks."""
    names: set[str | None] = set()
    for entry in node.entries:
        target = resolve(entry.value)
        names |= _names(target) if entry.is_merge and isinstance(target, Mapping) else {entry.name}
    return names


def _below(root: Node) -> set[int]:
    """Everything that a node holds, aliases followed."""
    found: set[int] = set()
    waiting = [root]
    while waiting:
        node = resolve(waiting.pop())
        if id(node) in found:
            continue
        found.add(id(node))
        if isinstance(node, Mapping):
            for entry in node.entries:
                waiting += (resolve(entry.key), entry.value)
        elif isinstance(node, Sequence):
            waiting += node.items
    return found


def _section(node: Mapping) -> str:
    """The section of a config whose definitions look like this one."""
    names = {entry.name for entry in node.entries}
    docker = resolve(value) if (value := node.get("docker")) is not None else None
    if isinstance(docker, Sequence | Opaque):
        return "jobs" if "steps" in names else "executors"
    if isinstance(resolve(steps) if (steps := node.get("steps")) is not None else None, Sequence):
        return "jobs" if names & set(_RUNS) else "commands"
    return ""


def _is_image(node: Mapping) -> bool:
    """Whether a dict reads as an item of a `docker` list without credentials."""
    names = _names(node)
    return "image" in names and names <= _IMAGE_KEYS


def _list_of(image: Mapping) -> Mapping:
    """What a dict would be a part of that code puts into a list: to be looked at, as nobody knows where it goes."""
    start, end = image.span
    item = Mapping(start, end, start, COMPUTED, None, None)
    for entry in image.entries:
        value = entry.value if isinstance(entry.value, Opaque) else Alias("", resolve(entry.value), *entry.value.span)
        item.entries.append(Entry(Text(entry.name or "", *entry.key.span, entry.key.start), value))
    items = Sequence(start, end, start, COMPUTED, None, None)
    items.items.append(item)
    docker = Mapping(start, end, start, COMPUTED, None, None)
    docker.entries.append(Entry(Text("docker", start, start, start), items))
    return docker


def _name(node: Mapping, parents: Parents) -> str:
    """The key that it is under, or the name of the variable or function it is the value of."""
    entry = parents.entry(node)
    key = resolve(entry.key) if entry is not None else None
    if isinstance(key, Text) and key.value != "<<":
        return key.value
    return node.anchor or "a job"
