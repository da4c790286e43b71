"""The facts of an inventory: what is counted in one file, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.circleci.inventory.facts import Fact, facts_of
from migrator.documents import open_document
from migrator.engine.batch import Plan, examine
from migrator.engine.outcomes import Unchanged
from migrator.engine.views import read_configs
from migrator.policy import Policy
from tests.circleci.views import config_of


def facts(text: str, kind: str) -> dict[Fact, int]:
    return {fact[1:]: number for fact, number in facts_of([config_of(text)]) if fact[0] == kind}


def credentials(item: str) -> str:
    """How the one image of a job is authenticated."""
    text = f"version: 2.1\njobs:\n  build:\n    docker:\n{item}"
    ((found, number),) = facts(text, "image").items()
    assert number == 1
    return found[1]


IMAGE = "      - image: acme/web:1\n"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", "none"),
        ("    auth: {username: $USER, password: $PASS}\n", "none"),  # of the job, which CircleCI ignores
        ("        auth: {username: $USER, password: $PASS}\n", "variable"),
        ("        auth: {username: acme-bot, password: '${PASS}'}\n", "variable"),
        ("        auth: {username: acme-bot, password: kR7vQ2mZ9xT4}\n", "literal"),
        ("        auth: {username: acme-bot, password: << parameters.pass >>}\n", "elsewhere"),
        ("        auth: {username: acme-bot, password: DOCKERHUB_PASSWORD}\n", "broken"),
        ("        auth: {username: $USER}\n", "broken"),
        ("        auth: {password: $PASS}\n", "broken"),
        ("        auth: [username: $USER, password: $PASS]\n", "broken"),
        ("        auth: {username: $USER, password: 123456789}\n", "broken"),
        ("        aws_auth: {aws_access_key_id: $ID, aws_secret_access_key: $KEY}\n", "aws-keys"),
        ("        aws_auth: {aws_access_key_id: AKIAZ7KQ3MWX5RTP2LQA, aws_secret_access_key: $KEY}\n", "literal"),
        ("        aws_auth: {oidc_role_arn: 'arn:aws:iam::123456789012:role/pull'}\n", "aws-role"),
        ("        gcp_auth: $GOOGLE\n", "broken"),
        ("        gcp_auth: {json_key: $GOOGLE}\n", "gcp"),
    ],
)
def test_credentials_are_those_that_circleci_sees(more: str, expected: str) -> None:
    assert credentials(f"{IMAGE}{more}") == expected


def test_merged_credentials_count_and_those_that_merges_disagree_on_are_decided_elsewhere() -> None:
    text = """
        version: 2.1
        one: &one {auth: {username: $A, password: $B}}
        other: &other {auth: {username: $C, password: $D}}
        jobs:
          merged: {docker: [{<<: *one, image: acme/web}]}
          unclear: {docker: [{<<: *one, <<: *other, image: acme/api}]}
    """
    assert facts(text, "image") == {("docker.io", "variable"): 1, ("docker.io", "elsewhere"): 1}


def test_an_image_counts_once_however_many_jobs_run_in_it() -> None:
    text = """
        version: 2.1
        executors:
          node: {docker: [image: cimg/node:20]}
        jobs:
          one: {executor: node, steps: [checkout]}
          two: {executor: node, steps: [checkout]}
        workflows:
          all: {jobs: [one, two, one]}
    """
    assert facts(text, "image") == {("docker.io", "none"): 1}
    assert facts(text, "name") == {("docker.io", "cimg/node"): 1}


def test_what_parameters_decide_is_followed_as_far_as_the_file_says() -> None:
    text = """
        version: 2.1
        jobs:
          known:
            parameters: {image: {type: string}}
            docker: [image: << parameters.image >>]
          several:
            parameters: {host: {type: string}}
            docker: [image: << parameters.host >>/app]
          open:
            parameters: {image: {type: string}}
            docker: [image: << parameters.image >>]
        workflows:
          all:
            jobs:
              - known: {image: quay.io/acme/web}
              - several: {name: a, host: quay.io/x}
              - several: {name: b, host: ghcr.io/x}
    """
    assert facts(text, "image") == {("quay.io", "none"): 1, ("", "none"): 2}
    assert facts(text, "name") == {
        ("quay.io", "acme/web"): 1, ("quay.io", "x/app"): 1, ("ghcr.io", "x/app"): 1,
    }  # fmt: skip


def test_images_of_ecr_are_counted_by_region() -> None:
    host = "123456789012.dkr.ecr"
    text = f"""
        version: 2.1
        jobs:
          near: {{docker: [image: {host}.us-east-1.amazonaws.com/web]}}
          far: {{docker: [image: {host}.eu-west-1.amazonaws.com/web]}}
          open: {{docker: [image: "{host}.$REGION.amazonaws.com/web"]}}
    """
    assert facts(text, "region") == {("us-east-1",): 1, ("eu-west-1",): 1, ("",): 1}
    assert facts(text, "image") == {("ECR", "none"): 3}


def test_contexts_are_counted_by_the_jobs_that_have_them() -> None:
    text = """
        version: 2.1
        jobs:
          build: {docker: [image: cimg/base], steps: [checkout]}
          ask: {type: approval}
        workflows:
          all:
            jobs:
              - build
              - hold: {type: approval, context: never}
              - ask
              - build: {name: a, context: docker-hub}
              - build: {name: b, context: [docker-hub, deploy]}
              - build: {name: c, context: "<< pipeline.parameters.context >>"}
              - build: {name: d, context: [docker-hub, "<< pipeline.parameters.context >>"]}
    """
    assert facts(text, "context") == {("docker-hub",): 3, ("deploy",): 1}
    assert facts(text, "jobs") == {("without",): 1, ("with",): 2, ("unclear",): 2}


def test_secrets_are_counted_by_place_and_no_value_is_kept() -> None:
    values = ("kR7vQ2mZ9xT4", "xT4kR7vQ2mZ9", "Zq8wLr5nTy2bVc7m", "hT5rWq9zLm3x", "9sBv4Xk2Lp7QzRt6")
    text = f"""
        version: 2.1
        jobs:
          build:
            docker:
              - image: acme/web
                auth: &auth {{username: bot, password: {values[0]}}}
              - {{image: acme/db, auth: *auth}}
              - {{image: acme/api, password: {values[4]}}}
            environment: {{DEPLOY_TOKEN: {values[2]}, POSTGRES_PASSWORD: test, MODE: fast}}
            steps:
              - run: docker login -u bot -p {values[1]}
              - run: export API_SECRET={values[3]}
    """
    assert facts(text, "secret") == {
        ("image",): 1, ("ignored",): 1, ("environment",): 1, ("login",): 1, ("script",): 1,
    }  # fmt: skip
    assert not any(value in repr(facts_of([config_of(text)])) for value in values)


def test_logins_are_counted_by_form_and_registry() -> None:
    text = """
        version: 2.1
        orbs: {docker: circleci/docker@2.8.2}
        jobs:
          build:
            machine: true
            steps:
              - docker/check
              - docker/check: {registry: quay.io}
              - run: docker login -u $USER -p $PASS
              - run: echo "$PASS" | docker login -u $USER --password-stdin ghcr.io
              - run: docker login -u bot -p kR7vQ2mZ9xT4
              - run: $(aws ecr get-login --no-include-email)
              - run: vault read x | docker login -u bot --password-stdin
              - run: ssh host "docker login -u a -p b"
              - run: echo login
    """
    assert facts(text, "login") == {
        ("orb", "docker.io"): 1, ("orb", "quay.io"): 1, ("variable", "docker.io"): 1, ("variable", "ghcr.io"): 1,
        ("literal", "docker.io"): 1, ("aws-token", "ECR"): 1, ("computed", "docker.io"): 1, ("string", ""): 1,
    }  # fmt: skip


def test_what_is_out_of_sight_is_counted_as_such() -> None:
    text = """
        version: 2.1
        orbs: {node: circleci/node@5}
        jobs:
          machine: {machine: true, steps: [run: docker pull acme/web]}
        workflows:
          all: {jobs: [node/test, machine]}
    """
    assert facts(text, "orb") == {("circleci/node",): 1}
    assert facts(text, "unseen") == {("pulled",): 1}


def test_a_generator_that_is_read_in_part_says_so() -> None:
    script = b"""config = {"version": 2.1, "jobs": {
    "a": {"docker": [{"image": "cimg/go"}]}, "b": make(), "c": {"docker": [{"image": f()}]}}}
"""
    document = open_document("x.py", script)
    found = dict(facts_of(read_configs(document, "x.py")))
    assert found["image", "docker.io", "none"] == 1
    assert found["unseen", "computed"] == 2


def test_an_outcome_has_the_facts_of_the_file_as_it_was_and_only_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text("version: 2.1\njobs: {build: {docker: [image: cimg/go], steps: [checkout]}}\n")
    plain = examine(str(file), Plan((), (), Policy()), ())
    assert isinstance(plain, Unchanged)
    assert plain.facts is None
    counted = examine(str(file), Plan((), (), Policy(), inventory=True), ())
    assert isinstance(counted, Unchanged)
    assert counted.facts == ((("image", "docker.io", "none"), 1), (("name", "docker.io", "cimg/go"), 1))
