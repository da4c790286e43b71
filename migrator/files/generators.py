"""Which files are written by scripts and templates: what names them is looked for, nothing is run.

A header that names a script, a recipe of a Makefile, or a step that runs a script and then looks whether the config is
still the same, say that a config is written by it; so do a template of the config's own name and a packed tree beside.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from migrator.circleci.shell.quoting import command
from migrator.documents import MAX_BYTES, TEMPLATE
from migrator.errors import ReadError
from migrator.files.kinds.neighbours import template_of
from migrator.files.kinds.recipes import SCRIPTS, in_header, in_recipe, in_script, in_steps, lines_of_rules, names
from migrator.files.names import FOLDER, RECIPES, YAML
from migrator.files.reading import beginning, exists, is_file, names_in, read_head, text_of
from migrator.files.repository import top_of
from migrator.startup.patterns import lazy

_HEAD = 4096
# Words by which a script is told from the many that only run in a job.
_BUILDS = lazy(
    rb"""["'](?:docker|jobs|workflows|executors)["']|^[ \t]*(?:docker|jobs|workflows|executors):|\bdocker *="""
    rb"""|docker["', \t]+login""",
    re.MULTILINE,
)
_IMAGES = lazy(rb"""\bimages?\b["']?\s{0,8}(?:[:=(]|=>)|\bdocker["', \t]{1,4}login|\blogin\b.{0,99}--?p(?:assword)?""")
_SHOWN = 10
_AGAIN = "what generates it"


class Origin(NamedTuple):
    """What writes a file: `source` is its path, `says` says what says so, as in "line 3 of the Makefile"."""

    source: str
    says: str
    command: str


def is_generator(file: Path) -> bool:
    """Whether a file below `.circleci` is a template of YAML, or a Python script that has a part of a config in it."""
    if FOLDER not in file.absolute().parts:
        return False
    if TEMPLATE.search(file.name):
        return True
    if file.suffix != ".py":
        return False
    return _BUILDS.search(_read(file)) is not None


def _read(file: Path) -> bytes:
    """The bytes of a script; nothing where it is none that can be read, as a pipe or a link to nowhere is not."""
    try:
        return read_head(file, MAX_BYTES)
    except (OSError, ReadError):
        return b""


def origin_of(path: str, data: bytes, beside: Sequence[str]) -> Origin | None:
    """What a config is written by, if something says so; `beside` names the files in its folder."""
    folder, own = os.path.split(path)
    if template := template_of(own, beside):
        return Origin(
            str(Path(folder, template)),
            f"{template} is a template of that name",
            _renderer(Path(folder, template), beside),
        )
    for name in beside:
        if not name.endswith(".py") or name == own:
            continue
        source = Path(folder, name)
        if name.encode() in data[:_HEAD] and (line := _line_of(_header(data), name)):
            return Origin(str(source), f"line {line} names it", _shown(command("python", str(source))))
        if name.encode() in data and (line := _checked_in(data, name, own)):
            return Origin(
                str(source), f"the step in line {line} compares what it writes", _shown(command("python", str(source)))
            )
        if makefile := _makefile(Path(folder)):
            line, target = _recipe(makefile, name, own)
            if line:
                return Origin(
                    str(source),
                    f"line {line} of {os.path.relpath(makefile)} runs it",
                    _shown(command("make", "--", target) if target.startswith("-") else command("make", target)),
                )
    return (
        _by_itself(folder, own, data)
        or _by_script(folder, own, beside)
        or _by_recipe(Path(folder), own)
        or _packed(Path(folder), beside)
    )


def _by_script(folder: str, own: str, beside: Sequence[str]) -> Origin | None:
    """What a script of the same folder writes."""
    for name in beside:
        if name.endswith(SCRIPTS):
            path = os.path.join(folder, name)  # noqa: PTH118
            if says := in_script(text_of(path).decode("utf-8", "replace"), own):
                return Origin(path, f"line {says.line} of it writes it", _AGAIN)
    return None


def _by_itself(folder: str, own: str, data: bytes) -> Origin | None:
    """What its own comments and steps say."""
    name = own.encode()
    if name in data[:_HEAD] and (header := _header(data)) and (says := in_header(header, own)):
        return Origin(_found(folder, says.source), f"line {says.line} says so", _AGAIN)
    if (name in data or b"git " in data) and (
        says := in_steps(
            data.decode("utf-8", "replace"),
            own,
            in_place=os.path.basename(os.path.abspath(folder)) == FOLDER,  # noqa: PTH100, PTH119
        )
    ):
        return Origin(_found(folder, says.source), f"the step in line {says.line} writes or compares it", _AGAIN)
    return None


def _by_recipe(folder: Path, own: str) -> Origin | None:
    """What a Makefile, a `package.json` or the like says, beside the file or at the top of its repository."""
    top = Path(top_of(os.path.abspath(folder)) or folder.absolute().parent)  # noqa: PTH100
    for here in dict.fromkeys((folder.absolute(), top)):
        for name in _recipes_in(here):
            if says := in_recipe(name, beginning(here / name), own, is_beside=here == folder.absolute()):
                source = _found(str(here), says.source)
                how = _shown(command(*says.how.split(" "))) if says.how else _AGAIN
                return Origin(source, f"line {says.line} of {os.path.relpath(here / name)} writes it", how)
    return None


def _recipes_in(folder: Path) -> list[str]:
    there = names_in(str(folder))
    return [name for name in RECIPES if name in there]


def _packed(folder: Path, beside: Sequence[str]) -> Origin | None:
    """A packed tree in a folder beside the config."""
    for name in beside:
        if "." not in name:
            for root in ("@config.yml", "@config.yaml"):
                if is_file(folder / name / root):
                    says = f"{name}/{root} is the root of a packed source"
                    return Origin(
                        str(folder / name), says, _shown(command("circleci", "config", "pack", str(folder / name)))
                    )
    return None


def _found(folder: str, source: str) -> str:
    """Where a path that a comment or a command names is, from the folder of the file or the top of its repository."""
    folder = os.path.abspath(folder)  # noqa: PTH100
    top = top_of(folder)
    for base in dict.fromkeys((top, folder)) if source else ():
        path = os.path.normpath(os.path.join(base, source))  # noqa: PTH118
        # What leads out of the repository is nothing that it can point at.
        if base and path.startswith(f"{top or folder}/") and exists(path):
            return os.path.relpath(path)
    return source


def lines_to_look_at(source: str) -> str:
    """Which lines of a source hold images and logins, for one in a language that cannot be edited here."""
    if source.endswith((*YAML, ".py")) or TEMPLATE.search(source) or not is_file(source):
        return ""
    lines = [n for n, line in enumerate(_read(Path(source)).split(b"\n"), 1) if _IMAGES.search(line)]
    if not lines:
        return ""
    shown = ", ".join(map(str, lines[:_SHOWN])) + (f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else "")
    return f"; line{'s' if len(lines) > 1 else ''} {shown} of it {'have' if len(lines) > 1 else 'has'} images or logins"


def _renderer(template: Path, beside: Sequence[str]) -> str:
    """The script that names a template, as the command that runs it."""
    name = template.name.encode()
    scripts = [template.parent / other for other in beside if other.endswith(".py")]
    found = [file for file in scripts if name in _read(file)]
    return _shown(command("python", str(found[0]))) if len(found) == 1 else "what renders it"


def _shown(text: str) -> str:
    """A command within a sentence."""
    return f"`{text}`"


def _header(data: bytes) -> str:
    lines = data[:_HEAD].decode("utf-8", "replace").split("\n")
    end = next((i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), len(lines))
    return "\n".join(lines[:end])


def _line_of(text: str, name: str) -> int:
    found = names(text, name)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _checked_in(data: bytes, name: str, target: str) -> int:
    """The line of a script that runs `name`, then asks git whether anything is different, and names the target."""
    text = data.decode("utf-8", "replace")
    runs = re.compile(rf"^[^\n#]*\bpython[\d.]*\s[^\n]*(?<![\w-]){re.escape(name)}\b", re.MULTILINE)
    for found in runs.finditer(text):
        behind = text[found.end() : found.end() + 400]
        if re.search(r"\bgit (?:diff|status)\b", behind) and names(behind, target):
            return text.count("\n", 0, found.start()) + 1
    return 0


def _makefile(folder: Path) -> Path | None:
    """The Makefile of the repository: the nearest from here upwards, no higher than the folder that git keeps."""
    for here in (folder, *folder.absolute().parents):
        there = names_in(str(here))
        for name in ("GNUmakefile", "makefile", "Makefile"):
            if name in there and is_file(here / name):
                return here / name
        if ".git" in there:
            return None
    return None


def _recipe(makefile: Path, name: str, target: str) -> tuple[int, str]:
    """The line of a recipe that runs `name` to write the target, and the target of its rule."""
    for number, line, rule, _ in lines_of_rules(beginning(makefile)):
        if line.startswith("\t") and names(line, name) and names(f"{rule} {line}", target):
            return number, rule.split()[-1]
    return 0, ""
