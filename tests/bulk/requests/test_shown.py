"""The pull request that `docs/pull-requests.md` shows is one that `push` opens, word for word."""

from __future__ import annotations

import re
from pathlib import Path

from tests.bulk.conftest import Bulk, Host
from tests.places import ROOT

SHOWN = re.compile(r"^````markdown\n(.*?)^````\n", re.DOTALL | re.MULTILINE)


def test_the_page_shows_a_real_one(host: Host, bulk: Bulk) -> None:
    shown = SHOWN.findall((ROOT / "docs" / "pull-requests.md").read_text("utf-8"))
    Path("migrator.toml").write_text('[circleci]\norganization = "gh/acme"\n')
    bulk("plan", "hub-login", "--source", "github:acme/app", "--api-url", host.url, "--config", "migrator.toml")
    bulk("review", "hub-login", "--approve", "all")
    assert bulk("push", "hub-login", "--contact", "#ci on Slack").code == 1
    (pull,) = host.repositories["app"].pulls
    assert shown == [f"{pull.title}\n\n{pull.body.rstrip()}\n"]
