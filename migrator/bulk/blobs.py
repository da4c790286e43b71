"""Contents by their git object id: how a blob is named, and a directory of blobs that only its owner can read."""

from __future__ import annotations

import hashlib
import os
import zlib
from contextlib import suppress
from pathlib import Path

from migrator.bulk.states import CampaignError


def blob_id(data: bytes, length: int = 40) -> str:
    """The id git gives these contents, in repositories whose ids have 40 (SHA-1) or 64 (SHA-256) digits."""
    digest = hashlib.sha256() if length == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()


class Blobs:
    """A directory of compressed contents named by their ids. Any number of processes may add to it at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, oid: str, data: bytes) -> None:
        target = self._path(oid)
        if target.exists():
            return
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The rename makes the content appear whole, even if several write it or are killed.
        temporary = target.with_name(f".{oid}.{os.getpid()}.{id(data)}")
        try:
            temporary.write_bytes(zlib.compress(data))
            temporary.replace(target)
        except OSError as error:
            # An error of `write` names no file: a full disk would pass for one of standard output.
            with suppress(OSError):
                temporary.unlink()
            raise CampaignError(f"{target}: {error.strerror}; what was noted before is kept") from None

    def get(self, oid: str) -> bytes | None:
        """The contents, or `None` if they are missing or do not match their id."""
        try:
            data = zlib.decompress(self._path(oid).read_bytes())
        except (OSError, zlib.error):
            return None
        return data if blob_id(data, len(oid)) == oid else None

    def _path(self, oid: str) -> Path:
        return self._folder / oid[:2] / oid[2:]
