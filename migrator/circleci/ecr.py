"""Private registries of ECR: what an image says about account, region and repository, and the same image elsewhere.

The grammar of hosts is that of github.com/awslabs/amazon-ecr-credential-helper (ecr-login/api/client.go), the partition
of a region that of botocore's partitions.json. Files that are written from templates have something else in the place
of the account (`$AWS_ACCOUNT_ID`, `<< parameters.account >>`, `account-id`): that is read as well, as the region shows
where the image is. A region that is no literal says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from migrator.circleci.references import TEMPLATE
from migrator.startup.patterns import lazy

_PLACEHOLDER: Final = r"\$\w+|\$\{[^{}/]+\}|<<[^<>/]+>>|<[\w -]+>|\{\{[^{}/]+\}\}|[A-Za-z_][\w-]*"
_HOST: Final = lazy(
    rf"(?<![\w-])(?P<account>\d{{12}}|{_PLACEHOLDER})\.dkr(?:\.ecr|-ecr)(?P<fips>-fips)?"
    r"\.(?P<region>[a-z]+(?:-[a-z]+)+-\d+)"
    r"\.(?P<suffix>amazonaws\.com\.cn|amazonaws\.com|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn"
    r"|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)(?![\w.-])"
)
_HIDDEN: Final = r"<<(?:[^<>]++|<(?!<)|>(?!>))*+>>|\$\{[^{}]*+\}"
_REST: Final = lazy(
    rf"/(?P<repository>(?:{_HIDDEN}|[^:@\s])++)(?::(?P<tag>(?:{_HIDDEN}|[^@\s])++))?(?:@(?P<digest>\S+))?"
)
# Within a longer text, such as the arguments of a build, a reference ends where a quote, a comma or a blank is.
_WORD: Final = lazy(rf"(?:{_HIDDEN}|[^\s\"',;])*")

_PARTITIONS: Final = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-", "aws-eusc"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
)
_SUFFIXES: Final = {
    "amazonaws.com": ("aws", "aws-us-gov"),
    "on.aws": ("aws", "aws-us-gov"),
    "amazonaws.com.cn": ("aws-cn",),
    "on.amazonwebservices.com.cn": ("aws-cn",),
    "amazonaws.eu": ("aws-eusc",),
    "c2s.ic.gov": ("aws-iso",),
    "sc2s.sgov.gov": ("aws-iso-b",),
    "cloud.adc-e.uk": ("aws-iso-e",),
    "csp.hci.ic.gov": ("aws-iso-f",),
}
# https://docs.aws.amazon.com/general/latest/gr/ecr.html lists the regions that have FIPS hosts.
_FIPS: Final = frozenset(("us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-east-1", "us-gov-west-1"))

# Prefixes that the console proposes for pull-through cache rules: such a repository is a cache and is filled by a pull.
# A copy would never be refreshed; what is wanted there is a cache rule in the other region.
_CACHES: Final = ("docker-hub/", "ecr-public/", "quay/")

_REPOSITORY: Final = lazy(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG: Final = lazy(r"\w[\w.-]{0,299}", re.ASCII)
_DIGEST: Final = lazy(r"sha256:[0-9a-f]{64}")


class EcrImage(NamedTuple):
    """An image of ECR whose region is literal; all parts are as they are written.

    `place` is where the region is in `text`. `partition` is empty where region and host belong to two of them.
    `repository` is empty for a host alone.
    """

    text: str
    account: str
    region: str
    place: tuple[int, int]
    partition: str
    is_fips: bool
    repository: str
    tag: str | None
    digest: str | None

    def in_region(self, region: str) -> str:
        """The same text with another region. FIPS and dual-stack hosts keep their form."""
        return self.text[: self.place[0]] + region + self.text[self.place[1] :]

    def exists_in(self, region: str) -> bool:
        """Whether hosts of this form are there in a region."""
        return not self.is_fips or region in _FIPS

    @property
    def has_known_account(self) -> bool:
        return self.account.isdigit()

    @property
    def has_known_repository(self) -> bool:
        return 2 <= len(self.repository) <= 256 and _REPOSITORY.fullmatch(self.repository) is not None

    @property
    def version(self) -> str | None:
        """What follows the repository, `:tag` or `@digest`, to pull by; `None` where something hides it.

        A tag beside a digest says nothing to a pull and is left out.
        """
        if self.digest is not None:
            return f"@{self.digest}" if _DIGEST.fullmatch(self.digest) else None
        tag = "latest" if self.tag is None else self.tag
        return f":{tag}" if _TAG.fullmatch(tag) else None

    @property
    def is_cache(self) -> bool:
        """A repository whose name says that a pull-through cache rule made it."""
        return self.repository.startswith(_CACHES)


def parse_ecr(text: str) -> EcrImage | None:
    """Take an image, or a registry's host, apart; `None` for what is not of ECR or hides its region."""
    start = len(text) - len(text.lstrip())
    stripped = text.strip()
    host = _HOST.match(stripped)
    if host is None:
        return None
    rest = _REST.fullmatch(stripped, host.end())
    if rest is None and stripped[host.end() :] not in ("", "/"):
        return None
    region = host["region"]
    return EcrImage(
        text,
        host["account"],
        region,
        (start + host.start("region"), start + host.end("region")),
        partition_of(region) if partition_of(region) in _SUFFIXES[host["suffix"]] else "",
        host["fips"] is not None,
        rest["repository"].strip("/") if rest else "",
        rest["tag"] if rest else None,
        rest["digest"] if rest else None,
    )


def find_ecr(text: str) -> list[EcrImage]:
    """Every image or host of ECR within a longer text."""
    found = []
    for host in _HOST.finditer(text):
        word = _WORD.match(text, host.start())
        image = parse_ecr(word[0]) if word else None
        if image is not None:
            found.append(image)
    return found


def partition_of(region: str) -> str:
    """The partition of a region. Nothing is replicated from one partition to another."""
    return next((partition for prefix, partition in _PARTITIONS if region.startswith(prefix)), "aws")


def suffix_of(region: str) -> str:
    """The end of the usual host of ECR in a region."""
    return next(suffix for suffix, partitions in _SUFFIXES.items() if partition_of(region) in partitions)


def names(patterns: Iterable[str], repository: str) -> bool:
    """Whether a glob names a whole repository, whatever its templates stand for. `*` crosses `/`."""
    shown = TEMPLATE.sub("\ue000", repository)
    for pattern in patterns:
        # Nobody knows how many characters a template stands for, so that only `*` names them all.
        if shown != repository and ("?" in pattern or "[" in pattern):
            continue
        if fnmatchcase(shown, pattern):
            return True
    return False
