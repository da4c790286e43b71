"""`migrate rules test DIR`: pages of an organisation's rules are run as ours are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Migrate

PAGE = Path("rules", "images", "slow_image.md")
FILE = PAGE.with_suffix(".py")


@pytest.fixture
def page(migrate: Migrate, repository: Path) -> Path:
    """The page of a new rule, which passes."""
    assert migrate("rules", "new", "slow-image", "--topic", "images", plain=True).returncode == 0
    return repository / PAGE


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_page_that_says_what_the_rule_does_passes(migrate: Migrate, page: Path) -> None:
    done = migrate("rules", "test", "rules", plain=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "slow-image: 2 cases, 0 failed\n", "")


def test_what_a_rule_reports_and_no_block_says_fails(migrate: Migrate, page: Path) -> None:
    edit(page, page.read_text().partition("```text")[1] + page.read_text().partition("```text")[2], "")
    done = migrate("rules", "test", "rules", plain=True)
    assert done.returncode == 1
    assert f"{PAGE}:33: an image of a job\n    the report is different:\n" in done.stdout
    assert "    +review: `example/old:1` gets no updates" in done.stdout
    assert done.stdout.endswith("slow-image: 2 cases, 1 failed\n")


def test_another_text_fails_with_a_diff(migrate: Migrate, page: Path) -> None:
    edit(page, "image: example/new:1", "image: example/newer:1")
    done = migrate("rules", "test", "rules", plain=True)
    assert done.returncode == 1
    assert "    -      - image: example/newer:1\n    +      - image: example/new:1\n" in done.stdout


def test_a_rule_that_finds_its_own_result_fails(migrate: Migrate, page: Path) -> None:
    edit(page.with_suffix(".py"), '== "example/old:1"', '!= "cimg/base:2026.10"')
    edit(page.with_suffix(".py"), 'SetText(image.text, "example/new:1")', 'SetText(image.text, image.text.value + "1")')
    done = migrate("rules", "test", "rules", plain=True)
    assert done.returncode == 1
    assert "an image of a job\n    `slow-image` still found something to fix after 10 passes" in done.stdout


def test_update_writes_what_is_reported_and_nothing_else(migrate: Migrate, page: Path) -> None:
    before = page.read_text()
    edit(page.with_suffix(".py"), "gets no updates", "is gone")
    edit(page, "## Changed", "Words that stay.\n\n## Changed")
    done = migrate("rules", "test", "rules", "--update", plain=True)
    assert done.returncode == 0, done.stdout
    assert f"updated {PAGE}\n" in done.stdout
    wanted = before.replace("gets no updates", "is gone").replace("## Changed", "Words that stay.\n\n## Changed")
    assert page.read_text() == wanted
    assert "updated" not in migrate("rules", "test", "rules", "--update", plain=True).stdout


def test_more_cases_are_run_from_the_folder_of_the_rule(migrate: Migrate, page: Path, repository: Path) -> None:
    more = repository / "more" / "slow_image"
    more.mkdir(parents=True)
    (more / "other.md").write_text("# x\n\n## Left alone\n\n### a case\n\n```yaml before\na: b\n```\n")
    done = migrate("rules", "test", "rules", "--cases", "more", plain=True)
    assert (done.returncode, done.stdout) == (0, "slow-image: 3 cases, 0 failed\n")


@pytest.mark.parametrize(
    ("page_text", "words"),
    [
        ("# x\n", "has no cases"),
        ("# x\n\n### a\n\nwords\n", "line 3: 'a' has no case"),
        ("# x\n\n### a\n\n```yaml before\na: b\n", "line 5: a block is not closed"),
        ("# x\n\n### a\n\n```yaml after\na: b\n```\n", "line 5: `after` without `before`"),
        ("# x\n\n### a\n\n```text\na: b\n```\n", "line 5: `text` without `before`"),
        ("# x\n\n### a\n\n```yaml before\na: b\n```\n```yaml after\na: b\n```\n", "line 8: `before` and"),
        ("# x\n\n### a\n\n```yaml before\na: b\n```\n```python after\na = 1\n```\n", "of the same syntax"),
        ("# x\n\n### a\n\n```yaml before\na: b\n```\n```text\na\n```\n```text\na\n```\n", "two `text` blocks"),
        ("# x\n\n### a\n\n```yaml\na: b\n```\n", "line 5: a block `yaml` has no meaning in a case"),
        ("# x\n\n### a\n\n```xml before\n<a/>\n```\n", "needs the name of its file"),
    ],
)  # fmt: skip
def test_a_page_that_makes_no_cases_is_told_with_its_line(
    migrate: Migrate, page: Path, page_text: str, words: str
) -> None:
    page.write_text(page_text)
    done = migrate("rules", "test", "rules", plain=True)
    assert done.returncode == 3
    assert f"migrate: {PAGE}" in done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_rule_that_does_not_load_hides_no_other(migrate: Migrate, page: Path) -> None:
    assert migrate("rules", "new", "broken-one", plain=True).returncode == 0
    (page.parents[1] / "broken_one.py").write_text("import nothing_of_that_name\n")
    done = migrate("rules", "test", "rules", plain=True)
    assert done.returncode == 3
    assert "broken_one.py: cannot be loaded" in done.stderr
    assert done.stdout == "slow-image: 2 cases, 0 failed\n"


def test_a_policy_that_is_none_fails_its_case(migrate: Migrate, page: Path) -> None:
    edit(page, "### an image of a job\n", '### an image of a job\n\n```toml policy\ntarget = "moon"\n```\n')
    done = migrate("rules", "test", "rules", plain=True)
    assert done.returncode == 1
    assert "target" in done.stdout


@pytest.mark.parametrize("folder", ["none", "."])
def test_a_folder_without_rules_is_wrong_usage(migrate: Migrate, repository: Path, folder: str) -> None:
    assert migrate("rules", "test", folder, plain=True).returncode == 2


def test_what_is_not_for_rules_fails_though_all_cases_pass(migrate: Migrate, page: Path) -> None:
    edit(page.with_suffix(".py"), "from migrator.changes", "import migrator.engine.passes\nfrom migrator.changes")
    done = migrate("rules", "test", "rules", plain=True)
    assert done.returncode == 1
    assert done.stdout.startswith("slow-image: 2 cases, 0 failed\n    ")
    assert "imports `migrator.engine.passes`, which is not for rules and may change in any version\n" in done.stdout
