"""What is said where no config is: which folder was searched, for what, and where the nearest config is."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.files.absent import why_no_config
from migrator.files.sources import NotRead, find_sources


def config(folder: Path) -> None:
    (folder / ".circleci").mkdir(parents=True)
    (folder / ".circleci" / "config.yml").write_text("version: 2.1\n")


def test_an_empty_folder_is_named_in_full_with_what_was_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (found,) = find_sources(["."])
    assert isinstance(found, NotRead)
    assert str(tmp_path) in found.reason
    assert ".circleci/*.yml" in found.reason
    assert "@*.yml" in found.reason


def test_a_config_above_in_the_repository_is_named_by_the_way_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    config(tmp_path)
    (tmp_path / "services" / "web").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "services")
    assert "the folder ..," in why_no_config(Path())
    assert "the folder ../..," in why_no_config(Path("web"))


def test_a_config_above_the_repository_is_not_named(tmp_path: Path) -> None:
    config(tmp_path)
    (tmp_path / "web" / ".git").mkdir(parents=True)
    assert "there is one above" not in why_no_config(tmp_path / "web")


def test_without_a_repository_nothing_above_is_looked_at(tmp_path: Path) -> None:
    config(tmp_path)
    (tmp_path / "web").mkdir()
    assert "there is one above" not in why_no_config(tmp_path / "web")


def test_a_folder_for_configs_that_is_empty(tmp_path: Path) -> None:
    (tmp_path / ".circleci").mkdir()
    (tmp_path / ".circleci" / "README.md").write_text("x")
    assert "without a .yml file" in why_no_config(tmp_path)


def test_a_config_of_circleci_1(tmp_path: Path) -> None:
    (tmp_path / "circle.yml").write_text("machine: {}\n")
    assert "CircleCI 1.0" in why_no_config(tmp_path)


def test_a_folder_above_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".circleci").symlink_to(".circleci")
    (tmp_path / "web").mkdir()
    assert "there is one above" not in why_no_config(tmp_path / "web")
