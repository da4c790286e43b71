"""Which files are written by scripts and templates that lie beside them: what names them is looked for, nothing is run.

A header that names a script, a recipe of a Makefile, or a step that runs a script and then looks whether the config is
still the same, say that a config is written by it; so does a template of the config's own name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from migrator.circleci.shell.quoting import command
from migrator.documents import MAX_BYTES, TEMPLATE
from migrator.errors import ReadError
from migrator.files.packed import FOLDER
from migrator.files.reading import read_head
from migrator.startup.patterns import lazy

_HEAD = 4096
# Words by which a script is told from the many that only run in a job.
_BUILDS = lazy(
    rb"""["'](?:docker|jobs|workflows|executors)["']|^[ \t]*(?:docker|jobs|workflows|executors):|\bdocker *="""
    rb"""|docker["', \t]+login""",
    re.MULTILINE,
)
_MAX_MAKEFILE = 1_000_000


class Origin(NamedTuple):
    """What writes a file: `source` is its path, `says` tells what says so, as in "line 3 of the Makefile"."""

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
    """The script or template that a config is written by, if something says so; `beside` names those in its folder."""
    folder, own = os.path.split(path)
    for name in beside:
        if name == own:
            continue
        if TEMPLATE.search(name):
            if _rendered(name) == own:
                source = Path(folder, name)
                return Origin(str(source), f"{name} is a template of that name", _renderer(source, beside))
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
                    f"line {line} of {makefile} runs it",
                    _shown(command("make", "--", target) if target.startswith("-") else command("make", target)),
                )
    return None


def _renderer(template: Path, beside: Sequence[str]) -> str:
    """The script that names a template, as the command that runs it."""
    name = template.name.encode()
    scripts = [template.parent / other for other in beside if other.endswith(".py")]
    found = [file for file in scripts if name in _read(file)]
    return _shown(command("python", str(found[0]))) if len(found) == 1 else "what renders it"


def _shown(text: str) -> str:
    """A command within a sentence."""
    return f"`{text}`"


@cache
def _rendered(name: str) -> str:
    """The name of what a template is rendered to; what `config.templ.yml` becomes nobody knows."""
    return re.sub(r"\.(?:in|j2|jinja2?|tmpl|tpl|template)$|\.(?:j2|jinja2?)(?=\.ya?ml$)", "", name)


def _header(data: bytes) -> str:
    lines = data[:_HEAD].decode("utf-8", "replace").split("\n")
    end = next((i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), len(lines))
    return "\n".join(lines[:end])


def _line_of(text: str, name: str) -> int:
    found = re.search(rf"(?<![\w-]){re.escape(name)}\b", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _checked_in(data: bytes, name: str, target: str) -> int:
    """The line of a script that runs `name`, then asks git whether anything is different, and names the target."""
    text = data.decode("utf-8", "replace")
    runs = re.compile(rf"^[^\n#]*\bpython[\d.]*\s[^\n]*(?<![\w-]){re.escape(name)}\b", re.MULTILINE)
    for found in runs.finditer(text):
        behind = text[found.end() : found.end() + 400]
        if re.search(r"\bgit (?:diff|status)\b", behind) and re.search(rf"(?<![\w-]){re.escape(target)}\b", behind):
            return text.count("\n", 0, found.start()) + 1
    return 0


def _makefile(folder: Path) -> Path | None:
    """The Makefile of the repository: the nearest from here upwards, no higher than the folder that git keeps."""
    for here in (folder, *folder.absolute().parents):
        for name in ("GNUmakefile", "makefile", "Makefile"):
            if (here / name).is_file():
                return here / name
        if (here / ".git").exists():
            return None
    return None


def _recipe(makefile: Path, name: str, target: str) -> tuple[int, str]:
    """The line of a recipe that runs `name` to write the target, and the target of its rule."""
    try:
        text = read_head(makefile, _MAX_MAKEFILE).decode("utf-8", "replace")
    except (OSError, ReadError):
        return 0, ""
    rule = ""
    for number, line in enumerate(text.split("\n"), 1):
        head, colon, behind = line.partition(":")
        if colon and head[:1].strip(" \t#") and "=" not in head and not behind.startswith("="):
            rule = head.rstrip()
        elif not rule or not line.startswith("\t"):
            continue
        elif _names(line, name) and _names(f"{rule} {line}", target):
            return number, rule.split()[-1]
    return 0, ""


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}\b", text) is not None
