"""Whatever is dropped, changed or said twice in what CircleCI runs, the comparison of two compiled configs sees it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from migrator.circleci.compare.conversions import Meant, first_fault
from migrator.circleci.config import Config
from migrator.documents import open_document
from migrator.engine.views import read_configs
from migrator.policy import Policy
from tests.circleci_compiler import compile_config
from tests.circleci_compiler.loading import dump, load
from tests.circleci_compiler.orbs import docker_orb

CONFIG = """\
version: 2.1
orbs: {docker: circleci/docker@3.0.1}
jobs:
  build:
    docker:
      - image: cimg/go:1.20
        auth: {username: $DOCKERHUB_USERNAME, password: $DOCKERHUB_PASSWORD}
      - image: cimg/postgres:14
        environment: {POSTGRES_USER: app}
    environment: {LEVEL: debug, MANY: 4}
    parallelism: 2
    steps:
      - checkout
      - restore_cache: {keys: [one, two]}
      - run: {name: all, command: "make one\\nmake two && make three\\n", when: always, environment: {A: b}}
      - run: echo done > file
  image:
    machine: {image: "ubuntu-2404:current"}
    resource_class: large
    steps:
      - docker/check: {docker_username: DOCKERHUB_USERNAME, docker_password: DOCKERHUB_PASSWORD}
      - run: docker login -u $U -p $P quay.io && docker pull quay.io/acme/a
      - run: |
          if [ -n "$P" ]; then
            docker login -u $U -p $P ghcr.io
            make push
          fi
workflows:
  main:
    jobs:
      - build: {context: [docker-hub-creds, other], filters: {branches: {only: [main, next]}}}
      - hold: {type: approval, requires: [build]}
      - image: {context: [docker-hub-creds], requires: [hold]}
  night:
    triggers: [schedule: {cron: "0 0 * * *", filters: {branches: {only: main}}}]
    jobs: [build: {context: docker-hub-creds}]
"""


def read(text: str) -> Config:
    return read_configs(open_document("compiled.yml", text.encode()), "compiled.yml")[0]


TEXT = compile_config(CONFIG, orbs=docker_orb).config
COMPILED = load(TEXT)
BEFORE = read(TEXT)
Path = tuple[Any, ...]


def places(node: Any, path: Path = ()) -> Iterator[Path]:
    if path and path[0] != "version":
        yield path
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


PLACES = list(places(COMPILED))


def mutated(path: Path, kind: str, line: int) -> dict[str, Any] | None:
    """What CircleCI would run with one mistake; nothing where the place knows no such mistake."""
    config = copy.deepcopy(COMPILED)
    parent: Any = config
    for key in path[:-1]:
        parent = parent[key]
    value, last = parent[path[-1]], path[-1]
    if kind == "drop":
        del parent[last]
    elif kind == "double":
        if isinstance(parent, list):
            parent.insert(last, copy.deepcopy(value))
        else:
            parent[f"{last}x"] = copy.deepcopy(value)
    elif isinstance(value, str) and (lines := value.split("\n")):
        line %= len(lines)
        if not lines[line].strip():
            return None
        lines[line] += " x" if " " in lines[line] else "x"
        parent[last] = "\n".join(lines)
    elif isinstance(value, int):
        parent[last] = value + 1
    else:
        return None
    return config


def is_nothing(path: Path, kind: str) -> bool:
    """A context that is named twice is there once, a login may be called as the orb calls it, and a version of the
    workflows has no meaning of its own."""
    is_title = path[:4] == ("jobs", "image", "steps", 0) and path[-1] == "name"
    return is_title or (kind == "double" and "context" in path[:-1]) or path == ("workflows", "version")


@given(st.sampled_from(PLACES), st.sampled_from(["drop", "double", "change"]), st.integers(0, 20))
def test_no_mistake_passes_for_a_migration(path: Path, kind: str, line: int) -> None:
    config = mutated(path, kind, line)
    if config is None or is_nothing(path, kind):
        return
    assert first_fault(BEFORE, read(dump(config)), Meant(Policy())) != ""


def test_what_is_the_same_is_no_mistake() -> None:
    assert first_fault(BEFORE, read(dump(COMPILED)), Meant(Policy())) == ""
    assert len(PLACES) > 90
