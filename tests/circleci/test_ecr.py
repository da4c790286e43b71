"""What hosts and images of ECR say: the grammar of Amazon's credential helper, and what people put in its place."""

from __future__ import annotations

import pytest

from migrator.circleci.ecr import EcrImage, find_ecr, names, parse_ecr, partition_of, suffix_of

HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "postgres:14",
        "public.ecr.aws/team/app:1",
        "ecr-public.aws.com/team/app:1",
        "localhost:5000/team/app",
        "1.dkr.ecr.eu-west-1.amazonaws.com/app",
        "1234567890123.dkr.ecr.eu-west-1.amazonaws.com/app",
        "12345678901x.dkr.ecr.eu-west-1.amazonaws.com/app",
        "123456789012.dkr.ecr.$AWS_REGION.amazonaws.com/app",
        "123456789012.dkr.ecr.<< parameters.region >>.amazonaws.com/app",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.org/app",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.org/app",
        "123456789012.dkr.s3.eu-west-1.amazonaws.com/app",
        "123456789012.dkr_ecr.eu-west-1.amazonaws.com/app",
        "123456789012.dkr.ecr-nist.eu-west-1.amazonaws.com/app",
        "123456789012.dkr.ecr.amazonaws.com/app",
        "123456789012.dkr.ecr.eu-west-1.aws/app",
        f"https://{HOST}/app",
        f"mirror.example.org/{HOST}/app",
        "<< parameters.image >>",
    ],
)
def test_other_texts_are_not_of_ecr(text: str) -> None:
    assert parse_ecr(text) is None


@pytest.mark.parametrize(
    ("text", "account", "region", "partition", "moved"),
    [
        (f"{HOST}/app", "123456789012", "eu-west-1", "aws", "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"),
        (
            "123456789012.dkr.ecr-fips.us-west-2.amazonaws.com/app",
            "123456789012",
            "us-west-2",
            "aws",
            "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/app",
        ),
        (
            "123456789012.dkr-ecr.ap-southeast-5.on.aws/app",
            "123456789012",
            "ap-southeast-5",
            "aws",
            "123456789012.dkr-ecr.us-east-1.on.aws/app",
        ),
        (
            "123456789012.dkr-ecr-fips.us-west-2.on.aws/app",
            "123456789012",
            "us-west-2",
            "aws",
            "123456789012.dkr-ecr-fips.us-east-1.on.aws/app",
        ),
        (
            "$ID.dkr.ecr.us-west-2.amazonaws.com/app",
            "$ID",
            "us-west-2",
            "aws",
            "$ID.dkr.ecr.us-east-1.amazonaws.com/app",
        ),
        (
            "<<pipeline.parameters.id>>.dkr.ecr.us-west-2.amazonaws.com/app",
            "<<pipeline.parameters.id>>",
            "us-west-2",
            "aws",
            "<<pipeline.parameters.id>>.dkr.ecr.us-east-1.amazonaws.com/app",
        ),
        (
            "account-id.dkr.ecr.us-west-2.amazonaws.com/app",
            "account-id",
            "us-west-2",
            "aws",
            "account-id.dkr.ecr.us-east-1.amazonaws.com/app",
        ),
    ],
)
def test_a_host_says_where_it_is_and_keeps_its_form(
    text: str, account: str, region: str, partition: str, moved: str
) -> None:
    image = parse_ecr(text)
    assert image is not None
    assert (image.account, image.region, image.partition) == (account, region, partition)
    assert image.in_region("us-east-1") == moved
    assert image.has_known_account == account.isdigit()


@pytest.mark.parametrize(
    ("host", "partition"),
    [
        ("dkr.ecr.us-gov-west-1.amazonaws.com", "aws-us-gov"),
        ("dkr-ecr.us-gov-east-1.on.aws", "aws-us-gov"),
        ("dkr.ecr.cn-north-1.amazonaws.com.cn", "aws-cn"),
        ("dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn", "aws-cn"),
        ("dkr.ecr.eusc-de-east-1.amazonaws.eu", "aws-eusc"),
        ("dkr.ecr.us-iso-east-1.c2s.ic.gov", "aws-iso"),
        ("dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "aws-iso-b"),
        ("dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "aws-iso-e"),
        ("dkr.ecr.us-isof-south-1.csp.hci.ic.gov", "aws-iso-f"),
        ("dkr.ecr.cn-north-1.amazonaws.com", ""),
        ("dkr.ecr.eu-west-1.amazonaws.eu", ""),
    ],
)
def test_partitions_are_told_apart(host: str, partition: str) -> None:
    image = parse_ecr(f"123456789012.{host}/app")
    assert image is not None
    assert image.partition == partition


def test_partitions_have_the_hosts_that_belong_to_them() -> None:
    assert [suffix_of(region) for region in ("eu-west-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1")] == [
        "amazonaws.com",
        "amazonaws.com",
        "amazonaws.com.cn",
        "amazonaws.eu",
    ]
    assert partition_of("mx-central-1") == "aws"


@pytest.mark.parametrize(
    ("rest", "repository", "version"),
    [
        ("", "", ":latest"),
        ("/", "", ":latest"),
        ("/app", "app", ":latest"),
        ("/a/b/c:1", "a/b/c", ":1"),
        (f"/app@{DIGEST}", "app", f"@{DIGEST}"),
        (f"/app:1@{DIGEST}", "app", f"@{DIGEST}"),
        ("/app:<< parameters.tag >>", "app", None),
        ("/app:v-<< parameters.tag >>", "app", None),
        ("/app:${TAG:-latest}", "app", None),
        ("/app@sha256:1", "app", None),
        ("/a/<< parameters.name >>:1", "a/<< parameters.name >>", ":1"),
    ],
)
def test_an_image_is_taken_apart(rest: str, repository: str, version: str | None) -> None:
    image = parse_ecr(HOST + rest)
    assert image is not None
    assert (image.repository, image.version) == (repository, version)


def test_the_place_of_the_region_is_that_in_the_text_with_its_blanks() -> None:
    image = parse_ecr(f"  {HOST}/app \n")
    assert isinstance(image, EcrImage)
    assert image.in_region("us-east-1") == "  123456789012.dkr.ecr.us-east-1.amazonaws.com/app \n"


def test_images_are_found_in_longer_texts() -> None:
    text = f"--build-arg A={HOST}/a:1 --build-arg 'B={HOST}/b' -t {HOST}/c:<< parameters.tag >>,x"
    assert [image.repository for image in find_ecr(text)] == ["a", "b", "c"]
    assert find_ecr("9123456789012.dkr.ecr.eu-west-1.amazonaws.com/app") == []


@pytest.mark.parametrize(
    ("pattern", "repository", "answer"),
    [
        ("app", "app", True),
        ("app", "application", False),
        ("app", "team/app", False),
        ("team/*", "team/a/b", True),
        ("*", "team/a/b", True),
        ("team/?", "team/a", True),
        ("team/*", "team/<< parameters.app >>", True),
        ("team/app", "team/<< parameters.app >>", False),
        ("team/?", "team/<< parameters.app >>", False),
        ("team/[!a]", "team/<< parameters.app >>", False),
        ("Team/*", "team/a", False),
    ],
)
def test_globs_name_whole_repositories_whatever_templates_stand_for(
    pattern: str, repository: str, answer: bool
) -> None:
    assert names([pattern], repository) is answer
    assert names(["other", pattern], repository) is answer
    assert names([], repository) is False
