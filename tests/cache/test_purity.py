"""Rules whose findings are kept: those that decide by config and policy alone."""

from __future__ import annotations

import pytest

from migrator.cache.purity import decides_alone
from tests.places import RULES


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "import sys",
        "import time",
        "import random",
        "from datetime import date",
        "import acme_images",
        "from acme.images import table",
        "from . import table",
        "from .table import rows",
        "import migrator",
        "import migrator.circleci.config",
        "import migrator.records",
        "from migrator.records import record",
        "from migrator import patterns",
        "from migrator.circleci.literal_scripts import accounts_of",
        "from migrator.circleci.config import *",
        "def f():\n    import subprocess",
        "text = open('allowed.txt').read()",
        "exec('import os')",
        "module = __import__('os')",
        "read = [open][0]",
        "def f(:",
        "x = '\0'",
    ],
)
def test_what_may_decide_by_more_is_run_every_time(line: str) -> None:
    assert not decides_alone(line.encode())


@pytest.mark.parametrize(
    "line",
    [
        "",
        "import re",
        "from collections.abc import Iterator",
        "from urllib.parse import urlsplit",
        "from migrator.rule import Finding, Rule, Safety",
        "from migrator import rule",
        "def f(config):\n    return config.open('x')",
    ],
)
def test_what_decides_alone_is_kept(line: str) -> None:
    assert decides_alone(line.encode())


def test_the_rules_of_this_program_would_do() -> None:
    assert [path for path in RULES.rglob("*.py") if not decides_alone(path.read_bytes())] == []
