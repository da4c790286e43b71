"""One campaign for every host, from plan to merged: kills, an expired token, a restart, and people who work meanwhile.

A host joins by a `Rig`, which does what people and administrators do there, with rights of their own and beside the
command, and which looks at what is there. `play` is the same for all of them.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from tests.bulk.hosts.proxy import Door
from tests.bulk.killing import Phase, Row, finish, rows_of, storm
from tests.bulk.repositories import ENVIRONMENT, config
from tests.places import ROOT

CONFIG = ".circleci/config.yml"
BRANCH = "migrator/hub"
OURS = "password: $DOCKERHUB_PASSWORD"
Files = Mapping[str, str]


class Seen(NamedTuple):
    """A change request: `state` is open, merged or closed, `branch` the one it wants to merge."""

    number: int
    state: str
    branch: str
    title: str = ""


class Rig(Protocol):
    """A host with one owner, empty at first. Names of repositories are those within the owner.

    `door` stands before the host, and the command knows no other way to it; what the rig itself does may go around it.
    """

    door: Door
    source: str
    """What `--source` gets."""
    arguments: tuple[str, ...]
    """What else `plan` gets, such as `--api-url`."""
    environment: dict[str, str]
    """The token of the campaign, as its variables are now."""
    has_requests: bool

    def plan_calls(self, size: int) -> int:
        """How many requests a plan sends at least, with `size` repositories that have work: where it is killed."""

    def make(self, name: str, files: Files, executable: bool = False) -> None:
        """A repository whose default branch `main` has these files, all executable or none. No files: it is empty."""

    def archive(self, name: str) -> None: ...
    def commit(self, name: str, branch: str, files: Files) -> str:
        """A person commits to a branch, which begins at `main` where it is not there yet; returns the commit."""

    def branches(self, name: str) -> dict[str, str]:
        """The commit of each branch."""

    def commits(self, name: str, branch: str) -> list[str]:
        """What the branch has and `main` lacks, newest first."""

    def file(self, name: str, branch: str, path: str) -> tuple[str, bool]:
        """The text of a file, and whether it is executable."""

    def requests(self, name: str) -> list[Seen]:
        """All change requests that the repository ever had."""

    def close(self, name: str, number: int) -> None:
        """A person closes a change request."""

    def protect(self, name: str, branch: str) -> None:
        """Nobody but administrators may push to a branch, or create it, from now on."""

    def unprotect(self, name: str, branch: str) -> None: ...
    def require_approval(self, name: str) -> None:
        """Merging to `main` needs the approval of one person."""

    def approve(self, name: str, number: int) -> None: ...
    def report(self, name: str, commit: str, state: str) -> None:
        """What CI says of a commit: `pending`, `success` or `failure`."""

    def expire(self) -> None:
        """The token of the campaign is worth nothing from now on."""

    def renew(self) -> None:
        """There is another token in `environment`."""

    def restart(self) -> None:
        """The server ends, whatever it was doing, and starts again; the door finds it."""


SPECIAL = (
    "archived", "checked", "closed", "conflict", "early", "empty", "guarded", "late", "plain", "reviewed", "script",
)  # fmt: skip


@dataclass
class Play:
    """A campaign on a rig, in a folder of its own. `ordinary` are the repositories that nothing happens to."""

    rig: Rig
    folder: Path
    ordinary: tuple[str, ...]
    seed: int
    theirs: dict[str, str] = field(default_factory=dict)
    """Commits of people, by the repository in which they have to stay."""

    @property
    def worked_on(self) -> set[str]:
        return {*self.ordinary, *SPECIAL} - {"archived", "empty", "plain"}

    def run(self, *arguments: str, codes: tuple[int, ...] = (0, 1, 3)) -> str:
        return finish(self.folder, *arguments, codes=codes, **self.rig.environment)

    def states(self) -> dict[str, Row]:
        """What the ledger has of each repository."""
        return {name.rpartition("/")[2].removesuffix(".git"): row for name, row in rows_of(self.folder, "hub").items()}

    def check(self, expected: Mapping[str, str]) -> None:
        """Each repository is in this state, or has failed with this class."""
        found = self.states()
        assert {name: fault or state for name, (state, fault, _) in found.items()} == dict(expected), found

    # -- what is there

    def make(self) -> None:
        for name in (*self.ordinary, *SPECIAL):
            files = {} if name == "empty" else {"README.md": name}
            if name not in ("empty", "plain"):
                files[CONFIG] = config(f"job-{name}", f"acme/{name}:1")
            self.rig.make(name, files, executable=name == "script")
        self.rig.archive("archived")
        self.theirs["early"] = self.rig.commit("early", BRANCH, {"notes.txt": "mine"})
        self.rig.protect("guarded", BRANCH)

    def look(self, merged: set[str]) -> None:
        """Nothing is doubled and nothing of a person is lost, whatever else happened."""
        for name, commit in self.theirs.items():
            assert commit in (self.rig.branches(name).get(BRANCH), self.rig.branches(name)["main"]), name
        for name in self.worked_on | {"plain", "empty", "archived"}:
            requests = self.rig.requests(name) if self.rig.has_requests else []
            assert len(requests) <= 1, (name, requests)
            assert self.rig.branches(name).keys() <= {"main", BRANCH}, name
            if name in merged:
                assert [each.state for each in requests] == ["merged"], name
                text, executable = self.rig.file(name, "main", CONFIG)
                assert text.count(OURS) == 1, name
                assert executable == (name == "script"), name
            elif name not in ("early", "late") and BRANCH in self.rig.branches(name):
                # Where a branch has to be there before its commit, a run may have ended in between.
                commits = self.rig.commits(name, BRANCH)
                assert len(commits) <= 1, name
                assert self.rig.file(name, BRANCH, CONFIG)[0].count(OURS) == len(commits), name
        for name in ("plain", "archived", "early"):
            assert not self.rig.has_requests or not self.rig.requests(name), name


def play(rig: Rig, folder: Path, size: int, kills: int, seed: int) -> Play:
    """A campaign over `size` repositories, killed `kills` times: from the plan until all is where it belongs."""
    ordinary = tuple(f"r{number:03}" for number in range(size - len(SPECIAL)))
    assert ordinary
    played = Play(rig, folder, ordinary, seed)
    played.make()
    share = kills // (3 if rig.has_requests else 2)
    _plan(played, share)
    _push(played, share if rig.has_requests else kills - share)
    if rig.has_requests:
        _merge(played, kills - 2 * share)
    else:
        played.run("close", "hub", codes=(3,))
        theirs = {"early", "late"}
        gone = dict.fromkeys({*played.worked_on, "archived"} - theirs, "closed")
        played.check({**_left_alone(), **gone, **dict.fromkeys(theirs, "human-commits")})
        assert all(BRANCH not in rig.branches(name) for name in gone)
    return played


def _left_alone() -> dict[str, str]:
    return {"empty": "skipped", "archived": "skipped", "plain": "unchanged"}


def _plan(played: Play, kills: int) -> None:
    rig = played.rig
    plan = ("plan", "hub", "--source", rig.source, *rig.arguments, "--select", "unauthenticated-image", "--jobs", "2")
    storm(
        played.folder,
        rig.door,
        [Phase(plan, rig.plan_calls(len(played.worked_on)))],
        kills,
        played.seed,
        **rig.environment,
    )
    alone = _left_alone() if rig.has_requests else {**_left_alone(), "archived": "approved"}
    played.check({**alone, **dict.fromkeys(played.worked_on, "approved")})


def _push(played: Play, kills: int) -> None:
    """Everything happens while branches are pushed: the token expires, the server restarts, runs are killed."""
    rig, chance = played.rig, random.Random(played.seed)
    push = ("push", "hub", "--jobs", "2", "--timeout", "20", *_NO_LIMITS)
    rig.door.before(chance.randint(2, len(played.worked_on)), rig.expire)
    said = played.run(*push, codes=(3,))
    assert "rejects the token" in said or "the login failed" in said, said
    assert not rig.door.is_due()
    played.look(set())
    rig.renew()
    rig.door.before(chance.randint(2, len(played.ordinary) + 1), rig.restart)
    # Where git is told of the token alone, it is one repository after the other that has failed.
    is_left = any(state == "approved" for state, _, _ in played.states().values())
    played.run(*(push if is_left else ("retry", "hub")))
    assert not rig.door.is_due()
    played.look(set())
    played.run("retry", "hub")
    if kills:
        # What was pushed already is approved again by another plan: the base of all of them moved.
        for name in played.ordinary:
            rig.commit(name, "main", {CONFIG: config(f"again-{name}", f"acme/{name}:2")})
        plan = ("plan", "hub", "--jobs", "2")
        storm(
            played.folder,
            rig.door,
            [Phase(plan, rig.plan_calls(len(played.worked_on))), Phase(push)],
            kills,
            played.seed,
            **rig.environment,
        )
    played.run("retry", "hub", codes=(3,))
    done = "open" if rig.has_requests else "pushed"
    failed = {"early": "human-commits", "guarded": "protected"}
    if not rig.has_requests:
        failed["archived"] = "forbidden"
    played.check({**_left_alone(), **dict.fromkeys(played.worked_on, done), **failed})
    played.look(set())
    rig.unprotect("guarded", BRANCH)
    played.run("retry", "hub", codes=(3,))
    assert played.states()["guarded"][0] == done
    # Somebody commits to the branch that we made.
    played.theirs["late"] = rig.commit("late", BRANCH, {"notes.txt": "mine too"})


def _merge(played: Play, kills: int) -> None:
    rig = played.rig
    (closed,) = rig.requests("closed")
    rig.close("closed", closed.number)
    rig.require_approval("reviewed")
    rig.commit("conflict", "main", {CONFIG: config("other", "acme/conflict:2")})
    rig.report("checked", rig.branches("checked")[BRANCH], "pending")
    merge = ("merge", "hub", "--confirm", "all")
    waiting = {"checked", "conflict", "late", "reviewed"}
    said = _waits(played)
    for name, why in (("checked", "checks are pending"), ("conflict", "conflicts"), ("late", "head is not ours")):
        assert any(f"{name}: waits: " in line and why in line for line in said), said
    rig.door.writes_only = True
    merging = Phase((*merge, "--jobs", "2"), state="open", less=len(waiting))
    storm(played.folder, rig.door, [merging], kills, played.seed, **rig.environment)
    rig.door.writes_only = False
    merged = played.worked_on - waiting - {"early", "closed"}
    expected = {**_left_alone(), "early": "human-commits", "closed": "closed"}
    settled = {name: fault or state for name, (state, fault, _) in played.states().items()}
    assert settled.pop("reviewed") in ("open", "protected")
    assert settled == {**expected, **dict.fromkeys(merged, "merged"), **dict.fromkeys(waiting - {"reviewed"}, "open")}
    played.look(merged)
    # What was missing comes.
    (reviewed,), (conflict,) = rig.requests("reviewed"), rig.requests("conflict")
    rig.approve("reviewed", reviewed.number)
    rig.report("checked", rig.branches("checked")[BRANCH], "success")
    played.run("plan", "hub", codes=(3,))
    played.run("review", "hub", "--approve", "all")
    played.run("push", "hub", *_NO_LIMITS)
    assert [each.number for each in rig.requests("conflict")] == [conflict.number], "it is updated, not doubled"
    done = merged | {"checked", "conflict", "reviewed"}
    _until(played, dict.fromkeys(done, "merged"), ("retry", "hub"), merge)
    played.look(done)
    played.run("close", "hub", codes=(3,))
    final = {**_left_alone(), **dict.fromkeys(done, "merged"), "closed": "closed"}
    played.check({**final, "early": "human-commits", "late": "human-commits"})
    played.look(done)
    assert rig.requests("late")[0].state == "open"
    assert all(BRANCH not in rig.branches(name) for name in done | {"closed"})


def _waits(played: Play) -> list[str]:
    """What `merge --dry-run` says of each repository."""
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "bulk", "merge", "hub", "--confirm", "all", "--dry-run"],
        cwd=played.folder, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT), **played.rig.environment},
        capture_output=True, check=False,
    )  # fmt: skip
    return done.stdout.decode().splitlines()


def _until(played: Play, expected: Mapping[str, str], *commands: tuple[str, ...]) -> None:
    """Run the commands until that is so: a host may take some time to notice what changed."""
    for _ in range(20):
        for command in commands:
            played.run(*command)
        found = played.states()
        if all(found[name][0] == state for name, state in expected.items()):
            return
        time.sleep(0.5)
    raise AssertionError({name: found[name] for name, state in expected.items() if found[name][0] != state})


_NO_LIMITS = ("--per-minute", "0", "--content-per-hour", "0")
