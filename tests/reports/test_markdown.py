"""The report as a comment: nothing of a repository is more than text in it, and it fits on every host."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pytest_snapshot.plugin import Snapshot

from migrator.engine.outcomes import Changed, Failed, Outcome, Skipped, Unchanged
from migrator.policy import Policy
from migrator.reports.formats.markdown import render
from migrator.reports.markdown_text import MOST
from migrator.reports.report import Report
from migrator.results.compiled import Compiled
from migrator.rule import Safety
from migrator.startup.records import replace
from tests.reports import hostile
from tests.reports.conftest import changed, located
from tests.reports.test_html import examined

HOSTS = {"GitHub": 65_536, "GitLab": 1_000_000, "Bitbucket": 32_768}
# As the hosts read it: with links from bare addresses, tables, struck text and HTML.
READER = MarkdownIt("gfm-like")
OURS = re.compile(r"[A-Za-z0-9 .,;:()'!-]*")
"""What no host reads as a name, a reference, a command, an address or markup."""
TEXTS = st.one_of(
    st.text(min_size=1, max_size=60),
    st.text(st.sampled_from("`@#!/<>[]()*_~|\\$%&:- \n\r\t\"'a1"), min_size=1, max_size=40),
    st.sampled_from(
        [
            *(hostile.TAGS, hostile.BIDI, "@acme/owners", "/close", "#1", "GH-1", "acme/web#1", "!1", "~bug", "%v1"),
            *("deadbeefcafe", "https://evil.example", "www.evil.example", "bot@evil.example", ":tada:", "x | y", "```"),
            *("# title", "- item", "1. item", "[a](b)", "![a](b)", "<!-- x", "&lt;", "`", "``", "a` ``b", "$`x`$", " "),
        ]
    ),
)


def inlines(text: str) -> Iterator[Token]:
    for token in READER.parse(text):
        yield from token.children or (token,)


def kinds(text: str) -> set[str]:
    return {token.type for token in inlines(text)} - {"paragraph_open", "paragraph_close", "softbreak"}


KNOWN = {
    *("text", "code_inline", "fence", "strong_open", "strong_close", "heading_open", "heading_close"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
}


def assert_only_text(text: str) -> None:
    """That nothing but our own markup is read, and that what is outside of code is plain words."""
    assert kinds(text) <= KNOWN
    for token in inlines(text):
        if token.type == "text":
            assert OURS.fullmatch(token.content), token.content
    blocks = [token for token in READER.parse(text) if token.type == "fence"]
    assert {token.info for token in blocks} <= {"diff", "sh"}


def test_a_dry_run(report: Report, snapshot: Snapshot) -> None:
    snapshot.assert_match(render(report), "dry_run.md")


def test_every_finding_failure_and_diff_is_in_it(report: Report) -> None:
    text = render(report)
    assert text.startswith("### migrate: 8 findings in 7 files, 2 would change, 1 skipped, 2 failed\n")
    assert text.count("\n- line ") == 8
    assert text.count("```diff\n") == 2
    assert "- **failed**: line 2: is not `UTF-8`\n" in text
    assert "- **skipped**: line 1 says that it is generated\n" in text


def test_what_was_written_is_said_to_be(report: Report) -> None:
    written = render(replace(report, written=True))
    assert "2 changed" in written
    assert "- line 5, `no-auth` (changed): `acme/build:1` has no auth\n" in written


def test_nothing_found_is_one_line_and_the_policy() -> None:
    text = render(Report((Unchanged("a.yml"),), Policy()))
    assert text == "### migrate: 0 findings in 1 file\n\nPolicy: built-in; no `migrator.toml` was found\n"


def test_circleci_could_not_be_asked_is_said() -> None:
    text = render(Report((Unchanged("a.yml"),), Policy(), compiled=Compiled(reason="there is no token")))
    assert "there is no token" in text


def test_the_commands_that_create_what_is_needed_are_in_it(report: Report) -> None:
    blocks = [token.content for token in READER.parse(render(report)) if token.info == "sh"]
    assert any("circleci context create 'hub creds'" in block for block in blocks)


def test_no_secret_is_in_it(report: Report) -> None:
    assert "hunter22" not in render(report)
    assert "the value `****` must be rotated" in render(report)


def test_words_of_ours_stay_words() -> None:
    message = "`a` in job `b` is pulled from docker.io (and 2 others), without `auth`; see https://x.example/y"
    text = render(Report((Unchanged("a.yml", (located("r", 1, Safety.SAFE, message),)),), Policy()))
    shown = "`a` in job `b` is pulled from `docker.io` (and 2 others), without `auth`; see `https://x.example/y`"
    assert f"- line 1, `r` (safe): {shown}\n" in text


def test_commands_in_a_sentence_are_one_span() -> None:
    message = "create: aws ecr --region us-east-1 --name acme/b, then wait"
    text = render(Report((Unchanged("a.yml", (located("r", 1, Safety.SAFE, message),)),), Policy()))
    assert "create: aws ecr `--region us-east-1 --name acme/b`, then wait" in text


@given(TEXTS, TEXTS, TEXTS)
@example("a", "0", "\t``0")
def test_no_text_is_read_as_markup(path: str, message: str, more: str) -> None:
    path = path.replace("\0", "") or "a"
    finding = located("r", 1, Safety.SAFE, message, warnings=(more, f"`{more}` of `{message}`"), why_not=more)
    report = Report((Unchanged(path, (finding,)), Failed(path, message), Skipped(path, more)), Policy())
    text = render(report)
    assert_only_text(text)
    codes = [token.content for token in inlines(text) if token.type == "code_inline"]
    joined = "".join(token.content for token in inlines(text) if token.type in ("text", "code_inline"))
    assert "r" in codes
    assert all(word in joined for word in re.findall(r"[a-z0-9]{3,}", message))


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_no_diff_ends_its_block(lines: list[str]) -> None:
    before = "version: 2.1\njobs:\n" + "".join(f"# {line}\n".replace("\r", "") for line in lines)
    text = before + "  a: {machine: true, steps: []}\n"
    outcome = changed("a.yml")
    edited = replace(outcome, before=text, after=f"{text}# `````\n", edits=(), applied=(), left=())
    assert_only_text(render(Report((edited,), Policy())))


def test_a_hostile_config_is_text() -> None:
    outcome = examined(hostile.CONFIG)
    assert isinstance(outcome, Changed)
    assert_only_text(render(Report((outcome,), Policy())))


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("character", ["x", "\U0001f600"])
def test_a_large_report_fits_and_says_what_is_missing(host: str, character: str) -> None:
    outcomes: list[Outcome] = []
    for number in range(60):
        message = f"{number} `{character * 200}`"
        findings = tuple(located("r", line, Safety.SAFE, message) for line in range(1, 11))
        outcomes.append(replace(changed(f"{number}.yml"), left=findings, applied=()))
    text = render(Report(tuple(outcomes), Policy()))
    assert len(text.encode()) <= MOST < HOSTS[host]
    shown, diffs = text.count("\n- line "), text.count("```diff\n")
    assert f"**This comment is cut: {600 - shown} findings, {60 - diffs} diffs did not fit.**" in text
    assert shown > 20
    assert_only_text(text)


def test_a_long_diff_is_cut_at_a_line_and_leaves_room_for_others() -> None:
    long = "version: 2.1\njobs:\n" + "".join(
        f"  j{n}:\n    docker:\n      - image: acme/a:{n}\n    steps: [checkout]\n" for n in range(300)
    )
    outcome = examined(long)
    assert isinstance(outcome, Changed)
    text = render(Report((replace(outcome, applied=(), left=()), changed("b.yml")), Policy()))
    assert text.count("```diff\n") == 2
    assert re.search(r"\n\(\d+ more lines\)\n```\n", text)


def test_one_file_more_than_fits_costs_no_other_kind() -> None:
    findings = tuple(located("r", line, Safety.SAFE, "x " * 900) for line in range(1, 40))
    text = render(Report((Unchanged("a.yml", findings),), Policy()))
    assert "findings did not fit.**" in text
