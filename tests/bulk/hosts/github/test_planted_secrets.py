"""Secrets at all positions of a repository, looked for in what GitHub is sent and in what the commands say of it."""

from __future__ import annotations

from migrator.engine.discovery import rule_files
from tests.bulk.conftest import Bulk, Host
from tests.bulk.repositories import commit, git
from tests.test_planted_secrets import FILES, POSITIONS, SHOWN, found_in


def test_no_pull_request_shows_more_than_the_documentation_lists(host: Host, bulk: Bulk) -> None:
    broken = tuple(place.written for place in POSITIONS if place.kind == "broken")
    commit(host.bare("app"), {name: text for name, text in FILES.items() if not text.endswith(broken)})
    rules = ",".join(rule_files())
    planned = bulk("plan", "hub", "--source", "github:acme", "--api-url", host.url, "--review-too", "--select", rules)
    approved = bulk("review", "hub", "--approve", "all")
    said = [*planned, *approved, *bulk("push", "hub"), *bulk("status", "hub")]
    pulls = [pull for repository in host.repositories.values() for pull in repository.pulls]
    assert len(pulls) == 3
    assert any("literal-secret" in pull.body for pull in pulls)
    said += [f"{pull.title}\n{pull.body}" for pull in pulls]
    said.append(git(host.bare("app"), "log", "-1", "--format=%B", "migrator/hub"))
    assert found_in("\n".join(map(str, said))) - SHOWN == set()
