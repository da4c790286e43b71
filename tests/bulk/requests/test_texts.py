"""What a change request and its commit say: as a maintainer reads it, and whatever somebody else chose as a name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from migrator.bulk.entry import Entry
from migrator.bulk.kinds import kinds
from migrator.bulk.needs.collecting import Around
from migrator.bulk.requests.texts import Lengths, Texts, Wording, write_texts
from migrator.bulk.states import State
from migrator.bulk.work import Edited, Result
from migrator.engine.discovery import rule_files
from migrator.policy import Policy
from migrator.results.reasons import reason_of
from migrator.rule import Requirement
from tests.results.test_published import MENTION, NAMES, READER, REFERENCE

IMAGES, LOGINS = "unauthenticated-image", "docker-login-step"
PLAIN = MarkdownIt("commonmark")
FIXING = sorted(set(rule_files()) - {"foreign-image"})
"""The built-in rules with fixes."""


def entry(name: str = "acme/web") -> Entry:
    return Entry(1, name, "github", "https://github.com/acme/web", State.APPROVED)


def finding(rule: str = IMAGES, message: str = "`a` is pulled", *, applied: bool = True, **more: Any) -> dict[str, Any]:
    told = {"path": ".circleci/config.yml", "line": 3, "warnings": [], "why_not": ""}
    return {"rule": rule, "message": message, "applied": applied, "safety": "safe", "fingerprint": "", **told, **more}


def result(*findings: dict[str, Any], **more: Any) -> Result:
    edited = Edited(".circleci/config.yml", "a" * 40, "b" * 40, "100644", (), 4, 1, ("Job `a` pulls `b`.",))
    return Result(1, "changed", **{"edited": (edited,), "change": "c" * 16, "findings": findings, **more})


def texts(of: Result, name: str = "acme/web", *, contact: str = "", **more: Any) -> Texts:
    return write_texts(entry(name), of, "hub-login", Policy(), Wording(), around=Around(contact=contact), **more)


def headings(body: str) -> list[str]:
    tokens = READER.parse(body)
    return [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]


# -- titles


@pytest.mark.parametrize(
    ("rules", "title"),
    [
        ([IMAGES], "CircleCI: pull images with the credentials of their registry"),
        ([LOGINS], "CircleCI: log in with the docker orb instead of a script"),
        ([LOGINS, IMAGES, IMAGES], "CircleCI: pull images with the credentials of their registry, and 1 more fix"),
        (["distant-ecr-image"], "CircleCI: pull ECR images from copies near CircleCI's machines"),
        ([], "CircleCI: nothing"),
        (["of-another-program"], "CircleCI: of-another-program"),
    ],
)
def test_a_title_says_what_is_done_first_what_is_done_most(rules: list[str], title: str) -> None:
    said = texts(result(*map(finding, rules)))
    assert said.title == title
    assert said.message.startswith(f"{title}\n\n")


def test_short_orders_fit_into_one_title(tmp_path: Path) -> None:
    for name, order in (("one", "ECR images move."), ("two_more", "Sort keys. This sorts them."), ("three", "Go.")):
        (tmp_path / f"{name}.py").write_text(f'"""{order}"""\n')
    said = texts(result(*map(finding, ("one", "two-more", "three"))), directories=(tmp_path,))
    assert said.title == "CircleCI: ECR images move; go; sort keys"


def test_a_rule_without_words_is_named(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text("x = (\n")
    said = texts(result(finding("silent")), directories=(tmp_path,))
    assert said.title == "CircleCI: silent"
    assert "**silent** (`silent`, 1 fix)" in said.body


# -- what a maintainer reads


def test_every_built_in_fix_has_its_order_its_why_and_where_to_read_more() -> None:
    for rule in FIXING:
        reason = reason_of(rule_files()[rule])
        assert 10 < len(reason.does) <= 62, rule
        assert reason.does[0].isupper(), rule
        assert not reason.does.endswith("."), rule
        assert 40 < len(reason.why) < 420, rule
        assert not re.search(r"\]\(|\*", reason.why), f"{rule}: {reason.why}"
        assert reason.links, rule
        assert reason.links[0][1].startswith("https://circleci.com/"), rule


def test_all_rules_are_named_with_their_reason_and_with_how_to_decline() -> None:
    body = texts(result(finding(LOGINS), finding(), finding())).body
    assert headings(body) == ["What changes for your jobs", "Findings", "If you do not want this"]
    assert body.index("(`unauthenticated-image`, 2 fixes)") < body.index("(`docker-login-step`, 1 fix)")
    assert "A private image cannot be pulled without credentials" in body
    assert "Read more: [CircleCI on private images](https://circleci.com/docs/" in body
    assert f"# migrator: ignore[{LOGINS}] why\n# migrator: ignore[{IMAGES}] why\n" in body


def test_the_contact_is_named_where_one_declines_and_where_a_context_is_missing() -> None:
    context = Requirement("context", "docker-hub-creds", ("DOCKERHUB_PASSWORD",))
    body = texts(result(finding(), requirements=(context,)), contact="#ci on\nSlack").body
    assert "- [ ] ask #ci on Slack for context docker-hub-creds" in body
    assert "Questions: ask #ci on Slack." in body
    assert "Questions" not in texts(result(finding())).body


def test_it_is_called_what_its_host_calls_it() -> None:
    assert "Close this merge request:" in texts(result(finding()), request="merge request").body


# -- whatever names there are


@given(NAMES, NAMES, st.booleans())
def test_no_name_opens_a_block_links_mentions_or_runs_anything(name: str, other: str, applied: bool) -> None:
    edited = Edited(other, "a" * 40, "b" * 40, "100644", (), 4, 1, (f"Job `{name}` pulls `{other}`.",))
    found = finding(message=f"`{name}` is {other}", applied=applied, path=name, warnings=[other], why_not=name)
    body = texts(result(finding(), found, edited=(edited,), message=name), name).body
    known = {"Warnings", "What changes for your jobs", "Findings", "If you do not want this"}
    assert set(headings(body)) <= known
    tokens = READER.parse(body)
    assert {token.type for token in tokens} & {"html_block", "blockquote_open", "hr", "table_open"} == set()
    assert [token.content for token in tokens if token.type == "fence"] == [f"# migrator: ignore[{IMAGES}] why\n"]
    inner: list[Token] = [child for token in tokens for child in token.children or ()]
    links = [str(child.attrs["href"]) for child in inner if child.type == "link_open"]
    assert all(link.startswith("https://circleci.com/docs/") for link in links)
    assert {child.type for child in inner} & {"image", "html_inline", "softbreak"} == set(), "GitHub breaks lines there"
    shown = "\n".join(child.content for child in inner if child.type == "text")
    assert not MENTION.search(shown)
    assert not REFERENCE.search(shown)
    assert not re.search(r"^\s*/\w", body, re.MULTILINE)


@pytest.mark.parametrize("line", ["/merge", "  /assign @all", "/close\r", "text\n/label ~x"])
def test_a_template_of_the_repository_runs_no_command_of_its_host(line: str) -> None:
    body = texts(result(finding()), template=f"## Checklist\n{line}\n- [ ] a/b and /c").body
    assert not re.search(r"^\s*/\w", body, re.MULTILINE)
    assert body.rstrip().endswith("- [ ] a/b and /c")
    assert line.strip().rpartition("/")[2] in body


# -- lengths


@pytest.mark.parametrize("kind", [kind for kind in kinds().values() if kind.has_requests], ids=lambda kind: kind.name)
def test_a_host_gets_no_more_than_it_takes(kind: Any) -> None:
    many = [finding(message=f"`job-{number}` {'is pulled ' * 40}") for number in range(400)]
    said = texts(result(*many), lengths=kind.lengths, template="x" * 2 * kind.lengths.body)
    assert len(said.title) <= kind.lengths.title
    assert len(said.body) <= kind.lengths.body
    assert "If you do not want this" in said.body


def test_lists_get_shorter_before_anything_is_left_out() -> None:
    many = [finding(message=f"`job-{number}` {'is pulled ' * 9}") for number in range(100)]
    whole = texts(result(*many)).body
    assert "- and 50 more" in whole
    short = texts(result(*many), lengths=Lengths(body=len(whole) - 1)).body
    assert "- and 85 more" in short
    assert "too long" not in short
    assert headings(short) == headings(whole)


@given(st.integers(80, 3000), st.lists(st.sampled_from(["```", "````", "~~~", "~~~x", "word", "``", "- a", ""])))
def test_what_is_cut_closes_its_blocks(most: int, lines: list[str]) -> None:
    body = texts(result(finding()), template="\n".join([*lines, "y" * 3000]), lengths=Lengths(body=most)).body
    assert len(body) <= most
    last = PLAIN.parse(body)[-2]
    assert last.content == "The rest was too long to be shown here."
