"""Literal credentials of images: what is below `auth` and `aws_auth` where a variable should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.circleci.images import Image
from migrator.circleci.lookup import key_of
from migrator.circleci.references import ImageReference
from migrator.circleci.secrets.meant import meant_variable
from migrator.circleci.secrets.values import is_credential, is_reference, is_templated
from migrator.tree import Mapping, Node, Sequence, Text, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config

PASSWORD: Final = "password"
AWS_KEYS: Final = ("aws_access_key_id", "aws_secret_access_key")
SECRETS: Final = {"auth": (PASSWORD,), "aws_auth": AWS_KEYS}
_KEYS: Final = (PASSWORD, *AWS_KEYS)


class LiteralAuth:
    """Literal secrets of one `auth` or `aws_auth`, once however many images share it.

    `texts` holds them by key, `others` what is beside them as it is written: the username, a key that is a
    variable. `key` is `auth` or `aws_auth`.
    """

    __slots__ = ("images", "key", "others", "texts")

    def __init__(self, key: str, image: Image, texts: dict[str, Text], others: dict[str, str]) -> None:
        self.key = key
        self.images = [image]
        self.texts = texts
        self.others = others

    @property
    def username(self) -> str:
        """Who the password is of, as it is written; empty where there is no username, as for ECR."""
        return self.others.get("username", "")

    def references(self, config: Config) -> list[ImageReference]:
        """What its images are, with all that parameters make of them; as they are written where that is not known."""
        return [
            reference for image in self.images for reference in config.calls.references(image) or (image.reference,)
        ]

    def __repr__(self) -> str:
        return f"LiteralAuth({self.key!r}, {list(self.texts)!r})"


class KeyPair(NamedTuple):
    """The variable for the literal half of a pair of AWS keys, by its key, whose `other` half is not the policy's."""

    variables: dict[str, str]
    other: str
    problem: str = ""


_PARTNERS: Final = (
    ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"),
    ("ACCESS_KEY", "SECRET_KEY"),
    ("KEY_ID", "SECRET_KEY"),
    ("access_key_id", "secret_access_key"),
)
"""How names of key ids become those of secrets, and back."""


def pair_of(auth: LiteralAuth, known: dict[str, str]) -> KeyPair | None:
    """What one literal key of AWS becomes where the other one is a variable already, by another name than the `known`
    one of the policy: a variable that is named after it, so that a pair stays one. `None` where that is not so."""
    for number, key in enumerate(AWS_KEYS):
        other = auth.others.get(key, "").strip()
        missing = AWS_KEYS[1 - number]
        if missing not in auth.texts or not other or other == known.get(key):
            continue
        if is_templated(other):
            return KeyPair({missing: missing.upper()}, other, f"a parameter decides its `{key}`")
        if is_reference(other):
            return KeyPair({missing: _partner(other.strip("${}"), number)}, other)
    return None


def _partner(name: str, number: int) -> str:
    """The name of the other key; `number` is 0 for that of an id, 1 for that of a secret."""
    for pair in _PARTNERS:
        if pair[number] in name:
            return name.replace(pair[number], pair[1 - number])
    return f"{name}_{('SECRET', 'ID')[number]}"


def read_literal_auth(config: Config) -> list[LiteralAuth]:
    """In the order of their images. Credentials of a shape that CircleCI ignores are `loose_passwords`."""
    found: dict[tuple[int, ...], LiteralAuth] = {}
    for image in config.images:
        key = key_of(image.auth) if image.auth is not None else None
        value = resolve(image.auth.value) if image.auth is not None else None
        if key not in SECRETS or not isinstance(value, Mapping):
            continue
        texts: dict[str, Text] = {}
        others: dict[str, str] = {}
        for entry in config.lookup.entries(value):
            name, text = key_of(entry), resolve(entry.value)
            if name is None or not isinstance(text, Text):
                continue
            if name in SECRETS[key] and is_literal(name, text):
                texts[name] = text
            else:
                others[name] = text.value
        if not texts:
            continue
        # One text may be shared with another username beside it; that is another account.
        place = (*(id(text) for text in texts.values()), hash(tuple(sorted(others.items()))))
        if place in found:
            found[place].images.append(image)
        else:
            found[place] = LiteralAuth(key, image, texts, others)
    return list(found.values())


def is_literal(key: str, text: Text) -> bool:
    """Whether a value is the credential itself; the rule `broken-auth` is for names of variables that lack the `$`."""
    return text.type == "str" and is_credential(text.value) and meant_variable(key, text.value) is None


def loose_passwords(config: Config) -> list[tuple[Image, Text]]:
    """Literal passwords that are where CircleCI ignores them: beside `image`, or in an `auth` that is a list."""
    found: list[tuple[Image, Text]] = []
    for image in config.images:
        value = resolve(image.auth.value) if image.auth is not None else image.item
        holders = [resolve(item) for item in value.items] if isinstance(value, Sequence) else []
        if image.auth is None:
            holders = [image.item]
        for holder in holders:
            text = config.lookup.text(holder, PASSWORD) if isinstance(holder, Mapping) else None
            if text is not None and is_literal(PASSWORD, text):
                found.append((image, text))
    return found


def shared_elsewhere(config: Config, text: Text) -> str:
    """What else would change with a text of `auth`, by an anchor; empty where nothing would."""
    for alias in config.uses.aliases(text) if text.anchor is not None else ():
        entry = config.parents.entry(alias)
        if entry is None:
            return f"the anchor `{text.anchor}` is also used in a list"
        if key_of(entry) not in _KEYS:
            return f"the anchor `{text.anchor}` is also used for `{key_of(entry)}`"
    holder = config.parents.parent(text)
    if isinstance(holder, Mapping) and (problem := _other_use(config, holder)):
        return problem
    entry = config.parents.entry(text)
    if text.anchor is not None and entry is not None and key_of(entry) not in _KEYS and not _is_store(config, text):
        return f"the anchor `{text.anchor}` is also used as `{entry.name}`"
    return ""


def _other_use(config: Config, holder: Mapping) -> str:
    """What but `auth` a mapping stands for, by an alias or a merge key, or as a part of what it is merged into."""
    for alias in config.uses.aliases(holder) if holder.anchor is not None else ():
        entry = config.parents.entry(alias)
        if entry is not None and not entry.is_merge and key_of(entry) not in SECRETS:
            return f"the anchor `{holder.anchor}` is also used for `{key_of(entry)}`"
    for user in config.uses.mergers(holder) if holder.anchor is not None else ():
        entry = config.parents.entry(user)
        name = key_of(entry) if entry is not None else None
        if name is not None and name not in SECRETS and not (user.anchor is not None and _is_store(config, user)):
            return f"the anchor `{holder.anchor}` is also merged into `{name}`"
        if problem := _other_use(config, user):
            return problem
    return ""


def _is_store(config: Config, node: Node) -> bool:
    """Whether a node only gives its anchor a place, and is nothing that a job reads there."""
    return not {"environment", "steps"} & set(config.parents.path(node))
