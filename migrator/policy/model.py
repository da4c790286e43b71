"""The policy: which registries need which credentials, and where they come from.

The shape is documented in `docs/policy.md`. A policy file adds to the built-in policy and overrides it key by key.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from migrator.startup.records import field, record, replace

HUB = "docker.io"
AMBIENT = "AWS_"
"""What the names of variables begin with that programs of AWS read by themselves."""


@record
class Registry:
    """Credentials of one registry. `username` and `password` are written as in a config: `$NAME`, or a literal user."""

    host: str
    username: str
    password: str
    context: str
    images: tuple[str, ...] = ("*",)
    skip: tuple[str, ...] = ()

    def wants(self, repository: str) -> bool:
        """Whether an image is named by `images` and not by `skip`; its `repository` has no host and no tag.

        A pattern of one segment such as `python` or `*` also names the official image `library/python`.
        """
        short = repository.removeprefix("library/")

        def named(patterns: tuple[str, ...]) -> bool:
            return any(fnmatchcase(repository, p) or fnmatchcase(short, p) for p in patterns)

        return named(self.images) and not named(self.skip)

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(v[1:] for v in (self.username, self.password) if v.startswith("$"))


@record
class Aws:
    """Credentials for images of ECR: two keys, or a role for OIDC."""

    aws_access_key_id: str = "$AWS_ACCESS_KEY_ID"
    aws_secret_access_key: str = "$AWS_SECRET_ACCESS_KEY"
    context: str = "aws-ecr-creds"
    oidc_role_arn: str | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        if self.oidc_role_arn:
            return ()
        return tuple(v[1:] for v in (self.aws_access_key_id, self.aws_secret_access_key) if v.startswith("$"))


@record
class Generated:
    """A file that is written from `source`, by `command` where there is one. Paths count from the policy's folder."""

    target: str
    source: str
    command: tuple[str, ...] = ()


@record
class Override:
    """What other values some files get: those of `repositories` and below `paths`, both where both are given.

    `repositories` are patterns of the names that a remote or a host gives (`acme/web`), else of the folder's; `paths`
    are patterns from the root of the repository. `keys` are values of the policy by their path of keys in the file:
    a text, texts, or `None` for a table without keys; in the order of the keys.
    """

    repositories: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    keys: tuple[tuple[tuple[str, ...], str | tuple[str, ...] | None], ...] = ()


BUILT_IN_HUB = Registry(HUB, "$DOCKERHUB_USERNAME", "$DOCKERHUB_PASSWORD", "docker-hub-creds")


@record
class Policy:
    """`source` is the file it was read from, `None` for the built-in policy.

    `found` says how: `flag` where a person named the file, `upwards` where it was the nearest one, else `built-in`.

    `select` and `ignore` are ids of rules, empty `select` for all; `exclude` are patterns of paths below `.circleci`.
    `organization` is the slug of CircleCI's organisation (`gh/acme`), empty where the policy does not say. What
    `overrides` set for a file, `policy.overrides.policy_for` says.
    """

    target: str = "cloud"
    credentials: str = "context"
    auth_style: str = "auto"
    scheduled: str = "warn"
    registries: tuple[Registry, ...] = (BUILT_IN_HUB,)
    aws: Aws | None = None
    docker_orb: str = "3.0.1"
    ecr_home_region: str = "us-east-1"
    ecr_copied: tuple[str, ...] = ()
    generated: tuple[Generated, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    foreign_images: str = "tell"
    organization: str = ""
    api_url: str = "https://circleci.com"
    overrides: tuple[Override, ...] = ()
    source: Path | None = field(default=None, compare=False)
    found: str = field(default="built-in", compare=False)

    def registry(self, host: str) -> Registry | None:
        for registry in self.registries:
            if registry.host == host:
                return registry
        return None

    def with_registry(self, registry: Registry) -> Policy:
        """The same policy with this registry in place of the one of its host."""
        others = tuple(r for r in self.registries if r.host != registry.host)
        return replace(self, registries=(*others, registry))

    @property
    def variables(self) -> frozenset[str]:
        """The names of all variables. They are no secrets, also where somebody forgot the `$` and wrote one down."""
        aws = self.aws.variables if self.aws else ()
        return frozenset((*aws, *(name for registry in self.registries for name in registry.variables)))

    @property
    def has_patterns(self) -> bool:
        """Whether it names some images of a registry, and not all of it."""
        return bool(self.ecr_copied) or any(one.images != ("*",) or one.skip for one in self.registries)

    @property
    def uses_contexts(self) -> bool:
        return self.credentials == "context"
