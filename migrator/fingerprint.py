"""Names for places in a tree that stay the same when lines move, items are inserted elsewhere, or fixes are applied."""

from __future__ import annotations

import hashlib
from collections import Counter

from migrator.tree import Mapping, Node, Parents, Sequence, Text, resolve


class Fingerprints:
    """Fingerprints of findings in one tree.

    A place is named by the keys that lead to it; an item of a sequence by its name or image and its number among
    items named alike. Nothing else of the text goes in, so that no secret can be guessed from a fingerprint.
    """

    def __init__(self, parents: Parents) -> None:
        self._parents = parents
        self._labels: dict[int, dict[int, str]] = {}

    def of(self, rule: str, node: Node, subject: str) -> str:
        """Sixteen hexadecimal digits."""
        steps: list[str] = []
        current = node
        while (parent := self._parents.parent(current)) is not None:
            if type(parent) is Sequence:
                steps.append(self._label(parent, current))
            else:
                entry = self._parents.entry(current)
                steps.append(entry.name or "?" if entry is not None else "?")
            current = parent
        words = "\0".join([rule, subject, *steps])
        return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def _label(self, sequence: Sequence, item: Node) -> str:
        labels = self._labels.get(id(sequence))
        if labels is None:
            counts: Counter[str] = Counter()
            labels = {}
            for other in sequence.items:
                name = _name(other)
                labels[id(other)] = f"{name}#{counts[name]}"
                counts[name] += 1
            self._labels[id(sequence)] = labels
        return labels[id(item)]


def _name(item: Node) -> str:
    item = resolve(item)
    if type(item) is Text:
        return item.value.partition("\n")[0].partition("=")[0]  # behind it may stand a secret: `TOKEN=...`
    if type(item) is Mapping:
        image = item.get("image")
        if type(image) is Text:
            return image.value
        if len(item.entries) == 1:
            return item.entries[0].name or ""
    return ""
