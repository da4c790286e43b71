"""Whose a config is, by CODEOWNERS as GitHub, GitLab and Bitbucket read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.files.owners import PLACES, owners_at, owners_in

CONFIG = ".circleci/config.yml"


@pytest.mark.parametrize(
    "line",
    [
        "*.js @a", "/config.yml @a", "circleci/ @a", "/circleci/ @a", "src/.circleci/ @a", ".circleci/*.yaml @a",
        "#* @a", ".circleci", "* # @a", "* nobody", "/* @a", "docs/* @a", "!* @a", "/.circleci/config @a", "[* @a",
    ],
)  # fmt: skip
def test_patterns_of_other_files_say_nothing(line: str) -> None:
    assert owners_in(f"{line}\n", [CONFIG]) == ()


def test_what_lies_in_a_folder_is_not_what_lies_deeper() -> None:
    assert owners_in(".circleci/* @a", [".circleci/src/jobs.yml"]) == ()
    assert owners_in(".circleci/* @a", [CONFIG]) == ("@a",)


@pytest.mark.parametrize(
    "pattern",
    ["*", "**", ".circleci", ".circleci/", "/.circleci/", ".circleci/**", "config.yml", "*.yml", "/.circleci/*",
     "**/*.yml", ".circleci/config.yml", "/.circleci/config.yml", ".circle*/", "/**/config.yml"],
)  # fmt: skip
def test_patterns_of_the_config_name_its_owners(pattern: str) -> None:
    text = f"# who\n*.md @docs\n{pattern}  @acme/ci dev@acme.example # ask them\n"
    assert owners_in(text, [CONFIG]) == ("@acme/ci", "dev@acme.example")


def test_the_last_pattern_counts_also_where_it_names_nobody() -> None:
    assert owners_in("* @all\n.circleci/ @ci\n", [CONFIG]) == ("@ci",)
    assert owners_in(".circleci/ @ci\n* @all\n", [CONFIG]) == ("@all",)
    assert owners_in("* @all\n.circleci/\n", [CONFIG]) == ()


def test_each_section_has_its_last_pattern_and_its_own_default() -> None:
    text = "* @all\n[CI][2] @ci-default\n*.yml\n^[Docs] @docs\n*.md\n[ci]\n.circleci/ @ci\n"
    assert owners_in(text, [CONFIG]) == ("@all", "@ci")
    assert owners_in(text, ["README.md"]) == ("@all", "@docs")


def test_owners_of_several_files_are_named_once_and_are_few() -> None:
    text = "".join(f"f{n} @o{n // 2}\n" for n in range(100))
    assert owners_in(text, [f"f{n}" for n in range(100)]) == tuple(f"@o{n}" for n in range(8))


def test_a_checkout_is_looked_through_in_the_order_of_the_hosts(tmp_path: Path) -> None:
    assert owners_at(str(tmp_path), [CONFIG]) == ()
    for number, place in enumerate(reversed(PLACES)):
        top = tmp_path / str(number)
        for each in PLACES[len(PLACES) - 1 - number :]:
            (top / each).parent.mkdir(parents=True, exist_ok=True)
            (top / each).write_text(f"* @{each}\n")
        assert owners_at(str(top), [CONFIG]) == (f"@{place}",)


def test_what_is_no_file_of_owners_has_none(tmp_path: Path) -> None:
    (tmp_path / "CODEOWNERS").mkdir()
    assert owners_at(str(tmp_path), [CONFIG]) == ()
    (tmp_path / "no-text/docs").mkdir(parents=True)
    (tmp_path / "no-text/docs/CODEOWNERS").write_bytes(b"\xff\xfe* @a\x00\n* @b\xff\n")
    assert owners_at(str(tmp_path / "no-text"), [CONFIG]) == ("@b\ufffd",)
