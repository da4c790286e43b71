"""Rule files, found and loaded by path: the built-in ones and those of `--rules` directories, through one loader.

A rule `frozen-image` is the class `FrozenImage` of a file `frozen_image.py` with a page `frozen_image.md` beside it.
Nothing of the repository that is being migrated is ever loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import NamedTuple

from migrator.errors import RuleError, UsageError
from migrator.rule import Rule, Safety
from migrator.startup.patterns import lazy

_PACKAGE = Path(__file__).parents[1]
_STEM = lazy(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class RuleFile(NamedTuple):
    """A rule that has not been imported. `topic` is its folder's name, empty right under the rules directory."""

    id: str
    topic: str
    path: Path

    @property
    def page(self) -> Path:
        return self.path.with_suffix(".md")

    @property
    def class_name(self) -> str:
        return "".join(word.capitalize() for word in self.id.split("-"))


def built_in_directory() -> Path:
    """Where the built-in rules are: inside the installed package, or beside it in a checkout."""
    installed = _PACKAGE / "_rules"
    if installed.is_dir():
        return installed
    # A bare sibling `rules` would be somebody else's package once this one is installed.
    project = _PACKAGE.parent / "pyproject.toml"
    beside = _PACKAGE.parent / "rules"
    if beside.is_dir() and project.is_file() and '\nname = "circleci-migrator"\n' in project.read_text("utf-8"):
        return beside
    raise RuleError(f"{installed}: the built-in rules are missing; install circleci-migrator again")


def rule_files(directories: Iterable[Path] = ()) -> dict[str, RuleFile]:
    """All rules by id, sorted: the built-in ones and those of `directories`. None of them is imported."""
    found: dict[str, RuleFile] = {}
    for directory in (built_in_directory(), *directories):
        for file in _files_of(directory):
            taken = found.get(file.id)
            if taken and taken.path.samefile(file.path):
                continue
            if taken:
                raise RuleError(f"{file.path}: id '{file.id}' is already taken by {taken.path}; rename one of them")
            found[file.id] = file
    return dict(sorted(found.items()))


def _files_of(directory: Path) -> Iterator[RuleFile]:
    if not directory.is_dir():
        raise UsageError(f"{directory}: no such directory of rules")
    folders = [directory, *sorted(p for p in directory.iterdir() if p.is_dir() and p.name[0] not in "._")]
    for folder in folders:
        for path in sorted(folder.glob("*.py")):
            if path.name[0] in "._":
                continue
            if not _STEM.fullmatch(path.stem):
                raise RuleError(f"{path}: a rule's file is named like its id in lower case, such as frozen_image.py")
            yield RuleFile(path.stem.replace("_", "-"), "" if folder is directory else folder.name, path)


def select(files: Mapping[str, RuleFile], wanted: Iterable[str] = (), unwanted: Iterable[str] = ()) -> tuple[str, ...]:
    """The ids to run, sorted: the wanted ones (all where none is named) without the unwanted ones."""
    wanted, unwanted = tuple(wanted), frozenset(unwanted)
    for name in (*wanted, *sorted(unwanted)):
        if name not in files:
            raise UsageError(unknown_rule(name, files))
    left = tuple(sorted(name for name in set(wanted or files) if name not in unwanted))
    if not left:
        raise UsageError("no rule is left to run: --ignore or the policy names all of them")
    return left


def unknown_rule(name: str, known: Iterable[str]) -> str:
    """The line that says that no rule has this id, with the nearest one that exists."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), 1)
    hint = f"did you mean '{close[0]}'?" if close else "`migrate rules` lists them"
    return f"there is no rule '{name}'; {hint}"


def load(file: RuleFile) -> Rule:
    """The rule of one file. Raises `RuleError` for whatever keeps it from being one."""
    if not file.page.is_file():
        raise RuleError(f"{file.path}: has no page; write {file.page.name} beside it")
    name = f"migrator_rule_{file.path.stem}"
    spec = spec_from_file_location(name, file.path)
    if spec is None or spec.loader is None:
        raise RuleError(f"{file.path}: cannot be imported as a Python file")
    module = module_from_spec(spec)
    # Dataclasses and pickle look the module up by name while its body runs.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise RuleError(f"{file.path}: cannot be loaded: {_told(error)}") from error
    defined = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == name
    ]
    if [rule.__name__ for rule in defined] != [file.class_name]:
        names = ", ".join(rule.__name__ for rule in defined) or "none"
        raise RuleError(f"{file.path}: expected one rule, the class {file.class_name}; found {names}")
    return _checked(file, defined[0])


def _checked(file: RuleFile, rule: type[Rule]) -> Rule:
    if getattr(rule, "id", None) != file.id:
        raise RuleError(f"{file.path}: the id of {rule.__name__} must be '{file.id}', as the file is named")
    title = getattr(rule, "title", None)
    if not isinstance(title, str) or not title or "\n" in title:
        raise RuleError(f"{file.path}: {rule.__name__} needs a title of one line")
    if not isinstance(getattr(rule, "safety", None), Safety):
        raise RuleError(f"{file.path}: {rule.__name__} needs a safety: Safety.SAFE, Safety.REVIEW or Safety.MANUAL")
    if rule.check is Rule.check:
        raise RuleError(f"{file.path}: {rule.__name__} does not implement `check`")
    try:
        return rule()
    except Exception as error:
        raise RuleError(f"{file.path}: {rule.__name__} cannot be created: {_told(error)}") from error


def _told(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}".rstrip(": ")


def load_rules(ids: Iterable[str], directories: Iterable[Path] = ()) -> tuple[Rule, ...]:
    """The rules of these ids, imported. Ids and directories are plain data, which a worker process can be sent."""
    files = rule_files(directories)
    return tuple(load(files[name]) for name in ids)
