"""What CircleCI's compiler says of a change: each change that a rule should not make is caught, and no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest

from migrator.accounts.api import Api
from migrator.accounts.compiling import NO_COMPILER, Compiler
from migrator.accounts.proof import CompileProof, Whose
from migrator.changes import AddEntry, Change, RemoveEntry, RemoveItem, RenameKey, SetText, Value
from migrator.circleci.config import Config
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Changed, Failed, Outcome
from migrator.engine.passes import choose_by_safety, run
from migrator.engine.proof import prove
from migrator.policy import Policy
from migrator.policy.model import Registry
from migrator.rule import Finding, Rule, Safety
from migrator.services.budget import Budget
from migrator.tree import Entry, Mapping, Node, Text, walk
from migrator.tree import Sequence as List
from tests.circleci_api import CircleCI, faults, serve
from tests.circleci_api.server import small_compiler
from tests.corpus import needs_corpus, real_configs
from tests.doses import IS_SOAK

QUAY = Registry("quay.io", "$QUAY_USERNAME", "$QUAY_PASSWORD", "quay-creds")
POLICY = Policy().with_registry(QUAY)
CONFIG = """\
version: 2.1
orbs:
  docker: circleci/docker@3.0.1
parameters:
  nightly:
    type: boolean
    default: false
executors:
  go:
    docker:
      - image: cimg/go:1.20
        auth:
          username: $DOCKERHUB_USERNAME
          password: $DOCKERHUB_PASSWORD
jobs:
  build:
    executor: go
    environment:
      LEVEL: debug
    steps:
      - checkout
      - run: make
      - run: make test
  image:
    machine:
      image: ubuntu-2404:current
    steps:
      - docker/check:
          docker_username: DOCKERHUB_USERNAME
          docker_password: DOCKERHUB_PASSWORD
      - run: make image
  check:
    parameters:
      tag:
        type: string
    docker:
      - image: quay.io/acme/check:<< parameters.tag >>
    steps:
      - checkout
  lint:
    docker:
      - image: cimg/node:20.1
    steps:
      - checkout
workflows:
  main:
    jobs:
      - build:
          context: [docker-hub-creds, other]
      - image:
          context: [docker-hub-creds]
          requires: [build]
      - check:
          tag: "1"
      - lint
  nightly:
    when: << pipeline.parameters.nightly >>
    jobs:
      - build:
          context: [docker-hub-creds]
"""

Spoils = Callable[[Config], Sequence[Change]]


def nodes(config: Config) -> Iterator[Node]:
    return walk(config.root)


def text(config: Config, value: str, number: int = 0) -> Text | None:
    found = [node for node in nodes(config) if isinstance(node, Text) and node.value == value]
    return found[number] if len(found) > number else None


def entry(config: Config, *path: str) -> tuple[Mapping, Entry] | None:
    """The entry at a path of keys and numbers of items."""
    node: Node | None = config.root
    found = None
    for name in path:
        if isinstance(node, List):
            node = node.items[int(name)]
            continue
        if not isinstance(node, Mapping) or (one := next((e for e in node.entries if e.name == name), None)) is None:
            return None
        found, node = (node, one), one.value
    return found


def renamed(*path: str, to: str) -> Spoils:
    return lambda config: [RenameKey(*found, to)] if (found := entry(config, *path)) else []


def removed(*path: str) -> Spoils:
    return lambda config: [RemoveEntry(*found)] if (found := entry(config, *path)) else []


def text_set(value: str, to: str) -> Spoils:
    return lambda config: [SetText(found, to)] if (found := text(config, value)) else []


def item_removed(*path: str, at: int, of: int) -> Spoils:
    def spoil(config: Config) -> list[Change]:
        found = entry(config, *path)
        sequence = found[1].value if found else None
        whole = isinstance(sequence, List) and len(sequence.items) == of
        return [RemoveItem(sequence, sequence.items[at])] if whole and isinstance(sequence, List) else []

    return spoil


def login_added(job: str) -> Spoils:
    def spoil(config: Config) -> list[Change]:
        found = entry(config, "jobs", job, "docker", "0", "image")
        if found is None or any(each.name == "auth" for each in found[0].entries):
            return []
        login: Value = {"username": "$DOCKERHUB_USERNAME", "password": "$DOCKERHUB_PASSWORD"}
        return [AddEntry(found[0], "auth", login, found[1])]

    return spoil


SPOILT: dict[str, tuple[Spoils, str]] = {
    "a context dropped": (
        item_removed("workflows", "main", "jobs", "0", "build", "context", at=1, of=2),
        "would lose the context `other`",
    ),
    "an image changed": (text_set("cimg/go:1.20", "cimg/go:1.21"), "`cimg/go:1.21` instead of `cimg/go:1.20`"),
    "a step lost": (item_removed("jobs", "build", "steps", at=2, of=3), "step 3 would change in more than logins"),
    "a login lost": (item_removed("jobs", "image", "steps", at=0, of=2), "step 1 would change in more than logins"),
    "a script changed": (text_set("make image", "make images"), "step 2 would change in more than logins"),
    "the wrong image given credentials": (login_added("check"), "with the credentials of `docker.io`"),
    "credentials without their context": (login_added("lint"), "without the context of its credentials"),
    "credentials lost": (removed("executors", "go", "docker", "0", "auth"), "without credentials"),
    "a parameter undefined": (removed("jobs", "check", "parameters"), "Unexpected argument(s): tag"),
    "an executor renamed": (renamed("executors", "go", to="golang"), "executor named go"),
    "`requires` broken": (
        lambda config: [SetText(found, "bild")] if (found := text(config, "build", 2)) else [],
        "Job 'image' requires 'bild'",
    ),
    "a literal password": (text_set("$DOCKERHUB_PASSWORD", "Xk29vLq0pR7w"), "password that is written out"),
    "a key misspelt": (
        renamed("workflows", "main", "jobs", "0", "build", "context", to="contxt"), "Unexpected argument(s): contxt",
    ),
    "a variable lost": (removed("jobs", "build", "environment", "LEVEL"), "`LEVEL` would change"),
    "an orb removed": (removed("orbs"), "command named docker/check"),
    "a workflow dropped": (removed("workflows", "nightly"), "`workflows.nightly` would be removed"),
    "a job dropped": (item_removed("workflows", "main", "jobs", at=3, of=4), "`jobs.lint` would be removed"),
}  # fmt: skip


def spoiling(spoils: Spoils) -> Rule:
    """A rule that is wrong. The proof of its edits holds: they do what it wants."""

    class Spoiling(Rule):
        id = "spoiling"
        title = "A change that nobody should make"
        safety = Safety.SAFE

        def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
            if changes := spoils(config):
                yield self.finding(config.root, "spoils it", *changes)

    return Spoiling()


def changed_by(rules: Sequence[Rule], config: str, *, review_too: bool = False) -> Outcome:
    return run(".circleci/config.yml", config.encode(), rules, POLICY, choose_by_safety(review_too=review_too))


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[CircleCI]:
    monkeypatch.setattr("migrator.services.client.PAUSE", 0.0)
    with serve(CircleCI()) as running:
        running.organization("gh/acme")
        yield running


class Asking:
    """Proofs by the CircleCI on loopback."""

    def __init__(self, api: CircleCI) -> None:
        self.api = api
        self.opened: list[Api] = []

    def __call__(self, *, token: str = "", organization: str = "gh/acme", policy: Policy = POLICY) -> CompileProof:
        made = Api(self.api.url, token or self.api.key, Budget(threading.Event(), backoff=0))
        self.opened.append(made)
        return CompileProof(Compiler(made), lambda _: Whose(organization, f"{organization}/api", policy))


@pytest.fixture
def proof_by(api: CircleCI) -> Iterator[Asking]:
    asking = Asking(api)
    yield asking
    for each in asking.opened:
        each.close()


def never(rule: str) -> Outcome:
    raise AssertionError(f"{rule} is the only rule")


@pytest.mark.parametrize("name", SPOILT)
def test_a_change_that_the_proof_of_edits_lets_through_is_caught(api: CircleCI, proof_by: Asking, name: str) -> None:
    spoils, why = SPOILT[name]
    outcome = changed_by([spoiling(spoils)], CONFIG)
    assert isinstance(outcome, Changed)
    proof = proof_by()
    refused = prove(outcome, proof, never)
    assert isinstance(refused, Failed)
    assert refused.rule == "spoiling"
    assert "the change of `spoiling` was not made, because" in refused.reason
    assert why in refused.reason
    assert (proof.compiled.refused, proof.compiled.compared) == (1, 0)
    assert api.faults == []


def test_a_change_of_one_rule_among_several_is_named(proof_by: Asking) -> None:
    spoils, _ = SPOILT["a script changed"]
    rules = [spoiling(spoils), *all_rules("unauthenticated-image")]
    config = CONFIG.replace(
        "        auth:\n          username: $DOCKERHUB_USERNAME\n          password: $DOCKERHUB_PASSWORD\n", ""
    )
    outcome = changed_by(rules, config)
    assert isinstance(outcome, Changed)
    assert {each.rule for each in outcome.applied} == {"spoiling", "unauthenticated-image"}
    by_id = {rule.id: rule for rule in rules}
    refused = prove(outcome, proof_by(), lambda rule: changed_by([by_id[rule]], config))
    assert isinstance(refused, Failed)
    assert refused.rule == "spoiling"
    assert len(refused.left) == len(outcome.applied) + len(outcome.left)


def all_rules(*ids: str) -> tuple[Rule, ...]:
    return load_rules(ids or tuple(rule_files(())), ())


GOOD = {
    "credentials for images": """\
version: 2.1
jobs:
  build:
    docker:
      - image: cimg/go:1.20
      - image: quay.io/acme/db:1
    steps: [checkout]
  test:
    docker:
      - image: cimg/go:1.20
    steps: [checkout]
workflows:
  main:
    jobs:
      - build
      - test:
          requires: [build]
          context: other
""",
    "a login": """\
version: 2
jobs:
  build:
    machine: true
    steps:
      - checkout
      - run: cat <<EOF
      - run: |
          set -e
          echo "$DOCKERHUB_PASSWORD" | docker login -u "$DOCKERHUB_USERNAME" --password-stdin
          docker pull cimg/go:1.20
          make && make push
      - run: docker login -u $DOCKERHUB_USERNAME -p $DOCKERHUB_PASSWORD
      - run:
          name: in the middle
          command: |
            make one
            docker login -u $DOCKERHUB_USERNAME -p $DOCKERHUB_PASSWORD
            make two
      - run: |
          if [ -n "$DOCKERHUB_PASSWORD" ]; then
            docker login -u $DOCKERHUB_USERNAME -p $DOCKERHUB_PASSWORD
          fi
      - run: |
          [ -n "$DOCKERHUB_PASSWORD" ] && docker login -u $DOCKERHUB_USERNAME -p $DOCKERHUB_PASSWORD
workflows:
  version: 2
  main: {jobs: [build]}
""",
    "secrets written out": """\
version: 2.1
jobs:
  build:
    docker:
      - image: cimg/go:1.20
        auth:
          username: acme
          password: Xk29vLq0pR7wXk29vLq0
    environment:
      API_TOKEN: Zk29vLq0pR7wXk29vLq1
      LEVEL: debug
    steps:
      - checkout
      - run:
          command: make
          environment: {NPM_TOKEN: Yk29vLq0pR7wXk29vLq2, A: b}
workflows:
  main: {jobs: [build]}
""",
}


@pytest.mark.parametrize("name", GOOD)
def test_what_the_rules_change_is_let_through(api: CircleCI, proof_by: Asking, name: str) -> None:
    outcome = changed_by(all_rules(), GOOD[name], review_too=True)
    assert isinstance(outcome, Changed)
    assert len(outcome.applied) > 1
    proof = proof_by()
    for _ in range(2):
        assert prove(outcome, proof, never) is outcome
    assert (proof.compiled.compared, proof.compiled.refused) == (1, 0)
    asked = [each.sent["data"] for each in api.requests if each.path.endswith("/compile")]
    assert len(asked) == 2  # the second time, the verdict was known
    assert all(each["references"] == {"org": {"id": api.organization("gh/acme").id}} for each in asked)


def test_workflows_whose_condition_does_not_hold_are_looked_at_as_well(api: CircleCI, proof_by: Asking) -> None:
    found = item_removed("workflows", "nightly", "jobs", "0", "build", "context", at=0, of=2)
    config = CONFIG.replace("context: [docker-hub-creds]\n\\Z", "")
    config = config[: config.rindex("[docker-hub-creds]")] + "[docker-hub-creds, nightly]\n"
    outcome = changed_by([spoiling(found)], config)
    assert "would lose the context `docker-hub-creds`" in proof_by()(outcome)  # type: ignore[arg-type]
    sent = [each.sent["data"]["attributes"] for each in api.requests if each.path.endswith("/compile")]
    assert [each.get("pipeline_parameters") for each in sent] == [None, None, {"nightly": True}, {"nightly": True}]


# -- what CircleCI does not say


def test_errors_that_were_there_before_stop_nothing(proof_by: Asking) -> None:
    config = GOOD["credentials for images"].replace("[build]", "[bild]")
    outcome = changed_by(all_rules("unauthenticated-image"), config)
    proof = proof_by()
    assert prove(outcome, proof, never) is outcome
    assert (proof.compiled.broken, proof.compiled.compared) == (1, 0)


@pytest.mark.parametrize("path", [".circleci/src/jobs/build.yml", "create.py"])
def test_what_is_no_whole_config_is_not_compiled(api: CircleCI, proof_by: Asking, path: str) -> None:
    proof = proof_by()
    part = "docker: [{image: cimg/go:1.20}]\nsteps: [checkout]\n"
    changed = Changed(path, part, part.replace("20", "21"), (), (), (), frozenset())
    assert proof(changed) == ""
    assert proof.compiled.partial == 1
    assert api.requests == []


TROUBLES = {
    "a token that is refused": ([faults.unauthorized(times=9)], "rejects the token"),
    "a limit without end": ([faults.rate_limited(times=99)], "still limits requests"),
    "a refusal": ([faults.refused(403, "Permission denied.", times=9)], "Permission denied."),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_where_circleci_cannot_be_asked_it_is_said_once(api: CircleCI, proof_by: Asking, name: str) -> None:
    troubles, why = TROUBLES[name]
    api.inject(*troubles)
    outcome = changed_by(all_rules("unauthenticated-image"), GOOD["credentials for images"])
    proof = proof_by()
    assert prove(outcome, proof, never) is outcome
    assert why in proof.compiled.reason
    assert proof.compiled.stops
    asked = len(api.requests)
    assert prove(outcome, proof, never) is outcome
    assert len(api.requests) == asked


def test_a_server_compiles_nothing(proof_by: Asking, api: CircleCI) -> None:
    api.is_server = True
    outcome = changed_by(all_rules("unauthenticated-image"), GOOD["credentials for images"])
    proof = proof_by()
    assert prove(outcome, proof, never) is outcome
    assert (proof.compiled.reason, proof.compiled.stops) == (NO_COMPILER, False)


@pytest.mark.parametrize("trouble", [faults.broken, faults.html, faults.not_json])
def test_a_config_that_circleci_fails_on_stays_as_it_is(
    api: CircleCI, proof_by: Asking, trouble: Callable[..., faults.Fault]
) -> None:
    api.inject(trouble(at="POST /api/v3", times=3))
    outcome = changed_by(all_rules("unauthenticated-image"), GOOD["credentials for images"])
    proof = proof_by()
    refused = prove(outcome, proof, never)
    assert isinstance(refused, Failed)
    assert "CircleCI did not compile it: CircleCI answered" in refused.reason
    assert not proof.compiled.reason
    assert prove(outcome, proof, never) is outcome  # the next time it does


def test_a_moment_of_trouble_is_waited_for(api: CircleCI, proof_by: Asking) -> None:
    api.inject(faults.rate_limited(), faults.broken(), faults.lost())
    outcome = changed_by(all_rules("unauthenticated-image"), GOOD["credentials for images"])
    proof = proof_by()
    assert prove(outcome, proof, never) is outcome
    assert proof.compiled.compared == 1


def test_an_organisation_that_the_token_does_not_see_is_left_out(api: CircleCI, proof_by: Asking) -> None:
    outcome = changed_by(all_rules("unauthenticated-image"), GOOD["credentials for images"])
    proof = proof_by(organization="gh/hidden")
    assert prove(outcome, proof, never) is outcome
    assert all("references" not in each.sent["data"] for each in api.requests if each.path.endswith("/compile"))


def test_verdicts_are_kept_without_a_word_of_the_config(api: CircleCI) -> None:
    kept: dict[str, str] = {}
    outcome = changed_by(all_rules(), GOOD["secrets written out"], review_too=True)
    assert isinstance(outcome, Changed)
    for _ in range(2):
        asking = Api(api.url, api.key, Budget(threading.Event()))
        whose = Whose("gh/acme", "gh/acme/api", POLICY)
        proof = CompileProof(Compiler(asking), lambda _: whose, kept.get, kept.__setitem__)  # noqa: B023
        assert proof(outcome) == ""
        assert proof.compiled.compared == 1
        asking.close()
    assert len([each for each in api.requests if each.path.endswith("/compile")]) == 2
    assert not any(secret in f"{kept}" for secret in outcome.secrets)


# -- real configs


@needs_corpus
def test_every_change_of_a_real_config_that_compiles_is_let_through(api: CircleCI, proof_by: Asking) -> None:
    api.compile = partial(small_compiler, keeps_orbs=True)
    rules = all_rules()
    refused, proof = {}, proof_by()
    for path in real_configs()[:: 1 if IS_SOAK else 3]:
        outcome = run(".circleci/config.yml", path.read_bytes(), rules, POLICY, choose_by_safety(review_too=True))
        proven = prove(outcome, proof, never_asked)
        if isinstance(outcome, Changed) and proven is not outcome:
            assert isinstance(proven, Failed)
            refused[path.name] = proven.reason
    assert refused == {}
    assert proof.compiled.compared > (70 if IS_SOAK else 20)


def never_asked(rule: str) -> Outcome:
    return Failed("", rule)
