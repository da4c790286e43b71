"""The pages of files, by the URL of their repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.files.repository import web_url
from migrator.hosts.pages import Pages, links, pages_of

CONFIG = ".circleci/config.yml"


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://github.com/acme/web", "https://github.com/acme/web/blob/main/.circleci/config.yml"),
        ("git@github.com:acme/web.git", "https://github.com/acme/web/blob/main/.circleci/config.yml"),
        (
            "https://me:secret@gitlab.com/acme/a/web.git",
            "https://gitlab.com/acme/a/web/-/blob/main/.circleci/config.yml",
        ),
        ("ssh://git@bitbucket.org:22/acme/web", "https://bitbucket.org/acme/web/src/main/.circleci/config.yml"),
        ("https://codeberg.org/acme/web", "https://codeberg.org/acme/web/blob/main/.circleci/config.yml"),
        ("https://gitea.acme.example:3000/a/b", "https://gitea.acme.example:3000/a/b/blob/main/.circleci/config.yml"),
    ],
)
def test_the_name_of_a_server_tells_the_form(url: str, page: str) -> None:
    assert Pages(url, "main").link(CONFIG) == page


def test_a_kind_that_is_known_needs_no_name() -> None:
    assert Pages("https://code.acme.example/a/b", "main", "github").link("x y#.yml") == (
        "https://code.acme.example/a/b/blob/main/x%20y%23.yml"
    )


@pytest.mark.parametrize("url", ["https://code.acme.example/a/b", "/srv/git/a.git", "file:///srv/git/a", "", "C:\\a"])
def test_an_unknown_host_has_no_pages(url: str) -> None:
    assert Pages(url, "main").link(CONFIG) == ""
    assert Pages(url, "main", "dir").link(CONFIG) == ""


def test_without_a_commit_or_branch_there_is_no_page() -> None:
    assert Pages("https://github.com/acme/web", "").link(CONFIG) == ""


@pytest.mark.parametrize("url", ["https://me:hunter2@github.com/a/b", "ssh://me:hunter2@github.com/a/b"])
def test_no_page_shows_a_login(url: str) -> None:
    assert web_url(url) == "https://github.com/a/b"


def test_every_folder_says_whose_pages_it_forms() -> None:
    assert {"bitbucket", "gitea", "github", "gitlab"} <= links().keys()
    names = [name for kind in links().values() for name in kind.NAMES]
    assert len(names) == len(set(names))
    assert all(kind.page("https://h/r", "c/p").startswith("https://h/r/") for kind in links().values())


def test_a_checkout_has_the_pages_of_its_remote(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/trunk\n")
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\n\turl = git@gitlab.com:acme/web.git\n')
    assert pages_of(str(tmp_path)).link(CONFIG) == f"https://gitlab.com/acme/web/-/blob/trunk/{CONFIG}"
    assert pages_of(str(tmp_path / "elsewhere")).link(CONFIG) == ""
