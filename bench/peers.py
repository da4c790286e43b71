"""What others have for the same files: their commands, or why one is not there."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.measure import PYTHON

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".bench"
"""Where `make bench` installs those that nothing else here needs, from `bench/requirements.txt`."""

_JQ = (
    '(.jobs[]?, .executors[]?) |= (if type == "object" and (.docker | type) == "array" then .docker |= '
    'map(if type == "object" and (has("auth") | not) then . + {auth: {username: "$U", password: "$P"}} else . end) '
    "else . end)"
)
_YQ = '(.jobs[].docker[] | select(has("auth") | not)).auth = {"username": "$U", "password": "$P"}'


@dataclass(frozen=True)
class Peer:
    """`command` edits or searches the files and prints what it finds; empty where it is not here, and `why`."""

    name: str
    command: tuple[str, ...] = ()
    why: str = ""


def peers(files: tuple[str, ...]) -> dict[str, Peer]:
    """All peers by a short name."""
    return {
        "script": Peer("a ruamel.yaml script", (*PYTHON, str(ROOT / "bench/ruamel_script.py"), *files)),
        "compose": Peer("PyYAML's C compose", (*PYTHON, str(ROOT / "bench/compose_script.py"), *files)),
        "ast-grep": _ast_grep(files),
        "yq": _yq(files),
    }


def _ast_grep(files: tuple[str, ...]) -> Peer:
    path = shutil.which("ast-grep", path=f"{TOOLS / 'bin'}:{_path()}")
    if path is None:
        return Peer("ast-grep", why="`make bench` installs it from bench/requirements.txt, where PyPI is reachable")
    version = _said(path, "--version")
    pattern = ("run", "--lang", "yaml", "--pattern", "image: $IMAGE", "--rewrite", "image: $IMAGE #", "--threads", "1")
    return Peer(f"{version}, one pattern", (path, *pattern, *files))


def _yq(files: tuple[str, ...]) -> Peer:
    path = shutil.which("yq")
    if path is None:
        return Peer("yq", why="there is no yq on this machine")
    is_mike = "mikefarah" in _said(path, "--version")
    # It ends at the first file that it cannot read.
    readable = tuple(file for file in files if _is_read(file))
    version = f"{'mikefarah/yq' if is_mike else 'kislyuk/yq (jq)'} {_said(path, '--version').split()[-1]}"
    return Peer(version, (path, _YQ, *readable) if is_mike else (path, "-y", _JQ, *readable))


def _is_read(file: str) -> bool:
    try:
        yaml.compose(Path(file).read_text("utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError):
        return False
    return True


def _path() -> str:
    import os

    return os.environ.get("PATH", "")


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
