"""What was there before any fix is told apart from what fixes put there."""

from __future__ import annotations

import pytest

from migrator.cli.request import Request
from migrator.cli.run import make_plan
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed
from migrator.engine.passes import choose_by_safety, run
from migrator.rule import Requirement

LITERAL = """\
version: 2.1
jobs:
  push:
    machine: {image: ubuntu-2204:current}
    steps:
      - run: docker login -u $DOCKERHUB_USERNAME -p zK7q93LmXw2Tq8vB
workflows:
  main:
    jobs:
      - push
"""


def needs_of(text: str) -> list[Requirement]:
    plan = make_plan(Request(review_too=True))
    rules = load_rules(plan.rules)
    outcome = run(".circleci/config.yml", text.encode(), rules, plan.policy, choose_by_safety(review_too=True))
    assert isinstance(outcome, Changed)
    return [need for finding in outcome.applied for need in finding.requirements]


def test_a_context_that_an_earlier_fix_added_provides_nothing_today() -> None:
    moved, login = needs_of(LITERAL)
    assert (moved.kind, moved.name, moved.new) == ("context", "docker-hub-creds", True)
    assert (login.kind, login.new, login.today) == ("project-env", False, ())
    assert login.variables == ("DOCKERHUB_USERNAME",)


def test_a_context_that_the_job_had_provides_what_it_provided() -> None:
    had = LITERAL.replace("- push\n", "- push: {context: [docker-hub-creds, mine]}\n")
    assert [need.today for need in needs_of(had)] == [(), ("docker-hub-creds", "mine")]


def test_a_variable_that_an_earlier_fix_made_one_of_the_project_is_not_there_today() -> None:
    elsewhere = LITERAL.replace("docker login", "docker login registry.example.com").replace("OCKERHUB", "")
    moved, login = needs_of(elsewhere)
    assert (moved.kind, moved.variables, moved.new) == ("project-env", ("EXAMPLE_PASSWORD",), True)
    assert (login.variables, login.new) == (("D_USERNAME",), False)


def test_a_variable_that_another_login_reads_is_there_today() -> None:
    other = "    - run: echo $EXAMPLE_PASSWORD | docker login registry.example.com -u $OTHER --password-stdin\n"
    both = LITERAL.replace("docker login", "docker login registry.example.com").replace(
        "workflows:", f"  {other}workflows:"
    )
    existing = {name for need in needs_of(both) if not need.new for name in need.variables}
    assert "EXAMPLE_PASSWORD" in existing


@pytest.mark.parametrize("contexts", ["<< pipeline.parameters.hub >>", "[mine, << pipeline.parameters.hub >>-x]"])
def test_an_expression_may_bring_what_a_login_reads(contexts: str) -> None:
    text = LITERAL.replace("zK7q93LmXw2Tq8vB", "$MY_PASSWORD").replace("- push\n", f"- push: {{context: {contexts}}}\n")
    (login,) = needs_of(text)
    assert not login.new
    assert ", ".join(login.today) == contexts.strip("[]")
