"""What all outcomes of a run have in common, and what makes another run of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.cache import keys
from migrator.cache.keys import digest_of, run_key
from migrator.cache.store import Store
from migrator.engine.batch import Plan
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from tests.places import ROOT

PLAN = Plan(("literal-secret", "unauthenticated-image"), (), Policy(), known=("a", "b"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.mark.parametrize(
    "other",
    [
        PLAN._replace(rules=("literal-secret",)),
        PLAN._replace(policy=parse_policy('target = "server"\n', Path("/x/migrator.toml"))),
        PLAN._replace(policy=parse_policy("", Path("/x/migrator.toml"))),
        PLAN._replace(review_too=True),
        PLAN._replace(include_generated=True),
        PLAN._replace(known=("a",)),
        PLAN._replace(file_timeout=1),
        PLAN._replace(reason="until the audit"),
    ],
)
def test_another_plan_has_another_key(store: Store, other: Plan) -> None:
    assert run_key(PLAN, store) != run_key(other, store) != ""
    assert run_key(other, store) == run_key(other, store)


def test_which_files_are_taken_and_named_is_no_part_of_it(store: Store) -> None:
    assert run_key(PLAN, store) == run_key(PLAN._replace(named=frozenset({"a"}), exclude=("k8s/**",)), store)


def test_parts_cannot_pass_for_others() -> None:
    assert len({digest_of("a", "b"), digest_of("ab"), digest_of("ab", ""), digest_of("", "ab"), digest_of("1:a")}) == 5


def test_a_dependency_whose_version_nobody_knows_keeps_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "DEPENDENCIES", (*keys.DEPENDENCIES, "not_installed"))
    assert run_key(PLAN, store) == ""


_KEY = (
    "import sys; from migrator.cache.keys import run_key; from migrator.cache.store import Store\n"
    "from migrator.engine.batch import Plan; from migrator.policy import Policy\n"
    "print(run_key(Plan(('literal-secret',), (), Policy()), Store(sys.argv[1])))\n"
)


def key_of(copy: Path, store: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _KEY, str(store)],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_another_program_has_another_key_wherever_it_is(tmp_path: Path) -> None:
    store = tmp_path / "store"
    copies = [tmp_path / "one", tmp_path / "two"]
    for copy in copies:
        for name in ("migrator", "rules"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
    first = key_of(copies[0], store)
    assert key_of(copies[0], store) == key_of(copies[1], store) == first
    # The same size and the same time, as a tool may leave them.
    source = next((copies[0] / "rules").rglob("literal_secret.py"))
    before = source.stat()
    source.write_text(source.read_text().replace("a", "b", 1))
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert key_of(copies[0], store) != first
