"""Approving and rejecting, and what a campaign says and never says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.generated import File
from migrator.bulk.ledger import Ledger
from migrator.bulk.work import outcomes_of
from migrator.engine.batch import Plan
from migrator.engine.outcomes import Changed
from migrator.policy import Policy
from migrator.results.shapes import shape_of
from tests.bulk.conftest import Bulk
from tests.bulk.repositories import ENVIRONMENT, commit, config, make_bare
from tests.places import RULES

States = Callable[[], dict[str, dict[str, Any]]]
SECRET = "hunter2-Sw0rdf1sh"
RULES_OF_BOTH = "unauthenticated-image,literal-secret"


@pytest.fixture
def planned(bulk: Bulk, tmp_path: Path) -> Path:
    """Three kinds: a context for all, auth for three of four, and a literal password in the fourth."""
    top = tmp_path / "top"
    for name in ("a", "b", "c"):
        make_bare(top / f"{name}.git", {".circleci/config.yml": config(name)})
    auth = f"image: acme/app:1\n        auth: {{username: me, password: {SECRET}}}"
    make_bare(top / "d.git", {".circleci/config.yml": config("d").replace("image: acme/app:1", auth)})
    bulk("plan", "hub", "--source", f"dir:{top}", "--select", RULES_OF_BOTH)
    return top


CONTEXT, AUTH, LITERAL = "context on its job", "auth on an image", "a literal password becomes a variable"


def listed(bulk: Bulk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bulk("review", "hub", "--format", "json").out)
    return found


def words(states: States) -> dict[str, str]:
    return {name: each["state"] for name, each in states().items()}


def test_kinds_are_listed_largest_first_with_a_sample_and_what_differs(planned: Path, bulk: Bulk) -> None:
    said = bulk("review", "hub").out
    counts = "4 repositories", "3 repositories", "1 repository"
    assert [line for line in said.splitlines() if " to decide (" in line] == [
        f"{kind['kind']}: {number}, {kind['waiting']} to decide ({kind['id']})"
        for kind, number in zip(listed(bulk)["kinds"], counts, strict=True)
    ]
    assert said.index(f"{CONTEXT}: ") < said.index(f"{AUTH}: ") < said.index(f"{LITERAL}: ")
    assert "+          username: $DOCKERHUB_USERNAME\n" in said.partition(f"{AUTH}: ")[2]
    assert "  literal secrets: in what changes (d)\n" in said
    assert SECRET not in said


def test_json_has_every_kind_and_who_waits_for_what(planned: Path, bulk: Bulk) -> None:
    bulk("review", "hub", "--approve", CONTEXT)
    found = listed(bulk)
    assert [(kind["kind"], kind["waiting"], kind["repositories"]) for kind in found["kinds"]] == [
        (CONTEXT, 0, ["a", "b", "c", "d"]), (AUTH, 3, ["a", "b", "c"]), (LITERAL, 1, ["d"]),
    ]  # fmt: skip
    assert "+        auth:" in found["kinds"][1]["diff"]
    assert {"what": "contexts", "value": "docker-hub-creds", "repositories": ["a", "b", "c", "d"]} in (
        found["kinds"][0]["facts"]
    )
    assert [each["waits_for"] for each in found["repositories"]] == [[found["kinds"][1]["id"]]] * 3 + [
        [found["kinds"][2]["id"]]
    ]


def test_an_unknown_name_decides_nothing(planned: Path, bulk: Bulk, states: States) -> None:
    said = bulk("review", "hub", "--approve", "a", "--approve", "nothing")
    assert said.code == 2
    assert {each["state"] for each in states().values()} == {"planned"}


def test_a_dry_run_decides_nothing(planned: Path, bulk: Bulk, states: States) -> None:
    bulk("review", "hub", "--approve", "all", "--dry-run")
    assert {each["state"] for each in states().values()} == {"planned"}


def test_a_repository_is_approved_when_all_its_kinds_are(planned: Path, bulk: Bulk, states: States) -> None:
    said = bulk("review", "hub", "--approve", CONTEXT)
    assert "0 decided, 4 wait for a decision about another kind" in said.err
    assert set(words(states).values()) == {"planned"}
    bulk("review", "hub", "--approve", listed(bulk)["kinds"][1]["id"])
    assert words(states) == {"a": "approved", "b": "approved", "c": "approved", "d": "planned"}


def test_one_kind_that_is_rejected_rejects_a_repository(planned: Path, bulk: Bulk, states: States) -> None:
    bulk("review", "hub", "--reject", LITERAL, "--reason", "rotate it first")
    assert words(states) == {"a": "planned", "b": "planned", "c": "planned", "d": "rejected"}
    assert states()["d"]["message"] == "rotate it first"
    assert "rejected: d: rotate it first\n" in bulk("status", "hub").out
    bulk("review", "hub", "--approve", "all")
    assert words(states) == {"a": "approved", "b": "approved", "c": "approved", "d": "rejected"}
    bulk("review", "hub", "--approve", LITERAL, "--approve", CONTEXT)
    assert states()["d"]["state"] == "approved", "a kind that is named is decided again"
    assert states()["d"]["message"] == ""


def test_what_is_said_of_a_repository_wins_over_its_kinds(planned: Path, bulk: Bulk, states: States) -> None:
    bulk("review", "hub", "--reject", "a")
    bulk("review", "hub", "--approve", AUTH, "--approve", CONTEXT)
    assert words(states) == {"a": "rejected", "b": "approved", "c": "approved", "d": "planned"}
    bulk("review", "hub", "--reject", CONTEXT)
    bulk("review", "hub", "--approve", "a")
    assert words(states) == {"a": "approved", "b": "rejected", "c": "rejected", "d": "rejected"}


def test_a_change_that_differs_later_is_asked_about_again(planned: Path, bulk: Bulk, states: States) -> None:
    bulk("review", "hub", "--approve", CONTEXT, "--approve", AUTH)
    commit(planned / "a.git", {".circleci/config.yml": config("a", "acme/other:2")})
    make_bare(planned / "e.git", {".circleci/config.yml": config("e")})
    bulk("plan", "hub", "--select", RULES_OF_BOTH)
    assert words(states) == {"a": "planned", "b": "approved", "c": "approved", "d": "planned", "e": "planned"}
    assert [kind["waiting"] for kind in listed(bulk)["kinds"]] == [2, 2, 1]


def test_the_beginning_of_a_name_says_which_kinds_there_are(planned: Path, bulk: Bulk) -> None:
    said = bulk("review", "hub", "--approve", "auth")
    assert said.code == 2
    assert f"'auth' is the beginning of 1 kind: '{AUTH}'; write the whole name, or the id" in said.err


def test_a_repository_is_shown_by_the_end_of_its_name(bulk: Bulk, tmp_path: Path) -> None:
    for name in ("acme/web", "labs/web", "acme/lib"):
        make_bare(tmp_path / "top" / f"{name}.git", {".circleci/config.yml": config(name[-3:])})
    bulk("plan", "hub", "--source", f"dir:{tmp_path}/top")
    assert "+        auth:" in bulk("review", "hub", "--show", "lib").out
    said = bulk("review", "hub", "--show", "web")
    assert said.code == 2
    assert "'web' is the end of 2 names: acme/web, labs/web; write one of them" in said.err
    assert bulk("review", "hub", "--show", "b").code == 2


def test_a_list_has_no_colours_for_a_pipe(planned: Path, bulk: Bulk) -> None:
    assert "\x1b" not in bulk("review", "hub").out


def decided(bulk: Bulk, planned: Path, text: str) -> str:
    file = planned.parent / "decisions.toml"
    file.write_text(text)
    return bulk("review", "hub", "--decisions", str(file)).err


def test_decisions_of_a_file(planned: Path, bulk: Bulk, states: States) -> None:
    literal = listed(bulk)["kinds"][2]["id"]
    said = decided(
        bulk,
        planned,
        f'[[decision]]\nkind = "{CONTEXT}"\nanswer = "apply"\n\n[[decision]]\nkind = "{AUTH}"\nanswer = "apply"\n\n'
        f'[[decision]]\nkind = "{literal}"\nreason = "rotate it"\nanswer = "skip"\n\n'
        '[[decision]]\nrepository = "b"\nanswer = "skip"\n\n[[decision]]\nrepository = "c"\nanswer = "open"\n',
    )
    assert "3 decided" in said
    assert words(states) == {"a": "approved", "b": "rejected", "c": "planned", "d": "rejected"}
    assert states()["d"]["message"] == "rotate it"


def test_a_file_decides_nothing_that_was_planned_later(planned: Path, bulk: Bulk, states: States) -> None:
    with Ledger(Path("hub.campaign.db"), "hub", with_requests=()) as ledger:
        ledger.update(ledger.entry("a").id, planned_at=2_000_000_001)
    blocks = [f'[[decision]]\nkind = "{kind}"\nseen = 2000000000\nanswer = "apply"\n' for kind in (CONTEXT, AUTH)]
    decided(bulk, planned, "\n".join(blocks))
    assert words(states) == {"a": "planned", "b": "approved", "c": "approved", "d": "planned"}


def test_a_file_says_nothing_of_another_change_of_a_repository(planned: Path, bulk: Bulk, states: States) -> None:
    with Ledger(Path("hub.campaign.db"), "hub", with_requests=(), write=False) as ledger:
        change = ledger.entry("a").change
    text = '[[decision]]\nrepository = "{}"\nchange = "{}"\nanswer = "apply"\n'
    decided(bulk, planned, text.format("a", change) + text.format("b", change))
    assert words(states) == {"a": "approved", "b": "planned", "c": "planned", "d": "planned"}


def test_files_with_shapes_are_read_as_before(planned: Path, bulk: Bulk, states: States) -> None:
    plan = Plan(("unauthenticated-image",), (RULES,), Policy())
    made = outcomes_of(plan, [File(".circleci/config.yml", config("x").encode())], "x")
    shape = shape_of(each for each in made if isinstance(each, Changed)).id
    decided(
        bulk,
        planned,
        f'[[decision]]\nshape = "{shape}"\nanswer = "apply"\n\n'
        '[[decision]]\nrepository = "b"\nanswer = "skip"\n\n[[decision]]\nrepository = "c"\nanswer = "open"\n',
    )
    assert words(states) == {"a": "approved", "b": "rejected", "c": "planned", "d": "planned"}


def test_what_an_earlier_version_planned_is_decided_by_its_shape(planned: Path, bulk: Bulk, states: States) -> None:
    """Its ledger has shapes, and results without kinds."""
    with Ledger(Path("hub.campaign.db"), "hub", with_requests=()) as ledger:
        for entry in list(ledger.entries()):
            result = json.loads(ledger.result(entry.result) or "")
            del result["kinds"]
            ledger.put_result(entry.result, json.dumps({**result, "shape": "5d0c1f9a37", "shape_text": "+auth:"}))
            ledger.update(entry.id, shape="5d0c1f9a37" if entry.label != "d" else "0a0b0c0d0e")
        ledger.update(ledger.entry("b").id, state="rejected", decided=ledger.entry("b").change)
    assert "shape 5d0c1f9a37 of an earlier version: plan again to see its kinds: 3 repositories, 2 to decide" in (
        bulk("review", "hub").out
    )
    bulk("review", "hub", "--approve", "5d0c1f9a37")
    assert words(states) == {"a": "approved", "b": "rejected", "c": "approved", "d": "planned"}


def test_a_secret_is_in_no_text_of_a_campaign(bulk: Bulk, tmp_path: Path) -> None:
    text = config().replace("- checkout", f"- checkout\n      - run: docker login -u me -p {SECRET}")
    text = text.replace("image: acme/app:1", f"image: acme/app:1\n        environment: {{TOKEN: {SECRET}}}")
    make_bare(tmp_path / "top" / "s.git", {".circleci/config.yml": text})
    said = bulk(
        "plan",
        "hub",
        "--source",
        f"dir:{tmp_path}/top",
        "--select",
        "unauthenticated-image,literal-secret",
        "--review-too",
    )
    told = [said]
    more = (("review", "hub"), ("review", "hub", "--approve", "all"), ("push", "hub", "--dry-run"), ("status", "hub"))
    told += [bulk(*arguments) for arguments in more]
    everything = "".join(each.out + each.err for each in told)
    if "no rule" in everything:
        pytest.skip("this checkout has no rule `literal-secret`")
    assert SECRET not in everything
    assert not [path for path in Path.cwd().glob("hub.campaign.db*") if SECRET.encode() in path.read_bytes()]


def test_own_templates(planned: Path, bulk: Bulk) -> None:
    bulk("review", "hub", "--approve", "a")
    said = bulk("push", "hub", "--dry-run", "--title", "CI: {{ campaign }} for {{ repository }}")
    assert "CI: hub for a\n" in said.out
    said = bulk("push", "hub", "--dry-run", "--title", "{{ nothing }}")
    assert said.code == 2
    assert "--title" in said.err


def test_progress_on_a_terminal_is_one_live_line(planned: Path) -> None:
    import pty

    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "migrator", "bulk", "plan", "hub", "--ledger", str(Path.cwd() / "hub.campaign.db")],
        stderr=side, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        env={**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "200"},
    )  # fmt: skip
    os.close(side)
    seen = bytearray()

    def read() -> None:
        try:
            while data := os.read(main, 4096):
                seen.extend(data)
        except OSError:
            return  # Linux ends a terminal whose other side is closed with an error

    reader = threading.Thread(target=read)
    reader.start()
    process.wait(300)
    reader.join(300)
    os.close(main)
    assert b"Planning" in seen
    assert b"\x1b[" in seen
