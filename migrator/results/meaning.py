"""What a change of a file means to CircleCI, in words, with the proof that nothing else changes.

Both texts are compared as CircleCI sees them, aliases, merge keys and executors resolved. The words name every
difference: `circleci.compare` leaves nothing out. No sentence contains a secret, a control character or a
line break; names from configs are between backticks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from migrator.circleci.compare.differences import (
    Contexts,
    Difference,
    Login,
    Owner,
    Pulled,
    Replaced,
    Setting,
    Steps,
    Variable,
    within,
)
from migrator.engine.outcomes import Changed
from migrator.results.comparing import Compared, compared_of
from migrator.results.masking import Mask, visible

MOST = 40
"""Nobody reads more sentences than this: the rest are counted."""
_NAMED = 3
_MANY = 12
_UNKNOWN = "the effect on CircleCI is unknown"
_CODE_CHANGES = "code or template tags change as well; only running them shows what that means"
_SHOWN = 120

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Meaning:
    """`changes` are sentences without a full stop; `proof` says that there is nothing else, or why that is unknown."""

    changes: tuple[str, ...]
    proof: str
    proven: bool


def meaning_of(changed: Changed, mask: Mask | None = None) -> Meaning:
    """What a change means. `mask` hides more than the secrets of this file."""
    compared = compared_of(changed)
    if compared.unknown:
        return Meaning((), f"{_UNKNOWN}: {compared.unknown}", False)
    words = _Words(Mask(changed.secrets) if mask is None else mask)
    sentences = words.of(compared.differences, compared.users)
    if len(sentences) > MOST:
        sentences[MOST:] = [f"and {len(sentences) - MOST} more changes"]
    if compared.code_changes:
        return Meaning(tuple(sentences), _CODE_CHANGES, False)
    return Meaning(tuple(sentences), _proof(compared, bool(sentences)), True)


def _proof(compared: Compared, changes: bool) -> str:
    values = compared.values
    what = f"Nothing {'else ' if changes else ''}changes for CircleCI"
    around = ", computed parts unchanged" if compared.computed else ""
    count = f"{values} {'value' if values == 1 else 'values'}"
    return f"{what} ({count} compared, aliases and merge keys resolved{around})"


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


class _Words:
    def __init__(self, mask: Mask) -> None:
        self._mask = mask

    def of(self, differences: Sequence[Difference], users: dict[str, list[str]]) -> list[str]:
        def kind(wanted: type[K]) -> list[K]:
            return [each for each in differences if isinstance(each, wanted)]

        self._users = users
        settings = kind(Setting)
        shared = [each for each in settings if each.change == "shared"]
        return [
            *(self._setting(each) for each in settings if each not in shared and _is_first(each.path)),
            *self._pulled(kind(Pulled)),
            *self._replaced(kind(Replaced)),
            *self._contexts(kind(Contexts)),
            *self._steps(kind(Steps)),
            *self._variables(kind(Variable)),
            *(self._setting(each) for each in settings if each not in shared and not _is_first(each.path)),
            *([self._shared(shared)] if shared else []),
        ]

    # -- sentences

    def _pulled(self, pulled: list[Pulled]) -> list[str]:
        """Images with the same owners and credentials go into one sentence; of many such sentences, all go into one."""
        owners = _grouped(((each.image, each.old, each.new), each.owner) for each in pulled)
        alike = _grouped(((tuple(dict.fromkeys(who)), old, new), image) for (image, old, new), who in owners.items())
        logins = _grouped(((old, new), (who, images)) for (who, old, new), images in alike.items())
        return [sentence for (old, new), found in logins.items() for sentence in self._pulled_by(found, old, new)]

    def _pulled_by(
        self, found: list[tuple[tuple[Owner, ...], list[str]]], old: Login | None, new: Login | None
    ) -> Iterator[str]:
        if len(found) <= _MANY:
            for who, images in found:
                pull = self._owners(who, "pulls", "pull")
                yield f"{pull} {self._list(map(self.code, images))} {self._login(old, new)}"
            return
        everybody = dict.fromkeys(owner for who, _ in found for owner in who)
        every = dict.fromkeys(image for _, images in found for image in images)
        pull = self._owners(everybody, "pulls", "pull")
        yield f"{pull} {len(every)} images ({self._list(map(self.code, every))}) {self._login(old, new)}"

    def _login(self, old: Login | None, new: Login | None) -> str:
        if new is None:
            return "without credentials"
        if new.kind == "auth":
            user = f"as {self.code(new.user)}" if new.user else "with other credentials"
            if old is None or old.kind != "auth":
                return user
            if old.user != new.user and old.user:
                user += f" instead of {self.code(old.user)}"
            if old.password != new.password:
                written = "" if old.password.startswith("$") or not old.password else " instead of a literal"
                user += f" with the password {self.code(new.password)}{written}"
            return user
        if not new.user:
            return "with other credentials"
        return f"with {_ACCOUNTS.get(new.kind, 'the account')} {self.code(new.user)}"

    def _replaced(self, replaced: list[Replaced]) -> list[str]:
        owners = _grouped(((each.old, each.new), each.owner) for each in replaced)
        return [
            f"{self._owners(who, 'runs', 'run')} {self.code(new)} instead of {self.code(old)}"
            for (old, new), who in owners.items()
        ]

    def _contexts(self, contexts: list[Contexts]) -> list[str]:
        """Jobs in workflows that gain and lose the same; a list that several workflows share is one list."""
        alike = _grouped(((each.gained, each.lost), each) for each in contexts)
        sentences = []
        for (gained, lost), found in alike.items():
            count = len({each.invocation for each in found})
            jobs = list(dict.fromkeys(each.job for each in found))
            places = list(dict.fromkeys(each.workflow for each in found))
            if count == 1:
                who, plural = f"job {self.code(jobs[0])}", False
            elif len(jobs) == count <= _NAMED and len(places) == 1:
                who, plural = f"jobs {self._list(map(self.code, jobs))}", True
            else:
                who, plural = f"{count} jobs", True
            where = (
                f"{places[0].kind} {self.code(places[0].name)}"
                if len(places) == 1
                else f"{len(places)} {'workflows' if all(p.kind == 'workflow' for p in places) else 'places'}"
            )
            done = []
            for verb, names in (("gain", gained), ("lose", lost)):
                if names:
                    word = "context" if len(names) == 1 else "contexts"
                    done.append(f"{verb}{'' if plural else 's'} the {word} {self._list(map(self.code, names))}")
            change = " and ".join(done) or (
                "change the order of their contexts" if plural else "changes the order of its contexts"
            )
            sentences.append(f"{who} in {where} {change}")
        return sentences

    def _steps(self, steps: list[Steps]) -> list[str]:
        owners = _grouped((each[1:], each.owner) for each in steps)
        sentences = []
        for (place, first, old, new, lines), who in owners.items():
            whose = self._owners(dict.fromkeys(who))
            where = within(place)
            if lines is not None:
                counts = [f"{count} {verb}" for count, verb in zip(lines, ("added", "removed"), strict=True) if count]
                change = f"the script of step {first}{where}, {self.code(new[0])}, changes (lines: {', '.join(counts)})"
            elif not old:
                change = f"{self._list(map(self.code, new))} {_is(new)} added before step {first}{where}"
            else:
                last = f" to {first + len(old) - 1}" if len(old) > 1 else ""
                what = f"step{'s' if last else ''} {first}{last}{where}, {self._list(map(self.code, old))},"
                if not new:
                    change = f"{what} {_is(old)} removed"
                elif old == new:
                    change = f"{what} {'change' if last else 'changes'}"
                else:
                    change = f"{what} {'become' if last else 'becomes'} {self._list(map(self.code, new))}"
            sentences.append(f"{whose}: {change}")
        return sentences

    def _variables(self, variables: list[Variable]) -> list[str]:
        owners = _grouped((each[1:], each.owner) for each in variables)
        alike = _grouped(
            (((container, step, old, new), tuple(dict.fromkeys(who))), name)
            for (container, step, name, old, new), who in owners.items()
        )
        sentences = []
        for ((container, step, old, new), who), names in alike.items():
            within = f" for the container {self.code(container)}" if container else f" in step {step}" if step else ""
            listed = self._list(map(self.code, names))
            if not new:
                text = f"{self._owners(who)} no longer {'sets' if len(who) == 1 else 'set'} {listed}{within}"
            else:
                text = f"{self._owners(who, 'sets', 'set')} {listed}{within}{' to another value' if old else ''}"
            sentences.append(text)
        return sentences

    def _setting(self, setting: Setting) -> str:
        path, old, new = setting.path, setting.old, setting.new
        if path.startswith("orbs.") and setting.change == "added" and new:
            return f"the orb {self.code(new)} is imported as {self.code(path.removeprefix('orbs.'))}"
        if path == "version" and old and new:
            return f"the config version becomes {self.code(new)} instead of {self.code(old)}"
        what = self.code(path) if path != "the config" else path
        if setting.change == "changes" and old and new:
            return f"{what} becomes {self.code(new)} instead of {self.code(old)}"
        return f"{what} {_CHANGES.get(setting.change, setting.change)}"

    def _shared(self, shared: list[Setting]) -> str:
        names = self._list(self.code(each.path) for each in shared)
        them = "change as well; CircleCI reads them" if len(shared) > 1 else "changes as well; CircleCI reads it"
        part = "parts" if len(shared) > 1 else "part"
        return f"the shared {part} {names} {them} through aliases"

    # -- names

    def code(self, text: str) -> str:
        """A text between backticks on one line, its secrets hidden, short enough to read."""
        shown = " ".join(visible(self._mask.text(text)).split()).replace("`", "'")
        return f"`{shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '…'}`"

    def _list(self, words: Iterable[str]) -> str:
        named = list(words)
        if len(named) > _NAMED + 1:
            named[_NAMED:] = [f"{len(named) - _NAMED} more"]
        return " and ".join(part for part in (", ".join(named[:-1]), named[-1]) if part)

    def _owners(self, owners: Iterable[Owner], one: str = "", many: str = "") -> str:
        """The owners, with the verb for one or for many."""
        who = list(dict.fromkeys(owners))
        parts = []
        for kind, names in _grouped((each.kind, each.name) for each in who).items():
            parts.append(f"{_plural(kind) if len(names) > 1 else kind} {self._list(map(self.code, names))}")
            jobs = list(dict.fromkeys(job for name in names for job in self._users.get(name, ())))
            if kind == "executor" and jobs:
                parts[-1] += f" ({'job' if len(jobs) == 1 else 'jobs'} {self._list(map(self.code, jobs))})"
        verb = (one if len(who) == 1 else many) if one else ""
        return f"{' and '.join(parts)} {verb}".rstrip()


_CHANGES = {"added": "is added", "removed": "is removed"}
_ACCOUNTS = {"aws_auth": "the AWS identity", "gcp_auth": "the Google account"}


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _plural(kind: str) -> str:
    return "invocations of" if kind == "invocation" else f"{kind}s"


def _is_first(path: str) -> bool:
    """What concerns the config as a whole comes first."""
    return path in ("version", "orbs") or path.startswith("orbs.")


def sentences(meaning: Meaning, shown: Callable[[str], str] = str) -> list[str]:
    """Every sentence with its full stop and a capital letter, the proof last."""
    return [shown(f"{text[:1].upper()}{text[1:]}.") for text in (*meaning.changes, meaning.proof)]
