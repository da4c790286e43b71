"""What repositories are called where several hosts have one of the same name."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.bulk.ledger import Ledger
from migrator.bulk.states import State
from migrator.errors import UsageError


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "hub.campaign.db", "hub", with_requests=(), create=True)


def test_a_name_of_two_hosts_has_two_labels_for_good(ledger: Ledger) -> None:
    with ledger:
        first = ledger.add("acme/web", "github", "https://github.com/acme/web", host_id="R1")
        second = ledger.add("acme/web", "gitlab", "https://gitlab.com/acme/web", host_id="7")
        assert (first.label, second.label) == ("acme/web", "gitlab:acme/web")
        assert first.name == second.name == "acme/web"
        again = ledger.add("acme/web", "gitlab", "https://gitlab.com/acme/web", host_id="7")
        assert (again.id, again.label) == (second.id, second.label)
        ledger.rename(first.id, "acme/site", "https://github.com/acme/site")
        again = ledger.add("acme/web", "gitlab", "https://gitlab.com/acme/web", host_id="7")
        assert (again.id, again.label) == (second.id, second.label), "also once the other is called otherwise"
        ledger.rename(first.id, "acme/web", "https://github.com/acme/web")
        assert ledger.by_id(first.id).label == "acme/web"
        assert len(list(ledger.entries())) == 2


def test_a_host_takes_no_repository_of_another_that_has_its_name(ledger: Ledger) -> None:
    with ledger:
        first = ledger.add("acme/web", "github", "https://github.com/acme/web", host_id="R1")
        ledger.update(first.id, state=State.OPEN, number=3)
        ledger.add("acme/web", "gitlab", "https://gitlab.com/acme/web", host_id="7")
        ledger.add("acme/web", "dir", "/srv/acme/web")
        kept = ledger.by_id(first.id)
        assert (kept.label, kept.kind, kept.source, kept.state) == ("acme/web", "github", first.source, State.OPEN)
        assert [entry.label for entry in ledger.entries()] == ["acme/web", "gitlab:acme/web", "dir:acme/web"]


def test_a_name_is_what_a_person_may_write_where_it_is_clear(ledger: Ledger) -> None:
    with ledger:
        first = ledger.add("acme/web", "github", "https://github.com/acme/web")
        second = ledger.add("acme/web", "gitlab", "https://gitlab.com/acme/web")
        third = ledger.add("acme/lib", "gitlab", "https://gitlab.com/acme/lib")
        named = {text: ledger.named(text) for text in ("github:acme/web", "gitlab:acme/web", "acme/lib")}
        assert [each and each.id for each in named.values()] == [first.id, second.id, third.id]
        assert ledger.named("gitlab:acme/lib") == third
        for unknown in ("github:acme/lib", "web", "", "lab:acme/web", "gitlab:", "gitlab:gitlab:acme/web"):
            assert ledger.named(unknown) is None
        with pytest.raises(UsageError, match="of 2 repositories; write github:acme/web or gitlab:acme/web"):
            ledger.named("acme/web")
