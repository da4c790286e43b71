"""Approving and rejecting, and what a campaign says and never says."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import Bulk
from tests.bulk.repositories import ENVIRONMENT, config, make_bare

States = Callable[[], dict[str, dict[str, Any]]]
SECRET = "hunter2-Sw0rdf1sh"


@pytest.fixture
def planned(bulk: Bulk, tmp_path: Path) -> Path:
    """Two shapes: plain invocations, and one that has a context already."""
    top = tmp_path / "top"
    for name in ("a", "b", "c"):
        make_bare(top / f"{name}.git", {".circleci/config.yml": config(name)})
    with_context = config("d").replace("      - d\n", "      - d:\n          context: [mine]\n")
    make_bare(top / "d.git", {".circleci/config.yml": with_context})
    bulk("plan", "hub", "--source", f"dir:{top}")
    return top


def shapes(bulk: Bulk) -> list[str]:
    return [line.split()[1].rstrip(":") for line in bulk("review", "hub").out.splitlines() if line.startswith("shape ")]


def test_what_differs_within_a_shape_is_listed_below_its_sample(bulk: Bulk, tmp_path: Path) -> None:
    top = tmp_path / "top"
    for name in ("a", "b", "c"):
        make_bare(top / f"{name}.git", {".circleci/config.yml": config(name, f"acme/{name}")})
    secret = config("d").replace("    steps:", f"    environment:\n      API_TOKEN: {SECRET}\n    steps:")
    make_bare(top / "d.git", {".circleci/config.yml": secret})
    bulk("plan", "hub", "--source", f"dir:{top}")
    said = bulk("review", "hub").out
    assert said.count("shape ") == 1
    assert "  1 of 4 repositories has literal secrets in what changes: `d`\n" in said
    assert "  images: `acme/a` (1), `acme/app:1` (1), `acme/b` (1), `acme/c` (1)\n" in said
    assert SECRET not in said


def test_an_unknown_name_decides_nothing(planned: Path, bulk: Bulk, states: States) -> None:
    said = bulk("review", "hub", "--approve", "a", "--approve", "nothing")
    assert said.code == 2
    assert {each["state"] for each in states().values()} == {"planned"}


def test_a_dry_run_decides_nothing(planned: Path, bulk: Bulk, states: States) -> None:
    bulk("review", "hub", "--approve", "all", "--dry-run")
    assert {each["state"] for each in states().values()} == {"planned"}


def test_shapes_are_listed_largest_first_and_approved_together(planned: Path, bulk: Bulk, states: States) -> None:
    largest, other = shapes(bulk)
    bulk("review", "hub", "--approve", largest)
    assert {name: each["state"] for name, each in states().items()} == {
        "a": "approved", "b": "approved", "c": "approved", "d": "planned",
    }  # fmt: skip
    bulk("review", "hub", "--reject", other)
    bulk("review", "hub", "--reject", "a")
    assert states()["d"]["state"] == states()["a"]["state"] == "rejected"
    bulk("review", "hub", "--approve", "all")
    assert states()["a"]["state"] == "rejected", "`all` is what nobody decided yet"


def test_decisions_of_a_file(planned: Path, bulk: Bulk, states: States) -> None:
    largest, _ = shapes(bulk)
    file = planned.parent / "decisions.toml"
    file.write_text(
        f'[[decision]]\nshape = "{largest}"\nanswer = "apply"\n\n'
        '[[decision]]\nrepository = "b"\nanswer = "skip"\n\n[[decision]]\nrepository = "c"\nanswer = "open"\n'
    )
    bulk("review", "hub", "--decisions", str(file))
    assert {name: each["state"] for name, each in states().items()} == {
        "a": "approved", "b": "rejected", "c": "planned", "d": "planned",
    }  # fmt: skip


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
