"""What an image reference says: registry, repository, tag and digest.

The grammar is Docker's (https://github.com/distribution/reference): the first segment of the path names a registry if
it holds a dot or a colon or is `localhost`; everything else is of Docker Hub. CircleCI expands `<< >>` in an image
and nothing else (docs: configuration-reference, `image`), so a template can hide any part of it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from migrator.policy import HUB

_HUB_HOSTS: Final = frozenset({HUB, "index.docker.io", "registry-1.docker.io"})

TEMPLATE: Final = re.compile(r"(?<!\\)<<(.*?)>>", re.DOTALL)
"""A template of version 2.1; what stands between the brackets is its first group."""

_HIDDEN: Final = "\ue000"  # stands for a template while a reference is taken apart
_REGION = rf"(?:[a-zA-Z0-9]|{_HIDDEN})[a-zA-Z0-9_{_HIDDEN}-]*"
# github.com/awslabs/amazon-ecr-credential-helper, ecr-login/api/client.go; a template may stand for account or region.
_ECR: Final = re.compile(
    rf"(\d{{12}}|{_HIDDEN})\.dkr[.-]ecr(?:-fips)?\.({_REGION})\."
    r"(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|sc2s\.sgov\.gov|c2s\.ic\.gov"
    r"|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)


class ImageReference(NamedTuple):
    """`registry` is the host, `docker.io` for all names of Docker Hub, or `None` where a template hides it.

    `repository` has no host, tag and digest, `library/` is put in front of Docker Hub's official images, and
    templates stay in it as they are written. It is the whole text where the registry is hidden.
    """

    text: str
    registry: str | None
    repository: str
    tag: str | None = None
    digest: str | None = None
    host: str = ""
    """The part that names the registry as it is written; empty where Docker Hub is only implied."""

    is_ecr: bool = False
    """A private registry of ECR, also where a template stands for the account or the region."""

    ecr_region: str | None = None
    """The region in the host of a private registry of ECR; `None` where a template hides it."""

    @property
    def is_templated(self) -> bool:
        return "<<" in self.text

    @property
    def repository_is_templated(self) -> bool:
        return "<<" in self.repository

    def could_be(self, host: str) -> bool:
        """Whether the registry is that host, or a template hides it and could make it so."""
        if self.registry is not None:
            return self.registry == host
        if not self.host:
            return True
        pattern = "".join(".*" if part is None else re.escape(part) for part in _parts(self.host))
        hosts = _HUB_HOSTS if host == HUB else {host}
        # `<< x >>/app` can be a registry and a name space of Docker Hub; `<< x >>.example.com/app` only the first.
        implied = host == HUB and not set(".:") & set(TEMPLATE.sub("", self.host))
        return implied or any(re.fullmatch(pattern, name) for name in hosts)

    @property
    def could_be_ecr(self) -> bool:
        """As `could_be`, for the private registries of ECR."""
        if self.registry is not None:
            return self.is_ecr
        written = TEMPLATE.sub("", self.host)
        return self.is_ecr or not written.strip(".") or "ecr" in written or "aws" in written


def _parts(text: str) -> list[str | None]:
    """The text between templates, and `None` for each of them."""
    parts: list[str | None] = []
    for index, part in enumerate(TEMPLATE.split(text)):
        parts.append(part if index % 2 == 0 else None)
    return parts


def parse_reference(text: str) -> ImageReference:
    """Take an image apart. Never fails: what is no valid reference is read as far as it goes."""
    text = text.strip()
    templates = [match.group(0) for match in TEMPLATE.finditer(text)] if "<<" in text else None
    return _parse_templated(text, TEMPLATE.sub(_HIDDEN, text), templates) if templates else _parse_plain(text)


def _parse_plain(text: str) -> ImageReference:
    first, slash, rest = text.partition("/")
    if slash and _names_host(first):
        name, tag, digest = _split(rest)
        if first in _HUB_HOSTS:
            return ImageReference(text, HUB, name if "/" in name else f"library/{name}", tag, digest, first)
        ecr = _ECR.fullmatch(first) if "ecr" in first else None
        return ImageReference(text, first, name, tag, digest, first, ecr is not None, ecr.group(2) if ecr else None)
    name, tag, digest = _split(text)
    return ImageReference(text, HUB, name if slash else f"library/{name}", tag, digest)


def _parse_templated(text: str, hidden: str, templates: list[str]) -> ImageReference:
    """As `parse_reference`, of a text in which a character stands for each template."""

    def shown(part: str | None) -> str | None:
        while part and _HIDDEN in part and templates:
            part = part.replace(_HIDDEN, templates.pop(0), 1)
        return part

    first, slash, _ = hidden.partition("/")
    ecr = _ECR.fullmatch(first) if slash else None
    if _HIDDEN in first and not ecr:
        # `node:<< tag >>` is Docker Hub's; `<< image >>`, `node<< suffix >>` and `<< host >>/x` could be anything.
        name, colon, _ = first.partition(":")
        if slash or not colon or _HIDDEN in name:
            return ImageReference(text, None, text, host=shown(first) or "" if slash else "")
    plain = _parse_plain(hidden)
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
    return "." in first or ":" in first or first == "localhost"


def _split(path: str) -> tuple[str, str | None, str | None]:
    """Name, tag and digest of what follows the host."""
    digest: str | None = None
    if "@" in path:
        path, _, digest = path.partition("@")
    name, colon, tag = path.rpartition(":")
    if not colon or "/" in tag:
        return path, None, digest
    return name, tag or None, digest
