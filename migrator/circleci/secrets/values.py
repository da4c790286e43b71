"""Which literal values are secrets, by the name they have and by what they look like.

Two questions are asked. Where a value must be a credential (the password of an image, of a `docker login`), every
literal is one that is no placeholder: `is_credential`. Elsewhere the name has to say so and the value has to look as if
somebody meant it: `looks_real`. Of the secret-looking values in the environments of public configs more than nine of
ten are throw-away passwords of test databases, so that a name alone proves nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from math import log2
from typing import Final

from migrator.circleci.references import TEMPLATE
from migrator.circleci.secrets.tokens import is_filled, shows_shape, token_in
from migrator.circleci.secrets.words import (
    ABOUT,
    DATABASES,
    KEYS,
    NO_SECRET,
    NOT_SUCH_ENDS,
    OUTSIDE,
    PLACEHOLDER,
    PUBLIC_KEYS,
    SECRET_ENDS,
    SECRET_WORDS,
    STAGES,
    VOCABULARY,
)
from migrator.startup.patterns import lazy

_REFERENCE: Final = lazy(r"\$(?:\w+|\{[^{}]*\}|\([^()]*\))|`[^`]*`|\{\{(?:[^{}]++|\{(?!\{)|\}(?!\}))*+\}\}")
_DEFAULT: Final = lazy(r"\$\{\w+:?-([^${}]+)\}")
_VARIABLE: Final = lazy(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})")
_URL_PASSWORD: Final = lazy(r"://([^\s/:@'\"]*):([^\s/@'\"]+)@([^\s/:?#'\"]*)")
_NAME_OF_VARIABLE: Final = lazy(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
# Fingerprints of keys, and the tokens of Stripe and Mapbox that are published with every page.
_PUBLIC: Final = lazy(r"(?:[0-9a-f]{2}:){15}[0-9a-f]{2}$|SHA256:|pk_(?:live|test)_|pk\.", re.IGNORECASE)
_FILE: Final = lazy(
    r"[\w./-]+\.(?:json|ya?ml|toml|ini|txt|md|xml|pem|key|crt|cer|p12|pfx|p8|jks|keystore|mobileprovision|gpg|enc|env|"
    r"jpe?g|png|gif|svg|zip|tar|gz|tgz|sh|py|js|rb)"
)
# What Bundler has for the source of gems at a host, `user:password`: https://bundler.io/man/bundle-config.1.html
_OF_GEMS: Final = lazy(r"BUNDLE_[A-Z0-9_]+__(?:COM|ORG|NET|IO|DEV|CO)")
_PAIR: Final = lazy(r"[^\s:/$<{]+:(?P<password>[^\s:/$<{]+)")
_CROSSED_OUT: Final = lazy(r"([xX*#])\1{5}|[xX]{4}\b")
_SYMBOL: Final = lazy(r"[\W_]")
_CAPITALS: Final = lazy(r"[A-Z]{2}")
_WORD: Final = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_MEANT_FOR_NOTHING: Final = lazy(
    r"change.?me|change.?it|placeholder|dummy|^fake|fake[-_.]|example|sample|not.?(?:a.?)?(?:real|secret|used|needed)|"
    r"redacted|\btodo\b|fixme|your[-_ ]|replace|insert.?|invalid|mock|foo.?bar|(?<![a-z])test|test(?![a-z])|"
    r"testing|secret|passw|password|s3cr3t|passw0rd|p[4@]ssw[0o]rd|dontuse|throw.?away|lorem|qwerty|letmein",
    re.IGNORECASE,
)
_SEQUENCES: Final = ("0123456789", "1234567890", "abcdefghijklmnopqrstuvwxyz", "0123456789abcdef", "9876543210")
_ENDS: Final = (*SECRET_ENDS, *(f"{end}s" for end in SECRET_ENDS))
_LOCAL: Final = lazy(
    r"[a-z0-9_-]*|\d+(?:\.\d+){3}|\[.*|.*\.(?:local|localhost|internal|test|invalid|example)|example\.\w+"
)


def words_of(name: str) -> list[str]:
    """The lower-case words of `DB_PASSWORD`, `db-password` and `dbPassword`."""
    return [word.lower() for word in _WORD.findall(name)]


@lru_cache(maxsize=4096)
def names_secret(name: str) -> bool:
    """Whether a name says that its value is a secret."""
    words = _without_stage(words_of(name))
    if name.startswith("BUNDLE_") and _OF_GEMS.fullmatch(name):
        return True
    if not words or words[-1] in ABOUT or not NO_SECRET.isdisjoint(words):
        return False
    last = words[-1].removesuffix("s")
    if (*words[-2:-1], last) in PUBLIC_KEYS or (last,) in PUBLIC_KEYS:
        return False
    if not SECRET_WORDS.isdisjoint(words):
        return True
    if any(word.endswith(_ENDS) and word not in NOT_SUCH_ENDS for word in words):
        return True
    return words[-1] in ("auth", "key", "keys") and len(words) > 1


def _without_stage(words: list[str]) -> list[str]:
    """The words of a name without its number and the stage that it is for: of `API_KEY_2` and of `API_KEY_PROD`."""
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in STAGES):
        words.pop()
    return words


def is_reference(value: str) -> bool:
    """Whether a value is one variable, `$NAME` or `${NAME}`."""
    return _VARIABLE.fullmatch(value.strip()) is not None


def is_templated(value: str) -> bool:
    """Whether something else than the value decides what it is: a parameter, or a template of a script."""
    return "{{" in value or (">>" in value and TEMPLATE.search(value) is not None)


def is_placeholder(value: str) -> bool:
    """Whether a value says itself that it is none: `changeme`, `xxx`, `<your password>`, `FAKE...`."""
    value = value.strip()
    if len(set(value) - set(" -_.")) < 2 or value[:4].lower() == "fake" or (value[0] == "<" and value[-1] == ">"):
        return True
    if value.endswith(("EXAMPLE", "EXAMPLEKEY")) or _CROSSED_OUT.search(value):  # the first as in all documents of AWS
        return True
    words = re.findall(r"[a-z]+", value.lower())
    if not words:
        return any(value in sequence for sequence in _SEQUENCES)
    if len({word for word in words if len(word) == 1}) > 2:  # drawn, such as `k7q2w9z4`
        return False
    rest = re.sub(r"[A-Za-z]", "", value)
    return len(re.sub(r"[\s_.:,!-]", "", rest)) <= 4 and all(_is_placeholder_word(word) for word in words)


def _is_placeholder_word(word: str) -> bool:
    return word in PLACEHOLDER or len(set(word)) == 1 or (len(word) > 2 and word in _SEQUENCES[2])


def is_credential(value: str) -> bool:
    """Whether a value that is where a credential is needed is a literal one."""
    return bool(value.strip()) and not (is_reference(value) or is_templated(value) or is_placeholder(value))


def url_password(value: str) -> str | None:
    """The password of a URL that somebody meant: not one of a service that only the build can reach."""
    for match in _URL_PASSWORD.finditer(value) if "://" in value and "@" in value else ():
        user, password, host = match.groups()
        # `x-oauth-basic` is what GitHub has instead of a password where the username is the token.
        if password == "x-oauth-basic" and is_random(user):
            return user
        if "$" in password or password == "x-oauth-basic" or not is_credential(password):
            continue
        if _MEANT_FOR_NOTHING.search(password):
            continue
        if _LOCAL.fullmatch(host.lower()) or password.lower() in (user.lower(), *PLACEHOLDER):
            continue
        return password
    return None


@lru_cache(maxsize=4096)
def looks_real(name: str, value: str, *, only_random: bool = False) -> str | None:
    """The part of a named value that is a secret somebody meant, else `None`.

    `only_random` asks for a value that no person made up, for places where nearly all are throw-away.
    """
    value = value.strip()
    if default := _DEFAULT.fullmatch(value):
        value = default[1]
    if len(value) < 6:
        return None
    if token := token_in(value):
        return value if names_secret(name) and not any(c.isspace() for c in value) else token
    if password := url_password(value):
        return password
    if name.startswith("BUNDLE_") and _OF_GEMS.fullmatch(name) and (pair := _PAIR.fullmatch(value)):
        return value if is_credential(pair["password"]) and not _MEANT_FOR_NOTHING.search(value) else None
    if not names_secret(name) or not _may_be_secret(value):
        return None
    if is_random(value):
        return value
    words = _without_stage(words_of(name))
    if only_random or (words[-1] in ("key", "keys") and KEYS.isdisjoint(words)):
        return None
    if words[-1] == "auth" and ":" not in value and SECRET_WORDS.isdisjoint(words):  # more often a switch
        return None
    if _says_what_it_is(value) or any(word in DATABASES or word.startswith(("postgres", "mysql")) for word in words):
        return None
    mixed = any(map(str.isalpha, value)) and any(map(str.isdigit, value))
    return value if mixed or not OUTSIDE.isdisjoint(words) else None


def _may_be_secret(value: str) -> bool:
    if is_templated(value) or is_placeholder(value) or shows_shape(value) or is_filled(value):
        return False
    rest, found = _MEANT_FOR_NOTHING.subn("", value)
    if found and (len(rest) < 10 or not is_random(rest)):
        return False
    if "$" in value or "`" in value:
        value = _REFERENCE.sub("", _REFERENCE.sub("", value))  # one may be in another
        if len(value) < 8:
            return False
    if value.startswith(("http://", "https://", "file:", "s3:", "gs:")) or "://" in value:
        return False
    if value[0] in "/~." and not _has_drawn_part(value):
        return False
    if (
        _FILE.fullmatch(value)
        or _NAME_OF_VARIABLE.fullmatch(value)
        or value.lower() in ("true", "false")
        or _PUBLIC.match(value)
    ):
        return False
    if value[0] in "[{" and (value[-1] in "]}" or len(value.split()) > 1 or '"' in value):
        return False  # a list or a mapping, or a part of one
    return not re.fullmatch(r"[-+\d.,:_/ ]+", value)


def _says_what_it_is(value: str) -> bool:
    """Words, one of which names the value, as in `sso-token` and `deploy_pass`; or a plain word of the build."""
    words = re.findall(r"[a-z]+|\d+", value.lower())
    if "".join(words) != re.sub(r"[\s_.-]", "", value.lower()):
        return False
    named = SECRET_WORDS | {"key", "keys", "id"}
    return len(words) > 1 and not named.isdisjoint(words) and all(word.isdigit() or len(word) < 12 for word in words)


def is_random(value: str) -> bool:
    """Whether a value looks drawn and not made up: many kinds of characters, or long and without words."""
    if len(value) < 8 or len(value.split()) != 1 or len(set(value)) < 6:
        return False
    if re.fullmatch(r"[0-9a-f-]{16,}|[0-9A-F-]{16,}", value):
        return len(set(value)) >= 8 and not any(value.replace("-", "") in s * 8 for s in _SEQUENCES)
    kinds = [any(map(str.islower, value)), any(map(str.isupper, value)), any(map(str.isdigit, value))]
    symbols = _SYMBOL.search(value) is not None
    if (
        symbols
        and re.fullmatch(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*|[A-Z0-9]+(?:[-_.][A-Z0-9]+)*", value)
        and len(value) < 24
    ):
        return False
    kinds.append(symbols)
    if value.isalpha() and _is_drawn(value):
        return True
    if sum(kinds) >= 3 and (kinds[2] or len(value) >= 12):
        return len(value) >= 10 or sum(kinds) == 4 or _entropy(value) > 2.9
    digits = sum(map(str.isdigit, value))
    return len(value) >= 16 and digits >= 3 and len(value) - digits >= 3 and _entropy(value) >= 3.2


def _has_drawn_part(path: str) -> bool:
    """Whether a part between slashes is no name of a file: of 64 keys in base64, one begins with a slash."""
    return any(
        len(part) >= 12
        and part.isalnum()
        and not part.islower()  # an id of a commit
        and 2 * len(part) < 5 * len(_WORD.findall(part))
        and is_random(part)
        for part in path.rstrip("=").split("/")
    )


def _is_drawn(letters: str) -> bool:
    """Whether letters change their case as no words do: `MHtPGDLNSZwX`, and neither `MyTestToken` nor `iOSAppBuild`."""
    if len(letters) < 10 or _CAPITALS.search(letters) is None:
        return False
    changes = sum(a.isupper() != b.isupper() for a, b in pairwise(letters))
    words = len(_WORD.findall(letters))
    return words >= 4 and (20 * changes >= 9 * (len(letters) - 1) or 2 * len(letters) < 5 * words)


def _entropy(value: str) -> float:
    return -sum(n / len(value) * log2(n / len(value)) for n in Counter(value).values())


def can_be_hidden(value: str) -> bool:
    """Whether a report can do without this text wherever it is: no word that every config and report has."""
    return value.strip().lower() not in VOCABULARY and not is_placeholder(value) if value.strip() else False


def hideable(*values: str) -> tuple[str, ...]:
    """Those that can be hidden, each once."""
    return tuple(dict.fromkeys(value for value in values if can_be_hidden(value)))
