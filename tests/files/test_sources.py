"""Which files a folder means, what counts as generated, and replacing a file whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.errors import ReadError, WriteError
from migrator.files.generated import why_generated
from migrator.files.header import generated_line
from migrator.files.packed import siblings
from migrator.files.reading import read_source
from migrator.files.sources import NotRead, find_sources
from migrator.files.writing import replace_file
from migrator.policy import Policy


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("a: 1\n")


def test_foreign_folders_and_other_files_are_not_searched() -> None:
    make(
        "node_modules/x/.circleci/config.yml",
        ".circleci/node_modules/x.yml",
        ".git/.circleci/config.yml",
        "venv/.circleci/config.yml",
        "venv/pyvenv.cfg",
        "other/config.yml",
        ".circleci/script.sh",
        ".circleci/config.yml",
    )
    assert find_sources(["."]) == [".circleci/config.yml"]


def test_configs_at_any_depth_are_found_in_order() -> None:
    make("b/.circleci/config.yml", "a/.circleci/src/jobs/x.yaml", "a/.circleci/config.yml", "a.b/.circleci/c.yml")
    assert find_sources(["."]) == [
        "a/.circleci/config.yml",
        "a/.circleci/src/jobs/x.yaml",
        "a.b/.circleci/c.yml",
        "b/.circleci/config.yml",
    ]


def test_packed_sources_are_found_with_their_tree() -> None:
    make("orb/src/@orb.yml", "orb/src/jobs/build.yml", "orb/src/scripts/x.sh", "orb/other.yml", "ci/@config.yml")
    assert find_sources(["."]) == ["ci/@config.yml", "orb/src/@orb.yml", "orb/src/jobs/build.yml"]


def test_a_folder_inside_of_circleci_is_searched_whole() -> None:
    make(".circleci/src/jobs/x.yml")
    assert find_sources([".circleci/src"]) == [".circleci/src/jobs/x.yml"]


def test_a_file_is_taken_whatever_its_name() -> None:
    make("x.txt")
    assert find_sources(["x.txt"]) == ["x.txt"]


def test_names_are_as_they_were_given(tmp_path: Path) -> None:
    make("a/.circleci/config.yml")
    assert find_sources([str(tmp_path)]) == [str(tmp_path / "a/.circleci/config.yml")]
    assert find_sources(["a/", "a"]) == ["a/.circleci/config.yml"]


def test_a_link_out_of_the_folder_is_skipped_unless_it_is_named(tmp_path: Path) -> None:
    make("outside.yml", "repo/.circleci/config.yml")
    Path("repo/.circleci/link.yml").symlink_to(tmp_path / "outside.yml")
    found = find_sources(["repo"])
    assert found[0] == "repo/.circleci/config.yml"
    assert isinstance(found[1], NotRead)
    assert not found[1].fails
    assert "is a link that leads out of the folder" in found[1].reason
    assert find_sources(["repo/.circleci/link.yml"]) == ["repo/.circleci/link.yml"]


def test_a_linked_circleci_folder_of_the_same_repository_is_searched_once() -> None:
    make("ci/.circleci/config.yml")
    Path("app").mkdir()
    Path("app/.circleci").symlink_to("../ci/.circleci")
    assert find_sources(["."]) == ["ci/.circleci/config.yml"]
    assert find_sources(["app/.circleci"]) == ["app/.circleci/config.yml"]


def test_links_in_a_circle_come_to_an_end() -> None:
    make(".circleci/config.yml")
    Path(".circleci/loop").symlink_to(".")
    Path(".circleci/.circleci").symlink_to(".")
    Path("round.yml").symlink_to("round.yml")
    assert find_sources(["."]) == [".circleci/config.yml"]
    assert isinstance(find_sources(["round.yml"])[0], NotRead)


def test_links_that_lead_to_each_other_are_left_to_whoever_reads_them() -> None:
    make(".circleci/config.yml")
    Path(".circleci/a.yml").symlink_to("b.yml")
    Path(".circleci/b.yml").symlink_to("a.yml")
    Path(".circleci/own.yml").symlink_to("own.yml")
    names = [".circleci/a.yml", ".circleci/b.yml", ".circleci/config.yml", ".circleci/own.yml"]
    assert find_sources(["."]) == names
    with pytest.raises(ReadError, match="symbolic links"):
        read_source(".circleci/own.yml")


def test_a_circleci_folder_that_is_a_link_out_of_the_folder_is_told() -> None:
    make("shared/.circleci/config.yml", "repositories/a/.circleci/config.yml")
    Path("repositories/b").mkdir()
    Path("repositories/b/.circleci").symlink_to("../../shared/.circleci")
    found, skipped = find_sources(["repositories"])
    assert found == "repositories/a/.circleci/config.yml"
    assert isinstance(skipped, NotRead)
    assert not skipped.fails
    assert skipped.path == "repositories/b/.circleci"
    assert "leads out of the folder" in skipped.reason


def test_a_path_that_means_nothing_is_a_failure_among_the_others() -> None:
    make(".circleci/config.yml", "empty/x.txt")
    found = find_sources(["gone", ".", "empty"])
    assert [type(each) for each in found] == [NotRead, str, NotRead]


def test_a_file_of_no_packed_tree_has_no_siblings() -> None:
    make(".circleci/config.yml", ".circleci/more.yml")
    assert siblings(".circleci/config.yml") == []


def test_packing_leaves_out_what_begins_with_a_dot() -> None:
    make("src/@orb.yml", "src/jobs/build.yml", "src/jobs/.old.yml", "src/.drafts/jobs/x.yml", ".circleci/.x.yml")
    assert find_sources(["."]) == [".circleci/.x.yml", "src/@orb.yml", "src/jobs/build.yml"]
    assert [Path(path).name for path, _ in siblings("src/@orb.yml")] == ["build.yml"]


def test_a_config_is_no_part_of_the_orb_whose_tree_begins_above_it() -> None:
    make("@orb.yml", "jobs/build.yml", ".circleci/config.yml", ".circleci/.x.yml")
    assert find_sources(["."]) == [".circleci/.x.yml", ".circleci/config.yml", "@orb.yml", "jobs/build.yml"]
    assert siblings(".circleci/config.yml") == []
    assert [Path(path).name for path, _ in siblings("@orb.yml")] == ["build.yml"]


def test_a_relative_name_is_that_of_the_folder_one_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    make("packed/src/@orb.yml", "packed/src/a.yml", "plain/src/a.yml")
    for folder, names in (("packed", ["@orb.yml"]), ("plain", [])):
        with monkeypatch.context() as inside:
            inside.chdir(folder)
            assert [Path(path).name for path, _ in siblings("src/a.yml")] == names


def test_a_packed_tree_ends_with_the_repository() -> None:
    make("@config.yml", "repo/.git/HEAD", "repo/.circleci/config.yml")
    assert siblings("repo/.circleci/config.yml") == []


def test_the_files_of_a_packed_tree_are_siblings() -> None:
    make("src/@orb.yml", "src/jobs/a.yml", "src/jobs/deep/b.yml", "src/scripts/x.sh", "other.yml")
    Path("src/jobs/huge.yml").touch()
    os.truncate("src/jobs/huge.yml", 20_000_001)
    assert [Path(path).name for path, _ in siblings("src/jobs/a.yml")] == ["@orb.yml", "b.yml"]


GENERATED = """\
Code generated by foo; DO NOT EDIT.
DO NOT EDIT
!!! DO NOT EDIT !!!
This file is auto-generated from src/
This file was automatically generated by make
AUTOGENERATED - see pack.js
@generated
NOTE: This file is generated. Do not edit by hand
This file was rendered from config.tmpl
Do not edit this file directly, edit config.in.yml
Generated from @config.yml
==== generated file ====
Do not modify this file manually
Don't edit .circleci/config.yml: it is made by x
This config.yml is generated by regenerate.py
WARNING! This file is auto-generated
do not edit config.yml, edit config.yml.in""".splitlines()

HAND_WRITTEN = """\
then copy the contents from generated_config.yml into the config.yml file.
Do not edit the jobs below without asking
Note: You can locally debug/validate the generated yaml file using the CLI.
This file is not generated
checks that generated code is up to date
please do not change the order of jobs
These are the same file names generated from .gon
This config runs the generated tests
do not touch the cache keys
We use docs generated by sphinx""".splitlines()


@pytest.mark.parametrize("line", HAND_WRITTEN)
def test_a_head_that_only_speaks_of_generating_is_not_taken_for_one(line: str) -> None:
    assert generated_line(f"# {line}\nversion: 2.1\n") is None


def test_only_the_head_counts() -> None:
    assert generated_line("version: 2.1\n# generated by x\n") is None


@pytest.mark.parametrize("line", GENERATED)
def test_a_head_that_says_so_is_found(line: str) -> None:
    text = f"---\n\n# {line}\nversion: 2.1\n"
    assert generated_line(text) == 3
    told = why_generated("config.yml", text.encode(), Policy())
    assert told is not None
    assert told.startswith("line 3 says that it is generated")


def test_a_head_that_says_so_over_two_lines_is_found() -> None:
    assert generated_line("\ufeff# This file\r\n# is generated by x\r\n") == 1


def test_a_file_that_changed_meanwhile_is_left(tmp_path: Path) -> None:
    make("x.yml")
    with pytest.raises(WriteError, match="was changed by another program"):
        replace_file("x.yml", b"new", b"what it was")
    assert Path("x.yml").read_bytes() == b"a: 1\n"


def test_a_failing_disk_leaves_the_old_file_and_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make("x.yml")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="cannot be written: No space left on device"):
        replace_file("x.yml", b"new", b"a: 1\n")
    assert Path("x.yml").read_bytes() == b"a: 1\n"
    assert [path.name for path in tmp_path.iterdir()] == ["x.yml"]


@pytest.mark.parametrize("line", HAND_WRITTEN)
def test_a_head_of_two_lines_that_only_speaks_of_generating_is_not_taken_for_one(line: str) -> None:
    assert generated_line(f"# {line}\n# by hand\nversion: 2.1\n") is None


PACKED = {"ci/@shared.yml": "version: 2.1\n", "ci/jobs/build.yml": "docker: []\n", "ci/.hidden.yml": ""}
UNNAMED = {"ci/jobs.yml": "version: 2.1\n", "ci/more/a.yml": ""}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (PACKED, ["ci/@shared.yml", "ci/jobs/build.yml"]),
        (UNNAMED, []),
        ({**UNNAMED, "Makefile": "ci:\n\tcircleci config pack ci > out.yml\n"}, ["ci/jobs.yml", "ci/more/a.yml"]),
        ({**UNNAMED, "package.json": '{"scripts": {"x": "circleci orb pack ./ci"}}'}, ["ci/jobs.yml", "ci/more/a.yml"]),
        ({**UNNAMED, "Makefile": "# circleci config pack elsewhere\n"}, []),
        ({**UNNAMED, "Makefile": "ci:\n\tnpm pack ci\n"}, []),
    ],
)
def test_a_tree_is_packed_by_any_of_its_files_or_by_a_recipe(
    tmp_path: Path, files: dict[str, str], found: list[str]
) -> None:
    (tmp_path / ".git").mkdir()
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    names = [str(Path(file).relative_to(tmp_path)) for file in find_sources([str(tmp_path)]) if isinstance(file, str)]
    assert names == found


def test_a_step_that_packs_names_a_tree(tmp_path: Path) -> None:
    for name, text in {**UNNAMED, ".circleci/config.yml": "- run: circleci config pack ci > x.yml\n"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = [str(Path(str(file)).relative_to(tmp_path)) for file in find_sources([str(tmp_path)])]
    assert found == [".circleci/config.yml", "ci/jobs.yml", "ci/more/a.yml"]


def test_the_tree_of_a_shared_part_begins_above_its_section(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("ci/jobs/@shared.yml", "ci/executors/node.yml"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("a: 1\n")
    assert [Path(path).name for path, _ in siblings(str(tmp_path / "ci/jobs/@shared.yml"))] == ["node.yml"]
