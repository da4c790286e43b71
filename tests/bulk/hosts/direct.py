"""A host asked directly, without a command line: its client has a clock of its own, and each case a repository."""

from __future__ import annotations

import abc
import shutil
import threading
from pathlib import Path
from typing import Any

from migrator.bulk.budgets import Budgets
from migrator.bulk.entry import Entry
from migrator.bulk.git import Identity
from migrator.bulk.host import PUSH_AGAIN, Host, Job, OnHost, Terms
from migrator.bulk.kinds import Hosts
from migrator.bulk.states import State
from migrator.bulk.work import Order, work
from migrator.bulk.world import World
from migrator.engine.batch import Plan
from migrator.policy import Policy
from migrator.services.budget import again
from migrator.startup.records import replace
from tests.bulk.hosts.odd import Odd
from tests.bulk.repositories import config, make_bare
from tests.services.test_budget import Time

PLAN = Plan(("unauthenticated-image",), (), Policy())
BRANCH = "migrator/hub"
CONFIG = ".circleci/config.yml"


class Direct(abc.ABC):
    """The host of one kind at a URL, and one repository that is planned, or pushed, as a case needs.

    `folder` is where the repositories are; those of the cases are copies of one.
    """

    kind: str

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        make_bare(folder / "template.git", {CONFIG: config()})
        self.time, self.said = Time(), list[str]()
        self.number = 0
        budgets = Budgets(threading.Event(), clock=self.time.clock(), say=self.said.append, per_minute=0, per_hour=0)
        self.world = World(folder / "work", {self.kind: url}, budgets=budgets)
        self.world.prepare()
        self._hosts = Hosts(self.world)
        self.host: Host = self._hosts.of(self.kind)
        self.terms = self.with_terms()

    def close(self) -> None:
        """End connections and helpers of git."""
        self._hosts.close()

    @abc.abstractmethod
    def add(self, name: str, bare: Path) -> tuple[str, str]:
        """Let this be the only repository of the host; returns its full name there and its id."""

    @abc.abstractmethod
    def path(self, name: str) -> Path:
        """Where the bare repository of that name has to be."""

    @abc.abstractmethod
    def request_count(self) -> int:
        """How many change requests that repository has."""

    def answer_with(self, odd: Odd | None, act: str) -> None:
        """Answer everything with it until it is taken back."""
        raise NotImplementedError

    def with_terms(self, **given: Any) -> Terms:
        return Terms("hub", BRANCH, PLAN, Identity("", ""), **given)

    def planned(self) -> Job:
        """A repository of its own, read and planned."""
        self.number += 1
        name = f"r{self.number}"
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.folder / "template.git", path)
        full, host_id = self.add(name, path)
        url = f"https://{self.kind}.example/{full}"
        entry = Entry(self.number, full, self.kind, url, State.APPROVED, host_id=host_id, base_branch="main",
                      branch=BRANCH)  # fmt: skip
        return self.read(entry)

    def read(self, entry: Entry) -> Job:
        """What a plan makes of it now."""
        (read,) = self.host.read([entry])
        assert read.error is None, read.error
        self.host.keep(read.files)
        result = work(PLAN, Order(entry.id, read.files))
        return Job(
            replace(entry, base=read.base, tree=read.tree, store=read.store, change=result.change, planned_at=1), result
        )

    def push(self, job: Job, terms: Terms | None = None) -> OnHost:
        done = again(lambda: self.host.push(job, terms or self.terms), 3, PUSH_AGAIN)
        if done.error is not None:
            raise done.error
        return done

    def noted(self, job: Job, done: OnHost) -> Job:
        """As the ledger has it after a push."""
        entry = replace(
            job.entry, head=done.head, pushed=job.entry.change, number=done.number, pull_request=done.pull_request
        )
        return Job(entry, job.result)

    def pushed(self) -> Job:
        job = self.planned()
        return self.noted(job, self.push(job))
