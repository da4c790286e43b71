"""Configs that are reached by a link inside their repository are changed where they really are."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.files.links import led_to
from tests.bulk.conftest import Bulk, Host
from tests.bulk.repositories import config, git, show


def checkout(folder: Path, files: dict[str, str], links: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for name, target in links.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(target)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")
    return folder


INSIDE = (
    ({"ci/main.yml": config()}, {".circleci/config.yml": "../ci/main.yml"}, "ci/main.yml"),
    ({"ci/config.yml": config()}, {".circleci": "ci"}, "ci/config.yml"),
    ({"ci/main.yml": config()}, {".circleci/config.yml": "../a/x.yml", "a/x.yml": "../ci/main.yml"}, "ci/main.yml"),
    ({"ci/jobs/a.yml": config()}, {".circleci/more": "../ci/jobs"}, "ci/jobs/a.yml"),
    ({".circleci/config.yml": config()}, {".circleci/same.yml": "config.yml"}, ".circleci/config.yml"),
)


def source_of(kind: str, folder: Path, tmp_path: Path) -> str:
    if kind == "dir":
        return f"dir:{folder}"
    if kind == "bare":
        git(tmp_path, "clone", "-q", "--bare", str(folder), str(tmp_path / "bare.git"))
        return f"dir:{tmp_path / 'bare.git'}"
    (tmp_path / "list").write_text(f"{folder}\n")
    return f"file:{tmp_path / 'list'}"


@pytest.mark.parametrize("kind", ["dir", "bare", "file"])
@pytest.mark.parametrize(("files", "links", "changed"), INSIDE)
def test_what_a_link_leads_to_is_changed(
    bulk: Bulk, tmp_path: Path, kind: str, files: dict[str, str], links: dict[str, str], changed: str
) -> None:
    folder = checkout(tmp_path / "r", files, links)
    source = source_of(kind, folder, tmp_path)
    assert bulk("plan", "x", "--source", source).code == 1
    bulk("review", "x", "--approve", "all")
    assert bulk("push", "x").code == 0
    where = tmp_path / "bare.git" if kind == "bare" else folder
    assert "$DOCKERHUB_PASSWORD" in show(where, f"migrator/x:{changed}")
    assert git(where, "diff", "--name-only", "main", "migrator/x") == changed


def test_github_tells_where_a_link_leads(host: Host, bulk: Bulk, tmp_path: Path) -> None:
    bare = host.repositories["plain"].path
    folder = checkout(
        tmp_path / "r", {"ci/main.yml": config(), "ci/more/a.yml": config()}, {".circleci/config.yml": "../ci/main.yml"}
    )
    (folder / ".circleci" / "more").symlink_to("../ci/more")
    (folder / ".circleci" / "out.yml").symlink_to("../../out.yml")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "links")
    git(folder, "push", "-q", "--force", str(bare), "HEAD:main")
    for _ in range(2):  # what links lead to is read each time
        bulk("plan", "hub", "--source", "github:acme/plain", "--api-url", host.url)
    assert bulk("review", "hub", "--approve", "all").code == 1
    bulk("push", "hub")
    changed = git(bare, "diff", "--name-only", "main", "migrator/hub")
    assert changed.split("\n") == ["ci/main.yml", "ci/more/a.yml"]


OUTSIDE = (
    {".circleci/config.yml": "../../other/config.yml"},
    {".circleci/config.yml": "/tmp/config.yml"},
    {".circleci": "../other"},
    {".circleci/config.yml": "config.yml"},
    {".circleci/a": "..", ".circleci/b": "a"},
    {".circleci/config.yml": "../.git/config"},
    {".circleci/config.yml": "nowhere.yml"},
)


@pytest.mark.parametrize("kind", ["dir", "bare", "file"])
@pytest.mark.parametrize("links", OUTSIDE)
def test_what_leads_out_or_nowhere_is_not_followed(
    bulk: Bulk, tmp_path: Path, kind: str, links: dict[str, str]
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.yml").write_text(config())
    folder = checkout(tmp_path / "r", {"README": "x"}, links)
    assert bulk("plan", "x", "--source", source_of(kind, folder, tmp_path)).code == 0


@pytest.mark.parametrize(
    ("path", "target", "real"),
    [
        (".circleci/config.yml", "../ci/a.yml", "ci/a.yml"),
        (".circleci", "ci", "ci"),
        ("a/b/c", "../../d", "d"),
        ("a/b", "./c/../d", "a/d"),
        ("a/b", "../../c", ""),
        ("a/b", "/c", ""),
        ("a/b", "..", ""),
        ("a/b", "", ""),
        ("a/b", "../.git/config", ""),
        ("a/b", "x\ny", ""),
    ],
)
def test_a_link_leads_from_the_folder_that_it_is_in(path: str, target: str, real: str) -> None:
    assert led_to(path, target) == real
