"""What an image reference says, by the grammar of Docker, and what templates and variables hide of it."""

from __future__ import annotations

import pytest

from migrator.circleci.references import parse_reference

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("postgres", "docker.io", "library/postgres", None, None),
        ("postgres:14", "docker.io", "library/postgres", "14", None),
        ("cimg/go:1.22", "docker.io", "cimg/go", "1.22", None),
        (f"cimg/go@{DIGEST}", "docker.io", "cimg/go", None, DIGEST),
        (f"cimg/go:1.22@{DIGEST}", "docker.io", "cimg/go", "1.22", DIGEST),
        ("docker.io/postgres:14", "docker.io", "library/postgres", "14", None),
        ("docker.io/library/postgres", "docker.io", "library/postgres", None, None),
        ("index.docker.io/acme/app", "docker.io", "acme/app", None, None),
        ("registry-1.docker.io/acme/app:1", "docker.io", "acme/app", "1", None),
        ("localhost:5000/x", "localhost:5000", "x", None, None),
        ("localhost/x:1", "localhost", "x", "1", None),
        ("quay.io/a/b", "quay.io", "a/b", None, None),
        ("ghcr.io/a/b", "ghcr.io", "a/b", None, None),
        ("eu.gcr.io/p/i", "eu.gcr.io", "p/i", None, None),
        ("us-docker.pkg.dev/p/r/i:t", "us-docker.pkg.dev", "p/r/i", "t", None),
        ("registry.example.com:8443/team/app:2", "registry.example.com:8443", "team/app", "2", None),
        ("public.ecr.aws/x/y", "public.ecr.aws", "x/y", None, None),
        ("mcr.microsoft.com/x", "mcr.microsoft.com", "x", None, None),
        (" cimg/go:1.22 ", "docker.io", "cimg/go", "1.22", None),
        ("<< parameters.image >>", None, "<< parameters.image >>", None, None),
        ("<< parameters.host >>/app:1", None, "<< parameters.host >>/app:1", None, None),
        ("node<< parameters.suffix >>", None, "node<< parameters.suffix >>", None, None),
        ("cimg/go:<< parameters.tag >>", "docker.io", "cimg/go", "<< parameters.tag >>", None),
        ("node:<<parameters.tag>>-slim", "docker.io", "library/node", "<<parameters.tag>>-slim", None),
        ("acme/<< pipeline.a >>:<< pipeline.b >>", "docker.io", "acme/<< pipeline.a >>", "<< pipeline.b >>", None),
        ("quay.io/a/<< parameters.b >>", "quay.io", "a/<< parameters.b >>", None, None),
        ("$IMAGE", None, "$IMAGE", None, None),
        ("${ECR_ENDPOINT}/tools:1.31", None, "${ECR_ENDPOINT}/tools:1.31", None, None),
        ("$(ECR_ENDPOINT)/tools", None, "$(ECR_ENDPOINT)/tools", None, None),
        ("cimg/go:$TAG", "docker.io", "cimg/go", "$TAG", None),
        ("acme/${APP}:$TAG", "docker.io", "acme/${APP}", "$TAG", None),
        ('cimg/go:<< pipeline.git.branch == "a/b" and "1:2" or "x" >>', "docker.io", "cimg/go",
         '<< pipeline.git.branch == "a/b" and "1:2" or "x" >>', None),
    ],
)  # fmt: skip
def test_a_reference_is_taken_apart(
    text: str, registry: str | None, repository: str, tag: str | None, digest: str | None
) -> None:
    found = parse_reference(text)
    assert (found.registry, found.repository, found.tag, found.digest) == (registry, repository, tag, digest)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b:1", "eu-west-1"),
        ("123456789012.dkr-ecr.us-west-2.on.aws/a", "us-west-2"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a", "us-gov-west-1"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a", "cn-north-1"),
        ("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/a", "eusc-de-east-1"),
        ("123456789012.dkr.ecr.<< parameters.region >>.amazonaws.com/a", None),
        ("<< parameters.account >>.dkr.ecr.us-east-1.amazonaws.com/a", "us-east-1"),
        ("$ACCOUNT.dkr.ecr.us-east-1.amazonaws.com/a", "us-east-1"),
        ("${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/a", None),
    ],
)
def test_private_registries_of_ecr_are_known_by_their_hosts(text: str, region: str | None) -> None:
    found = parse_reference(text)
    assert found.is_ecr
    assert found.ecr_region == region


@pytest.mark.parametrize(
    "text",
    [
        "1.dkr.ecr.eu-west-1.amazonaws.com/a",
        "public.ecr.aws/a/b",
        "ecr-public.aws.com/a",
        "123456789012.dkr.ecr.eu-west-1.example.com/a",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    ],
)
def test_other_hosts_are_not_ecr(text: str) -> None:
    assert not parse_reference(text).is_ecr


@pytest.mark.parametrize(
    ("text", "host", "possible"),
    [
        ("<< p >>", "docker.io", True),
        ("<< p >>/app", "docker.io", True),
        ("<< p >>/app", "quay.io", True),
        ("<< p >>.example.com/app", "docker.io", False),
        ("<< p >>.example.com/app", "a.example.com", True),
        ("<< p >>-docker.pkg.dev/app", "us-docker.pkg.dev", True),
        ("<< p >>-docker.pkg.dev/app", "docker.io", False),
        ("$P/app", "docker.io", True),
        ("${P}.example.com/app", "docker.io", False),
        ("${P}.example.com/app", "a.example.com", True),
        ("cimg/<< p >>", "docker.io", True),
        ("cimg/<< p >>", "quay.io", False),
    ],
)
def test_a_hole_leaves_open_what_it_could_be(text: str, host: str, possible: bool) -> None:
    assert parse_reference(text).could_be(host) is possible


def test_a_hidden_registry_may_be_ecr_unless_the_rest_of_the_host_says_no() -> None:
    assert parse_reference("<< p >>/app").could_be_ecr
    assert not parse_reference("<< p >>.example.com/app").could_be_ecr
    assert not parse_reference("cimg/go").could_be_ecr


def test_an_escaped_opener_is_no_template_and_no_part_of_a_reference() -> None:
    found = parse_reference("a/\\<<b")
    assert (found.registry, found.repository, found.is_valid) == (None, "a/\\<<b", False)


@pytest.mark.parametrize(
    ("text", "host"),
    [("BUILDER/app:1", "BUILDER"), ("Registry/team/app", "Registry"), ("acme:80/app", "acme:80")],
)
def test_a_capital_in_the_first_of_several_segments_makes_it_a_host(text: str, host: str) -> None:
    assert parse_reference(text).registry == host


@pytest.mark.parametrize(
    "text",
    [
        "BUILDER_IMAGE", "BuilderImage", "__IMAGE__", "@@IMAGE@@", "%IMAGE%", "{{ image }}", "{{image}}:1", "<image>",
        "[IMAGE]", "#{image}", "__IMAGE__:1.2", "acme/__APP__:1", "acme/APP", "__REGISTRY__/app:1", "@REGISTRY@/app",
        "cimg/go 1.22", "cimg/go:@@TAG@@", "cimg/go@sha256:abc", "cimg//go", "_x/y", "-x", "acme/APP:$TAG",
        "IMAGE:<< parameters.tag >>", "cimg/go:{{ x }}-<< parameters.tag >>", "0123456789abcdef" * 4,
    ],
)  # fmt: skip
def test_a_placeholder_is_no_reference(text: str) -> None:
    found = parse_reference(text)
    assert not found.is_valid
    assert (found.registry, found.repository) == (None, text)
    assert not found.is_ecr


@pytest.mark.parametrize(
    ("text", "registry"),
    [
        ("cimg/go:__TAG__", "docker.io"),
        ("cimg/go:TAG", "docker.io"),
        ("quay.io/acme/app:LATEST", "quay.io"),
        ("a__b/c.d-e_f", "docker.io"),
        ("acme/<< parameters.app >>:X-<< parameters.tag >>", "docker.io"),
        ("localhost/x", "localhost"),
    ],
)
def test_what_docker_takes_is_a_reference(text: str, registry: str) -> None:
    found = parse_reference(text)
    assert found.is_valid
    assert found.registry == registry
