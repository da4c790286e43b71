"""Which images have bash, as far as their names say: a table, and how a reference is looked up in it.

The scripts of the docker orb need it (github.com/CircleCI-Public/docker-orb, `src/scripts`: `${!PARAM_...}`). Debian,
Ubuntu and the distributions of Red Hat's family have bash in their smallest images, as an essential package
(https://www.debian.org/doc/debian-policy/ch-binary.html#essential-packages); Alpine and BusyBox have none
(https://hub.docker.com/_/alpine). What an image adds on top, its name does not say.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from migrator.circleci.references import HOLE, ImageReference
from migrator.startup.patterns import lazy


class Row(NamedTuple):
    """Images by their host and their repositories (`name/*` for all of a name space), those whose tag holds `tag`, a
    word of its own, as far as that is not empty. `bash` is `None` where both kinds exist under such names."""

    host: str
    repositories: tuple[str, ...]
    tag: str
    bash: bool | None
    source: str


_HUB: Final = "docker.io"
_ALPINE: Final = "alpine"
# Official images whose tags without a distribution, with one of Debian's and with `slim` have bash, and whose Alpine
# tags have none: the `Dockerfile-*.template` of github.com/docker-library/NAME, and what those name as `FROM`.
_LANGUAGES: Final = tuple(
    f"library/{name}"
    for name in (
        "python", "node", "golang", "ruby", "php", "rust", "openjdk", "perl", "elixir", "erlang", "haskell", "pypy",
        "julia", "gcc", "swift", "mono", "buildpack-deps", "eclipse-temurin", "amazoncorretto", "r-base", "dart",
    )
)  # fmt: skip
_BUILDERS: Final = ("library/gradle", "library/maven", "library/clojure")
_DISTRIBUTIONS: Final = tuple(
    f"library/{name}"
    for name in (
        "debian", "ubuntu", "centos", "fedora", "amazonlinux", "rockylinux", "almalinux", "oraclelinux", "archlinux",
    )
)  # fmt: skip

ROWS: Final = (
    Row(_HUB, ("cimg/*",), "", True, "https://circleci.com/docs/guides/execution-managed/circleci-images/: Ubuntu"),
    # Built on its own: github.com/CircleCI-Public/circleci-cli, Dockerfile.
    Row(_HUB, ("circleci/circleci-cli",), "", None, "github.com/CircleCI-Public/circleci-cli, Dockerfile"),
    Row(_HUB, ("circleci/*",), _ALPINE, False, "github.com/circleci/circleci-images: variants of official images"),
    Row(_HUB, ("circleci/*",), "", True, "github.com/circleci/circleci-images: Debian and Ubuntu"),
    Row(_HUB, _DISTRIBUTIONS, "", True, "https://hub.docker.com/_/debian and the others"),
    Row(_HUB, _LANGUAGES, _ALPINE, False, "github.com/docker-library: no bash is added"),
    Row(_HUB, _LANGUAGES, "windowsservercore", False, "https://hub.docker.com/_/python, image variants"),
    Row(_HUB, _LANGUAGES, "nanoserver", False, "https://hub.docker.com/_/python, image variants"),
    Row(_HUB, _LANGUAGES, "", True, "github.com/docker-library: Debian, Ubuntu, Oracle Linux or Amazon Linux"),
    Row(_HUB, _BUILDERS, _ALPINE, None, "github.com/docker-library: some add bash to Alpine"),
    Row(_HUB, _BUILDERS, "", True, "github.com/keeganwitt/docker-gradle, github.com/carlossg/docker-maven"),
    Row(_HUB, ("library/alpine", "library/busybox"), "", False, "https://hub.docker.com/_/alpine, _/busybox"),
    Row(_HUB, ("library/docker",), "", False, "https://hub.docker.com/_/docker: Alpine"),
    Row(_HUB, ("docker/compose",), "debian", True, "github.com/docker/compose at 1.29.2, Dockerfile"),
    Row(_HUB, ("docker/compose",), "", False, "github.com/docker/compose at 1.29.2, Dockerfile: Alpine"),
    Row(_HUB, ("hashicorp/terraform",), "", False, "github.com/hashicorp/terraform, Dockerfile: Alpine"),
    Row(_HUB, ("amazon/aws-cli",), "", True, "github.com/aws/aws-cli, docker/Dockerfile: Amazon Linux"),
    Row("mcr.microsoft.com", ("dotnet/sdk",), _ALPINE, False, "github.com/dotnet/dotnet-docker"),
    Row("mcr.microsoft.com", ("dotnet/sdk",), "nanoserver", False, "github.com/dotnet/dotnet-docker"),
    Row("mcr.microsoft.com", ("dotnet/sdk",), "windowsservercore", False, "github.com/dotnet/dotnet-docker"),
    Row(
        "mcr.microsoft.com", ("dotnet/sdk",), "", True, "github.com/dotnet/dotnet-docker: Debian, Ubuntu or Azure Linux"
    ),
)
"""The first row that applies decides; what no row names is unknown."""

_WORD: Final = lazy(r"[a-z]+")


def has_bash(reference: ImageReference) -> bool | None:
    """Whether an image has bash; `None` where its name does not say.

    A parameter in a tag decides where rows differ by tags: then it is unknown, unless the rest of the tag says.
    """
    if reference.registry is None or reference.repository.startswith("$"):
        return None
    tag = reference.tag or ""
    words = set(_WORD.findall(HOLE.sub("-", tag).lower()))
    is_open = HOLE.search(tag) is not None or (not tag and reference.digest is not None)
    missed: set[bool | None] = set()
    for row in ROWS:
        if row.host != reference.registry or not any(_names(p, reference.repository) for p in row.repositories):
            continue
        if row.tag and row.tag not in words:
            missed.add(row.bash)
            continue
        if is_open and not row.tag and missed - {row.bash} and not words & _RELEASES:
            return None
        return row.bash
    return None


def _names(pattern: str, repository: str) -> bool:
    """Whether a pattern names a repository, whatever a parameter in that is: only one for a whole name space can."""
    if pattern.endswith("/*"):
        return repository.startswith(pattern[:-1])
    return repository == pattern


# Code names of Debian and Ubuntu, as tags have them: https://www.debian.org/releases/, https://releases.ubuntu.com/.
_RELEASES: Final = frozenset({
    "jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "sid", "slim", "debian", "ubuntu", "trusty",
    "xenial", "bionic", "focal", "jammy", "noble",
})  # fmt: skip
