"""A small campaign with several kinds, one of them with much that differs; planned once for all tests of a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from migrator.cli.app import run
from tests.bulk.conftest import Bulk
from tests.bulk.repositories import ENVIRONMENT, config, make_bare

SECRET = "hunter2-Sw0rdf1sh"
CONTEXT, AUTH, LITERAL = "context on its job", "auth on an image", "a literal password becomes a variable"


def make_repositories(top: Path) -> None:
    """Three kinds: a context for all five, auth for four of them, and a literal password in two."""
    for name in ("acme/api", "acme/mail", "labs/web"):
        job = name.rpartition("/")[2]
        make_bare(top / f"{name}.git", {".circleci/config.yml": config(job, f"acme/{job}:1")})
    auth = f"image: acme/app:1\n        auth: {{username: me, password: {SECRET}}}"
    literal = config("db").replace("image: acme/app:1", auth)
    make_bare(top / "acme/db.git", {".circleci/config.yml": literal})
    both = literal.replace("    steps:", "      - image: redis:7\n    steps:")
    both = both.replace("- db\n", "- db:\n          context: mine\n")
    make_bare(top / "acme/web.git", {".circleci/config.yml": both})


@pytest.fixture(scope="module")
def planned_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the repositories, and the campaign in `work`."""
    top = tmp_path_factory.mktemp("planned")
    make_repositories(top / "host")
    (top / "work").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(top / "work")
        patch.setenv("HOME", str(top))
        for name in ("CIRCLE_TOKEN", "CIRCLECI_CLI_TOKEN"):
            patch.delenv(name, raising=False)
        for name, value in ENVIRONMENT.items():
            if name.startswith("GIT_"):
                patch.setenv(name, value)
        rules = "unauthenticated-image,literal-secret"
        assert run(["bulk", "plan", "hub", "--source", f"dir:{top}/host", "--select", rules]) == 1
    return top


@pytest.fixture
def planned(planned_once: Path, bulk: Bulk) -> Path:
    """The working folder of a test, with the campaign as it was planned; returns the folder with the repositories."""
    shutil.copytree(planned_once / "work", Path.cwd(), dirs_exist_ok=True)
    return planned_once / "host"
