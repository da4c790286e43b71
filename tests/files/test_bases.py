"""Which scripts and YAML files are read together: a script that loads a file of its folder, and that file."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.files.bases import are_of_one_config, beside

LOADS = 'import yaml\nwith open("base.yml") as f:\n    config = yaml.safe_load(f)\n'


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")


def names(path: Path) -> list[str]:
    return [Path(other).name for other, _ in beside(str(path))]


@pytest.mark.parametrize(
    "script",
    [
        'open("base.yml").read()\n',
        "import yaml\nyaml.safe_load(text)\n",
        'import yaml\nyaml.safe_load(open("other.yml"))\n',
        "# base.yml\nimport yaml\nyaml.safe_load(open(path))\n",
    ],
)
def test_a_script_that_does_not_load_the_file_is_not_read_with_it(script: str, tmp_path: Path) -> None:
    write(tmp_path, base__yml="a: b\n", generate__py=script)
    assert names(tmp_path / "base.yml") == []


def test_links_and_other_folders_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    write(tmp_path / "inner", generate__py=LOADS)
    write(tmp_path, base__yml="a: b\n")
    (tmp_path / "link.py").symlink_to(tmp_path / "inner" / "generate.py")
    assert names(tmp_path / "base.yml") == []


@pytest.mark.parametrize("name", ["base.yml", ".circleci/base.yml", "./base.yml"])
def test_a_script_and_the_file_that_it_loads_are_read_together(name: str, tmp_path: Path) -> None:
    write(tmp_path, base__yml="a: b\n", other__yml="a: b\n", generate__py=LOADS.replace("base.yml", name))
    assert names(tmp_path / "base.yml") == ["generate.py"]
    assert names(tmp_path / "generate.py") == ["base.yml"]
    assert names(tmp_path / "other.yml") == []


def test_a_change_of_the_script_is_seen(tmp_path: Path) -> None:
    write(tmp_path, base__yml="a: b\n", generate__py=LOADS)
    assert names(tmp_path / "base.yml") == ["generate.py"]
    write(tmp_path, generate__py="print()\n")
    assert names(tmp_path / "base.yml") == []


def test_files_of_a_repository_that_is_not_on_disk_are_told_the_same_way() -> None:
    script = LOADS.encode()
    assert are_of_one_config(".circleci/base.yml", b"", ".circleci/g.py", script)
    assert are_of_one_config(".circleci/g.py", script, ".circleci/base.yml", b"")
    assert not are_of_one_config(".circleci/base.yml", b"", "tools/g.py", script)
    assert not are_of_one_config(".circleci/g.py", script, ".circleci/config.yml", b"")
    assert not are_of_one_config(".circleci/base.yml", b"", ".circleci/other.yml", script)
