"""The parts of a change: each run of changed lines taken apart into what changes of an image, a job, a step.

What a run has before and after is the same and left out. What remains is abstract: without the names of jobs, images
and contexts, without indentation, quotes and anchors, without what a step takes over from the one whose place it takes.
Whether an image has a neighbour that changes in the same way makes no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from migrator.engine.outcomes import Changed
from migrator.results.kinds.kind import SECRET, Fact
from migrator.results.kinds.leaves import Leaf
from migrator.results.kinds.runs import Run, Signed, Trees, runs_in, runs_of
from migrator.results.kinds.scripts import commands_of
from migrator.results.masking import Mask
from migrator.startup.patterns import lazy

_WORDS: Final = lazy(r"[\w.@/:-]+")
_KEPT: Final = lazy(r"[\w$.{}<>/@:+=-]{1,60}")
_LOGIN: Final = lazy(r"\b(docker|podman|buildah|skopeo|helm registry|crane auth)\s+login\b")
_FIRST: Final = lazy(r"(?:sudo\s+)?([\w./-]+(?:\s+[a-z][\w-]*)?)")
_VARIABLE: Final = lazy(r"\$\{?(\w+)")
_QUOTE: Final = lazy(r"[\"']")
_OWNED: Final = ("image", "step", "environment")


class Part(NamedTuple):
    """What changes of one thing in one run of lines. `line` is the run's first line in the text before, from 1.

    `counted` are names by what they are (`images`, `contexts`, `variables`): what differs where kinds are equal.
    """

    line: int
    facts: frozenset[Fact]
    counted: tuple[tuple[str, str], ...] = ()


def parts_of(changed: Changed, mask: Mask, trees: Trees | None = None) -> list[Part]:
    """The parts of what changes in one file, in the order of its lines. They hold nothing that the mask hides."""
    runs, users = runs_of(changed, trees) if trees else runs_in(changed)
    changing = _Changing(users, [leaf for run in runs for _, leaf in run.leaves])
    found = [part for run in runs for part in _of_run(run, changing, mask)]
    found += [part for line, changes in _step_changes(runs, mask) for part in _part(line, _of_steps(changes, mask), ())]
    return sorted(found, key=lambda part: part.line)


class _Changing:
    """Which jobs change in themselves: a context for one of them is a context for what changes."""

    def __init__(self, users: dict[str, frozenset[str]], leaves: Iterable[Leaf]) -> None:
        owners = {leaf.owner for leaf in leaves if leaf.subject in _OWNED}
        self._all = any(kind not in ("job", "executor") for kind, _ in owners)
        self._jobs = {name for kind, name in owners if kind == "job"}
        self._jobs.update(job for kind, name in owners if kind == "executor" for job in users.get(name, ()))

    def __contains__(self, job: str) -> bool:
        return self._all or not job or job in self._jobs


def _part(line: int, facts: Iterable[Fact], counted: Iterable[tuple[str, str]]) -> Iterator[Part]:
    if every := frozenset(facts):
        yield Part(line, every, tuple(counted))


def _of_run(run: Run, changing: _Changing, mask: Mask) -> Iterator[Part]:
    """All parts of a run but those of steps."""
    groups: dict[tuple[str, str], list[Signed]] = {}
    replaced = any(leaf.subject == "image" and leaf.path == ("image",) for _, leaf in run.leaves)
    for sign, leaf in run.leaves:
        label = "" if leaf.subject == "image" and replaced else leaf.label
        groups.setdefault((leaf.subject, label), []).append((sign, leaf))
    for (subject, label), changes in groups.items():
        if subject == "invocation":
            facts = [_of_invocation(sign, leaf, mask, is_own=label in changing) for sign, leaf in changes]
        elif subject != "step":
            facts = [_fact(sign, leaf, mask) for sign, leaf in changes]
        else:
            continue
        yield from _part(run.line, facts, _counted(changes, run.joined.get(label, ()), mask))
    yield from _part(run.line, (_of_line(sign, text, mask) for sign, text in run.lines), ())


def _counted(changes: Iterable[Signed], joined: Iterable[str], mask: Mask) -> Iterator[tuple[str, str]]:
    found: dict[tuple[str, str], None] = {}
    for _, leaf in changes:
        if leaf.subject == "image" and leaf.label:
            found["images", mask.text(leaf.label)] = None
        elif leaf.path == ("context[]",):
            found["contexts", mask.text(leaf.value)] = None
            found |= {("beside contexts", mask.text(name)): None for name in joined}
        elif leaf.subject == "environment" and leaf.path:
            found["variables", mask.text(leaf.path[0])] = None
    yield from found


def _fact(sign: str, leaf: Leaf, mask: Mask) -> Fact:
    value, path, subject = _value(leaf, mask), leaf.path, leaf.subject
    if subject == "environment":
        subject = f"environment of a {leaf.label}"
        path = ("<name>", *path[1:]) if value == SECRET else path
    return Fact(sign, subject, mask.text(".".join(path)), value)


def _value(leaf: Leaf, mask: Mask) -> str:
    if leaf.subject == "image" and leaf.path == ("image",):
        return "<image>"
    if leaf.path == ("context[]",):
        return "<context>"
    if leaf.path[-1:] == ("<<",) or leaf.value.startswith("*"):
        return "<alias>"
    shown = mask.text(leaf.value)
    if shown != leaf.value:
        return SECRET
    return shown if _KEPT.fullmatch(shown) else "<text>" if shown else ""


def _of_invocation(sign: str, leaf: Leaf, mask: Mask, *, is_own: bool) -> Fact:
    fact = _fact(sign, leaf, mask)
    subject = "invocation" if is_own else "invocation of a job that does not change"
    return fact._replace(subject=subject, value=fact.value if leaf.path else "<job>")


def _of_line(sign: str, text: str, mask: Mask) -> Fact:
    if text.startswith("#"):
        return Fact(sign, "comment", "", "")
    pieces = _QUOTE.split(mask.text(text))
    pieces[1::2] = ["<text>"] * len(pieces[1::2])
    return Fact(sign, "line", "", " ".join("".join(pieces).split()))


# -- steps


def _step_changes(runs: Iterable[Run], mask: Mask) -> Iterator[tuple[int, list[Signed]]]:
    """The changes of steps by run and definition; a step that goes and one that comes near it are one change."""
    found: list[tuple[int, list[Signed]]] = []
    alone: dict[tuple[str, str], tuple[str, list[Signed]]] = {}
    for run in runs:
        groups: dict[tuple[str, str], list[Signed]] = {}
        for sign, leaf in run.leaves:
            if leaf.subject == "step":
                groups.setdefault(leaf.owner, []).append((sign, leaf))
        for owner, changes in groups.items():
            signs = "".join(sorted({fact.sign for fact in _of_steps(changes, mask)}))
            other = alone.pop(owner, None)
            if other is not None and len(signs) == 1 and signs != other[0]:
                other[1].extend(changes)
                continue
            if len(signs) == 1:
                alone[owner] = signs, changes
            found.append((run.line, changes))
    yield from found


def _of_steps(changes: Sequence[Signed], mask: Mask) -> Iterator[Fact]:
    """What becomes of steps. What a step takes over from a script that is gone is no change."""
    scripts = {sign: [leaf.value for s, leaf in changes if s == sign and _is_script(leaf)] for sign in "-+"}
    old, new = (Counter(line for text in scripts[sign] for line in commands_of(text)) for sign in "-+")
    words = {word for line in old - new for word in _WORDS.findall(line)}
    yield from (Fact("-", "step", "run", _command(line, mask)) for line in old - new)
    yield from (Fact("+", "step", "run", _command(line, mask)) for line in new - old)
    for sign, leaf in changes:
        if _is_script(leaf) or leaf.path[-1:] == ("name",):
            continue
        fact = _fact(sign, leaf, mask)
        if leaf.path and "/" in leaf.path[0]:
            step = mask.text(leaf.path[0])
            yield Fact(sign, "step", step, "")
            fact = fact._replace(path=fact.path.replace("_", "-"))  # an orb's own spelling of its parameters
            if len(leaf.path) == 1 or (sign == "+" and leaf.value.lstrip("$") in words):
                continue
        elif not leaf.path:
            fact = fact._replace(path=fact.value, value="")  # a step without arguments
        yield fact


def _is_script(leaf: Leaf) -> bool:
    return leaf.path[-1:] == ("command",)


def _command(line: str, mask: Mask) -> str:
    """A command by its first words and the variables in it; a login by its program only."""
    shown = mask.text(line)
    secret = f" {SECRET}" if shown != line else ""
    if login := _LOGIN.search(shown):
        return f"{login[1]} login{secret}"
    first = _FIRST.match(shown)
    variables = "".join(f" ${name}" for name in sorted(set(_VARIABLE.findall(shown))))
    return f"{first[1] if first else '<text>'}{secret}{variables}"
