"""What is installed with a release, as a CycloneDX document: made from the lock, the same bytes each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.utils import canonicalize_name

NAME = "circleci-migrator"
LOCK = Path(".ci/requirements-run.txt")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\\n]+?))?(?= \\|$)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Pinned(NamedTuple):
    """A package of the lock: its canonical name, when it is needed (a marker, or nothing), the hashes of its files."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def pinned(lock: str) -> Iterator[Pinned]:
    """The packages of a lock as uv and pip-compile write it."""
    for block in re.split(r"\n(?=\S)", lock):
        if found := _PINNED.match(block):
            yield Pinned(canonicalize_name(found[1]), found[2], found[3] or "", tuple(_HASH.findall(block)))


def contents(version: str, lock: str, made: datetime) -> str:
    """A CycloneDX 1.6 document in JSON: the release, and every package that a run of it needs, in the locked version.

    A package has a hash for each of its files on the index: which of them is installed depends on the machine.
    """
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"pkg:pypi/{NAME}@{version}"))
    bom.metadata.timestamp = made
    bom.metadata.component = root = _component(NAME, version, ())
    parts = [_component(each.name, each.version, each.hashes) for each in pinned(lock)]
    bom.components.update(parts)
    bom.register_dependency(root, parts)
    for part in parts:
        bom.register_dependency(part)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(name: str, version: str, hashes: tuple[str, ...]) -> Component:
    address = PackageURL("pypi", None, name, version)
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"https://pypi.org/project/{name}/{version}/#files"),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in hashes],
    )
    return Component(
        type=ComponentType.APPLICATION if name == NAME else ComponentType.LIBRARY,
        name=name,
        version=version,
        purl=address,
        bom_ref=str(address),
        external_references=[files] if hashes else [],
    )
