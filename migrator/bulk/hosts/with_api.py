"""What hosts with an API share: it is opened once, when it is first asked, and closed with the host."""

from __future__ import annotations

import abc
import threading
from typing import Generic, Protocol, TypeVar

from migrator.bulk.host import Host, Kind
from migrator.bulk.world import World


class Closable(Protocol):
    def close(self) -> None: ...


A = TypeVar("A", bound=Closable)


class WithApi(Host, Generic[A]):
    """A host whose work needs an API and the token for it."""

    def __init__(self, kind: Kind, world: World) -> None:
        super().__init__(kind, world)
        self._opened: A | None = None
        self._lock = threading.Lock()

    @abc.abstractmethod
    def open_api(self) -> A:
        """Look for the token and open the API. Raises `UsageError` where there is no token. Called once."""

    @property
    def api(self) -> A:
        """The API; the first use opens it."""
        with self._lock:
            if self._opened is None:
                self._opened = self.open_api()
            return self._opened

    def ready(self) -> None:
        assert self.api

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
