"""Looking for secrets takes time in proportion to the text, whatever the text is made of."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from migrator.circleci.secrets.carriers import carried_in, may_carry
from migrator.circleci.secrets.literals import literal_secrets, secrets_of_text
from migrator.circleci.secrets.tokens import may_hold_tokens, read_tokens
from migrator.circleci.secrets.values import looks_real, url_password
from migrator.documents import open_document
from migrator.engine.views import read_configs
from tests.doses import IS_SOAK

# What is repeated: beginnings that never end, and ends that had no beginning.
PIECES = (
    *("password=", "x_token=abc ", "docker login -p x ", "curl ", "curl -u ", "login ", "://", "://a:", "://a:b@", "a"),
    *("ghp_", "xoxb-", "eyJ", "eyJhbGciOiJIUzI1NiJ9.", "-----BEGIN ", "-----BEGIN RSA PRIVATE KEY-----", "sig="),
    *('"auth":"', "'token': '", '"a":"', "Authorization: ", "Authorization: Bearer ", "?a=", "\\\\", '\\"'),
    *("machine a login b password ", "environ.get('A',", "aws_secret_access_key ", "-H 'Token: ", "_authToken "),
    *("pat", "dapi", "Q~", ".atlasv1.", "oy2", "key-", "$", "<<", "${A:-", "`", "{{", "API_KEY\n", "cred:", "dp.st."),
    *("hooks.slack.com/services/T", "<password>", "export A=", "https://a:b@c/" + "a" * 200, "a: [" + "b" * 200),
)
READERS: dict[str, Callable[[str], object]] = {
    "may_hold_tokens": may_hold_tokens,
    "read_tokens": lambda text: list(read_tokens(text)),
    "may_carry": may_carry,
    "carried_in": lambda text: list(carried_in(text)),
    "secrets_of_text": secrets_of_text,
    "url_password": url_password,
    "looks_real": lambda text: looks_real("API_TOKEN", text),
    "literal_secrets": lambda text: _literal_secrets(text),
}
SHORT, TIMES = 2_000 if IS_SOAK else 1_000, 4
LEAST = 0.05  # seconds of the processor: what takes less is not slow


def _literal_secrets(text: str) -> object:
    body = "".join(f"  {line}\n" for line in text.splitlines())
    whole = f"version: 2.1\nx: |\n{body}"
    document = open_document("c.yml", whole.encode())
    return [literal_secrets(config, whole) for config in read_configs(document, "c.yml")]


def cost(reader: Callable[[str], object], text: str, runs: int = 1) -> float:
    """Seconds of the processor, of the quickest of some runs, with nothing kept from the runs before."""
    best = float("inf")
    for number in range(runs):
        may_hold_tokens.cache_clear()
        looks_real.cache_clear()
        start = time.process_time()
        reader(f"{text}{number}")
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("name", READERS)
def test_four_times_the_text_takes_no_sixteen_times_the_work(name: str) -> None:
    reader = READERS[name]
    for piece in PIECES:
        short, long = (piece * (size // len(piece) + 1) for size in (SHORT, TIMES * SHORT))
        if cost(reader, long) > LEAST:
            assert cost(reader, long, 3) < 2.5 * TIMES * cost(reader, short, 3), piece
