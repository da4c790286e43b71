"""Which values a file gets where the policy overrides some for repositories and paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.errors import PolicyError
from migrator.policy import HUB, Policy
from migrator.policy.globs import matches
from migrator.policy.overrides import policy_for
from migrator.policy.toml import parse_policy
from migrator.startup.records import replace

TEXT = """
scheduled = "skip"
[registries."docker.io"]
context = "hub"
images = ["acme/*"]

[[overrides]]
repositories = ["acme/legacy-*"]
registries."docker.io".context = "legacy-hub"
circleci.organization = "gh/legacy"

[[overrides]]
paths = ["services/**"]
registries."docker.io".context = "services-hub"
target = "server"

[[overrides]]
repositories = ["acme/web"]
paths = ["docs"]
rules.ignore = ["broken-auth"]
"""


def read(text: str) -> Policy:
    return parse_policy(text, Path("migrator.toml"))


def context(repository: str, path: str) -> str:
    hub = policy_for(read(TEXT), repository, path).registry(HUB)
    assert hub is not None
    assert (hub.images, hub.username) == (("acme/*",), "$DOCKERHUB_USERNAME")
    return hub.context


@pytest.mark.parametrize(
    ("repository", "path", "expected"),
    [
        ("acme/web", ".circleci/config.yml", "hub"),
        ("", ".circleci/config.yml", "hub"),
        ("legacy-a", ".circleci/config.yml", "hub"),
        ("other/acme/legacy-a", ".circleci/config.yml", "hub"),
        ("acme/legacy-a", ".circleci/config.yml", "legacy-hub"),
        ("Acme/Legacy-A", ".circleci/config.yml", "legacy-hub"),
        ("acme/web", "services/a/.circleci/config.yml", "services-hub"),
        ("acme/web", "more/services/a.yml", "hub"),
        ("acme/legacy-a", "services/a/.circleci/config.yml", "services-hub"),
    ],
)
def test_the_last_override_that_applies_wins_key_by_key(repository: str, path: str, expected: str) -> None:
    assert context(repository, path) == expected


def test_what_no_later_one_sets_stays_from_earlier_ones() -> None:
    policy = policy_for(read(TEXT), "acme/legacy-a", "services/x.yml")
    assert (policy.organization, policy.target, policy.scheduled) == ("gh/legacy", "server", "skip")
    assert policy.overrides == ()
    assert policy.source == Path("migrator.toml")


@pytest.mark.parametrize(
    ("repository", "path", "ignored"),
    [("acme/web", "docs/x.yml", True), ("acme/web", "x.yml", False), ("acme/other", "docs/x.yml", False)],
)
def test_an_override_of_repositories_and_paths_needs_both(repository: str, path: str, ignored: bool) -> None:
    assert (policy_for(read(TEXT), repository, path).ignore == ("broken-auth",)) is ignored


def test_without_overrides_a_policy_is_its_own() -> None:
    policy = Policy()
    assert policy_for(policy, "acme/web", "x.yml") is policy


def test_keys_for_aws_take_the_place_of_a_role_and_the_other_way_round() -> None:
    role = 'oidc_role_arn = "arn:aws:iam::123456789012:role/ci"'
    keys = 'aws_access_key_id = "$A"\naws.aws_secret_access_key = "$B"'
    to_keys = policy_for(read(f'[aws]\n{role}\n[[overrides]]\npaths = ["*"]\naws.{keys}'), "", "x").aws
    assert to_keys is not None
    assert (to_keys.oidc_role_arn, to_keys.variables) == (None, ("A", "B"))
    to_role = policy_for(
        read(f'[aws]\naws_access_key_id = "$A"\n[[overrides]]\npaths = ["*"]\naws.{role}'), "", "x"
    ).aws
    assert to_role is not None
    assert to_role.variables == ()


def test_overrides_that_are_right_alone_and_wrong_together_are_an_error_of_the_policy() -> None:
    policy = read(
        """
        credentials = "project"
        [[overrides]]
        paths = ["a/**"]
        registries."quay.io" = {username = "$U", password = "$P"}
        [[overrides]]
        paths = ["**"]
        credentials = "context"
        """
    )
    assert policy_for(policy, "", "b/x.yml").uses_contexts
    with pytest.raises(PolicyError, match=r'overrides\[1\]\.registries\."quay\.io"\.context: is missing'):
        policy_for(policy, "", "a/x.yml")


def test_a_policy_that_is_elsewhere_the_same_keeps_its_own_file() -> None:
    here = read(TEXT)
    there = replace(here, source=Path("other.toml"))
    assert [policy_for(policy, "", "services/x").source for policy in (here, there)] == [here.source, there.source]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("k8s", "k8s", True),
        ("k8s", "k8s/a.yml", True),
        ("k8s/", "k8s/a/b.yml", True),
        ("k8s", "a/k8s", False),
        ("k8s", "k8s.yml", False),
        ("k8s/**", "k8s/a/b.yml", True),
        ("k8s/**", "k8s", False),
        ("k8s/*", "k8s/a/b.yml", True),
        ("*.yml", "a.yml", True),
        ("*.yml", "a/b.yml", False),
        ("**/*.yml", "a.yml", True),
        ("**/*.yml", "a/b/c.yml", True),
        ("a/**/c.yml", "a/c.yml", True),
        ("a/**/c.yml", "a/b/b/c.yml", True),
        ("a/**/c.yml", "b/a/c.yml", False),
        ("**", "a", True),
        ("[ab].yml", "b.yml", True),
        ("A.yml", "a.yml", False),
    ],
)
def test_a_pattern_means_a_path_or_what_is_below_it(pattern: str, path: str, expected: bool) -> None:
    assert matches([pattern], path) is expected
