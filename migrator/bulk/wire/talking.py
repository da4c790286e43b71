"""A conversation with one of git's two servers, in packets: https://git-scm.com/docs/gitprotocol-common

Git's servers end by themselves when the other end of their pipes is closed, as it is when this process dies.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator
from typing import Final

from migrator.bulk.git import Url, server
from migrator.bulk.states import RepositoryError
from migrator.services.faults import Fault

_CHUNK = 65_536
FLUSH: Final = b"0000"
DELIMITER: Final = b"0001"
_PACK, _WORDS, _FATAL = 1, 2, 3
"""Whose bytes a packet of a side band carries."""


class OddError(Exception):
    """Something that is not understood here: git itself is asked instead, and says what is wrong."""


def packet(line: str) -> bytes:
    """A line of text as it is sent."""
    data = line.encode("utf-8", "surrogateescape")
    return b"%04x%s" % (len(data) + 4, data)


class Talk:
    """A process of git that serves the repository at a path, with its time limit. Use it as a context manager.

    A packet that cannot be read, or an end before its time, is an `OddError`; the end of the time a `RepositoryError`.
    """

    def __init__(self, service: str, path: str, url: Url, seconds: float, protocol: str = "") -> None:
        self._what = f"git {service}"
        self._seconds, self._end = seconds, time.monotonic() + seconds
        self._process = server(service, path, url, protocol)
        assert self._process.stdin
        assert self._process.stdout
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        os.set_blocking(self._stdin.fileno(), False)
        self._read, self._at = b"", 0

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stdin.close()
        if kind:
            self._process.kill()
        try:
            # What it still does belongs to the conversation, such as the hooks of a push.
            while not kind and self._wait(writing=False) and os.read(self._stdout.fileno(), _CHUNK):
                continue
        finally:
            self._stdout.close()
            self._process.wait()

    def send(self, *parts: bytes) -> None:
        """Send it whole, reading meanwhile what the other end says."""
        left = memoryview(b"".join(parts))
        while left:
            if self._wait(writing=True) == self._stdin.fileno():
                try:
                    left = left[os.write(self._stdin.fileno(), left[:_CHUNK]) :]
                except BlockingIOError:
                    continue
                except OSError:
                    raise OddError from None
            else:
                self._more()

    def end(self) -> None:
        """Nothing more is sent."""
        self._stdin.close()

    def packet(self) -> bytes | None:
        """The content of the next packet, empty for a delimiter, `None` where a part ends."""
        try:
            size = int(self._take(4), 16)
        except ValueError:
            raise OddError from None
        if size == 0:
            return None
        if size < 4:
            return b""
        return self._take(size - 4)

    def lines(self) -> Iterator[str]:
        """The packets up to the end of a part or a delimiter, as lines."""
        while line := self.packet():
            yield line.decode("utf-8", "surrogateescape").removesuffix("\n")

    def side_band(self, words: list[bytes]) -> Iterator[bytes]:
        """What comes on the first of three bands; the second one, meant for a person, is added to `words`."""
        while part := self.packet():
            if part[0] == _PACK:
                yield part[1:]
            elif part[0] in (_WORDS, _FATAL):
                words.append(part[1:])
            else:
                raise OddError

    def _take(self, size: int) -> bytes:
        while len(self._read) - self._at < size:
            self._wait(writing=False)
            self._more()
        found = self._read[self._at : self._at + size]
        self._at += size
        return found

    def _more(self) -> None:
        data = os.read(self._stdout.fileno(), _CHUNK)
        if not data:
            raise OddError
        self._read, self._at = self._read[self._at :] + data, 0

    def _wait(self, *, writing: bool) -> int:
        """Wait until it may be read or written to; returns the descriptor for which that is so."""
        poll = select.poll()
        poll.register(self._stdout.fileno(), select.POLLIN)
        if writing:
            poll.register(self._stdin.fileno(), select.POLLOUT)
        ready = poll.poll(max(0.0, 1000 * (self._end - time.monotonic())))
        if not ready:
            self._process.kill()
            raise RepositoryError(Fault.TIMEOUT, f"{self._what} took longer than {self._seconds:.0f} s")
        return ready[0][0] if len(ready) == 1 else self._stdin.fileno()
