"""Tokens of known shapes. Every example is put together here, as its issuer documents it: none is written out."""

from __future__ import annotations

import random
import re
import string
from re import _parser  # type: ignore[attr-defined]

import pytest
from _pytest.mark import ParameterSet

from migrator.circleci.secrets.shapes import CLASSES, ROWS
from migrator.circleci.secrets.tokens import (
    SHORTEST,
    expression,
    is_sample,
    may_hold_tokens,
    read_tokens,
    shapes,
    tokens_in,
)

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
WORD = ALNUM + "_-"
UPPER = string.ascii_uppercase + string.digits
LOWER = string.ascii_lowercase + string.digits
BASE32 = string.ascii_uppercase + "234567"


def drawn(lot: random.Random, alphabet: str, length: int) -> str:
    """Characters as an issuer draws them, with a letter or digit at both ends."""
    found = [lot.choice(alphabet) for _ in range(length)]
    found[0], found[-1] = (lot.choice([c for c in alphabet if c.isalnum()]) for _ in range(2))
    return "".join(found)


def of(issuer: str, *parts: str | tuple[str, int]) -> ParameterSet:
    """An example of an issuer: text as it stands, and what is drawn, which must not look made up by chance."""
    for seed in range(100):
        lot = random.Random(seed)
        written = "".join(part if isinstance(part, str) else drawn(lot, *part) for part in parts)
        if not is_sample(written):
            break
    label = "".join(part if isinstance(part, str) else "*" for part in parts)
    return pytest.param(issuer, written, id=f"{issuer} {label}"[:50])


EXAMPLES = [
    *(of("GitHub", f"gh{kind}_", (ALNUM, 36)) for kind in "pousr"),
    of("GitHub", "ghr_", (ALNUM, 76)),
    of("GitHub", "github_pat_", (ALNUM, 22), "_", (ALNUM, 59)),
    *(of("GitLab", f"gl{kind}-", (WORD, 20)) for kind in ("pat", "dt", "rt", "ptt", "ft", "cbt", "imt", "soat")),
    of("GitLab", "gloas-", (HEX, 64)),
    of("GitLab", "glagent-", (WORD, 50)),
    of("GitLab", "glpat-", (WORD, 27), ".", (LOWER, 2), ".", (LOWER, 9)),
    of("Bitbucket", "ATBB", (ALNUM, 32)),
    of("Atlassian", "ATATT3xFfGF0", (WORD, 160), "=", (UPPER[-10:], 8)),
    of("Atlassian", "ATCTT3xFfGN0", (WORD, 160)),
    of("AWS", "AKIA", (BASE32, 16)),
    *(of("AWS", kind, (BASE32, 16)) for kind in ("ASIA", "ABIA", "ACCA")),
    of("Slack", "xoxb-", (string.digits, 12), "-", (string.digits, 13), "-", (ALNUM, 24)),
    of("Slack", "xoxp-", (string.digits, 12), "-", (string.digits, 12), "-", (string.digits, 13), "-", (HEX, 32)),
    of("Slack", "xoxe-1-", (ALNUM, 146)),
    of("Slack", "xapp-1-", (UPPER, 11), "-", (string.digits, 13), "-", (HEX, 64)),
    of("Slack", "hooks.slack.com/services/T", (UPPER, 8), "/B", (UPPER, 10), "/", (ALNUM, 24)),
    of("Discord", "discord.com/api/webhooks/", (string.digits, 18), "/", (WORD, 68)),
    of("Docker", "dckr_pat_", (WORD, 27)),
    of("Docker", "dckr_oat_", (WORD, 32)),
    of("npm", "npm_", (ALNUM, 36)),
    of("PyPI", "pypi-AgEIcHlwaS5vcmc", (WORD, 150)),
    of("RubyGems", "rubygems_", (HEX, 48)),
    of("NuGet", "oy2", (LOWER, 43)),
    of("Clojars", "CLOJARS_", (HEX, 60)),
    of("CircleCI", "CCIPAT_", (ALNUM, 22), "_", (HEX, 40)),
    of("CircleCI", "CCIPRJ_", (ALNUM, 22), "_", (HEX, 40)),
    of("Buildkite", "bkua_", (HEX, 40)),
    of("Stripe", "sk_live_", (ALNUM, 24)),
    of("Stripe", "rk_live_", (ALNUM, 99)),
    of("Google", "AIza", (WORD, 35)),
    of("Google", "GOCSPX-", (WORD, 28)),
    of("Google", "ya29.", (WORD, 150)),
    of("SendGrid", "SG.", (WORD, 22), ".", (WORD, 43)),
    of("Brevo", "xkeysib-", (HEX, 64), "-", (ALNUM, 16)),
    of("Vault", "hvs.", (WORD, 91)),
    of("Vault", "hvb.", (WORD, 120)),
    of("HCP Terraform", (ALNUM, 14), ".atlasv1.", (WORD, 67)),
    of("JFrog Artifactory", "AKCp", (ALNUM, 69)),
    of("JFrog Artifactory", "cmVmd", (ALNUM, 59)),
    of("Hugging Face", "hf_", (string.ascii_letters, 34)),
    of("OpenAI", "sk-proj-", (WORD, 74), "T3BlbkFJ", (WORD, 74)),
    of("OpenAI", "sk-", (ALNUM, 20), "T3BlbkFJ", (ALNUM, 20)),
    of("Anthropic", "sk-ant-api03-", (WORD, 93), "AA"),
    of("SonarQube", "sqp_", (HEX, 40)),
    of("SonarQube", "squ_", (HEX, 40)),
    of("Databricks", "dapi", (HEX, 32)),
    of("New Relic", "NRAK-", (UPPER, 27)),
    of("Pulumi", "pul-", (HEX, 40)),
    of("Doppler", "dp.pt.", (ALNUM, 43)),
    of("Doppler", "dp.st.prd.", (ALNUM, 43)),
    *(of("Shopify", f"shp{kind}_", (HEX, 32)) for kind in ("at", "ca", "pa", "ss")),
    of("Grafana", "glsa_", (ALNUM, 32), "_", (HEX, 8)),
    of("Heroku", "HRKU-", (HEX, 8), "-", (HEX, 4), "-", (HEX, 4), "-", (HEX, 4), "-", (HEX, 12)),
    of("Heroku", "HRKU-AA", (WORD, 58)),
    of("Linear", "lin_api_", (ALNUM, 40)),
    of("Postman", "PMAK-", (HEX, 24), "-", (HEX, 34)),
    of("Azure Storage", "sig=", (ALNUM, 40), "%2Bq%2F", "%3D"),
    of("Azure Storage", "AccountKey=", (ALNUM + "+/", 86), "=="),
    of("Microsoft Entra", (ALNUM, 3), "8Q~", (ALNUM + "_.~-", 34)),
    of("DigitalOcean", "dop_v1_", (HEX, 64)),
    of("Sentry", "sntryu_", (HEX, 64)),
    of("Figma", "figd_", (WORD, 40)),
    of("Netlify", "nfp_", (ALNUM, 36)),
    of("Supabase", "sbp_", (HEX, 40)),
    of("Airtable", "pat", (ALNUM, 14), ".", (HEX, 64)),
    of("Dynatrace", "dt0c01.", (UPPER, 24), ".", (UPPER, 64)),
    of("Square", "sq0atp-", (WORD, 22)),
    of("Tailscale", "tskey-auth-", (ALNUM, 17), "-", (ALNUM, 32)),
    of("Notion", "ntn_", (ALNUM, 46)),
    of("Amazon Bedrock", "ABSKQmVkcm9ja0FQSUtleS", (ALNUM, 110), "=="),
    of("Amazon Bedrock", "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t", (ALNUM, 400)),
    of("1Password", "ops_eyJ", (ALNUM, 250)),
    of("age", "AGE-SECRET-KEY-1", ("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
    of("its issuer", "eyJ", (WORD, 20), ".eyJ", (WORD, 40), ".", (WORD, 43)),
    of(
        "its owner",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA",
        (ALNUM, 300),
        "\n-----END OPENSSH PRIVATE KEY-----",
    ),
    of(
        "Microsoft Teams",
        *("webhook.office.com/webhookb2/", (HEX, 36), "@", (HEX, 36), "/IncomingWebhook/", (HEX, 32), "/", (HEX, 36)),
    ),
    of("Grafana", "glc_eyJ", (ALNUM, 120), "=="),
    of("Sentry", "sntrys_eyJ", (ALNUM, 150), "_", (ALNUM, 43)),
    of("Supabase", "sb_secret_", (WORD, 31)),
    of("PlanetScale", "pscale_tkn_", (WORD, 43)),
    of("Fly.io", "fm2_lJPECAAAAAAAA", (ALNUM + "+/", 300), "=="),
    of("Mapbox", "sk.eyJ", (WORD, 70), ".", (WORD, 22)),
    of("Alibaba Cloud", "LTAI", (ALNUM, 20)),
    of("GitLab", "GR1348941", (WORD, 20)),
    of(
        "Slack", "hooks.slack.com/workflows/T", (UPPER, 8), "/A", (UPPER, 8), "/", (string.digits, 18), "/", (ALNUM, 24)
    ),
    of("Telegram", "3", (string.digits, 8), ":AA", (WORD, 33)),
    of("Telegram", "bot3", (string.digits, 9), ":AA", (WORD, 33)),
    of("Sourcegraph", "sgp_", (HEX, 40)),
    of("Sourcegraph", "sgp_local_", (HEX, 40)),
    of("Sourcegraph", "sgp_", (HEX, 16), "_", (HEX, 40)),
    of("OpenShift", "sha256~", (WORD, 43)),
]
PLACES = ("x: {}\n", 'curl -H "X: {}" y', "https://a.example/?t={}&u=1", "['{}']", 'a: "b\\n{}\\n"', "{}")


@pytest.mark.parametrize(("issuer", "token"), EXAMPLES)
def test_a_token_is_found_whole_and_by_a_quick_look_wherever_it_stands(issuer: str, token: str) -> None:
    for place in PLACES:
        text = place.format(f"?{token}" if token.startswith("sig=") else token)
        assert (issuer, token) in {(found.issuer, found.value) for found in read_tokens(text)}, place
        assert may_hold_tokens(text), place


@pytest.mark.parametrize(("issuer", "token"), EXAMPLES)
def test_a_piece_of_a_longer_word_is_no_token(issuer: str, token: str) -> None:
    if not token.startswith(("hooks", "discord", "sig=", "AccountKey=", "-----")):
        assert token not in tokens_in(f"2018-250-{token} img_{token} x{token}")


def test_every_shape_has_an_example_and_a_source() -> None:
    tokens = [str(example.values[1]) for example in EXAMPLES]
    for row, shape in zip(ROWS, shapes(), strict=True):
        assert any(shape.pattern.search(f"?{token}") for token in tokens), row
        assert row.source.startswith("https://"), row


NONE = (
    "2018-250-xoxo-indieweb.jpg",
    "xoxb-your-token-here",
    "ghp_" + "x" * 36,
    "ghp_" + "A" * 36,
    "ghp_" + "1234567890" * 4,
    "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "glpat-" + "x" * 20,
    "glpat-" + "insert-your-token-here",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "sk_live_" + "0" * 24,
    "npm_" + "X" * 36,
    "AIza" + "Sy" + "*" * 33,
    "hf_" + "x" * 34,
    "dckr_pat_" + "REPLACE_ME_WITH_A_TOKEN_xyz",
    "hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\nyour key here\n-----END RSA PRIVATE KEY-----",
    "ghp_short",
    "xoxp-572370529330-573807301142-572331691188-" + "#" * 20,
    "xoxb-1-SlackBotAccessTokenHere",
    "xoxp-572370529330-573807301142-57233169-" + "*" * 20,
    "sha256~" + "X" * 10 + "_PUT_YOUR_TOKEN_HERE_" + "X" * 12,
    "sha256:" + "9f86d081884c7d659a2feaa0c55ad015" * 2,
    "110201543:AA" + "x" * 33,
    "arn:aws:sns:eu-west-1:111122223333:AAaccountAlarmsOfProductionAndMore1",
    "foo:AAH1bjqpKKW3maRSPAxzIU-0v6xNuq2-NjM",
    "sgp_" + "0" * 40,
    "ops_" + "eyJ" + "x" * 120,
    "ops_dashboard_and_alerts",
    "ABSK" + "x" * 60,
    "bedrock-api-key-your-key-here",
    "bedrock-api-key-rotation-lambda",
    "GR1348941" + "x" * 20,
    "pull-" + "0123456789abcdef" * 2 + "01234567",
    "restore_cache-v1-dependencies-pul-ling",
    "shared_pat_tern_for_all_the_things",
    "https://github.com/acme/app/compare/npm_and_yarn_docs_path-to-regexp-1.9.0",
    "my_hf_transfer_enabled_for_downloads_ok",
)


@pytest.mark.parametrize("text", NONE)
def test_what_only_shows_a_shape_is_no_token(text: str) -> None:
    assert tokens_in(f"a: {text}\n") == set()


def test_a_quick_look_passes_over_a_config_without_any() -> None:
    assert not may_hold_tokens("version: 2.1\njobs:\n  build:\n    docker:\n      - image: cimg/node:20.1\n")


def test_a_grammar_becomes_the_expression_that_it_describes() -> None:
    assert expression("<hex:8>.<word:2-3>-x<digit:4->") == r"[0-9a-f]{8}\.[\w-]{2,3}-x[0-9]{4,}"
    assert all(re.compile(f"[{inside}]") for inside in CLASSES.values())


def test_no_shape_is_shorter_than_what_the_quick_look_skips() -> None:
    widths = [(shape.issuer, _parser.parse(shape.pattern.pattern).getwidth()[0]) for shape in shapes()]
    assert [(issuer, width) for issuer, width in widths if width < SHORTEST] == []
