"""Secrets that a text carries whatever reads it: tokens by their shape, and what the forms of well-known files, of
headers, of URLs and of JSON say is a secret.

What is found here is hidden wherever it is, and `literal-secret` reports it. The forms are looked for with the
quotes of other languages undone: JSON in a shell's string in YAML has a backslash before each of its quotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from migrator.circleci.secrets.tokens import may_hold_tokens, read_tokens
from migrator.circleci.secrets.values import is_credential, is_random, looks_real, names_secret, url_password
from migrator.startup.patterns import lazy

# Patterns begin with a character and look behind it afterwards: `re` finds a character many times faster.
_QUOTED_QUOTE: Final = lazy(r"""\\(?<!\\\\)\\*+(?=["'])""")
_BREAK: Final = lazy(r"\\[nrt]")  # of a string in JSON, YAML or Python
_URL: Final = lazy(r"://[^\s/:@'\"]*:[^\s/@'\"]+@[^\s/:?#'\"]*")
_URL_USER: Final = lazy(r"://(?P<user>[\w-]{10,128})@")  # a token that stands alone, as GitHub takes it
_SCHEME: Final = lazy(
    r"[aA](?i:uthorization)[\"']?\s{0,80}[:=]\s{0,80}[\"']?(?i:bearer|basic|token)\s{1,80}(?P<value>[\w.~+/=-]{12,})"
)
_HEADER: Final = lazy(r"""["'](?P<name>[A-Za-z][\w-]{2,40}):[ ]{0,4}(?P<value>[^\s"'$<{`]{8,})(?=["'])""")
_FIELD: Final = lazy(r"""["'](?P<name>[\w.-]{2,60})["']\s{0,8}:\s{0,8}["'](?P<value>[^\s"'$<{`]{8,})["']""")
_FORM: Final = lazy(r"""[?&"'](?P<name>[\w.-]{2,60})=(?P<value>[^\s&"'$<{`;|]{8,})(?=[&"'\s]|$)""")
_AUTHS: Final = lazy(r"""["']auth["']\s{0,8}:\s{0,8}["'](?P<value>[A-Za-z0-9+/_-]{8,}={0,2})["']""")
_NPMRC: Final = lazy(
    r"""_(?<=[:/\s"']_)(?P<name>authToken|auth|password)["']?[=:,\s]\s{0,8}["']?(?P<value>[^\s"'$<{`;&|)]{8,})"""
)
_AWS_KEY: Final = lazy(
    r"_(?<=[aA][wW][sS]_)(?i:secret_access_key)[\"']?\s{0,8}[\s=:]\s{0,8}[\"']?(?P<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
)
_NETRC: Final = lazy(
    r"""machine\s{1,8}[\w.-]{1,200}\s{1,8}login\s{1,8}[^\s$]{1,200}\s{1,8}password\s{1,8}["']?(?P<value>[^\s"'$<{`\\]{4,})"""
)
_ELEMENT: Final = lazy(r"<(?P<name>password|passphrase|privateKey|token|apiKey)>(?P<value>[^<>\s${]{6,200})</")
# https://learn.microsoft.com/nuget/reference/nuget-config-file#packagesourcecredentials
_NUGET: Final = lazy(
    r"""ClearTextPassword\\?["']\s{1,8}value\s{0,8}=\s{0,8}\\?["'](?P<value>[^\s"'$<%{\\]{4,200})\\?["']"""
)
_CODED: Final = lazy(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_DEFAULT: Final = lazy(
    r"""(?:environ\.(?:get|setdefault)|getenv|ENV\.fetch)\(\s{0,8}["'](?P<name>\w{2,80})["']\s{0,8},\s{0,80}"""
    r"""[bru]{0,2}["'](?P<value>[^"'\n]{6,})["']"""
)
_DEFAULTS: Final = ("environ.", "getenv(", "ENV.fetch")
# What says that one of the forms may be in a text, by its rarest part; most files have none.
_HINTS: Final = ("uthorization", "auths", "_auth", "aws_secret_access_key", "</", "ClearTextPassword", *_DEFAULTS)


class Carried(NamedTuple):
    """A secret, what of the text says, in words, and what else of it must not be shown."""

    value: str
    what: str
    parts: tuple[str, ...] = ()


def may_carry(text: str) -> bool:
    """Whether something of this kind may be in a text: a quick look."""
    return (
        may_hold_tokens(text)
        or any(hint in text for hint in _HINTS)
        or _URL.search(text) is not None
        or _URL_USER.search(text) is not None
        or any(gate(text) for gate, _, _ in _NAMED)
        or "_password" in text
        or ("machine " in text and " password " in text)
    )


@lru_cache(maxsize=8)  # of one file it is asked for once to report and once to hide
def carried_in(text: str) -> tuple[Carried, ...]:
    """Every secret that a text carries, with quotes that are spelt with backslashes read as quotes."""
    return tuple(_carried_in(text))


def _carried_in(text: str) -> Iterator[Carried]:
    for token in read_tokens(text):
        yield Carried(token.value, f"a token of {token.issuer}")
    if "://" in text:
        yield from _of_urls(text)
    if "\\" in text:
        text = _BREAK.sub("  ", _QUOTED_QUOTE.sub("", text))
    if "uthorization" in text:
        for match in _SCHEME.finditer(text):
            if is_credential(match["value"]):
                yield Carried(match["value"], "the header `Authorization`", _decoded(match["value"]))
    if '"' in text or "'" in text:
        yield from _of_fields(text)
    yield from _of_files(text)


def _of_urls(text: str) -> Iterator[Carried]:
    for match in _URL.finditer(text):
        if password := url_password(match[0]):
            yield Carried(password, "a URL")
    for match in _URL_USER.finditer(text):
        if is_random(match["user"]):
            yield Carried(match["user"], "a URL")


def _may_have_fields(text: str) -> bool:
    return '":' in text or "':" in text


def _may_have_headers(text: str) -> bool:
    return "-H" in text or "eader" in text


def _may_have_forms(text: str) -> bool:
    return "curl" in text or "wget" in text


_NAMED: Final = (
    (_may_have_fields, _FIELD, "the field"),
    (_may_have_headers, _HEADER, "the header"),
    (_may_have_forms, _FORM, "the value of"),
)


def _of_fields(text: str) -> Iterator[Carried]:
    """Named values in quotes. Only what no person made up: a name proves little."""
    if "auths" in text:
        for match in _AUTHS.finditer(text):
            if parts := _decoded(match["value"]):
                yield Carried(match["value"], "the credentials of Docker", parts)
    for gate, pattern, what in _NAMED:
        for match in pattern.finditer(text) if gate(text) else ():
            name, value = match["name"], match["value"]
            if names_secret(name) and looks_real(name, value, only_random=True):
                yield Carried(value, f"{what} `{name}`")


def _of_files(text: str) -> Iterator[Carried]:
    if "_auth" in text or "_password" in text:
        for match in _NPMRC.finditer(text):
            if is_credential(match["value"]):
                yield Carried(match["value"], f"`_{match['name']}` of npm", _decoded(match["value"]))
    lower = text.lower() if "aws" in text or "AWS" in text else ""
    if "aws_secret_access_key" in lower:
        for match in _AWS_KEY.finditer(text):
            if is_credential(match["value"]):
                yield Carried(match["value"], "`aws_secret_access_key`")
    if "machine" in text:
        for match in _NETRC.finditer(text):
            if is_credential(match["value"]):
                yield Carried(match["value"], "a `.netrc`")
    if any(hint in text for hint in _DEFAULTS):
        for match in _DEFAULT.finditer(text):
            if real := looks_real(match["name"], match["value"]):
                yield Carried(real, f"the default of `{match['name']}`")
    if "ClearTextPassword" in text:
        for match in _NUGET.finditer(text):
            if is_credential(match["value"]):
                yield Carried(match["value"], "`ClearTextPassword` of NuGet")
    if "</" in text:
        for match in _ELEMENT.finditer(text):
            if is_random(match["value"]) and is_credential(match["value"]):
                yield Carried(match["value"], f"the element `{match['name']}`")


def _decoded(value: str) -> tuple[str, ...]:
    """The password of `user:password` in base64, as logins are written in files; nothing where it is no such thing."""
    from base64 import b64decode

    if not _CODED.fullmatch(value):
        return ()
    try:
        user, colon, password = (
            b64decode(value + "=" * (-len(value) % 4), altchars=b"-_").decode("ascii").partition(":")
        )
    except ValueError:
        try:
            user, colon, password = b64decode(value + "=" * (-len(value) % 4)).decode("ascii").partition(":")
        except ValueError:
            return ()
    known = bool(user and colon) and (user + password).isprintable() and is_credential(password)
    return (password,) if known else ()
