"""What a host answers, read once and checked: JSON of the expected shape, or a `ServiceError` of the right class.

An answer is data: it may be cut short, of another type, a page of a proxy, or hostile. What is shown of it is the
host's own words on one line, without control characters and with tokens masked.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from migrator.circleci.secrets.tokens import tokens_in
from migrator.results.masking import Mask, one_line
from migrator.services.faults import Fault, RejectedTokenError, ServiceError

if TYPE_CHECKING:
    import httpx

MOST_WORDS = 300
_MOST_FIELDS = 20
_LOOKED_AT = 20_000
"""So much of a page is searched for its words."""
MOST_BYTES = 64_000_000
"""The largest answer that is read: the files of forty repositories have a few megabytes."""
PATIENCE = 300.0
"""Seconds for a whole answer; how long the next part of it may take is the client's timeout."""
_FROM_403 = (
    # https://docs.github.com/rest/authentication/authenticating-to-the-rest-api#authenticating-in-a-saml-sso-organization
    (re.compile(r"SAML|single sign-on|\bSSO\b", re.IGNORECASE), Fault.SSO),
    (
        re.compile(r"protected|rule violation", re.IGNORECASE),
        Fault.PROTECTED,
    ),
)

Shape: TypeAlias = Callable[[Any, str], str]
"""Takes a value and where it is in the answer; returns what is wrong with it, or nothing."""


# -- shapes


def text(value: Any, at: str) -> str:
    return "" if isinstance(value, str) else f"`{at}` is no text"


def flag(value: Any, at: str) -> str:
    return "" if isinstance(value, bool) else f"`{at}` is neither true nor false"


def number(value: Any, at: str) -> str:
    """A whole number that databases take."""
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
    return "" if fits else f"`{at}` is no number"


def anything(_value: Any, _at: str) -> str:
    return ""


def matching(pattern: str) -> Shape:
    """A text all of which matches."""
    known = re.compile(pattern)

    def shape(value: Any, at: str) -> str:
        return "" if isinstance(value, str) and known.fullmatch(value) else f"`{at}` is not what it should be"

    return shape


def maybe(inner: Shape) -> Shape:
    """That, or null, or nothing at all, which becomes null."""
    return lambda value, at: "" if value is None else inner(value, at)


def many(inner: Shape) -> Shape:
    """A list of that."""

    def shape(value: Any, at: str) -> str:
        if not isinstance(value, list):
            return f"`{at}` is no list"
        return next(filter(None, (inner(each, at) for each in value)), "")

    return shape


def record(**fields: Shape) -> Shape:
    """An object with these fields, and maybe others."""

    def shape(value: Any, at: str) -> str:
        if not isinstance(value, dict):
            return f"`{at}` is no object"
        for name, inner in fields.items():
            if wrong := inner(value.setdefault(name, None), f"{at}.{name}" if at else name):
                return wrong
        return ""

    return shape


ID = matching(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""The id of an object of git."""
NAME = matching(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,500}")
"""What goes into addresses and messages: one word."""
LINE = matching(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,1000}")
URL = matching(r"https?://[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff\"'<>`]{1,2000}")


# -- reading


SECRETS = "migrator.secrets"
"""What an answer may repeat of its request, among the extensions of the answer."""


def whole(
    answer: httpx.Response, title: str, most: int, patience: float, secrets: Sequence[str] = ()
) -> httpx.Response:
    """A streamed answer with all of its bytes: at most so many, unpacked, within so many seconds."""
    import httpx

    until = time.monotonic() + patience
    data = bytearray()
    for part in answer.iter_bytes():
        data += part
        if len(data) > most:
            raise unexpected(title, answer.status_code, f"more than {most:,} bytes")
        if time.monotonic() > until:
            raise ServiceError(Fault.TIMEOUT, f"{title} sent only a part of its answer within {patience:.0f} s")
    packed = (b"content-encoding", b"content-length", b"transfer-encoding")
    headers = [(name, value) for name, value in answer.headers.raw if name.lower() not in packed]
    sent = {SECRETS: tuple(secrets)}
    return httpx.Response(
        answer.status_code, headers=headers, content=bytes(data), request=answer.request, extensions=sent
    )


def read_json(answer: httpx.Response, title: str, shape: Shape, secrets: Sequence[str] = ()) -> Any:
    """The JSON of an answer of this shape. `server-error` where it is something else, such as a page of a proxy.

    `secrets` were sent with the request: an answer may repeat them.
    """
    try:
        found = answer.json()
    except (ValueError, RecursionError):  # cut short, no UTF-8, no JSON, or nested without end
        raise unexpected(title, answer.status_code, f"what is no JSON: {words_of(answer, secrets)}") from None
    if wrong := shape(found, ""):
        raise unexpected(title, answer.status_code, f"something else than expected: {wrong.replace('``', 'it')}")
    return found


def unexpected(title: str, status: int, what: str) -> ServiceError:
    return ServiceError(Fault.SERVER, f"{title} answered {status} with {what}")


def plain(words: str, secrets: Iterable[str] = ()) -> str:
    """Words of a host as they may be shown."""
    line = one_line(" ".join(words[:_LOOKED_AT].split()))
    return Mask([*secrets, *tokens_in(line)]).text(line)[:MOST_WORDS]


def words_of(answer: httpx.Response, secrets: Sequence[str] = ()) -> str:
    """What the host says, whatever it answers with. What the client sent with every request is hidden as well."""
    secrets = (*secrets, *answer.extensions.get(SECRETS, ()))
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        # Hidden before anything is cut off: a half of a secret is none that can be found.
        page = Mask(secrets).text(answer.content[: 3 * _LOOKED_AT].decode("utf-8", "replace"))
        return plain(_of_page(page[:_LOOKED_AT]), secrets) or plain(answer.reason_phrase, secrets)
    return plain(_of_json(found), secrets) or plain(answer.reason_phrase, secrets) or "no words"


def _of_json(found: Any) -> str:
    if isinstance(found, str):
        return found
    if not isinstance(found, dict):
        return ""
    errors = found.get("errors")
    said = [found.get(name) for name in ("message", "error", "error_description")]
    said += errors if isinstance(errors, list) else [errors]
    return "; ".join(filter(None, map(_words, said)))


def _words(said: Any) -> str:
    if isinstance(said, dict):
        # CircleCI's v3 has a title, and in detail what is wrong with it.
        titled = ": ".join(each for each in (said.get("title"), said.get("detail")) if isinstance(each, str) and each)
        scopes = _scopes(said.get("detail"))
        said = said.get("message") or titled or said.get("code") or _of_fields(said)
        said = f"{said} (needs {scopes})" if scopes and isinstance(said, str) else said
    if isinstance(said, list):
        return "; ".join(each for each in said[:_MOST_FIELDS] if isinstance(each, str))
    return said if isinstance(said, str) else ""


def _scopes(detail: Any) -> str:
    """What Bitbucket's refusals say that a token lacks, beside what it has."""
    needs = detail.get("required") if isinstance(detail, dict) else None
    return ", ".join(each for each in needs[:_MOST_FIELDS] if isinstance(each, str)) if isinstance(needs, list) else ""


def _of_fields(said: dict[str, Any]) -> str:
    """What is wrong with the fields of what was sent, by their names: https://docs.gitlab.com/api/rest/troubleshooting/"""
    told = [(name, _words(why)) for name, why in list(said.items())[:_MOST_FIELDS] if isinstance(why, list)]
    return "; ".join(why if name == "base" else f"{name} {why}" for name, why in told if why)


def _of_page(page: str) -> str:
    """The title of a page, or its first words."""
    title = re.search(r"<title[^<>]{0,200}>([^<]{1,500})", page, re.IGNORECASE)
    return title[1] if title else re.sub(r"<[^<>]{0,500}>", " ", page)[:MOST_WORDS]


def fault_of_words(words: str) -> Fault | None:
    """The class that the words of a refusal say, for hosts that refuse everything alike."""
    return next((fault for pattern, fault in _FROM_403 if pattern.search(words)), None)


def advice(fault: Fault, words: str, title: str) -> str:
    """The words with what to do, where they do not say it."""
    if fault is Fault.SSO:
        return f"{words} (authorize the token for single sign-on in the settings of {title}, then retry)"
    return words


class RefusedError(ServiceError):
    """The host understood and would not: `status` and its words say why."""

    def __init__(self, title: str, status: int, words: str, fault: Fault = Fault.FORBIDDEN) -> None:
        shown = advice(fault, words, title)
        super().__init__(fault, f"{title} answered {status}: {shown}" if status else f"{title}: {shown}")
        self.status, self.words = status, words


def check_status(answer: httpx.Response, title: str, secrets: Sequence[str] = ()) -> None:
    """Raise what an answer means that is no success. A redirect is followed nowhere, for the token would go along.

    `secrets` were sent with the request: an answer may repeat them.
    """
    status = answer.status_code
    if 200 <= status < 300:
        return
    words = words_of(answer, secrets)
    if status == 401:
        raise RejectedTokenError(
            f"{title} rejects the token (401): {words} (it may have expired or been revoked; nothing more was sent)"
        )
    if status < 400:
        raise RefusedError(title, status, f"it was moved{_where_to(answer)}; plan again", Fault.NOT_FOUND)
    if status >= 500:
        raise ServiceError(Fault.SERVER, f"{title} answered {status}: {words}")
    known = {404: Fault.NOT_FOUND, 408: Fault.TIMEOUT, 409: Fault.STALE, 410: Fault.NOT_FOUND, 422: Fault.STALE}
    fault = fault_of_words(words) or known.get(status, Fault.FORBIDDEN)
    if status == 403 and "x-github-sso" in answer.headers:
        fault = Fault.SSO
    raise RefusedError(title, status, words, fault)


def _where_to(answer: httpx.Response) -> str:
    try:
        host = urlsplit(answer.headers.get("location", "")).hostname
    except ValueError:
        return ""
    if not host or host == answer.url.host:
        return ""
    return f" to {plain(host)}, which gets no token"
