"""The editor of the person at the keyboard, and nothing of a repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.errors import UsageError
from migrator.review.editor import arguments_for, edit, editor_command


def program(folder: Path, name: str, text: str = "exit 0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_visual_comes_before_editor_and_both_may_have_arguments(tmp_path: Path) -> None:
    vim, nano = program(tmp_path, "vim"), program(tmp_path, "nano")
    path = {"PATH": str(tmp_path)}
    assert editor_command({"VISUAL": "vim -u NONE", "EDITOR": "nano", **path}) == [str(vim), "-u", "NONE"]
    assert editor_command({"VISUAL": " ", "EDITOR": "nano", **path}) == [str(nano)]
    assert editor_command({"EDITOR": f"'{vim}'", "PATH": ""}) == [str(vim)]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "set VISUAL or EDITOR"),
        ({"EDITOR": "vim 'x"}, "EDITOR has an open quote"),
        ({"EDITOR": "./vim"}, "EDITOR is a relative path"),
        ({"VISUAL": "bin/vim"}, "VISUAL is a relative path"),
        ({"EDITOR": "vim", "PATH": ".:"}, "vim of EDITOR is not found"),
        ({"EDITOR": "vim", "PATH": "bin"}, "vim of EDITOR is not found"),
    ],
)
def test_nothing_of_the_folder_that_one_is_in_is_run(
    environment: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program(tmp_path, "vim")
    program(tmp_path / "bin", "vim")
    with pytest.raises(UsageError, match=said):
        editor_command({"PATH": "/usr/bin", **environment})


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["/bin/vim"], ["/bin/vim", "+7", "FILE"]),
        (["/bin/emacsclient", "-t"], ["/bin/emacsclient", "-t", "+7", "FILE"]),
        (["/bin/code"], ["/bin/code", "--wait", "--goto", "FILE:7"]),
        (["/bin/subl"], ["/bin/subl", "--wait", "FILE:7"]),
        (["/bin/hx"], ["/bin/hx", "FILE:7"]),
        (["/bin/something"], ["/bin/something", "FILE"]),
    ],
)
def test_an_editor_is_given_the_line_as_it_takes_it(command: list[str], expected: list[str]) -> None:
    target = os.path.abspath("-x.yml")  # noqa: PTH100
    assert arguments_for(command, "-x.yml", 7) == [word.replace("FILE", target) for word in expected]


def test_the_file_itself_is_edited_and_its_editor_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "a b.yml"
    config.write_text("before")
    monkeypatch.setenv("VISUAL", str(program(tmp_path, "mine", 'printf %s "$#" > "$1"')))
    edit(str(config), 3)
    assert config.read_text() == "1"


def test_an_editor_that_fails_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", str(program(tmp_path, "mine", "exit 3")))
    with pytest.raises(UsageError, match="mine ended with exit code 3"):
        edit(str(tmp_path / "a.yml"), 1)


def test_a_link_out_of_the_repository_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (tmp_path / "repository" / "config.yml").symlink_to(tmp_path / "secret")
    monkeypatch.setenv("VISUAL", str(program(tmp_path, "mine", 'echo edited > "$1"')))
    with pytest.raises(UsageError, match="outside the repository"):
        edit(str(tmp_path / "repository" / "config.yml"), 1)
    assert (tmp_path / "secret").read_text() == "x"
