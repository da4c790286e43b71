"""The tests of a room lie in the folder of its name."""

from __future__ import annotations

from pathlib import Path

from tests.places import ROOT, RULES

TESTS = ROOT / "tests"
ROOMS = ROOT / "migrator"

OF_NO_ROOM = {"rules", "circleci_api", "circleci_compiler"}
"""Tests of the rules, which lie beside the rooms: below it a folder for each rule's further cases. And tests of what
stands in for CircleCI."""

OF_THE_WHOLE = {
    "test_alias_bombs",
    "test_corpus",
    "test_docs",
    "test_full_disk",
    "test_growth",
    "test_house",
    "test_in_ci",
    "test_layers",
    "test_layout",
    "test_new_rule",
    "test_planted_secrets",
    "test_pre_commit",
    "test_readme",
    "test_readers_grow",
    "test_regular_expressions",
    "test_release",
    "test_rule_pages",
    "test_schema",
    "test_secrets_never_shown",
    "test_site",
    "test_supply_chain",
    "test_wheel",
}
"""What runs through several rooms, or looks at the repository itself. A test of one room belongs in its folder."""


def folders_with_tests(top: Path) -> list[Path]:
    return sorted({file.parent.relative_to(top) for file in top.rglob("test_*.py")} - {Path()})


def test_every_folder_of_tests_is_named_after_a_room() -> None:
    strays = [
        folder.as_posix()
        for folder in folders_with_tests(TESTS)
        if folder.parts[0] not in OF_NO_ROOM and not (ROOMS / folder).is_dir()
    ]
    assert strays == []


def test_every_room_of_code_is_tested_in_a_folder_of_its_own() -> None:
    rooms = {room.name for room in ROOMS.iterdir() if any(room.glob("*.py"))}
    assert rooms - {folder.parts[0] for folder in folders_with_tests(TESTS)} == set()


def test_a_loose_test_is_of_the_whole_program_or_of_a_module_beside_the_rooms() -> None:
    loose = {file.stem for file in TESTS.glob("test_*.py")} - OF_THE_WHOLE
    assert {name for name in loose if not (ROOMS / f"{name.removeprefix('test_')}.py").is_file()} == set()


def test_every_folder_of_cases_is_named_after_a_rule() -> None:
    rules = {page.stem for page in RULES.rglob("*.md")}
    assert {page.parent.name.replace("-", "_") for page in (TESTS / "rules").rglob("*.md")} - rules == set()
