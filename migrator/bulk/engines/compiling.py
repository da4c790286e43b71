"""Results that CircleCI's compiler agrees with: those of another engine, each change compiled before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager

from migrator.accounts.compiling import Compiler
from migrator.accounts.connecting import connect
from migrator.accounts.proof import CompileProof, Whose
from migrator.bulk.engines.engine import Engine
from migrator.bulk.ledger import Ledger
from migrator.bulk.rollout import Watch, threads
from migrator.bulk.states import CampaignError
from migrator.bulk.work import Order, Result, proven
from migrator.engine.batch import Plan
from migrator.engine.outcomes import Changed
from migrator.errors import UsageError
from migrator.files.repository import slug_of_source
from migrator.policy.overrides import organization_of, policy_for
from migrator.results.compiled import Compiled, sentence

AT_ONCE = 8
"""So many repositories are compiled at the same time."""
KNOWN = "compiled"
"""The setting of the ledger with what CircleCI said, by a key of what it was asked: it is asked once about a change."""


class _Project:
    """A repository, and whom CircleCI takes it for."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.slug = slug_of_source(source)


class _Compiling:
    """Works as the `inner` engine does. What it is given is looked up in the ledger by the thread that submits."""

    def __init__(
        self,
        inner: Engine,
        ledger: Ledger,
        proof: CompileProof,
        waiting: ThreadPoolExecutor,
        asking: ThreadPoolExecutor,
    ) -> None:
        self.width, self.pays = inner.width, inner.pays
        self._inner, self._ledger, self._proof = inner, ledger, proof
        self._waiting, self._asking = waiting, asking

    def submit(self, plan: Plan, orders: Sequence[Order]) -> Future[list[Result]]:
        projects = [_Project(entry.name, entry.source) for entry in map(self._ledger.by_id, (o.number for o in orders))]
        worked = self._inner.submit(plan, orders)

        def prove() -> list[Result]:
            return list(self._asking.map(self._proven, [plan] * len(orders), orders, projects, worked.result()))

        return self._waiting.submit(prove)

    def _proven(self, plan: Plan, order: Order, project: _Project, result: Result) -> Result:
        if result.status != "changed":
            return result

        def proof(changed: Changed) -> str:
            policy = policy_for(plan.policy, project.name, changed.path)
            whose = Whose(organization_of(policy, project.slug), project.slug, policy, project.name)
            return self._proof.of(changed, whose)

        checked = proven(plan, order, result, proof)
        if self._proof.compiled.stops:
            reason = self._proof.compiled.reason
            raise CampaignError(f"CircleCI compiles nothing: {reason}; what was planned before is kept")
        return checked


@contextmanager
def compiling(inner: Engine, plan: Plan, ledger: Ledger, watch: Watch, say: Callable[[str], None]) -> Iterator[Engine]:
    """The engine with a proof by the CircleCI of the policy; at its end `say` gets a line about what CircleCI said.
    Raises `CampaignError` where there is no token."""
    try:
        api = connect(plan.policy.api_url, "[circleci] api-url", watch.stop, say)
    except UsageError as error:
        raise CampaignError(f"--compile: {error}") from None
    known: dict[str, str] = dict(ledger.setting(KNOWN) or {})
    counts = Compiled()
    try:
        with closing(api):
            proof = CompileProof(Compiler(api), known=known.get, keep=known.__setitem__)
            counts = proof.compiled
            with threads(2 * inner.width, "compiled") as waiting, threads(AT_ONCE, "compile") as asking:
                yield _Compiling(inner, ledger, proof, waiting, asking)
    finally:
        ledger.set_settings(**{KNOWN: known})
    say(sentence(counts))
