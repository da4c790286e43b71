"""`--compile`: every change is shown to CircleCI's compiler before it is written."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from migrator.accounts.api import Api
from migrator.accounts.checking import organization_given
from migrator.accounts.compiling import Compiler
from migrator.accounts.connecting import connect
from migrator.accounts.proof import CompileProof, Whose
from migrator.cli.progress import shown
from migrator.cli.talk import tell
from migrator.engine.batch import Plan
from migrator.engine.discovery import load_rules
from migrator.engine.kept import Kept
from migrator.engine.outcomes import Changed, Decision, Failed, Outcome
from migrator.engine.passes import Proposal, run
from migrator.engine.proof import prove
from migrator.errors import UsageError
from migrator.files.repository import name_and_path, slug_of
from migrator.policy.overrides import organization_of, policy_for
from migrator.results.compiled import Compiled
from migrator.services.client import check_url

AT_ONCE = 4
"""So many files are compiled at the same time."""


class Compiling:
    """The proof by CircleCI's compiler for the files of a run. `organization` and `api_url` replace the policy's."""

    def __init__(self, plan: Plan, organization: str | None, api_url: str | None) -> None:
        """Raises `UsageError` for a URL to which no token is sent, and for what is no organisation."""
        self._plan, self._organization = plan, organization_given(organization or "")
        self._stop = threading.Event()
        self._api: Api | None = None
        url = check_url(api_url or plan.policy.api_url, "--api-url", "https://HOST")
        try:
            self._api = connect(url, "--api-url", self._stop, tell)
        except UsageError as error:  # there is no token
            self.compiled = Compiled(reason=str(error))
            return
        self._proof = CompileProof(Compiler(self._api), self._whose)
        self.compiled = self._proof.compiled

    def close(self) -> None:
        if self._api is not None:
            self._api.close()

    def all(self, outcomes: Sequence[Outcome]) -> Kept:
        """What becomes of each file, in their order."""
        pool = ThreadPoolExecutor(AT_ONCE, "compile")
        try:
            count = sum(isinstance(outcome, Changed) for outcome in outcomes)
            found = shown(self._some_at_once(pool, outcomes), count, "Compiling")
            result = Kept(next(found) if isinstance(outcome, Changed) else outcome for outcome in outcomes)
            next(found, None)  # the bar is removed
            return result
        finally:
            self._stop.set()
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C waits for no answer

    def _some_at_once(self, pool: ThreadPoolExecutor, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
        """What becomes of each changed file. Only a few wait for their turn, whose texts are in memory."""
        waiting: deque[Future[Outcome]] = deque()
        for outcome in outcomes:
            if isinstance(outcome, Changed):
                waiting.append(pool.submit(self.one, outcome))
            if len(waiting) > 2 * AT_ONCE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def one(self, outcome: Outcome) -> Outcome:
        """What becomes of a file. It is as it was where nobody could be asked: `compiled` says so."""
        if self._api is None or not isinstance(outcome, Changed):
            return outcome
        return prove(outcome, self._proof, lambda rule: self._only(outcome, rule))

    def before_writing(self, outcome: Outcome) -> Outcome:
        """As `one`, for a file that is written next: not where CircleCI should have been asked and was not."""
        proven = self.one(outcome)
        if not isinstance(proven, Changed) or not self.compiled.stops:
            return proven
        reason = f"was not changed, because CircleCI did not compile it: {self.compiled.reason}"
        return Failed(proven.path, reason, left=(*proven.applied, *proven.left), secrets=proven.secrets)

    def _only(self, changed: Changed, rule: str) -> Outcome:
        """What one rule alone makes of a file, of what was made of it."""
        made = {finding.fingerprint for finding in changed.applied}

        def choose(proposal: Proposal) -> Decision:
            return Decision.APPLY if proposal.located.fingerprint in made else Decision.SKIP

        plan, data = self._plan, changed.before.encode("utf-8")
        rules = load_rules((rule,), plan.directories)
        return run(changed.path, data, rules, plan.policy, choose, plan.siblings(changed.path), plan.known)

    def _whose(self, path: str) -> Whose:
        project = slug_of(path)
        policy = policy_for(self._plan.policy, *name_and_path(path))
        return Whose(self._organization or organization_of(policy, project), project, policy)
