"""What the rules on images say beside their edits: safety, requirements, warnings, and whole packed trees."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import dedent

import pytest

from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import contexts_of
from migrator.documents import open_document
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Decision, Outcome, Unchanged
from migrator.engine.passes import Proposal, migrate
from migrator.engine.views import read_siblings
from migrator.policy import Aws, Policy, Registry
from migrator.rule import Finding, Requirement, Rule, Safety
from migrator.tree import Text
from tests.circleci.views import config_of

QUAY = Registry("quay.io", "$QUAY_USERNAME", "$QUAY_PASSWORD", "quay-creds")
HUB_VARIABLES = ("DOCKERHUB_USERNAME", "DOCKERHUB_PASSWORD")
JOB = """
    version: 2.1
    jobs:
      build:
        docker: [{image: cimg/go:1.22}]
        steps: [checkout]
    """


ORB = "description: x\nexecutors: {e: {docker: [{image: cimg/go}]}}\n"
AUTH = "    auth:\n      username: $DOCKERHUB_USERNAME\n      password: $DOCKERHUB_PASSWORD\n"


def findings(text: str, policy: Policy | None = None, path: str = ".circleci/config.yml", **tree: str) -> list[Finding]:
    (rule,) = load_rules(["unauthenticated-image"])
    return list(rule.check(config_of(text, path, tree), policy or Policy()))


def only(text: str, policy: Policy | None = None, path: str = ".circleci/config.yml") -> Finding:
    (finding,) = findings(text, policy, path)
    return finding


def with_workflow(invocations: str, more: str = "") -> str:
    return dedent(JOB) + dedent(more) + f"workflows:\n  main:\n    jobs: [{invocations}]\n"


def settle(tree: dict[str, str], policy: Policy | None = None, skip: tuple[str, ...] = ()) -> dict[str, str]:
    """Every file after one run over each of them, as they were before the run."""
    rules = load_rules(["unauthenticated-image"])
    after = dict(tree)
    for path, text in tree.items():
        siblings = read_siblings([(other, tree[other].encode()) for other in tree if other != path])
        outcome = drive(path, text, rules, policy or Policy(), siblings, skip)
        if isinstance(outcome, Changed):
            after[path] = outcome.after
        else:
            assert isinstance(outcome, Unchanged), outcome
    return after


def drive(
    path: str, text: str, rules: Sequence[Rule], policy: Policy, siblings: list[Config], skip: tuple[str, ...]
) -> Outcome:
    made = frozenset() if skip else frozenset({Safety.SAFE, Safety.REVIEW})
    steps = migrate(open_document(path, text.encode()), path, rules, policy, siblings=siblings, made=made)
    try:
        proposal: Proposal = next(steps)
        while True:
            wanted = not any(word in proposal.located.message for word in skip)
            proposal = steps.send(Decision.APPLY if wanted else Decision.SKIP)
    except StopIteration as stop:
        outcome: Outcome = stop.value
        return outcome


def test_a_finding_names_image_job_and_registry_and_is_at_the_image() -> None:
    finding = only(with_workflow("build"))
    assert finding.message == "`cimg/go:1.22` in job `build` is pulled from docker.io without `auth`"
    assert finding.safety is Safety.SAFE
    assert getattr(finding.node, "value", None) == "cimg/go:1.22"
    assert finding.subject == "cimg/go"


def test_a_context_is_required_with_its_variables() -> None:
    assert only(with_workflow("build")).requirements == (Requirement("context", "docker-hub-creds", HUB_VARIABLES),)


def test_a_job_that_is_never_invoked_requires_nothing() -> None:
    finding = only(with_workflow("other", "  other: {machine: true}\n"))
    assert finding.requirements == ()
    assert len(finding.changes) == 1


IN_ANOTHER_FILE = "the workflows are in another file, where the context docker-hub-creds can provide them too"


@pytest.mark.parametrize(
    ("text", "policy", "path", "reason"),
    [
        (JOB, Policy(), ".circleci/config.yml", "no workflow is here"),
        (with_workflow("build"), Policy(credentials="project"), ".circleci/config.yml", "the policy takes"),
        ("docker: [{image: cimg/go}]\nsteps: []\n", Policy(), "src/jobs/build.yml", IN_ANOTHER_FILE),
        (JOB.replace("version: 2.1", ""), Policy(), ".circleci/continue/jobs.yml", IN_ANOTHER_FILE),
        (
            "description: x\nexecutors: {e: {docker: [{image: cimg/go}]}}\n",
            Policy(),
            "src/@orb.yml",
            "the projects that",
        ),
    ],
)
def test_where_no_context_can_be_given_the_project_has_to_have_the_variables(
    text: str, policy: Policy, path: str, reason: str
) -> None:
    (requirement,) = only(text, policy, path).requirements
    assert requirement.kind == "project-env"
    assert requirement.name.startswith(reason)
    assert requirement.variables == HUB_VARIABLES


def test_an_image_of_an_orb_warns_that_its_users_give_the_context() -> None:
    finding = only(ORB, path="src/@orb.yml")
    assert finding.warnings == (
        "executor `e` is part of an orb: projects that use it must add the context `docker-hub-creds`",
    )


def test_a_role_of_aws_requires_nothing() -> None:
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/a"
    text = with_workflow("build").replace("cimg/go:1.22", image)
    finding = only(text, Policy(aws=Aws(oidc_role_arn="arn:aws:iam::123456789012:role/x")))
    assert finding.requirements == ()
    assert len(finding.changes) == 1


def test_a_workflow_on_a_schedule_is_warned_of_also_through_a_job_group() -> None:
    text = dedent(JOB) + dedent("""
        job-groups: {all: {jobs: [build]}}
        workflows:
          nightly:
            triggers: [{schedule: {cron: "0 0 * * *"}}]
            jobs: [all]
        """)
    assert only(text).warnings == ("`nightly` runs on a schedule: it fails if the context is restricted",)
    left = only(text, Policy(scheduled="skip"))
    assert left.warnings == ("`nightly` runs on a schedule and gets no context, because of the policy",)
    assert left.requirements == ()
    assert len(left.changes) == 1


def test_an_appended_context_is_warned_of_since_a_later_one_overrides() -> None:
    (warning,) = only(with_workflow("{build: {context: [a]}}")).warnings
    assert "`docker-hub-creds` is added last" in warning
    assert only(with_workflow("{build: {context: []}}")).warnings == ()


def test_contexts_of_the_policy_with_other_variables_do_not_clash() -> None:
    policy = Policy().with_registry(QUAY)
    assert only(with_workflow("{build: {context: quay-creds}}"), policy).warnings == ()
    assert (
        "`docker-hub-creds` is added last"
        in only(with_workflow("{build: {context: [quay-creds, org]}}"), policy).warnings[0]
    )


def test_a_second_context_and_a_role_are_warned_of_on_a_server() -> None:
    policy = Policy(target="server", aws=Aws(oidc_role_arn="arn:aws:iam::123456789012:role/x"))
    text = with_workflow("build, {other: {context: org}}", "  other: {machine: true}\n")
    told = "CircleCI Server documents one context per workflow, but `main` also has `org`"
    assert only(text, policy).warnings == (told,)
    assert only(text).warnings == only(with_workflow("build"), policy).warnings == ()
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/a"
    (warning,) = only(text.replace("cimg/go:1.22", image), policy).warnings
    assert warning == "pulling from ECR with a role is documented for CircleCI Cloud only"


def test_an_expression_in_place_of_the_contexts_makes_the_fix_one_for_review() -> None:
    finding = only(with_workflow('{build: {context: "<< pipeline.parameters.c >>"}}'))
    assert finding.safety is Safety.REVIEW
    assert "add `docker-hub-creds` to it" in finding.warnings[0]
    assert len(finding.changes) == 1


def test_an_overridden_job_is_warned_of() -> None:
    finding = only(with_workflow("{build: {override-with: acme/build}}"))
    assert finding.warnings == ("`acme/build` runs instead of `build`",)


def test_a_job_whose_executor_an_expression_decides_is_warned_of() -> None:
    text = """
        executors: {e: {docker: [{image: cimg/go}]}}
        jobs: {a: {executor: << pipeline.parameters.e >>}}
        workflows: {w: {jobs: [a]}}
        """
    (warning,) = only(text).warnings
    assert warning == (
        "an expression chooses the executor of job `a`: if that is `e`, add the context `docker-hub-creds`"
    )


def test_an_executor_that_an_orb_may_run_on_is_warned_of_with_what_it_would_need() -> None:
    finding = only("""
        orbs: {acme: acme/ci@1}
        executors: {e: {docker: [{image: cimg/go}]}}
        workflows: {w: {jobs: [acme/test: {on: e}]}}
        """)
    assert len(finding.changes) == 1
    (warning,) = finding.warnings
    assert warning.startswith("`acme/test` passes `e` to `on`, whose type only the orb knows: if it runs on that")
    assert finding.requirements == (Requirement("context", "docker-hub-creds", HUB_VARIABLES),)


def test_an_image_that_a_variable_decides_is_told() -> None:
    finding = only(with_workflow("build").replace("cimg/go:1.22", "$ECR_ENDPOINT/tools"))
    assert finding.safety is Safety.MANUAL
    assert "depending on a variable" in finding.message


@pytest.mark.parametrize(("hole", "decides"), [("<< pipeline.number >>", "a parameter"), ("$APP", "a variable")])
def test_an_image_that_the_policy_may_name_is_told_so(hole: str, decides: str) -> None:
    policy = Policy(registries=(Registry("docker.io", "$U", "$P", "hub", images=("acme/private-*",)),))
    finding = only(with_workflow("build").replace("cimg/go:1.22", f"acme/{hole}"), policy)
    assert "may match the policy" in finding.message
    assert decides in finding.message


def test_findings_that_share_an_edit_ask_for_the_same_one() -> None:
    text = with_workflow("build").replace("docker: [", "docker: [{image: postgres}, ")
    one, other = findings(text)
    assert one.changes[1] == other.changes[1]
    assert one.changes[0] != other.changes[0]


def test_two_contexts_fit_into_an_empty_list_that_is_shared() -> None:
    text = dedent("""
        jobs:
          one:
            docker:
              - image: quay.io/a/b
              - image: cimg/go
        workflows:
          w:
            jobs: &jobs
              - one: {context: []}
          v:
            jobs: *jobs
        """)
    (after,) = settle({"config.yml": text}, Policy().with_registry(QUAY)).values()
    assert "{context: [quay-creds, docker-hub-creds]}" in after or "{context: [docker-hub-creds, quay-creds]}" in after
    assert after.count("auth:") == 2


def test_a_skipped_finding_leaves_no_trace_in_the_others() -> None:
    policy = Policy().with_registry(QUAY)
    images = "      - image: cimg/go\n      - image: quay.io/a/b\n"
    text = f"jobs:\n  build:\n    docker:\n{images}workflows:\n  w:\n    jobs:\n      - build\n"
    (after,) = settle({"config.yml": text}, policy, skip=("quay",)).values()
    assert "quay-creds" not in after
    assert after.count("docker-hub-creds") == 1
    (after,) = settle({"config.yml": text}, policy).values()
    assert "context:\n            - docker-hub-creds\n            - quay-creds\n" in after


IGNORED = "  # migrator: ignore[unauthenticated-image] public, and forks build with it\n"


def test_an_image_that_a_comment_leaves_alone_brings_no_context_by_a_shared_body() -> None:
    text = dedent("""
        body: &body {context: org}
        jobs:
          one:
            docker:
              - image: cimg/goIGNORED
          two:
            docker:
              - image: acme/app
        workflows:
          w:
            jobs:
              - one: *body
              - two: *body
        """).replace("IGNORED\n", IGNORED)
    (after,) = settle({"config.yml": text}).values()
    assert after.count("auth:") == 1
    assert "body: &body {context: org}\n" in after
    assert "- one: *body\n" in after
    assert after.count("docker-hub-creds") == 1


def test_a_fix_for_review_brings_no_context_by_a_body_that_a_safe_one_shares() -> None:
    text = dedent("""
        body: &body {context: org}
        jobs:
          one: {docker: [{image: cimg/go}]}
          two: {docker: [{image: acme/app}]}
        workflows:
          w:
            jobs:
              - one: *body
              - one: {name: again, context: << pipeline.parameters.c >>}
              - two: *body
        """)
    reviewed, safe = findings(text)
    assert (reviewed.safety, safe.safety) == (Safety.REVIEW, Safety.SAFE)
    (after,) = settle({"config.yml": text}, skip=("cimg/go",)).values()
    assert "body: &body {context: org}\n" in after
    assert "- one: *body\n" in after
    assert after.count("docker-hub-creds") == 1


def test_an_image_that_a_comment_leaves_alone_brings_no_context_to_another_file() -> None:
    job = ".circleci/src/jobs/build.yml"
    tree = {**PACKED, job: PACKED[job].replace("cimg/node:20.1\n", f"cimg/node:20.1{IGNORED}")}
    after = settle(tree)
    assert after[job] == tree[job]
    assert "- build\n" in after[".circleci/src/workflows/ci.yml"]


def test_a_literal_password_beside_an_image_is_named_as_a_secret_and_never_shown() -> None:
    (rule,) = load_rules(["broken-auth"])
    for auth in ("username: bot, password: s3cr3t-word", "auth: [{username: bot}, {password: s3cr3t-word}]"):
        config = config_of(f"jobs: {{build: {{docker: [{{image: acme/app, {auth}}}]}}}}\n")
        (finding,) = rule.check(config, Policy())
        assert finding.secrets == ("s3cr3t-word",)
        assert finding.safety is Safety.REVIEW
        assert "s3cr3t-word" not in repr((finding.message, finding.warnings, finding.subject, finding.requirements))


def broken(text: str, policy: Policy | None = None) -> Finding:
    (rule,) = load_rules(["broken-auth"])
    (finding,) = rule.check(config_of(text), policy or Policy())
    return finding


LOOSE = dedent("""
    jobs:
      build: {docker: [{image: acme/app, username: $DOCKERHUB_USERNAME, password: $DOCKERHUB_PASSWORD}]}
      other: {machine: true}
    """)


def test_fixed_credentials_of_the_policy_require_its_context_and_others_the_variables() -> None:
    workflow = "workflows: {w: {jobs: [build, other]}}\n"
    finding = broken(LOOSE + workflow)
    assert finding.requirements == (Requirement("context", "docker-hub-creds", HUB_VARIABLES),)
    assert len(finding.changes) == 4
    project = (Requirement("project-env", "`auth` that was ignored takes effect", HUB_VARIABLES),)
    for text, policy in ((LOOSE, Policy()), (LOOSE + workflow, Policy(credentials="project"))):
        assert broken(text, policy).requirements == project
        assert len(broken(text, policy).changes) == 3
    others = broken((LOOSE + workflow).replace("DOCKERHUB_", "OUR_"))
    assert others.requirements[0].variables == ("OUR_USERNAME", "OUR_PASSWORD")
    assert "must be set in its jobs" in others.warnings[0]
    assert len(others.changes) == 3
    unused = broken(LOOSE + "workflows: {w: {jobs: [other]}}\n")
    assert unused.requirements == ()


def test_credentials_of_another_registry_are_told_and_not_put_to_use() -> None:
    for auth in ("username: $DOCKERHUB_USERNAME, password: $DOCKERHUB_PASSWORD", "auth: *hub"):
        text = dedent(f"""
            hub: &hub [{{username: $DOCKERHUB_USERNAME}}, {{password: $DOCKERHUB_PASSWORD}}]
            jobs:
              build:
                docker:
                  - {{image: ghcr.io/acme/app, {auth}}}
            workflows: {{w: {{jobs: [build]}}}}
            """)
        finding = broken(text)
        assert finding.changes == ()
        assert finding.safety is Safety.MANUAL
        assert finding.message.endswith(": they are the credentials for docker.io, but `ghcr.io` needs others or none")


def test_a_fix_whose_context_has_no_clean_edit_is_manual() -> None:
    finding = broken(LOOSE + "workflows: {w: {jobs: [build: &b {requires: [x]}, other: *b]}}\n")
    assert finding.safety is Safety.MANUAL
    assert "it must be fixed by hand: the context `docker-hub-creds` cannot be added to `build`" in finding.message


@pytest.mark.parametrize(
    ("auth", "told"),
    [
        ("", "is empty"),
        ("'s3cr3t-word'", "is a string"),
        ("{username: bot}", "has no `password`"),
        ("{username: bot, password: }", "has no `password`"),
        ("{user: bot, pass: s3cr3t-word}", "has no `username` and no `password`"),
    ],
)
def test_auth_of_no_use_is_told_without_its_words(auth: str, told: str) -> None:
    finding = broken(f"jobs:\n  build:\n    docker:\n      - image: acme/app\n        auth: {auth}\n")
    assert finding.message == f"`auth` of `acme/app` {told}: CircleCI needs a username and a password"
    assert finding.safety is Safety.MANUAL
    assert ("s3cr3t-word" in finding.secrets) == ("'" in auth)


def test_both_rules_leave_an_image_to_one_of_them() -> None:
    rules = load_rules(["broken-auth", "unauthenticated-image"])
    text = "hub: &hub {username: $U, password: $P}\njobs: {build: {docker: [{image: acme/app, <<: *hub}]}}\n"
    found = [f.rule for rule in rules for f in rule.check(config_of(text), Policy())]
    assert found == ["broken-auth"]


PACKED = {
    ".circleci/src/@config.yml": "version: 2.1\n",
    ".circleci/src/executors/go.yml": "docker:\n  - image: cimg/go:1.22\n",
    ".circleci/src/executors/done.yml": "docker:\n  - image: cimg/go:1.22\n" + AUTH,
    ".circleci/src/jobs/build.yml": "docker:\n  - image: cimg/node:20.1\nsteps:\n  - checkout\n",
    ".circleci/src/jobs/test.yml": "executor: go\nsteps:\n  - checkout\n",
    ".circleci/src/jobs/lint.yml": "executor: done\nsteps:\n  - checkout\n",
    ".circleci/src/jobs/package.yml": "machine: true\nsteps:\n  - checkout\n",
    ".circleci/src/workflows/ci.yml": (
        "jobs:\n  - build\n  - test\n  - lint:\n      context: docker-hub-creds\n  - package\n"
    ),
}


def test_a_packed_tree_gets_auth_and_contexts_each_in_its_file_and_settles() -> None:
    after = settle(PACKED)
    assert after[".circleci/src/executors/go.yml"] == PACKED[".circleci/src/executors/go.yml"] + AUTH
    assert after[".circleci/src/jobs/build.yml"] == f"docker:\n  - image: cimg/node:20.1\n{AUTH}steps:\n  - checkout\n"
    context = "      context:\n        - docker-hub-creds\n"
    assert after[".circleci/src/workflows/ci.yml"] == (
        f"jobs:\n  - build:\n{context}  - test:\n{context}  - lint:\n      context: docker-hub-creds\n  - package\n"
    )
    changed = {path for path in PACKED if after[path] != PACKED[path]}
    assert len(changed) == 3
    assert settle(after) == after


def test_a_described_job_of_a_packed_tree_requires_the_context() -> None:
    described = {path: f"description: x\n{text}" if "/jobs/" in path else text for path, text in PACKED.items()}
    here = ".circleci/src/jobs/build.yml"
    rest = {path: text for path, text in described.items() if path != here}
    (finding,) = findings(described[here], None, here, **rest)
    assert finding.requirements == (Requirement("context", "docker-hub-creds", HUB_VARIABLES),)


def test_a_workflow_file_says_which_image_needs_its_context() -> None:
    here = ".circleci/src/workflows/ci.yml"
    rest = {path: text for path, text in PACKED.items() if path != here}
    (rule,) = load_rules(["unauthenticated-image"])
    messages = [f.message for f in rule.check(config_of(PACKED[here], here, rest), Policy())]
    assert messages == [
        "`test` pulls `cimg/go:1.22` with credentials but lacks the context `docker-hub-creds`",
        "`build` pulls `cimg/node:20.1` with credentials but lacks the context `docker-hub-creds`",
    ]


def test_a_scheduled_workflow_of_a_packed_tree_is_warned_of_and_left_where_the_policy_says_so() -> None:
    here = ".circleci/src/workflows/@night.yml"
    jobs = "jobs: &jobs [build]"
    text = f"nightly:\n  triggers: [{{schedule: {{cron: '0 0 * * *'}}}}]\n  {jobs}\nmain:\n  {jobs}\n"
    (rule,) = load_rules(["unauthenticated-image"])

    def told(text: str, policy: Policy) -> list[tuple[int, tuple[str, ...]]]:
        return [(len(f.changes), f.warnings) for f in rule.check(config_of(text, here, PACKED), policy)]

    warned = (1, ("`nightly` runs on a schedule: it fails if the context is restricted",))
    assert told(text, Policy()) == [warned, (1, ())]
    left = (0, ("`nightly` runs on a schedule and gets no context, because of the policy",))
    assert told(text, Policy(scheduled="skip")) == [(1, ())]
    shared = text.replace("main:\n  jobs: &jobs [build]", "main:\n  jobs: *jobs")
    assert told(shared, Policy(scheduled="skip")) == [left]


def test_project_variables_leave_the_workflows_of_a_packed_tree_alone() -> None:
    after = settle(PACKED, Policy(credentials="project"))
    assert after[".circleci/src/workflows/ci.yml"] == PACKED[".circleci/src/workflows/ci.yml"]


def test_a_job_that_many_workflows_invoke_is_one_finding() -> None:
    invocations = ", ".join(f"{{build: {{name: b{n}}}}}" for n in range(500))
    assert len(only(with_workflow(invocations)).changes) == 501


def test_what_is_written_out_of_a_shared_body_misses_nothing_that_the_body_gains() -> None:
    text = dedent("""
        jobs:
          one:
            docker:
              - image: cimg/go
          two:
            docker:
              - image: quay.io/a/b
              - image: cimg/go
        workflows:
          w:
            jobs:
              - one: &body
                  context:
                    - shared
              - two: *body
        """)
    (after,) = settle({"config.yml": text}, Policy().with_registry(QUAY)).values()
    contexts = {i.name: contexts_of(i.argument("context") or Text("", 0, 0, 0)) for i in config_of(after).invocations}
    assert contexts == {
        "one": ("shared", "docker-hub-creds"),
        "two": ("shared", "docker-hub-creds", "quay-creds"),
    }


def test_the_policy_that_a_person_names_is_meant_also_where_a_file_has_credentials_of_its_own() -> None:
    auth = "{username: $HUB_USER, password: $HUB_PASS}"
    own = f"  own:\n    docker: [{{image: acme/app, auth: {auth}}}]\n    steps: [checkout]\n"
    text = with_workflow("build, own").replace("workflows:", f"{own}workflows:")
    told = "; other images here use `$HUB_USER` and `$HUB_PASS`, the policy has `$DOCKERHUB_USERNAME` and "
    told += "`$DOCKERHUB_PASSWORD` from `docker-hub-creds`"
    guessed, decided = only(text), only(text, Policy(found="flag"))
    before = Requirement("project-env", "other images are pulled with them", ("HUB_USER", "HUB_PASS"), new=False)
    assert (guessed.safety, guessed.requirements) == (Safety.REVIEW, (before,))
    assert decided.safety is Safety.SAFE
    assert decided.requirements == (Requirement("context", "docker-hub-creds", HUB_VARIABLES),)
    assert guessed.message.endswith(told)
    assert decided.message.endswith(told)
