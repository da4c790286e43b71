"""Where files are in their repository, and where that repository is on its host."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlsplit


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


@lru_cache(maxsize=4096)
def top_of(folder: str) -> str:
    """The nearest folder upwards that holds `.git`, or nothing."""
    current = folder
    while True:
        if os.path.exists(os.path.join(current, ".git")):  # noqa: PTH110, PTH118 - one call a folder, thousands of them
            return current
        parent = os.path.dirname(current)  # noqa: PTH120
        if parent == current:
            return ""
        current = parent


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - links are not followed: a file is what the user calls it


class Host:
    """The pages of a host for the files of one repository at one commit or branch.

    `kind` is `github` where a host of another name is known to be one.
    """

    def __init__(self, url: str, ref: str, kind: str = "") -> None:
        self._url = web_url(url)
        self._ref = ref
        self._kind = kind

    def link(self, path: str) -> str:
        """The page of a file, to which `#L12` may be added, or nothing where the host is not known."""
        if not self._url or not self._ref:
            return ""
        host = self._kind or urlsplit(self._url).netloc
        where = f"{quote(self._ref)}/{quote(path.encode('utf-8', 'surrogateescape'))}"
        if "gitlab" in host:
            return f"{self._url}/-/blob/{where}"
        if "bitbucket" in host:
            return f"{self._url}/src/{where}"
        return f"{self._url}/blob/{where}" if "github" in host or "gitea" in host or "codeberg" in host else ""


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


@lru_cache(maxsize=4096)
def host_of(top: str) -> Host:
    """The host of a checkout, as its remote `origin` and its branch say; git itself is not run."""
    git = Path(top, ".git")
    try:
        if git.is_file():  # a worktree or a submodule
            git = Path(top, git.read_text("utf-8").partition("gitdir:")[2].strip())
        common = Path(git, (git / "commondir").read_text("utf-8").strip()) if (git / "commondir").is_file() else git
        config = (common / "config").read_text("utf-8", "replace")
        head = (git / "HEAD").read_text("utf-8", "replace").strip()
    except OSError:
        return Host("", "")
    section = re.search(r'\[remote "origin"\]([^\[]*)', config)
    url = re.search(r"^\s*url\s*=\s*(\S+)", section[1], re.MULTILINE) if section else None
    return Host(url[1] if url else "", head.removeprefix("ref: refs/heads/"))
