"""Which project of CircleCI a repository is."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.files.repository import slug_of_source


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\n\turl = git@github.com:acme/here.git\n')
    return tmp_path


def test_a_url_of_another_host_is_not_taken_for_the_repository_that_the_program_runs_in(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout)
    assert slug_of_source("https://gitlab.com/acme/web.git") == ""
    assert slug_of_source("git@git.acme.com:acme/web.git") == ""


def test_a_url_and_a_folder_have_the_slug_of_their_remote(checkout: Path) -> None:
    assert slug_of_source("https://github.com/acme/web.git") == "gh/acme/web"
    assert slug_of_source(str(checkout)) == "gh/acme/here"
