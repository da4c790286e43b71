"""What is no config is known by the keys at its top; what may be a part of a config never is."""

from __future__ import annotations

import pytest

from migrator.files.kinds.foreign import why_foreign

CONFIGS = (
    "version: 2.1\njobs:\n  a:\n    docker:\n      - image: x\n",
    "version: 2\njobs: {}\n",
    '{"version": 2.1, "jobs": {}}',
    "workflows:\n  main:\n    jobs: [a]\n",
    "jobs:\n  a:\n    machine: true\nname: x\n",
    "commands:\n  a:\n    steps: [checkout]\n",
    "executors:\n  a:\n    docker: []\n",
    "docker:\n  - image: x\nsteps: [checkout]\n",
    "a:\n  docker:\n    - image: x\n",
    "steps:\n  - run: x\nparameters: {}\ndescription: x\n",
    "description: x\ndisplay:\n  home_url: x\n",
    "setup: true\nversion: 2.1\norbs: {}\n",
    "version: 2.1\nservices: &s\n  - image: x\njobs: {}\n",
    "version: 2.1\nstages: &s x\njobs:\n  a: {}\nlanguage: x\n",
    "x-shared: &d\n  docker:\n    - image: x\n",
    "jobs:\n  << include jobs >>\n",
    "kind: &k x\napiVersion: &a y\nversion: 2.1\nworkflows: {}\n",
    "",
    "# nothing\n",
    "repos:\n  docker: x\nworkflows: {}\n",
)


@pytest.mark.parametrize("text", CONFIGS)
def test_what_may_be_a_part_of_a_config_is_examined(text: str) -> None:
    assert why_foreign(".circleci/x.yml", text.encode()) == ""


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        (".circleci/test-suites.yml", "name: a\n---\nname: b\n", "a configuration of CircleCI's test suites"),
        ("x/.circleci/test-suites.yaml", "", "a configuration of CircleCI's test suites"),
        ("suites.yml", "---\nname: a\ndiscover: x\nrun: y\n", "a configuration of CircleCI's test suites"),
        ("a.yml", "apiVersion: v1\nkind: Service\nmetadata: {}\n", "a Kubernetes manifest"),
        ("a.yml", "apiVersion: v1\nkind: X\n---\napiVersion: v1\nkind: Y\n", "a Kubernetes manifest"),
        ("a.yml", "{{- if .Values.x }}\napiVersion: apps/v1\nkind: Deployment\n{{- end }}\n", "a Kubernetes manifest"),
        ("a.yml", "apiVersion: v2\nname: x\nversion: 1\n", "a Helm chart"),
        ("k8s/kustomization.yaml", "resources: []\n", "a Kustomize file"),
        ("w.yml", "name: CI\non: [push]\njobs:\n  a:\n    runs-on: x\n", "a GitHub workflow"),
        ("w.yml", '"on":\n  push:\njobs: {}\n', "a GitHub workflow"),
        (".github/workflows/w.yml", "jobs: {}\n", "a GitHub workflow"),
        ("action.yml", "name: x\nruns:\n  using: composite\n", "a GitHub action"),
        ("d.yml", "version: 2\nupdates: []\n", "a Dependabot configuration"),
        ("c.yml", 'version: "3"\nservices:\n  db:\n    image: postgres\n', "a Docker Compose file"),
        ("docker-compose.ci.yml", "x: y\n", "a Docker Compose file"),
        ("compose.yaml", "volumes: {}\n", "a Docker Compose file"),
        (".gitlab-ci.yml", "build:\n  script: [make]\n", "a GitLab pipeline"),
        ("g.yml", "stages: [a]\nb:\n  script: x\n", "a GitLab pipeline"),
        (".travis.yml", "x: y\n", "a Travis CI configuration"),
        ("azure-pipelines.yml", "steps: []\n", "an Azure pipeline"),
        ("b.yml", "image: x\npipelines:\n  default: []\n", "a Bitbucket pipeline"),
        ("p.yml", "- hosts: all\n  tasks: []\n", "an Ansible playbook"),
        ("o.yml", "openapi: 3.0.0\ninfo: {}\npaths: {}\n", "an OpenAPI description"),
    ],
)
def test_what_is_something_else_is_named(path: str, text: str, what: str) -> None:
    assert why_foreign(path, text.encode()) == f"is {what}, not a CircleCI config"


@pytest.mark.parametrize("text", ["a: 1\nb: [x]\n", "- a\n- b\n", "just words\n"])
def test_what_has_nothing_of_a_config_is_none(text: str) -> None:
    assert why_foreign("a.yml", text.encode()) == "contains no key of a CircleCI config"
