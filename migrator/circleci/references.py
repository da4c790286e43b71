"""What an image reference says: registry, repository, tag and digest.

The grammar is Docker's (https://github.com/distribution/reference, `regexp.go`, `normalize.go`): the first segment of
the path names a registry if it holds a dot, a colon or a capital or is `localhost`; everything else is of Docker Hub.
What the grammar does not take, such as `BUILDER_IMAGE` or `@@IMAGE@@`, is in no registry: something else takes its
place before CircleCI reads the config, or the job fails. CircleCI expands `<< >>` in an image (docs:
configuration-reference, `image`), so a template can hide any part of it. Configs with a variable of the environment in
its place run as well, with images of ECR (github.com/ministryofjustice/fb-submitter); the docs promise nothing of the
kind, and such a reference is no less hidden.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from migrator.policy import HUB
from migrator.startup.patterns import lazy

HUB_HOSTS: Final = frozenset({HUB, "index.docker.io", "registry-1.docker.io"})

# What is in a template: neither its opening nor its end. Nothing is read twice, however many are never closed.
_INSIDE = r"(?:[^<>]++|<(?!<)|>(?!>))*+"

TEMPLATE: Final = lazy(rf"(?<!\\)<<({_INSIDE})>>")
"""A template of version 2.1; what is between the brackets is its first group."""

HOLE: Final = lazy(rf"(?<!\\)<<{_INSIDE}>>|\$(?:\w+|\{{[^{{}}]*\}}|\([^()]*\))")
"""What hides a part of an image: a template, or a variable of the environment."""

_HIDDEN: Final = "\ue000"  # stands for a hole while a reference is taken apart
_REGION = rf"(?:[a-zA-Z0-9]|{_HIDDEN})[a-zA-Z0-9_{_HIDDEN}-]*"
# github.com/awslabs/amazon-ecr-credential-helper, ecr-login/api/client.go; a hole may stand for account or region.
ECR_HOST: Final = lazy(
    rf"(\d{{12}}|{_HIDDEN})\.dkr[.-]ecr(?:-fips)?\.({_REGION})\."
    r"(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|sc2s\.sgov\.gov|c2s\.ic\.gov"
    r"|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_SEGMENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
# github.com/distribution/reference, `regexp.go`; of digests the lengths that github.com/opencontainers/go-digest knows.
GRAMMAR: Final = lazy(
    rf"(?:{_HOST}/)?{_SEGMENT}(?:/{_SEGMENT})*(?::\w[\w.-]{{0,127}})?"
    r"(?:@(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}))?",
    re.ASCII,
)
MAX_PATH: Final = 255
_IDENTIFIER: Final = lazy(r"[a-f0-9]{64}")  # that of an image, which docker refuses as a name
# What may be around holes: they may bring the rest.
_OPEN_REPOSITORY: Final = lazy(r"[a-z0-9._/-]*")
_OPEN_TAG: Final = lazy(r"[\w.-]*", re.ASCII)


class ImageReference(NamedTuple):
    """`registry` is the host, `docker.io` for all names of Docker Hub, or `None` where it is hidden.

    `repository` has no host, tag and digest, `library/` is put in front of Docker Hub's official images, and
    templates and variables stay in it as they are written. It is the whole text where the registry is hidden, and
    where the text is no reference at all.
    """

    text: str
    registry: str | None
    repository: str
    tag: str | None = None
    digest: str | None = None
    host: str = ""
    """The part that names the registry as it is written; empty where Docker Hub is only implied."""

    is_ecr: bool = False
    """A private registry of ECR, also where the account or the region is hidden."""

    ecr_region: str | None = None
    """The region in the host of a private registry of ECR; `None` where it is hidden."""

    is_valid: bool = True
    """False for what docker refuses as a reference, whatever its templates and variables bring."""

    @property
    def repository_is_open(self) -> bool:
        """Whether a template or a variable is in the repository."""
        return HOLE.search(self.repository) is not None

    @property
    def has_variable(self) -> bool:
        """Whether a variable of the environment is in it."""
        return "$" in TEMPLATE.sub("", self.text)

    def could_be(self, host: str) -> bool:
        """Whether the registry is that host, or is hidden and could be that one."""
        if self.registry is not None:
            return self.registry == host
        if not self.host:
            return True
        parts = HOLE.split(self.host)
        hosts = HUB_HOSTS if host == HUB else {host}
        # `<< x >>/app` can be a registry and a name space of Docker Hub; `<< x >>.example.com/app` only the first.
        implied = host == HUB and not set(".:") & set(HOLE.sub("", self.host))
        return implied or any(can_become(parts, name) for name in hosts)

    @property
    def could_be_ecr(self) -> bool:
        """As `could_be`, for the private registries of ECR."""
        if self.registry is not None:
            return self.is_ecr
        written = HOLE.sub("", self.host)
        return self.is_ecr or not written.strip(".") or "ecr" in written or "aws" in written


def parse_reference(text: str) -> ImageReference:
    """Take an image apart. Never fails: what is no valid reference is one whose registry is hidden."""
    text = text.strip()
    holes = HOLE.findall(text) if "<<" in text or "$" in text else None
    if holes:
        return _parse_open(text, HOLE.sub(_HIDDEN, text), holes)
    return _parse_plain(text) if _is_reference(text) else _no_reference(text)


def _is_reference(text: str) -> bool:
    if not GRAMMAR.fullmatch(text):
        return False
    if len(text) < 64:
        return True
    first, slash, rest = text.partition("/")
    path, _, _ = _split(rest if slash and _names_host(first) else text)
    return len(path) <= MAX_PATH and not _IDENTIFIER.fullmatch(text)


def _no_reference(text: str) -> ImageReference:
    first, slash, _ = text.partition("/")
    return ImageReference(text, None, text, host=first if slash and _names_host(first) else "", is_valid=False)


def can_become(parts: list[str], text: str) -> bool:
    """Whether something between each two of these parts makes them that text."""
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if len(first) + len(last) > len(text) or not (text.startswith(first) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, place, end)
        if at < 0:
            return False
        place = at + len(part)
    return True


def _parse_plain(text: str) -> ImageReference:
    first, slash, rest = text.partition("/")
    if slash and _names_host(first):
        name, tag, digest = _split(rest)
        if first in HUB_HOSTS:
            return ImageReference(text, HUB, name if "/" in name else f"library/{name}", tag, digest, first)
        ecr = ECR_HOST.fullmatch(first) if "ecr" in first else None
        return ImageReference(text, first, name, tag, digest, first, ecr is not None, ecr.group(2) if ecr else None)
    name, tag, digest = _split(text)
    return ImageReference(text, HUB, name if slash else f"library/{name}", tag, digest)


def _parse_open(text: str, hidden: str, holes: list[str]) -> ImageReference:
    """As `parse_reference`, of a text in which a character stands for each hole."""

    def shown(part: str | None) -> str | None:
        while part and _HIDDEN in part and holes:
            part = part.replace(_HIDDEN, holes.pop(0), 1)
        return part

    first, slash, _ = hidden.partition("/")
    ecr = ECR_HOST.fullmatch(first) if slash else None
    if _HIDDEN in first and not ecr:
        # `node:<< tag >>` is Docker Hub's; `<< image >>`, `node<< suffix >>` and `<< host >>/x` could be anything.
        name, colon, _ = first.partition(":")
        if slash or not colon or _HIDDEN in name:
            return ImageReference(text, None, text, host=shown(first) or "" if slash else "")
    plain = _parse_plain(hidden)
    known = plain.repository.replace(_HIDDEN, ""), (plain.tag or "").replace(_HIDDEN, "")
    if not (_OPEN_REPOSITORY.fullmatch(known[0]) and _OPEN_TAG.fullmatch(known[1])):
        return _no_reference(text)
    region = ecr.group(2) if ecr and _HIDDEN not in ecr.group(2) else None
    return ImageReference(
        text,
        host=shown(plain.host) or "",
        registry=None if _HIDDEN in (plain.registry or "") else plain.registry,
        repository=shown(plain.repository) or "",
        tag=shown(plain.tag),
        digest=shown(plain.digest),
        is_ecr=ecr is not None,
        ecr_region=region,
    )


def _names_host(first: str) -> bool:
    return "." in first or ":" in first or first == "localhost" or first != first.lower()


def _split(path: str) -> tuple[str, str | None, str | None]:
    """Name, tag and digest of what follows the host."""
    digest: str | None = None
    if "@" in path:
        path, _, digest = path.partition("@")
    name, colon, tag = path.rpartition(":")
    if not colon or "/" in tag:
        return path, None, digest
    return name, tag or None, digest
