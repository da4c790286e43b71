"""Where outcomes are kept, and the folders that are left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from platformdirs import user_cache_dir

from migrator.cache.folder import OFF, _person_folder, cache_folder, own_folder


@pytest.fixture(autouse=True)
def in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OFF)


def test_it_is_in_the_cache_folder_of_the_person_and_theirs_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = os.umask(0)
    try:
        folder = Path(cache_folder())
    finally:
        os.umask(before)
    assert folder == tmp_path / "cache" / "circleci-migrator" / "outcomes"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Path(cache_folder()) == folder


def test_a_variable_does_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(OFF, "1")
    assert cache_folder() == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o750, 0o701, 0o777])
def test_a_folder_that_others_get_into_is_not_used(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "outcomes"
    folder.mkdir()
    folder.chmod(mode)
    assert own_folder(str(folder)) == ""


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("this system lets only root give a folder to somebody else")
    folder = tmp_path / "outcomes"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, -1)
    assert own_folder(str(folder)) == ""


def test_a_link_and_a_file_are_not_used(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").touch(mode=0o600)
    assert own_folder(str(tmp_path / "link")) == own_folder(str(tmp_path / "file")) == ""


@pytest.mark.parametrize("cache", [None, "", "/x/cache", "/x/y/", "relative", " /x"])
@pytest.mark.parametrize("home", ["/home/me", "/", "/home/me/"])
def test_it_is_where_platformdirs_says(monkeypatch: pytest.MonkeyPatch, home: str, cache: str | None) -> None:
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if cache is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
    assert os.path.normpath(_person_folder()) == os.path.normpath(user_cache_dir("circleci-migrator", appauthor=False))


@pytest.mark.parametrize("home", ["/proc/nobody", "/dev/null"])
def test_no_home_to_write_to_is_no_error(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", home)
    assert cache_folder() == ""


def test_a_folder_that_counts_from_the_working_one_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    cache_folder()
    assert list((tmp_path / "repository").iterdir()) == []
