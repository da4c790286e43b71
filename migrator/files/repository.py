"""The repository that a file is in: its top, the file's path in it, and its remote. Git itself is not run."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from migrator.errors import ReadError
from migrator.files.looking import remembered
from migrator.files.names import FOLDER
from migrator.files.reading import exists, is_file, read_head

_MAX_BYTES = 1_000_000


def path_in_repository(path: str) -> str:
    """A path as a host knows it: from the top of the repository that this folder is in, with slashes.

    A file elsewhere keeps its path from this folder, or the absolute one.
    """
    absolute = _absolute(path)
    here = _absolute(".")
    for base in (top_of(here), here):
        if base and absolute.startswith(base.rstrip(os.sep) + os.sep):
            return os.path.relpath(absolute, base).replace(os.sep, "/")
    return absolute.replace(os.sep, "/")


@remembered(4096)
def top_of(folder: str) -> str:
    """The nearest folder upwards that holds `.git`, or nothing."""
    current = folder
    while True:
        if exists(os.path.join(current, ".git")):  # noqa: PTH118 - one call a folder, thousands of them
            return current
        parent = os.path.dirname(current)  # noqa: PTH120
        if parent == current:
            return ""
        current = parent


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - links are not followed: a file is what the user calls it


_SCP = re.compile(r"(?:[^@/\s]+@)?([\w.-]+\.[\w-]+):(?!//)(\S+)")


def web_url(url: str) -> str:
    """The page of a repository from the URL that git uses, without any credentials; empty if it has none."""
    url = url.strip()
    if found := _SCP.fullmatch(url):
        host, path = found[1], found[2]
    else:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http", "ssh", "git") or not parts.hostname:
            return ""
        port = f":{parts.port}" if parts.port and parts.scheme in ("https", "http") else ""
        host, path = parts.hostname + port, parts.path
    path = quote(path.strip("/").removesuffix(".git"))
    return f"https://{host}/{path}" if "/" in path else ""


def _text(file: Path) -> str:
    """A file of git's, as far as one of git's own making goes."""
    return read_head(file, _MAX_BYTES).decode("utf-8", "replace")


@remembered(4096)
def remote_of(top: str) -> str:
    """The URL of the remote `origin` of a checkout, empty where nothing says."""
    try:
        git = _git_of(top)
        common = Path(git, _text(git / "commondir").strip()) if is_file(git / "commondir") else git
        config = _text(common / "config")
    except (OSError, ReadError):
        return ""
    section = re.search(r'\[remote "origin"\]([^\[]*)', config)
    url = re.search(r"^[ \t]*url[ \t]*=[ \t]*(\S+)", section[1], re.MULTILINE) if section else None
    return url[1] if url else ""


def branch_of(top: str) -> str:
    """The branch or the commit that is checked out, empty where nothing says."""
    try:
        return _text(_git_of(top) / "HEAD").strip().removeprefix("ref: refs/heads/")
    except (OSError, ReadError):
        return ""


def _git_of(top: str) -> Path:
    """The folder where git keeps what is about a checkout. Raises `OSError` and `ReadError`."""
    git = Path(top, ".git")
    if is_file(git):  # a worktree or a submodule
        return Path(top, _text(git).partition("gitdir:")[2].strip())
    return git


def name_in_url(url: str) -> str:
    """The name of a repository as its host has it (`acme/web`), from the URL that git uses; empty where it has none."""
    return unquote(urlsplit(web_url(url)).path.strip("/"))


_SLUGS = {"github.com": "gh", "bitbucket.org": "bb"}
"""The hosts whose repositories CircleCI names by their names: https://circleci.com/docs/api-developers-guide/."""


def slug_of(path: str) -> str:
    """The slug that CircleCI gives the project of a file, by its remote (`gh/acme/web`); empty where it has none."""
    top = top_of(os.path.dirname(_absolute(path)))  # noqa: PTH120
    return slug_in_url(remote_of(top)) if top else ""


def slug_in_url(url: str) -> str:
    """The slug that CircleCI gives the project of a repository, from the URL that git uses; empty where it has none."""
    parts = urlsplit(web_url(url))
    if parts.netloc not in _SLUGS or parts.path.count("/") != len(("owner", "name")):
        return ""
    return f"{_SLUGS[parts.netloc]}/{unquote(parts.path.strip('/'))}"


def slug_of_source(source: str) -> str:
    """The slug of a project whose repository is at a URL, or in a folder with an absolute path."""
    return slug_in_url(source) or (slug_of(f"{source}/{FOLDER}/config.yml") if source.startswith("/") else "")


def name_and_path(path: str) -> tuple[str, str]:
    """The name of the repository that a file is in, and the file's path from its top, with slashes.

    The name is the remote's, else the folder's. Outside of any repository the working folder is taken for the top.
    """
    absolute = _absolute(path)
    top = top_of(os.path.dirname(absolute)) or _absolute(".")  # noqa: PTH120
    name = name_in_url(remote_of(top)) or os.path.basename(top)  # noqa: PTH119
    return name, os.path.relpath(absolute, top).replace(os.sep, "/")


def folder_of(path: str) -> str:
    """The folder of the project that a file is in: the one that holds `.circleci`, else the top of its repository."""
    folder = os.path.dirname(_absolute(path))  # noqa: PTH120
    head, found, _ = f"{folder}{os.sep}".partition(f"{os.sep}{FOLDER}{os.sep}")
    return (head or os.sep) if found else top_of(folder) or folder


def names_of_folders(folders: Sequence[str]) -> dict[str, str]:
    """What to call projects by their folders: their paths from the folder that they have in common, with slashes."""
    if len(folders) == 1:
        return {folders[0]: os.path.basename(folders[0]) or folders[0]}  # noqa: PTH119
    common = os.path.commonpath(folders) if folders else ""
    return {
        folder: (os.path.basename(folder) if folder == common else os.path.relpath(folder, common)).replace(os.sep, "/")  # noqa: PTH119
        for folder in folders
    }
