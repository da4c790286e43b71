"""What kinds of change are called: a few words that a person can say, true of everything that has the kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from migrator.results.kinds.kind import SECRET, Fact, Kind

_CREDENTIALS: Final = {"auth": "auth", "aws_auth": "AWS credentials", "gcp_auth": "Google credentials"}
_LITERALS: Final = {
    "password": "password",
    "username": "user name",
    "aws_access_key_id": "AWS key id",
    "aws_secret_access_key": "AWS secret key",
}
_SHOWN: Final = 3


def name_of(kind: Kind) -> str:
    """The name of a kind on its own; `names_of` tells those of equal name apart."""
    subjects = {fact.subject for fact in kind.facts}
    if len(subjects) != 1:
        return "several things at once"
    subject = subjects.pop()
    gone = [fact for fact in kind.facts if fact.sign == "-"]
    come = [fact for fact in kind.facts if fact.sign == "+"]
    if subject == "image":
        return _of_image(gone, come)
    if subject == "step":
        return _of_step(gone, come)
    if subject.startswith("invocation") and {fact.path for fact in kind.facts} == {"context[]"}:
        return f"context {_done(gone, come, 'on', 'removed from', 'replaced on')} {_whose(subject)}"
    if subject.startswith("environment"):
        return _of_environment(subject, gone, come)
    if subject == "orb" and all(not fact.path for fact in kind.facts):
        return _of_values("orb", gone, come, "imported")
    if subject == "config" and {fact.path for fact in kind.facts} == {"version"}:
        return _of_values("config version", gone, come, "added")
    if subject == "shape":
        return f"shape {', '.join(fact.value for fact in come)} of an earlier version: plan again to see its kinds"
    if subject == "comment":
        return f"a comment {_done(gone, come, 'added', 'removed', 'changed')}"
    if subject == "line":
        return f"code or template text {_done(gone, come, 'added', 'removed', 'changed')}"
    return _plainly(subject, gone, come)


def names_of(kinds: Iterable[Kind]) -> dict[str, str]:
    """The name of each kind by its id, no two alike: what only one of several has is added to their name."""
    groups: dict[str, list[Kind]] = {}
    for kind in dict.fromkeys(kinds):
        groups.setdefault(name_of(kind), []).append(kind)
    names: dict[str, str] = {}
    for name, alike in groups.items():
        if len(alike) == 1:
            names[alike[0].id] = name
            continue
        names |= _told_apart(name, alike)
    return names


def _told_apart(name: str, alike: list[Kind]) -> dict[str, str]:
    """The names of kinds of one name, as short as tells them apart."""
    common = frozenset.intersection(*(frozenset(kind.facts) for kind in alike))
    told: dict[str, str] = {}
    for words in (_variable, _words, _line):
        for most in (_SHOWN, max(len(kind.facts) for kind in alike)):
            told = {kind.id: f"{name}{_own(kind, common, most, words)}" for kind in alike}
            if len(set(told.values())) == len(alike):
                return told
    return told


def _own(kind: Kind, common: frozenset[Fact], most: int, words: Callable[[Fact], str]) -> str:
    """What only this kind has."""
    own = [word for fact in reversed(kind.facts) if fact not in common and (word := words(fact))]
    said = own[:most]
    if len(own) > most:
        said.append(f"{len(own) - most} more")
    return f" with {', '.join(said)}" if said else " and nothing else"


def _variable(fact: Fact) -> str:
    return fact.value if fact.sign == "+" and fact.value.startswith("$") else ""


def _line(fact: Fact) -> str:
    return fact.line


def _words(fact: Fact) -> str:
    path = f"{fact.path}: " if fact.path and fact.value else fact.path
    return f"{'no more ' if fact.sign == '-' else ''}{path}{fact.value}" or fact.subject


def _done(gone: list[Fact], come: list[Fact], added: str, removed: str, changed: str) -> str:
    return added if not gone else changed if come else removed


def _of_image(gone: list[Fact], come: list[Fact]) -> str:
    tops = {fact.path.partition(".")[0] for fact in (*gone, *come)}
    what = _CREDENTIALS.get(tops.copy().pop(), "") if len(tops) == 1 else ""
    literal = [fact for fact in gone if fact.value == SECRET]
    if what and literal and {fact.path for fact in gone} == {fact.path for fact in come} == {f.path for f in literal}:
        return _become([_LITERALS.get(fact.path.rpartition(".")[2], fact.path) for fact in literal])
    if what and literal:
        return f"{what} with a literal secret replaced on an image"
    if what:
        return f"{what} {_done(gone, come, 'on', 'removed from', 'changed on')} an image"
    if "image" in tops and tops <= {"image", *_CREDENTIALS}:
        return "another image" if len(tops) == 1 else "another image, with credentials"
    return _plainly("image", gone, come)


def _become(words: list[str]) -> str:
    if len(words) == 1:
        return f"a literal {words[0]} becomes a variable"
    return f"a literal {' and '.join(words)} become variables"


def _of_step(gone: list[Fact], come: list[Fact]) -> str:
    before = list(dict.fromkeys(fact.value for fact in gone if fact.path == "run" and fact.value))
    after = list(dict.fromkeys(fact.value for fact in come if fact.path == "run" and fact.value))
    steps = list(dict.fromkeys(fact.path.partition(".")[0] for fact in come if fact.path != "run"))
    others = list(dict.fromkeys(fact.path.partition(".")[0] for fact in gone if fact.path != "run"))
    logins = [each for each in before if each.partition(f" {SECRET}")[0].endswith(" login")]
    literal = "literal " if any(SECRET in each for each in before) else ""
    if steps and logins and not others and not after:
        first = logins[0].partition(f" {SECRET}")[0]
        said = f"a {literal}`{first}`" if literal else f"`{first}`"
        more = " with more lines" if len(before) > len(logins) else ""
        return f"{said}{more} becomes {_list(steps)}"
    if literal and after and not steps and not others:
        return f"a literal secret in `{_bare(before)}` becomes a variable"
    old, new = [*map(_code, before), *others], [*map(_code, after), *steps]
    if old and new:
        return f"{_list(old)} becomes {_list(new)}"
    return f"{_list(old or new)} {'added to' if new else 'removed from'} steps"


def _bare(commands: list[str]) -> str:
    return next(each for each in commands if SECRET in each).partition(f" {SECRET}")[0]


def _code(command: str) -> str:
    return f"`{command}`"


def _list(words: list[str]) -> str:
    shown = words[:_SHOWN]
    if len(words) > _SHOWN:
        shown.append(f"{len(words) - _SHOWN} more")
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)


def _of_environment(subject: str, gone: list[Fact], come: list[Fact]) -> str:
    if gone and all(fact.value == SECRET for fact in gone):
        if not come:
            return f"a literal secret removed from the {subject}"
        if all(fact.value.startswith("$") for fact in come):
            return f"a literal secret in the {subject} becomes a variable"
    return _plainly(subject, gone, come)


def _of_values(what: str, gone: list[Fact], come: list[Fact], added: str) -> str:
    old, new = (" and ".join(dict.fromkeys(fact.value for fact in facts)) for facts in (gone, come))
    if old and new:
        return f"{what} {old} becomes {new}"
    return f"{what} {new} {added}" if new else f"{what} {old} removed"


def _whose(subject: str) -> str:
    return "its job" if subject == "invocation" else "a job that changes nowhere else"


def _plainly(subject: str, gone: list[Fact], come: list[Fact]) -> str:
    paths = list(dict.fromkeys(fact.path or fact.value for fact in (*gone, *come) if fact.path or fact.value))
    what = _list([f"`{path}`" for path in paths]) if paths else "something"
    whose = (
        _whose(subject) if subject.startswith("invocation") else "the config" if subject == "config" else f"a {subject}"
    )
    whose = f"the {subject}" if subject.startswith("environment") else whose
    return f"{what} {_done(gone, come, 'added to', 'removed from', 'changed in')} {whose}"
