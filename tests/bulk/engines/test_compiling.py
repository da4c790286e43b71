"""`migrate bulk plan --compile`: what is planned, CircleCI has compiled before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import CONFIG, Bulk, Said
from tests.bulk.repositories import config, make_bare
from tests.circleci_api import CircleCI, faults, serve

States = Callable[[], dict[str, dict[str, Any]]]
RULE = '''\
"""A rule that is wrong: it takes another image."""

from collections.abc import Iterator

from migrator import Config, Finding, Policy, Rule, Safety
from migrator.changes import SetText


class OtherImage(Rule):
    id = "other-image"
    title = "Another image"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        for image in config.images:
            if image.text.value == "acme/web:2":
                yield self.finding(image.text, "is old", SetText(image.text, "acme/web:3"))
'''


@pytest.fixture
def api() -> Iterator[CircleCI]:
    with serve(CircleCI()) as running:
        running.organization("gh/acme")
        yield running
        assert running.faults == []
        assert running.writes() == []


@pytest.fixture
def plan(bulk: Bulk, api: CircleCI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Plan a campaign over three repositories, with a rule that is wrong about one of them."""
    for name, image in (("app", "acme/app:1"), ("web", "acme/web:2"), ("lib", "acme/app:1")):
        make_bare(tmp_path / "top" / f"{name}.git", {CONFIG: config(image=image)})
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "other_image.py").write_text(RULE)
    (rules / "other_image.md").write_text("# Another image\n")
    policy = tmp_path / "migrator.toml"
    policy.write_text(f'[circleci]\napi-url = "{api.url}"\norganization = "gh/acme"\n')
    monkeypatch.setenv("CIRCLE_TOKEN", api.key)
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("migrator.services.client.PAUSE", 0.0)
    monkeypatch.setattr("migrator.accounts.connecting.BACKOFF", 0.0)
    given = ("--config", str(policy), "--rules", str(rules), "--select", "other-image,unauthenticated-image")
    return lambda *more: bulk("plan", "hub", "--source", f"dir:{tmp_path / 'top'}", *given, *more)


def compilations(api: CircleCI) -> list[str]:
    return [each.sent["data"]["attributes"]["config"] for each in api.requests if each.path.endswith("/compile")]


@pytest.mark.parametrize("few", [20, 0])  # in this process, and in processes of its own
def test_what_circleci_refuses_is_not_planned_and_the_rule_is_named(
    plan: Callable[..., Said], states: States, api: CircleCI, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("migrator.bulk.engines.opening.FEW", few)
    said = plan("--compile")
    assert said.code == 3
    assert "Compiled by CircleCI: 2 changed configs compared, 1 refused." in said.err
    found = states()
    assert {name: each["state"] for name, each in found.items()} == {
        "app": "planned", "lib": "planned", "web": "failed"
    }  # fmt: skip
    assert found["web"]["class"] == "refused-by-compiler"
    assert "the change of `other-image` was not made, because compiled by CircleCI" in found["web"]["message"]
    assert "would run `acme/web:3` instead of `acme/web:2`" in found["web"]["message"]
    assert api.key not in said.out + said.err


def test_without_the_option_nothing_is_compiled(plan: Callable[..., Said], states: States, api: CircleCI) -> None:
    assert plan().code == 1
    assert compilations(api) == []
    assert {each["state"] for each in states().values()} == {"planned"}


def test_equal_changes_are_compiled_once_and_never_again(
    plan: Callable[..., Said], bulk: Bulk, states: States, api: CircleCI
) -> None:
    plan("--compile")
    first = compilations(api)
    # Of `app` and `lib` once, before and after; of `web` together, and by each of its rules.
    assert len(first) == 2 + 4
    assert plan("--compile").code == 3
    assert compilations(api) == first
    assert bulk("retry", "hub").code == 3
    assert compilations(api) == first
    assert states()["web"]["class"] == "refused-by-compiler"


def test_a_plan_without_the_proof_is_no_plan_with_it(plan: Callable[..., Said], states: States, api: CircleCI) -> None:
    plan()
    plan("--compile")
    assert len(compilations(api)) == 6
    assert states()["web"]["state"] == "failed"


def test_a_limit_is_waited_for(plan: Callable[..., Said], states: States, api: CircleCI) -> None:
    api.inject(faults.rate_limited(at="POST /api/v3", times=2))
    assert plan("--compile").code == 3
    assert [each["state"] for each in states().values()].count("planned") == 2


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (faults.unauthorized(times=99), "CircleCI compiles nothing: CircleCI rejects the token"),
        (faults.lost(times=99, after=False), "CircleCI compiles nothing: CircleCI cannot be reached"),
    ],
)
def test_where_circleci_cannot_be_asked_nothing_is_planned(
    plan: Callable[..., Said], states: States, api: CircleCI, trouble: faults.Fault, why: str
) -> None:
    api.inject(trouble)
    said = plan("--compile")
    assert said.code == 3
    assert said.err.count(why) == 1
    assert {each["state"] for each in states().values()} == {"discovered"}
    api.troubles.clear()
    assert plan("--compile").code == 3
    assert [each["state"] for each in states().values()].count("planned") == 2


def test_without_a_token_it_is_said_before_anything_is_read(
    plan: Callable[..., Said], states: States, monkeypatch: pytest.MonkeyPatch, api: CircleCI
) -> None:
    monkeypatch.delenv("CIRCLE_TOKEN")
    said = plan("--compile")
    assert said.code == 3
    assert "--compile: no token for http://127.0.0.1" in said.err
    assert {each["state"] for each in states().values()} == {"discovered"}


def test_on_a_server_it_is_said_and_planned_all_the_same(
    plan: Callable[..., Said], states: States, api: CircleCI
) -> None:
    api.is_server = True
    said = plan("--compile")
    assert said.code == 1
    assert "Not compiled by CircleCI: this CircleCI has no API to compile configs" in said.err
    assert {each["state"] for each in states().values()} == {"planned"}


def test_the_ledger_has_no_word_of_a_secret(
    plan: Callable[..., Said], tmp_path: Path, api: CircleCI, bulk: Bulk
) -> None:
    secret = "Xk29vLq0pR7wXk29vLq0"
    bare = tmp_path / "top" / "odd.git"
    text = config(image="acme/web:2").replace("- checkout", f"- checkout\n      - run: curl -u person:{secret} x", 1)
    assert secret in text
    make_bare(bare, {CONFIG: text})
    said = plan("--compile")
    assert said.code == 3
    assert secret not in said.out + said.err
    assert all(secret.encode() not in file.read_bytes() for file in Path().glob("hub.campaign.db*"))
    assert any(secret in each for each in compilations(api))
