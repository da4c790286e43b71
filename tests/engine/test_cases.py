"""Pages of rules: where the prose ends, what a case is, and what is written into a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.engine.cases import Case, cases_of, split_page, with_reports

HEAD = "# x\n\nWords.\n\n"
CASE = "### {0}\n\nWords.\n\n```yaml before\na: {0}\n```\n\n"
TELLS = "```text\nmanual: {}\n```\n\n"


def read(text: str, folder: Path) -> list[Case]:
    page = folder / "page.md"
    page.write_text(text)
    return cases_of(page, "x")


def test_headings_in_blocks_are_none(tmp_path: Path) -> None:
    block = "```sh\n## Left alone\n### no case\n```\n\n"
    assert split_page(HEAD + block) == (HEAD + block, "")
    assert split_page(f"{HEAD}{block}## Left alone\n") == (HEAD + block, "## Left alone\n")
    (case,) = read(f"{HEAD}{block}## Left alone\n\n{CASE.format('b')}{block}", tmp_path)
    assert (case.name, case.section, case.before, case.after) == ("b", "Left alone", "a: b\n", None)


def test_a_policy_is_that_of_its_heading_alone(tmp_path: Path) -> None:
    policy = '```toml policy\ntarget = "server"\n```\n\n'
    cases = read(f"## Left alone\n\n{CASE.format('a')}{policy}{CASE.format('b')}", tmp_path)
    assert [case.policy for case in cases] == ['target = "server"\n', ""]


def test_one_heading_may_have_a_case_for_each_syntax(tmp_path: Path) -> None:
    python = "```python before path=x.py\na = 1\n```\n\n"
    cases = read(f"{CASE.format('a')}{TELLS.format('one')}{python}{TELLS.format('two')}", tmp_path)
    assert [(case.syntax, case.path, case.reports) for case in cases] == [
        ("yaml", ".circleci/config.yml", ("manual: one",)),
        ("python", "x.py", ("manual: two",)),
    ]


lines = st.lists(st.from_regex(r"[a-z`\-: ]{0,20}[a-z`]", fullmatch=True).map(lambda text: f"safe: {text}"), max_size=3)


@given(st.lists(st.tuples(lines, lines), min_size=1, max_size=4))
def test_what_is_written_is_read_again_and_all_else_stays(
    tmp_path_factory: pytest.TempPathFactory, reports: list[tuple[list[str], list[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("page")
    bare = HEAD + "".join(CASE.format(f"c{index}") for index in range(len(reports))) + "## After\n\nWords.\n"
    text = bare
    for wanted in zip(*reports, strict=True):
        text = with_reports(text, dict(zip(read(text, folder), wanted, strict=True)))
        assert [case.reports for case in read(text, folder)] == [tuple(each) for each in wanted]
    assert with_reports(text, dict.fromkeys(read(text, folder), ())) == bare
