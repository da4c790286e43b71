"""What a config names at CircleCI: contexts of its jobs, variables of its credentials."""

from __future__ import annotations

import pytest

from migrator.circleci.mentions import Mentions, mentions_of
from tests.circleci.views import config_of


def mentions(text: str) -> Mentions:
    return mentions_of([config_of(text)])


def test_a_config_without_workflows_and_credentials_names_nothing() -> None:
    assert mentions("version: 2.1\njobs: {build: {docker: [{image: a}]}}\n") == Mentions({}, {})


def test_names_that_an_expression_decides_are_left_out() -> None:
    found = mentions("""\
        version: 2.1
        parameters: {hub: {type: string, default: x}}
        jobs: {build: {docker: [{image: a, auth: {username: literal, password: << pipeline.parameters.hub >>}}]}}
        workflows: {main: {jobs: [build: {context: [<< pipeline.parameters.hub >>, real]}]}}
        """)
    assert found.variables == {}
    assert set(found.contexts) <= {"real"}


def test_contexts_say_whether_a_schedule_uses_them() -> None:
    found = mentions("""\
        version: 2.1
        jobs: {build: {docker: [{image: a}]}, deploy: {docker: [{image: a}]}}
        workflows:
          main: {jobs: [build: {context: hub}, deploy: {context: [hub, prod]}]}
          nightly:
            triggers: [schedule: {cron: 0 0 * * *, filters: {branches: {only: main}}}]
            jobs: [build: {context: hub}]
        """)
    assert found.contexts == {"hub": True, "prod": False}


def test_variables_of_images_and_logins_have_the_contexts_of_their_jobs() -> None:
    found = mentions("""\
        version: 2.1
        jobs:
          build: {docker: [{image: a, auth: {username: $USER, password: $PASS}}]}
          push:
            machine: true
            steps: [run: 'echo "$TOKEN" | docker login ghcr.io -u bot --password-stdin']
        workflows: {main: {jobs: [build: {context: hub}, push]}}
        """)
    assert found.variables == {"USER": (("hub",),), "PASS": (("hub",),), "TOKEN": ((),)}


def test_sets_of_credentials_that_share_a_variable_keep_their_contexts_apart() -> None:
    found = mentions("""\
        version: 2.1
        jobs:
          build: {docker: [{image: a, auth: {username: $USER, password: $PASS}}]}
          push:
            machine: true
            steps: [run: 'echo "$PASS" | docker login -u "$OTHER" --password-stdin']
        workflows: {main: {jobs: [build: {context: hub}, push: {context: mine}]}}
        """)
    assert found.variables["PASS"] == (("hub",), ("mine",))


@pytest.mark.parametrize("context", ["<< pipeline.parameters.hub >>", "[real, '<< pipeline.parameters.hub >>-x']"])
def test_variables_may_come_from_a_context_that_an_expression_decides(context: str) -> None:
    found = mentions(f"""\
        version: 2.1
        parameters: {{hub: {{type: string, default: x}}}}
        jobs:
          build: {{docker: [{{image: a, auth: {{username: $USER, password: $PASS}}}}]}}
          push: {{docker: [{{image: quay.io/a/a, auth: {{username: $OTHER, password: $PASS}}}}]}}
        workflows: {{main: {{jobs: [build: {{context: {context}}}, push]}}}}
        """)
    assert found.undecided == {"USER", "PASS"}
