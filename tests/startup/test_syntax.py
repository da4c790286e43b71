"""libcst is imported faster, and is the same to whoever uses it."""

from __future__ import annotations

import subprocess
import sys

_PRINT = """
import libcst as cst
from libcst import matchers
from libcst.metadata import CodePosition
module = cst.parse_module("a = {'b': [1, f'{c!r}', lambda x: x]}  # d\\n")
a, b = cst.Name("a"), cst.Name("a")
print(repr(module), a == b, a == a, hash(a) == hash(a), a.deep_equals(b), module.deep_clone().code == module.code)
print(CodePosition(1, 2) == CodePosition(1, 2), repr(CodePosition(1, 2)), a.with_changes(value="c").value)
print(matchers.matches(a, matchers.Name("a")))
names = [name for name in dir(cst) if isinstance(getattr(cst, name), type)]
print([(name, sorted(n for n in dir(getattr(cst, name)) if n not in ("__setattr__", "__delattr__"))) for name in names])
"""


def test_its_nodes_are_equal_shown_and_changed_as_without_that() -> None:
    plain, ours = (
        subprocess.run([sys.executable, "-c", code + _PRINT], capture_output=True, text=True, check=True).stdout
        for code in ("", "import migrator.documents.python\n")
    )
    assert "Module(" in plain
    assert ours == plain


def test_nobody_else_is_affected() -> None:
    code = (
        "import dataclasses; plain = dataclasses.dataclass\n"
        "import migrator.documents.python\n"
        "assert dataclasses.dataclass is plain\n"
        "import libcst\n"
        "try: libcst.metadata.CodePosition(1, 2).line = 3\n"
        "except dataclasses.FrozenInstanceError: print('frozen')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "frozen\n"
