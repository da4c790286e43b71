"""Images by registry and by the credentials that they have, as CircleCI sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.circleci.credentials.placing import AWS_PAIR, HUB_PAIR, ROLE
from migrator.circleci.images import AUTH_KEYS, Image
from migrator.circleci.lookup import key_of
from migrator.circleci.references import ImageReference
from migrator.circleci.secrets.auth import SECRETS, is_literal
from migrator.circleci.secrets.meant import meant_variable
from migrator.circleci.secrets.tokens import token_in
from migrator.circleci.secrets.values import is_reference, is_templated
from migrator.policy.practice import ECR
from migrator.tree import Mapping, Opaque, Text, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config

NONE: Final = "none"
VARIABLE: Final = "variable"
LITERAL: Final = "literal"
AWS_KEYS: Final = "aws-keys"
AWS_ROLE: Final = "aws-role"
GCP: Final = "gcp"
BROKEN: Final = "broken"
ELSEWHERE: Final = "elsewhere"

_SECRET: Final = frozenset(name for names in SECRETS.values() for name in names)
UNKNOWN: Final = ""
"""In place of a registry, a repository or a region that a parameter decides, or something else out of sight."""


def images_in(config: Config) -> Iterator[tuple[str, ...]]:
    """Each image once, by its registry and its credentials; each repository and region that it may be of."""
    for image in config.images:
        references = config.calls.references(image) or [image.reference]
        hosts = {_host_of(each) for each in references}
        yield "image", hosts.pop() if len(hosts) == 1 else UNKNOWN, credentials_of(config, image)
        for host, name in {(_host_of(each), each.repository) for each in references if not each.repository_is_open}:
            if host != UNKNOWN and token_in(name) is None:
                yield "name", host, name
        for region in {each.ecr_region for each in references if each.is_ecr}:
            yield "region", region or UNKNOWN


def _host_of(reference: ImageReference) -> str:
    return ECR if reference.is_ecr else reference.registry or UNKNOWN


def credentials_of(config: Config, image: Image) -> str:
    """How an image is authenticated: what is not in its own item or merged into it, CircleCI does not see."""
    if image.auth is None:
        hidden = image.merges and any(config.lookup.ambiguous(image.item, key) for key in AUTH_KEYS)
        return ELSEWHERE if hidden else NONE
    value, key = resolve(image.auth.value), key_of(image.auth)
    if isinstance(value, Opaque):
        return ELSEWHERE
    if not isinstance(value, Mapping):
        return BROKEN
    if key == "gcp_auth":
        return GCP
    if key == "auth":
        return _of_values(config, value, HUB_PAIR, VARIABLE)
    role = config.lookup.get(value, ROLE[0])
    if role is not None:
        return ELSEWHERE if isinstance(role, Opaque) else AWS_ROLE
    return _of_values(config, value, AWS_PAIR, AWS_KEYS)


def _of_values(config: Config, holder: Mapping, names: tuple[str, str], whole: str) -> str:
    """The worst that can be said of two values that are needed together."""
    kinds = {_of_value(config, holder, name) for name in names}
    return next((kind for kind in (LITERAL, BROKEN, ELSEWHERE) if kind in kinds), whole)


def _of_value(config: Config, holder: Mapping, name: str) -> str:
    value = config.lookup.get(holder, name)
    if isinstance(value, Opaque) or (value is None and config.lookup.ambiguous(holder, name)):
        return ELSEWHERE
    if not isinstance(value, Text) or value.is_null or not value.value.strip():
        return BROKEN
    if name in _SECRET and is_literal(name, value):
        return LITERAL
    if is_templated(value.value):
        return ELSEWHERE
    is_name = name == HUB_PAIR[0] and meant_variable(name, value.value) is None
    return VARIABLE if is_reference(value.value) or is_name else BROKEN
