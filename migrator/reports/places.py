"""Where a repository is on its host: links to its files."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, urlsplit

from migrator.files.repository import remote_of, web_url


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


@lru_cache(maxsize=4096)
def host_of(top: str) -> Host:
    """The host of a checkout, as its remote `origin` and its branch say."""
    return Host(*remote_of(top))
