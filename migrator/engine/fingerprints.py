"""Names for places in a tree that stay the same when lines move, other items are inserted, or fixes are applied."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Several

from migrator.documents.edits import TextEdit
from migrator.startup.digests import sha256
from migrator.startup.patterns import lazy
from migrator.tree import Mapping, Node, Parents, Sequence, Text, resolve, walk

_PROGRAM = lazy(r"[a-z][a-z0-9_-]*(?=\s|$)")


class Origin:
    """From places in an edited text back to the text before; `edits` are sorted and count in the text before."""

    def __init__(self, edits: Several[TextEdit]) -> None:
        self._starts: list[int] = []  # where each edit's text begins after the edits
        self._edits = edits
        shift = 0
        for edit in edits:
            self._starts.append(edit.start + shift)
            shift += len(edit.text) - (edit.end - edit.start)

    def of(self, offset: int) -> int:
        """Where this was before; for what an edit wrote, where that edit began."""
        kept = self.kept(offset)
        return self._edits[bisect_right(self._starts, offset) - 1].start if kept is None else kept

    def kept(self, offset: int) -> int | None:
        """Where this was before; `None` for what an edit wrote."""
        index = bisect_right(self._starts, offset) - 1
        if index < 0:
            return offset
        edit = self._edits[index]
        beyond = offset - self._starts[index] - len(edit.text)
        return edit.end + beyond if beyond >= 0 else None


class Fingerprints:
    """Fingerprints of findings in one tree.

    A place is named by the keys that lead to it; an item of a sequence by its name, its image or its program and, where
    several are named alike, by its number and theirs. Were it the number alone, an item that stays would be taken for
    the one before it once that is replaced, and be given its answer. Nothing else of the text goes in, so that no
    secret can be guessed from a fingerprint.
    """

    def __init__(self, parents: Parents) -> None:
        self._parents = parents
        self._labels: dict[int, dict[int, str]] = {}
        self._first: Node | None = None
        self._known: dict[int, str] | None = None
        self._origin: Origin | None = None

    def follow(self, root: Node, edits: Several[TextEdit], parents: Parents) -> None:
        """Go on with the tree of the edited text: what was in the first tree, `root`, keeps the name it had there."""
        self._first = root
        self._parents = parents
        self._labels = {}
        self._origin = Origin(edits)

    def _first_labels(self) -> dict[int, str]:
        """The items of the first tree by where they begin, named late: fixed files seldom have anything to name."""
        if self._known is not None:
            return self._known
        assert self._first is not None
        known: dict[int, str] = {}
        twice: set[int] = set()
        for sequence in walk(self._first):
            if isinstance(sequence, Sequence):
                for item, label in zip(sequence.items, _labels(sequence.items), strict=True):
                    twice.update({item.head} & known.keys())
                    known[item.head] = label
        self._known = {head: label for head, label in known.items() if head not in twice}
        return self._known

    def of(self, rule: str, node: Node, subject: str) -> str:
        """Sixteen hexadecimal digits."""
        steps: list[str] = []
        current = node
        while (parent := self._parents.parent(current)) is not None:
            if isinstance(parent, Sequence):
                steps.append(self._label(parent, current))
            else:
                entry = self._parents.entry(current)
                steps.append(entry.name or "?" if entry is not None else "?")
            current = parent
        words = "\0".join([rule, subject, *steps])
        name: str = sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return name

    def _label(self, sequence: Sequence, item: Node) -> str:
        labels = self._labels.get(id(sequence))
        if labels is None:
            named = zip(sequence.items, self._followed(sequence.items), strict=True)
            labels = self._labels[id(sequence)] = {id(other): label for other, label in named}
        return labels[id(item)]

    def _followed(self, items: Several[Node]) -> Iterator[str]:
        origin = self._origin
        if origin is None:
            yield from _labels(items)
            return
        first = self._first_labels()
        for item, label in zip(items, _labels(items), strict=True):
            head = origin.kept(item.head)
            known = first.get(head) if head is not None else None
            yield known or f"{label}+"


def _labels(items: Several[Node]) -> Iterator[str]:
    names = [_name(item) for item in items]
    alike = Counter(names)
    counts: Counter[str] = Counter()
    for name in names:
        yield f"{name}#{counts[name]}" if alike[name] == 1 else f"{name}#{counts[name]}/{alike[name]}"
        counts[name] += 1


def _name(item: Node) -> str:
    item = resolve(item)
    if isinstance(item, Text):
        return item.value.partition("\n")[0].partition("=")[0]  # behind it may be a secret: `TOKEN=...`
    if isinstance(item, Mapping):
        image = item.get("image")
        if isinstance(image, Text):
            return image.value
        if len(item.entries) == 1:
            entry = item.entries[0]
            return f"run {_program(entry.value)}" if entry.name == "run" else entry.name or ""
    return ""


def _program(step: Node) -> str:
    """What a `run` step calls itself or, of its command, the program: the words behind that may be a secret."""
    step = resolve(step)
    if isinstance(step, Mapping):
        if type(name := resolve(step.get("name") or step)) is Text:
            return _name(name)
        step = resolve(step.get("command") or step)
    program = _PROGRAM.match(step.value) if isinstance(step, Text) else None
    return program[0] if program else ""
