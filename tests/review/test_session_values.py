"""Changing a value of a fix: what it is shown with, what else it holds for, and that it is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.engine.outcomes import Changed
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from migrator.results.decisions import Answer, read_decisions
from migrator.review.replay import replayed
from migrator.review.session import Scope
from migrator.rule import Rule
from tests.review.conftest import CONFIG, DECISIONS, Start, answer_all, asked, many

APPLY, SKIP = Answer.APPLY, Answer.SKIP
IMAGES = "acme-image"


def test_a_changed_value_is_applied_to_this_fix_alone(start: Start) -> None:
    session = start({"a.yml": CONFIG}, only=["unauthenticated-image"])
    settings = {setting.key: setting.value for setting in session.settings}
    assert settings["registries.docker.io.context"] == "docker-hub-creds"
    session.change((("registries.docker.io.context", "other-context"),), Scope.FIX)
    assert asked(session).proposal.located.requirements[0].name == "other-context", "no fresh preview"
    session.answer(APPLY)
    assert asked(session).proposal.located.requirements[0].name == "docker-hub-creds"
    answer_all(session, SKIP)
    text = Path("a.yml").read_text()
    assert "other-context" in text
    assert "docker-hub-creds" not in text


@pytest.mark.parametrize(("scope", "names"), [(Scope.FILE, ["other", "docker-hub-creds"]), (Scope.RUN, ["other"] * 2)])
def test_a_changed_value_holds_for_what_follows(start: Start, scope: Scope, names: list[str]) -> None:
    text = CONFIG.replace("acme/go:1.22", "cimg/go:1.22")
    session = start({"a.yml": text, "b.yml": text}, only=["unauthenticated-image"])
    session.answer(APPLY)
    session.change((("registries.docker.io.context", "other"),), scope)
    answer_all(session, APPLY)
    first, second = (Path(name).read_text() for name in ("a.yml", "b.yml"))
    assert "docker-hub-creds" in first, "an earlier decision was changed"
    assert f"- {names[0]}\n" in first
    assert f"- {names[1]}\n" in second


def test_values_that_are_overridden_for_a_file_are_offered_and_changed_there(start: Start) -> None:
    override = '[[overrides]]\npaths = ["b.yml"]\nregistries."docker.io".context = "legacy-hub"\n'
    policy = parse_policy(override, Path("migrator.toml"))
    session = start({"a.yml": CONFIG, "b.yml": CONFIG}, only=["unauthenticated-image"], policy=policy)
    offered = []
    while session.question is not None:
        offered.append({setting.key: setting.value for setting in session.settings}["registries.docker.io.context"])
        if offered[-1] == "legacy-hub":
            session.change((("registries.docker.io.context", "other-hub"),), Scope.FIX)
        session.answer(APPLY)
    assert offered == ["docker-hub-creds"] * (len(offered) // 2) + ["legacy-hub"] * (len(offered) // 2)
    assert "docker-hub-creds" in Path("a.yml").read_text()
    assert "other-hub" in Path("b.yml").read_text()


def test_a_changed_value_is_remembered(start: Start) -> None:
    session = start({"a.yml": CONFIG}, only=["unauthenticated-image"])
    session.change((("registries.docker.io.password", "$OTHER_PASSWORD"),), Scope.FIX)
    session.answer(APPLY)
    session.interrupt()
    again = start(only=["unauthenticated-image"])
    answer_all(again, SKIP)
    assert Path("a.yml").read_text().count("$OTHER_PASSWORD") == 1
    assert "$DOCKERHUB_PASSWORD" not in Path("a.yml").read_text()


@pytest.mark.parametrize("scope", list(Scope))
def test_a_fix_that_is_gone_back_to_can_be_changed(start: Start, scope: Scope) -> None:
    session = start({"a.yml": CONFIG}, only=["unauthenticated-image"])
    line = asked(session).proposal.located.line
    session.answer(APPLY)
    session.back()
    assert session.change((("registries.docker.io.context", "other"),), scope)
    assert asked(session).proposal.located.line == line
    assert asked(session).proposal.located.requirements[0].name == "other"
    session.answer(APPLY)
    answer_all(session, SKIP)
    assert "- other\n" in Path("a.yml").read_text()
    assert "docker-hub-creds" not in Path("a.yml").read_text()


@pytest.mark.parametrize("scope", list(Scope))
def test_a_value_that_is_not_in_the_fix_changes_nothing(start: Start, scope: Scope) -> None:
    login = "docker login -u $DOCKERHUB_USERNAME -p $DOCKERHUB_PASSWORD"
    jobs = f"  a:\n    machine: {{image: default}}\n    steps: [{{run: {login}}}, {{run: {login}}}]\n"
    session = start({"a.yml": f"version: 2.1\njobs:\n{jobs}"}, only=["docker-login-step"])
    before = asked(session)
    assert not session.change((("registries.docker.io.username", "$OTHER"),), scope)
    assert (asked(session).proposal.located, asked(session).values) == (before.proposal.located, ())
    answer_all(session, APPLY)
    assert "DOCKERHUB_USERNAME" in Path("a.yml").read_text()
    assert "values" not in DECISIONS.read_text()


PASSWORD = """\
version: 2.1
jobs:
  a:
    docker: [{image: acme/go:1, auth: {username: me, password: hunter2hunter2}}]
    steps: [checkout]
workflows:
  main:
    jobs: [a]
"""


def test_a_fix_that_needs_one_of_two_variables_can_be_changed_in_that_one(start: Start) -> None:
    session = start({"a.yml": PASSWORD}, only=["literal-secret"])
    keys = [setting.key.rpartition(".")[2] for setting in session.settings]
    assert keys == ["context", "password"]
    assert session.change((("registries.docker.io.password", "$HUB_TOKEN"),), Scope.FIX)
    session.answer(APPLY)
    assert "password: $HUB_TOKEN" in Path("a.yml").read_text()
    assert "hunter2" not in DECISIONS.read_text()


def test_an_image_that_is_there_already_is_no_change(start: Start) -> None:
    session = start({"a.yml": many(2)}, only=[IMAGES])
    assert not session.change((("image", "acme/go:0"),), Scope.FIX)
    assert asked(session).number == 1
    session.answer(APPLY)
    assert "cimg/go:0" not in Path("a.yml").read_text(), "it was written before the last answer"
    session.answer(SKIP)
    assert "cimg/go:0" in Path("a.yml").read_text()


def test_a_changed_image_is_written_and_settles(start: Start) -> None:
    session = start({"a.yml": many(2)}, only=[IMAGES])
    assert [setting.value for setting in session.settings] == ["cimg/go:0"]
    session.change((("image", "docker.io/other/go:2"),), Scope.FIX)
    session.answer(APPLY)
    session.answer(APPLY)
    text = Path("a.yml").read_text()
    assert "image: docker.io/other/go:2\n" in text
    assert "image: cimg/go:1\n" in text


def test_an_image_that_stays_as_it_was_is_no_fix_and_settles(start: Start) -> None:
    session = start({"a.yml": many(2)}, only=[IMAGES])
    session.change((("image", "acme/go:9"),), Scope.FIX)
    session.answer(APPLY)
    answer_all(session, SKIP)
    assert isinstance(session.outcomes[0], Changed)
    assert "acme/go:9" in Path("a.yml").read_text()


def test_a_value_of_a_fix_that_follows_from_another_is_replayed(start: Start, rules: tuple[Rule, ...]) -> None:
    session = start({"a.yml": CONFIG})
    while (asked(session).proposal.located.rule, asked(session).proposal.located.line) != ("unauthenticated-image", 15):
        session.answer(Answer.APPLY if asked(session).proposal.located.fix else Answer.READ)
    context = next(each.key for each in session.settings if each.key.endswith(".context"))
    assert session.change(((context, "other-context"),), Scope.FIX)
    session.answer(Answer.APPLY)
    text = Path("a.yml").read_text()
    assert "- other-context\n" in text
    again = replayed("a.yml", CONFIG.encode(), rules, Policy(), read_decisions(DECISIONS))
    assert isinstance(again, Changed)
    assert again.data.decode() == text
