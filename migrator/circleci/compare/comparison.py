"""What differs between two configs as CircleCI sees them, each difference as plain data.

The whole of both trees is compared, aliases and merge keys resolved. Every value that is not equal is in one of the
differences, so that there are no others: what no kind of difference fits is reported by its path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from typing import Final

from migrator.circleci.compare.differences import (
    AROUND,
    Contexts,
    Difference,
    Owner,
    Pulled,
    Replaced,
    Setting,
    Steps,
    Variable,
    within,
)
from migrator.circleci.compare.effective import Numbers, members
from migrator.circleci.compare.values import (
    LONG,
    argument_of,
    changed_lines,
    item_of,
    login_of,
    script_of,
    step_name,
    text_in,
    variables_of,
)
from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import contexts_of
from migrator.circleci.images import AUTH_KEYS
from migrator.circleci.kinds import SECTIONS, Kind
from migrator.circleci.lookup import Lookup
from migrator.tree import Mapping, Node, Sequence, Text, resolve

_READ: Final = frozenset(
    {*SECTIONS, "version", "setup", "parameters", "functions", "display", "examples", "description"}
)


class Comparison:
    """Two configs side by side: `differences` are all of them, `equal` says whether there are none."""

    def __init__(self, before: Config, after: Config) -> None:
        self.differences: list[Difference] = []
        self._numbers = Numbers()
        self._old, self._new = before.lookup, after.lookup
        old, new = resolve(before.root), resolve(after.root)
        if self._same(old, new):
            return
        if before.tree.content != after.tree.content or not (isinstance(old, Mapping) and isinstance(new, Mapping)):
            self._other("", old, new)
        elif before.tree.content.kind is Kind.CONFIG:
            self._scope(old, new, "")
        elif before.tree.content.kind is Kind.SECTION:
            self._section(before.tree.content.section, old, new, "")
        elif before.tree.content.kind is Kind.DEFINITION:
            self._definition(before.tree.content.section, before.tree.content.name, old, new, before.tree.content.name)
        else:
            self._other("", old, new)
        if not self.differences:  # the names of what differs are no texts, or merge keys disagree
            self._note(Setting(before.tree.content.name or "the config", "changes"))

    @property
    def equal(self) -> bool:
        return not self.differences

    def _note(self, difference: Difference) -> None:
        self.differences.append(difference)

    def _same(self, old: Node | None, new: Node | None) -> bool:
        if old is None or new is None:
            return old is new
        return self._numbers.of(old, self._old) == self._numbers.of(new, self._new)

    def _changed(self, old: Mapping, new: Mapping) -> Iterator[tuple[str, Node | None, Node | None]]:
        """The members of two mappings that are not the same, in the order of the new one."""
        before, after = members(old, self._old), members(new, self._new)
        for name in (*after, *(name for name in before if name not in after)):
            if not self._same(before.get(name), after.get(name)):
                yield name, before.get(name), after.get(name)

    def _each(
        self, path: str, old: Mapping, new: Mapping, take: Callable[[str, Node | None, Node | None], bool]
    ) -> None:
        """Hand over what differs, with `None` for what is missing. What `take` refuses is reported by its path.

        What no name leads to (keys that are no texts, merge keys that disagree) is reported as the whole.
        """
        told = len(self.differences)
        for name, before, after in self._changed(old, new):
            if not take(name, before, after):
                self._other(_joined(path, name), before, after)
        if len(self.differences) == told:
            self._note(Setting(path or "the config", "changes"))

    # -- sections and definitions

    def _scope(self, old: Mapping, new: Mapping, prefix: str) -> None:
        """A config, or an inline orb, whose `prefix` is `alias/`."""

        def take(name: str, before: Node | None, after: Node | None) -> bool:
            if name == "orbs" and isinstance(after, Mapping) and (before is None or isinstance(before, Mapping)):
                self._orbs(before, after, prefix)
            elif name in SECTIONS and isinstance(before, Mapping) and isinstance(after, Mapping):
                self._section(name, before, after, prefix)
            elif name not in _READ and not prefix:
                self._note(Setting(name, "shared" if before and after else "added" if after else "removed"))
            else:
                return False
            return True

        self._each(prefix, old, new, take)

    def _section(self, section: str, old: Mapping, new: Mapping, prefix: str) -> None:
        def take(name: str, before: Node | None, after: Node | None) -> bool:
            if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
                return False
            self._definition(section, prefix + name, before, after, _joined(prefix + section, name))
            return True

        self._each(prefix + section, old, new, take)

    def _orbs(self, old: Mapping | None, new: Mapping, prefix: str) -> None:
        if old is None:
            for name, value in members(new, self._new).items():
                self._other(_joined(f"{prefix}orbs", name), None, value)
            return

        def take(name: str, before: Node | None, after: Node | None) -> bool:
            if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
                return False
            self._scope(before, after, f"{prefix}{name}/")
            return True

        self._each(f"{prefix}orbs", old, new, take)

    def _definition(self, section: str, name: str, old: Mapping, new: Mapping, path: str) -> None:
        owner = Owner(_KINDS.get(section, section), name)

        def take(key: str, before: Node | None, after: Node | None) -> bool:
            if section in ("workflows", "job-groups") and key == "jobs":
                return self._invocations(owner, before, after, path)
            if key == "docker" and isinstance(before, Sequence) and isinstance(after, Sequence):
                return self._images(owner, before, after, _joined(path, key))
            if key == "environment":
                return self._environment(owner, "", "", before, after)
            if key == "steps" and isinstance(before, Sequence) and isinstance(after, Sequence):
                return self._steps(owner, "", before, after, _joined(path, key))
            return False

        self._each(path, old, new, take)

    # -- images

    def _images(self, owner: Owner, old: Sequence, new: Sequence, path: str) -> bool:
        if len(old.items) != len(new.items):
            return False
        for index, (one, other) in enumerate(zip(old.items, new.items, strict=True)):
            before, after = resolve(one), resolve(other)
            if self._same(before, after):
                continue
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                self._image(owner, before, after, _joined(path, str(index)))
            else:
                self._other(_joined(path, str(index)), before, after)
        return True

    def _image(self, owner: Owner, old: Mapping, new: Mapping, path: str) -> None:
        image = text_in(self._new, new, "image")
        logins = login_of(self._old, old), login_of(self._new, new)
        pulled = Pulled(owner, image, *logins)

        def take(key: str, before: Node | None, after: Node | None) -> bool:
            if key in AUTH_KEYS:
                if logins[0] != logins[1] and pulled not in self.differences[-2:]:
                    self._note(pulled)
                return logins[0] != logins[1]
            if key == "image" and isinstance(before, Text) and isinstance(after, Text):
                self._note(Replaced(owner, before.value, after.value))
                return True
            return key == "environment" and self._environment(owner, image, "", before, after)

        self._each(path, old, new, take)

    def _environment(self, owner: Owner, container: str, step: str, old: Node | None, new: Node | None) -> bool:
        before, after = variables_of(self._old, old), variables_of(self._new, new)
        if before is None or after is None:
            return False
        numbers = self._numbers
        told = False
        for name in (*after, *(name for name in before if name not in after)):
            one = [numbers.of(node, self._old) for node in before.get(name, ())]
            other = [numbers.of(node, self._new) for node in after.get(name, ())]
            if one != other:
                told = True
                self._note(Variable(owner, container, step, name, bool(one), bool(other)))
        return told

    # -- workflows

    def _invocations(self, owner: Owner, old: Node | None, new: Node | None, path: str) -> bool:
        if not (isinstance(old, Sequence) and isinstance(new, Sequence)) or len(old.items) != len(new.items):
            return False
        for index, (one, other) in enumerate(zip(old.items, new.items, strict=True)):
            if self._same(one, other):
                continue
            before, after = item_of(self._old, one), item_of(self._new, other)
            if before is None or after is None or before[0] != after[0]:
                self._other(_joined(_joined(path, "jobs"), str(index)), resolve(one), resolve(other))
            else:
                self._invocation(owner, after[0], resolve(other), before[1], after[1], _joined(path, after[0]))
        return True

    def _invocation(
        self, owner: Owner, job: str, item: Node, old: Mapping | None, new: Mapping | None, path: str
    ) -> None:
        before = members(old, self._old) if old else {}
        after = members(new, self._new) if new else {}
        whose = Owner("invocation", job)
        for name in (*after, *(name for name in before if name not in after)):
            one, other = before.get(name), after.get(name)
            if self._same(one, other):
                continue
            if name == "context":
                had, has = contexts_of(one) if one else (), contexts_of(other) if other else ()
                if had is not None and has is not None and had != has:
                    gained = tuple(c for c in has if c not in had)
                    self._note(Contexts(owner, job, id(item), gained, tuple(c for c in had if c not in has)))
                    continue
            place = _joined(path, name)
            if (
                name not in AROUND
                or not (isinstance(one, Sequence) and isinstance(other, Sequence))
                or not self._steps(whose, name, one, other, place)
            ):
                self._other(place, one, other)

    # -- steps

    def _steps(self, owner: Owner, place: str, old: Sequence, new: Sequence, path: str) -> bool:
        if max(len(old.items), len(new.items)) > LONG:
            return False
        one = [self._numbers.of(item, self._old) for item in old.items]
        other = [self._numbers.of(item, self._new) for item in new.items]
        for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            if b - a == d - c == 1 and self._step(owner, place, a, old.items[a], new.items[c], path):
                continue
            before = tuple(step_name(self._old, item) for item in old.items[a:b])
            after = tuple(step_name(self._new, item) for item in new.items[c:d])
            self._note(Steps(owner, place, a + 1, before, after))
        return True

    def _step(self, owner: Owner, place: str, index: int, old: Node, new: Node, path: str) -> bool:
        """A step that stays the same step: a script with other lines, steps below a condition, other arguments."""
        one, other = item_of(self._old, old), item_of(self._new, new)
        if one is None or other is None or one[0] != other[0]:
            return False
        name = one[0]
        before, after = argument_of(self._old, old, "steps"), argument_of(self._new, new, "steps")
        if name in ("when", "unless") and isinstance(before, Sequence) and isinstance(after, Sequence):
            if not self._same(argument_of(self._old, old, "condition"), argument_of(self._new, new, "condition")):
                return False
            inner = f"step {index + 1} ({name}){within(place)}"
            return self._steps(owner, inner, before, after, path)
        scripts = script_of(self._old, old), script_of(self._new, new)
        if name != "run" or scripts[0] is None or scripts[1] is None:
            return False
        before, after = argument_of(self._old, old, "environment"), argument_of(self._new, new, "environment")
        same = self._same(before, after)
        if self._rest(old, self._old) != self._rest(new, self._new) or (same and scripts[0] == scripts[1]):
            return False
        number = f"{index + 1}{within(place)}"
        if not same and not self._environment(owner, "", number, before, after):
            return False
        if scripts[0] == scripts[1]:
            return True
        label = (step_name(self._new, new),)
        self._note(Steps(owner, place, index + 1, label, label, changed_lines(scripts[0], scripts[1])))
        return True

    def _rest(self, step: Node, lookup: Lookup) -> dict[str, int]:
        """A `run` step without its script and its variables."""
        _, body = item_of(lookup, step) or ("", None)
        given = members(body, lookup) if body else {}
        return {
            name: self._numbers.of(node, lookup)
            for name, node in given.items()
            if name not in ("command", "environment")
        }

    # -- the rest

    def _other(self, path: str, old: Node | None, new: Node | None) -> None:
        """Differences that no kind fits, by the paths of the smallest values that hold them."""
        waiting: list[tuple[str, Node | None, Node | None]] = [(path, old, new)]
        while waiting:
            place, one, other = waiting.pop()
            if isinstance(one, Mapping) and isinstance(other, Mapping):
                inner = [(_joined(place, name), b, a) for name, b, a in self._changed(one, other)]
            elif isinstance(one, Sequence) and isinstance(other, Sequence) and len(one.items) == len(other.items):
                pairs = enumerate(zip(one.items, other.items, strict=True))
                inner = [
                    (_joined(place, str(n)), resolve(b), resolve(a)) for n, (b, a) in pairs if not self._same(b, a)
                ]
            else:
                inner = []
            if inner:
                waiting += reversed(inner)
                continue
            change = "added" if one is None else "removed" if other is None else "changes"
            self._note(Setting(place or "the config", change, _short(one), _short(other)))


_KINDS: Final = {
    "jobs": "job",
    "executors": "executor",
    "commands": "command",
    "workflows": "workflow",
    "job-groups": "job group",
}


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _short(node: Node | None) -> str:
    return node.value if isinstance(node, Text) else ""
