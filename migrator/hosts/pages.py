"""The pages of files on the host of their repository, by its URL or by the remote of a checkout."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache, lru_cache
from typing import Protocol
from urllib.parse import quote, urlsplit

from migrator import hosts
from migrator.files.repository import branch_of, remote_of, web_url


class Links(Protocol):
    """What `links.py` of a kind of host defines: words in the names of its servers, and the form of a file's page."""

    NAMES: tuple[str, ...]

    def page(self, repository: str, where: str) -> str: ...


@cache
def links() -> dict[str, Links]:
    """The forms of URLs by the name of the kind: the folders next to this file."""
    folders = sorted(module.name for module in pkgutil.iter_modules(hosts.__path__) if module.ispkg)
    return {name: importlib.import_module(f"{hosts.__name__}.{name}.links") for name in folders}


class Pages:
    """The pages of a host for the files of one repository at one commit or branch.

    `kind` is the kind of the host if known; else it follows from the name of the server.
    """

    def __init__(self, url: str, ref: str, kind: str = "") -> None:
        self._url = web_url(url)
        self._ref = ref
        self._kind = kind

    def link(self, path: str) -> str:
        """The page of a file, to which `#L12` may be added, empty if the host is unknown."""
        if not self._url or not self._ref:
            return ""
        server = urlsplit(self._url).netloc
        known = links().get(self._kind)
        known = known or next((kind for kind in links().values() if any(name in server for name in kind.NAMES)), None)
        where = f"{quote(self._ref)}/{quote(path.encode('utf-8', 'surrogateescape'))}"
        return known.page(self._url, where) if known else ""


@lru_cache(maxsize=4096)
def pages_of(top: str) -> Pages:
    """The pages of a checkout's files, as its remote `origin` and its branch say; git itself is not run."""
    return Pages(remote_of(top), branch_of(top))
