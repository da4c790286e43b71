"""Objects in files of their own, as git keeps few of them: https://git-scm.com/docs/gitrepository-layout"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Iterable
from pathlib import Path

from migrator.bulk.wire.committing import object_id


def keep(folder: Path, objects: Iterable[tuple[str, bytes]]) -> None:
    """Put objects, each a kind and its content, into the folder of objects of a store. Raises `OSError`."""
    for kind, data in objects:
        oid = object_id(kind, data)
        target = folder / oid[:2] / oid[2:]
        if target.exists():
            continue
        target.parent.mkdir(exist_ok=True)
        # The rename makes it appear whole.
        temporary = target.with_name(f"tmp_obj_{os.getpid()}_{threading.get_ident()}")
        temporary.write_bytes(zlib.compress(f"{kind} {len(data)}\0".encode() + data, 1))
        temporary.replace(target)
