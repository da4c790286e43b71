"""`migrate rules`: listing, explaining, and starting a new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Migrate
from tests.places import RULES
from tests.rule_pages import PAGES


def test_the_list_names_every_rule_with_safety_and_title(migrate: Migrate, rules: Path) -> None:
    done = migrate("rules", "--rules", str(rules), plain=True)
    assert done.returncode == 0
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    built_in = {path.stem.replace("_", "-") for path in RULES.rglob("*.py")}
    assert {line[0] for line in lines} == built_in | {"old-image", "risky-image", "told-image", "secret-image"}
    assert ["risky-image", "review", "Risky image"] in lines


def test_one_rule_is_explained_by_the_prose_of_its_page(migrate: Migrate, rules: Path) -> None:
    prose = "# Old image\n\n## Why\n\n```sh\n## Changed\n```\n"
    page = prose + "\n## Left alone\n\n### a case\n\n```yaml before\na: b\n```\n"
    (rules / "old_image.md").write_text(page)
    assert migrate("rules", "old-image", "--rules", str(rules), plain=True).stdout == prose
    assert migrate("rules", "old-image", "--cases", "--rules", str(rules), plain=True).stdout == page


def test_cases_are_those_of_a_rule(migrate: Migrate) -> None:
    done = migrate("rules", "--cases", plain=True)
    assert done.returncode == 2
    assert "--cases needs the ID of a rule" in done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_every_rule_is_explained_on_less_than_two_screens(migrate: Migrate, page: Path) -> None:
    shown = migrate("rules", page.stem.replace("_", "-"), plain=True).stdout
    assert shown.startswith("# ")
    assert "## Why" in shown
    assert "```yaml before" not in shown
    assert len(shown.splitlines()) < 100


@pytest.mark.parametrize(("data", "words"), [(b"# \xff\n", "is not UTF-8"), (None, "cannot be read")])
def test_a_page_that_cannot_be_read_is_told(migrate: Migrate, rules: Path, data: bytes | None, words: str) -> None:
    page = rules / "old_image.md"
    page.unlink() if data is None else page.write_bytes(data)
    done = migrate("rules", "old-image", "--rules", str(rules), plain=True)
    assert done.returncode == 3
    assert f"old_image.md: {words}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_unknown_rule_is_wrong_usage(migrate: Migrate) -> None:
    done = migrate("rules", "nope", plain=True)
    assert done.returncode == 2
    assert "there is no rule 'nope'" in done.stderr


@pytest.mark.parametrize("name", ["Old-Image", "old_image", "-x", "new", "test", "1x", "a--b", "../x"])
def test_a_name_that_is_no_id_is_refused(migrate: Migrate, repository: Path, name: str) -> None:
    assert migrate("rules", "new", "--", name, plain=True).returncode == 2
    assert not (repository / "rules").exists()


def test_an_id_that_is_taken_is_refused(migrate: Migrate, rules: Path) -> None:
    done = migrate("rules", "new", "old-image", "--dir", str(rules), plain=True)
    assert done.returncode == 2
    assert "is already taken by" in done.stderr


@pytest.mark.parametrize("name", ["old_rule.md", "old_rule.py"])
def test_a_file_that_is_there_stays_and_nothing_is_written_beside_it(
    migrate: Migrate, repository: Path, name: str
) -> None:
    folder = repository / "mine" / "images"
    folder.mkdir(parents=True)
    (folder / name).write_text("mine\n")
    done = migrate("rules", "new", "old-rule", "--topic", "images", "--dir", "mine", plain=True)
    assert done.returncode == 2
    assert [file.name for file in folder.iterdir()] == [name]
    assert (folder / name).read_text() == "mine\n"


def test_no_rule_is_written_through_a_link_out_of_the_repository(
    migrate: Migrate, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("elsewhere")
    (repository / "rules").symlink_to(outside)
    done = migrate("rules", "new", "old-rule", "--topic", "images", plain=True)
    assert done.returncode == 2
    assert "outside the repository" in done.stderr
    assert not list(outside.iterdir())


def test_a_directory_without_a_name_is_refused(migrate: Migrate, repository: Path) -> None:
    before = list(repository.iterdir())
    assert migrate("rules", "new", "old-rule", "--dir", "", plain=True).returncode == 2
    assert list(repository.iterdir()) == before


def test_a_new_rule_loads_runs_and_passes_its_own_cases(migrate: Migrate, repository: Path) -> None:
    done = migrate("rules", "new", "slow-cache", "--topic", "caching", plain=True)
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["rules/caching/slow_cache.py", "rules/caching/slow_cache.md"]
    page = (repository / "rules" / "caching" / "slow_cache.md").read_text()
    case = repository / "case.yml"
    case.write_text(page.partition("```yaml before\n")[2].partition("```")[0])
    done = migrate("--rules", "rules", "--select", "slow-cache", "case.yml", plain=True)
    assert done.returncode == 0, done.stdout
    listed = migrate("rules", "--rules", "rules", plain=True).stdout.splitlines()
    assert ["slow-cache", "review", "Slow cache"] in [line.split(maxsplit=2) for line in listed]
    tested = migrate("rules", "test", "rules", plain=True)
    assert (tested.returncode, tested.stdout) == (0, "slow-cache: 2 cases, 0 failed\n")
