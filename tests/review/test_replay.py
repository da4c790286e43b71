"""`migrate --replay FILE`: what was decided once is applied elsewhere, without a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.results.decisions import Answer
from migrator.review.session import Scope
from tests.places import ROOT
from tests.review.conftest import CONFIG, DECISIONS, IDS, RULES, Start


def replay(
    *arguments: str, decisions: str = str(DECISIONS), only: str = ",".join(IDS)
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migrator", "--replay", decisions, "--rules", str(RULES), "--select", only, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


def decide(start: Start, *answers: Answer, only: tuple[str, ...] = IDS) -> None:
    """Make decisions in a session and put the file back as it was."""
    session = start({"a.yml": CONFIG}, only=only)
    for answer in answers:
        assert session.question is not None
        fix = session.question.proposal.located.fix
        session.answer(answer if fix or answer is Answer.SKIP else Answer.READ)
    if session.question is not None:
        session.interrupt()


APPLY, SKIP = Answer.APPLY, Answer.SKIP
IMAGES = ("acme-image",)


def test_nothing_decided_leaves_everything_open(start: Start) -> None:
    start({"a.yml": CONFIG})
    Path("none.toml").write_text("")
    done = replay("a.yml", decisions="none.toml")
    assert done.returncode == 1
    assert Path("a.yml").read_text() == CONFIG
    assert done.stderr.count(": open: ") == 7
    assert "a.yml:6: open: acme-image: no decision applies to it\n" in done.stderr


def test_skipped_findings_are_decided_and_left(start: Start) -> None:
    decide(start, SKIP, SKIP, only=IMAGES)
    done = replay("a.yml", only="acme-image")
    assert (done.returncode, done.stderr) == (0, "")
    assert Path("a.yml").read_text() == CONFIG


def test_the_same_file_gets_what_the_session_wrote(start: Start) -> None:
    decide(start, APPLY, SKIP, only=IMAGES)
    after = Path("a.yml").read_text()
    assert after != CONFIG
    Path("a.yml").write_text(CONFIG)
    done = replay("a.yml", only="acme-image")
    assert (done.returncode, done.stderr) == (0, "")
    assert Path("a.yml").read_text() == after


def test_what_was_decided_about_items_that_are_alike_is_made_again(start: Start) -> None:
    text = "jobs: {a: {docker: [{image: acme/go}, {image: acme/go}, {image: acme/go}]}}\n"
    session = start({"a.yml": text}, only=IMAGES)
    for answer in (APPLY, SKIP, APPLY):
        session.answer(answer)
    after = Path("a.yml").read_text()
    Path("b.yml").write_text(text)
    assert replay("b.yml", only="acme-image").returncode == 0
    assert Path("b.yml").read_text() == after
    assert replay("a.yml", only="acme-image").returncode == 0
    assert Path("a.yml").read_text() == after, "what was left is not known again in the file that was written"


def test_a_source_that_the_policy_names_is_gone_through(start: Start) -> None:
    pair = '[generated]\n".circleci/config.yml" = {source = "src/ci.yml"}\n'
    start({"src/ci.yml": CONFIG, ".circleci/config.yml": CONFIG, "migrator.toml": pair})
    Path("d.toml").write_text('[[decision]]\nrule = "acme-image"\nanswer = "apply"\n')
    done = replay(decisions="d.toml", only="acme-image")
    assert (done.returncode, done.stderr) == (0, "")
    assert "cimg/go" in Path("src/ci.yml").read_text()
    assert Path(".circleci/config.yml").read_text() == CONFIG


def test_other_files_are_matched_by_their_findings(start: Start) -> None:
    decide(start, APPLY, SKIP, only=IMAGES)
    Path("elsewhere").mkdir()
    Path("elsewhere/b.yml").write_text("# moved down\n" + CONFIG)
    done = replay("elsewhere/b.yml", only="acme-image")
    assert done.returncode == 0
    assert Path("elsewhere/b.yml").read_text() == "# moved down\n" + CONFIG.replace("acme/go", "cimg/go")


def test_what_is_new_is_open(start: Start) -> None:
    decide(start, APPLY, APPLY, only=IMAGES)
    more = CONFIG.replace("jobs:\n  build", "jobs:\n  extra:\n    docker: [{image: 'acme/x:1'}]\n  build", 1)
    Path("a.yml").write_text(more)
    done = replay("a.yml", only="acme-image")
    assert done.returncode == 1
    assert done.stderr == "migrate: a.yml:5: open: acme-image: no decision applies to it\n"
    assert "cimg/go:1.22" in Path("a.yml").read_text()
    assert "acme/x:1" in Path("a.yml").read_text()


def test_changed_values_are_applied_again(start: Start) -> None:
    session = start({"a.yml": CONFIG}, only=["unauthenticated-image"])
    session.change((("registries.docker.io.context", "other"),), Scope.RUN)
    session.answer_rule(APPLY, everywhere=True)
    after = Path("a.yml").read_text()
    assert "other" in after
    Path("b.yml").write_text(CONFIG)
    done = replay("b.yml", only="unauthenticated-image")
    assert done.returncode == 0
    assert Path("b.yml").read_text() == after


def test_files_that_were_decided_differently_decide_nothing(start: Start) -> None:
    session = start({"a.yml": CONFIG, "b.yml": CONFIG}, only=["acme-secret"])
    session.answer(APPLY)
    session.answer(SKIP)
    Path("c.yml").write_text(CONFIG)
    done = replay("c.yml", only="acme-secret")
    assert done.returncode == 1
    assert "open: acme-secret: decisions about it in other files differ" in done.stderr
    assert Path("c.yml").read_text() == CONFIG


def test_decisions_about_nothing_are_told(start: Start) -> None:
    decide(start, APPLY, SKIP, only=IMAGES)
    Path("b.yml").write_text("version: 2.1\n")
    done = replay("b.yml")
    assert done.returncode == 0
    assert done.stderr == f"migrate: {DECISIONS}: 2 of 2 decisions match nothing that was found\n"


def test_a_decision_of_a_whole_rule_is_not_about_what_has_no_fix(start: Start) -> None:
    start({"a.yml": CONFIG})
    Path("d.toml").write_text('[[decision]]\nrule = "acme-note"\nanswer = "apply"\n')
    done = replay("a.yml", decisions="d.toml", only="acme-note")
    assert done.returncode == 1
    assert "open: acme-note: its decision is to apply it, but it has no fix" in done.stderr


def test_the_report_goes_where_it_is_wanted_and_holds_no_secret(start: Start) -> None:
    start({"a.yml": CONFIG})
    Path("d.toml").write_text('[[decision]]\nrule = "acme-secret"\nanswer = "apply"\n')
    done = replay("a.yml", "--format", "json", decisions="d.toml", only="acme-secret")
    assert json.loads(done.stdout)["files"][0]["status"] == "changed"
    assert "hunter2" not in done.stdout + done.stderr
    assert "$TOKEN" in Path("a.yml").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "d.toml: no such file"),
        ("[[decision]]\nrule = 'x'\n", "d.toml: decision 1: answer"),
    ],
)
def test_a_wrong_file_is_one_line_and_exit_2(start: Start, text: str | None, said: str) -> None:
    start({"a.yml": CONFIG})
    if text is not None:
        Path("d.toml").write_text(text)
    done = replay("a.yml", decisions="d.toml")
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert Path("a.yml").read_text() == CONFIG


def test_a_file_that_fails_is_exit_3(start: Start) -> None:
    decide(start, APPLY, SKIP, only=IMAGES)
    Path("b.yml").write_text("a: [")
    assert replay("a.yml", "b.yml", only="acme-image").returncode == 3


@pytest.mark.parametrize("other", ["--write", "--review-too", "--patch=p", "--jobs=2", "--regenerate"])
def test_what_decisions_replace_cannot_be_asked_for_as_well(start: Start, other: str) -> None:
    start({"a.yml": CONFIG})
    done = replay("a.yml", other)
    assert done.returncode == 2
    assert "--replay cannot be used with --" in done.stderr
