"""What `distant-ecr-image` says, and how sure it is; what it writes is on its page."""

from __future__ import annotations

import pytest

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Located, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Aws, Policy
from migrator.rule import Safety
from migrator.startup.records import replace

EU = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
COPIED = replace(Policy(), ecr_copied=("team/*",))


def findings(text: str, policy: Policy = COPIED) -> list[Located]:
    outcome = run(
        "config.yml", text.encode(), load_rules(["distant-ecr-image"]), policy, choose_by_safety(review_too=True)
    )
    assert isinstance(outcome, Changed | Unchanged), outcome
    return [*(outcome.applied if isinstance(outcome, Changed) else ()), *outcome.left]


def finding(text: str, policy: Policy = COPIED) -> Located:
    (found,) = findings(text, policy)
    return found


def job(image: str, more: str = "", steps: str = "[checkout]") -> str:
    return f"version: 2.1\njobs:\n  build:\n{more}    docker:\n      - image: {image}\n    steps: {steps}\n"


PARAMETER = "    parameters:\n      {0}:\n        type: string\n        default: {1}\n"


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        (job(f"{EU}/team/app:1"), replace(COPIED, target="server")),
        (job(f"{EU}/team/app:1"), replace(COPIED, ecr_home_region="eu-west-1")),
        (job(f"{EU}/team/app:1", "    resource_class: acme/near\n"), COPIED),
        (job("public.ecr.aws/team/app:1"), COPIED),
        (job("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/app:1"), COPIED),
        (job(f"{EU}/quay/team/app:1"), COPIED),
        (job(EU), COPIED),
        (job("<< parameters.image >>", "    parameters:\n      image: {type: string}\n"), COPIED),
        (
            "version: 2.1\norbs: {aws-ecr: circleci/aws-cli@5.1.0}\n"
            + job("cimg/base:2026.01", steps=f"[aws-ecr/x: {{a: '{EU}/b'}}]")[13:],
            COPIED,
        ),
    ],
)
def test_nothing_is_said(text: str, policy: Policy) -> None:
    assert findings(text, policy) == []


def test_a_suggestion_tells_every_step() -> None:
    found = finding(job(f"{EU}/team/app:1"), Policy())
    assert found.safety is Safety.MANUAL
    assert not found.fix
    assert f"`{EU}/team/app:1` in job `build` is pulled from eu-west-1" in found.message
    assert "--ecr-plan" in found.message
    told = "\n".join(found.warnings)
    home = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    assert "aws ecr create-repository --region us-east-1 --repository-name team/app" in told
    assert f"skopeo copy --all --preserve-digests docker://{EU}/team/app:1 docker://{home}/team/app:1" in told
    assert "crane copy" in told
    assert "docker buildx imagetools create" in told
    assert "describe-registry" in told
    assert "start-replication-backfill" in told
    assert "arn:aws:ecr:us-east-1:123456789012:repository/team/app" in told
    assert found.data == (("ecr-image", f"{EU}/team/app:1"),)


def test_commands_quote_what_a_shell_would_obey() -> None:
    found = finding(job(f"'{EU}/a;b'"), Policy())
    assert "--repository-name 'a;b'" in found.warnings[0]


def test_a_copy_that_the_policy_names_is_safe_and_in_no_plan() -> None:
    found = finding(job(f"{EU}/team/app:1"))
    assert (found.safety, found.applied, found.data) == (Safety.SAFE, True, ())
    assert found.warnings == (
        "the IAM policy of whoever pulls it must allow arn:aws:ecr:us-east-1:123456789012:repository/team/app too",
    )


def test_a_tag_of_the_pipeline_itself_is_warned_of() -> None:
    found = finding(job(f"{EU}/team/app:<< pipeline.git.revision >>"))
    assert found.safety is Safety.SAFE
    assert "it must push to both regions" in found.warnings[-1]


def test_us_east_2_is_of_little_use_and_in_no_plan() -> None:
    found = finding(job(f"{EU.replace('eu-west-1', 'us-east-2')}/other/app:1"))
    assert found.safety is Safety.MANUAL
    assert "a copy in us-east-1 would help little" in found.message
    assert found.data == ()


def test_what_parameters_make_of_an_image_is_in_the_plan() -> None:
    text = job(
        f"{EU}/<< parameters.name >>:<< parameters.tag >>",
        "    parameters:\n      name: {type: string}\n      tag: {type: string}\n",
    )
    text += "workflows:\n  main:\n    jobs:\n      - build: {name: a, tag: '1'}\n      - build: {name: b, tag: '2'}\n"
    found = finding(text, Policy())
    images = {image for _, image in found.data}
    assert {f"{EU}/a:1", f"{EU}/b:2"} <= images
    assert "<<" not in "".join(images)


def test_an_image_that_only_parameters_know_is_in_the_plan_as_it_is_written() -> None:
    found = finding(job(f"{EU}/app:<< parameters.tag >>", "    parameters:\n      tag: {type: string}\n"), Policy())
    assert found.data == (("ecr-image", f"{EU}/app:<< parameters.tag >>"),)


def test_a_region_that_a_parameter_decides_is_reported() -> None:
    found = finding(
        job("123456789012.dkr.ecr.<< parameters.r >>.amazonaws.com/team/a:1", PARAMETER.format("r", "eu-west-1"))
    )
    assert found.safety is Safety.MANUAL
    assert "is pulled from `eu-west-1`, depending on parameters" in found.message
    assert found.data == (("ecr-image", f"{EU}/team/a:1"),)


def test_a_default_is_reported_where_it_is() -> None:
    found = finding(job("<< parameters.image >>", PARAMETER.format("image", f"{EU}/team/app:1")))
    assert (found.line, found.column) == (7, 18)
    assert "the default of `image`" in found.message
    assert found.safety is Safety.SAFE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            job(
                "<< parameters.image >>",
                PARAMETER.format("image", f"{EU}/team/app:1"),
                "[run: docker push << parameters.image >>]",
            ),
            "`parameters.image` is also used elsewhere",
        ),
        (
            job(f"&app {EU}/team/app:1\n        environment: {{IMAGE: *app}}"),
            "the anchor `app` is also used elsewhere",
        ),
        (
            f"version: 2.1\nparameters:\n  image: {{type: string, default: '{EU}/team/app:1'}}\n"
            + job("<< pipeline.parameters.image >>", steps="[run: docker push << pipeline.parameters.image >>]")[13:],
            "`pipeline.parameters.image` is also used elsewhere",
        ),
        (
            (
                f"version: 2.1\nexecutors:\n  app: {{docker: [{{image: '{EU}/team/app:1'}}]}}\njobs:\n"
                "  near: {executor: app, resource_class: acme/near, steps: [checkout]}\n"
                "  far: {executor: app, steps: [checkout]}\n"
            ),
            "self-hosted runners",
        ),
    ],
)
def test_what_reaches_further_needs_review(text: str, why: str) -> None:
    found = finding(text)
    assert found.safety is Safety.REVIEW
    assert why in found.warnings[0]


@pytest.mark.parametrize(
    ("step", "place"),
    [
        (f"aws-ecr/build_image: {{repo: a, extra_build_args: '--build-arg A={EU}/team/app:1'}}", "extra_build_args"),
        (f"aws-ecr/build-image: {{account-url: {EU}}}", "account-url"),
    ],
)
def test_what_the_orb_is_given_is_told_only(step: str, place: str) -> None:
    text = (
        "version: 2.1\norbs:\n  aws-ecr: circleci/aws-ecr@9.3.1\n"
        + job("cimg/base:2026.01", steps=f"[{{{step}}}]")[13:]
    )
    found = finding(text)
    assert found.safety is Safety.MANUAL
    assert f"in `{place}` of `aws-ecr/build" in found.message
    assert found.data == ()


def orb_steps(jobs: str, commands: str = "", orb: str = "circleci/aws-ecr@9.3.1") -> str:
    step = f"aws-ecr/ecr_login: {{account_url: {EU}}}"
    return f"version: 2.1\norbs: {{aws-ecr: {orb}}}\n{commands}jobs:\n{jobs}".replace("STEP", step)


NEAR = "resource_class: acme/near, machine: true"


@pytest.mark.parametrize(
    "text",
    [
        orb_steps(f"  a: {{{NEAR}, steps: [STEP]}}\n"),
        orb_steps(f"  a: {{{NEAR}, steps: [when: {{condition: x, steps: [STEP]}}]}}\n"),
        orb_steps(f"  a: {{{NEAR}, steps: [log]}}\n", "commands: {log: {steps: [STEP]}}\n"),
        orb_steps("  a: {executor: e, steps: [STEP]}\n", f"executors: {{e: {{{NEAR}}}}}\n"),
        orb_steps(f"  a: {{{NEAR}, steps: []}}\nworkflows: {{m: {{jobs: [a: {{pre-steps: [STEP]}}]}}}}\n"),
    ],
)
def test_what_the_orb_is_given_on_self_hosted_runners_is_not_told(text: str) -> None:
    assert findings(text) == []
    assert len(findings(text.replace("acme/near", "large"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        orb_steps(
            f"  a: {{{NEAR}, steps: [log]}}\n  b: {{machine: true, steps: [log]}}\n",
            "commands: {log: {steps: [STEP]}}\n",
        ),
        orb_steps(f"  a: {{{NEAR}, steps: []}}\n", "commands: {log: {steps: [STEP]}}\n"),
        orb_steps(f"  a: {{{NEAR}, steps: []}}\nworkflows: {{m: {{jobs: [aws-ecr/x: {{pre-steps: [STEP]}}]}}}}\n"),
    ],
)
def test_what_the_orb_may_be_given_elsewhere_too_is_told(text: str) -> None:
    assert finding(text).safety is Safety.MANUAL


def test_the_orb_is_told_that_us_east_2_is_of_little_use() -> None:
    found = finding(orb_steps("  a: {machine: true, steps: [STEP]}\n").replace("eu-west-1", "us-east-2"))
    assert "where CircleCI has machines too: a copy in us-east-1 would help little" in found.message
    assert "far from" not in found.message


def test_a_copy_of_what_is_in_us_east_2_is_not_said_to_be_far() -> None:
    found = finding(job(f"{EU}/team/app:1".replace("eu-west-1", "us-east-2")))
    assert found.safety is Safety.SAFE
    assert (
        "is pulled from us-east-2, where CircleCI has machines too, and the policy lists a copy in us-east-1"
        in found.message
    )


@pytest.mark.parametrize("copied", [(), ("team/*",)])
def test_only_the_regions_of_circleci_are_said_to_have_its_machines(copied: tuple[str, ...]) -> None:
    text = job(f"{EU}/team/app:1".replace("eu-west-1", "us-east-1"))
    found = finding(text, replace(Policy(), ecr_home_region="eu-west-1", ecr_copied=copied))
    assert "is pulled from us-east-1, far from the home region eu-west-1" in found.message
    assert "CircleCI's machines" not in found.message
    at_home = finding(job(f"{EU}/team/app:1"), replace(Policy(), ecr_copied=copied))
    assert "far from CircleCI's machines in us-east-1" in at_home.message


def test_a_parameter_that_decides_for_us_east_2_is_told_to_be_of_little_use() -> None:
    found = finding(
        job(EU.replace("eu-west-1", "<< parameters.region >>") + "/a/b", PARAMETER.format("region", "us-east-2"))
    )
    assert "a copy in us-east-1 would help little" in found.message
    assert found.data == ()


CLASS = "    parameters:\n      class: {type: string, default: DEFAULT}\n    resource_class: << parameters.class >>\n"
GIVEN = "workflows:\n  main:\n    jobs:\n      - build: {class: FIRST}\n      - build: {name: b, class: SECOND}\n"


@pytest.mark.parametrize(
    ("default", "first", "second"),
    [("medium", "acme/near", "acme/near"), ("acme/near", "acme/far", "acme/near")],
)
def test_a_self_hosted_runner_that_every_invocation_names_is_quiet(default: str, first: str, second: str) -> None:
    text = job(f"{EU}/team/app:1", CLASS.replace("DEFAULT", default))
    assert findings(text + GIVEN.replace("FIRST", first).replace("SECOND", second)) == []


@pytest.mark.parametrize(("first", "second"), [("acme/near", "medium"), ("large", "acme/near")])
def test_a_self_hosted_runner_that_some_invocation_names_needs_review(first: str, second: str) -> None:
    text = job(f"{EU}/team/app:1", CLASS.replace("DEFAULT", "acme/near"))
    found = finding(text + GIVEN.replace("FIRST", first).replace("SECOND", second))
    assert found.safety is Safety.REVIEW
    assert "self-hosted runners" in found.warnings[0]


def test_what_a_job_of_the_orb_is_given_in_a_workflow_is_told_too() -> None:
    text = "version: 2.1\norbs:\n  ecr: circleci/aws-ecr@9.3.1\nworkflows:\n  main:\n    jobs:\n"
    text += (
        f"      - ecr/build_and_push_image:\n          context: c\n          extra_build_args: --cache-from {EU}/a:1\n"
    )
    assert "`extra_build_args` of `ecr/build_and_push_image`" in finding(text).message


def test_what_another_file_of_a_packed_tree_is_given_is_reported_where_it_is() -> None:
    job_file = "parameters:\n  image: {type: string}\ndocker:\n  - image: << parameters.image >>\nsteps: [checkout]\n"
    workflow = f"jobs:\n  - build:\n      image: {EU}/team/app:1\n"
    files = {"src/jobs/build.yml": job_file.encode(), "src/workflows/main.yml": workflow.encode()}
    rules = load_rules(["distant-ecr-image"])
    for path, data in files.items():
        others = [pair for pair in files.items() if pair[0] != path]
        outcome = run(path, data, rules, COPIED, choose_by_safety(review_too=False), others)
        if path.endswith("main.yml"):
            assert isinstance(outcome, Changed)
            assert outcome.after == workflow.replace("eu-west-1", "us-east-1")
        else:
            assert isinstance(outcome, Unchanged)
            assert outcome.left == ()


def test_an_anchor_that_self_hosted_runners_share_needs_review() -> None:
    text = f"version: 2.1\nx: &app {EU}/team/app:1\njobs:\n  near:\n    resource_class: acme/near\n"
    text += "    docker: [{image: *app}]\n    steps: [checkout]\n"
    text += "  far:\n    docker: [{image: *app}]\n    steps: [checkout]\n"
    assert finding(text).safety is Safety.REVIEW


def test_a_region_within_a_default_is_told() -> None:
    text = "version: 2.1\nparameters:\n  region: {type: string, default: eu-west-1}\n"
    host = "123456789012.dkr.ecr.<< pipeline.parameters.region >>.amazonaws.com"
    found = finding(text + job("<< parameters.host >>/team/app:1", PARAMETER.format("host", host))[13:])
    assert found.safety is Safety.MANUAL
    assert found.data == (("ecr-image", f"{EU}/team/app:1"),)


def test_it_settles_beside_the_rule_that_adds_credentials() -> None:
    rules = load_rules(["distant-ecr-image", "unauthenticated-image"])
    policy = replace(COPIED, aws=Aws())
    text = job(f"{EU}/team/app:1") + "workflows: {main: {jobs: [build]}}\n"
    outcome = run("config.yml", text.encode(), rules, policy, choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed)
    assert "us-east-1" in outcome.after
    assert "aws_auth" in outcome.after
    again = run("config.yml", outcome.data, rules, policy, choose_by_safety(review_too=True))
    assert isinstance(again, Unchanged)
    assert again.left == ()


def test_a_shared_image_is_told_once() -> None:
    text = f"version: 2.1\nbase: &base\n  docker:\n    - image: {EU}/team/app:1\njobs:\n"
    text += "  a: {<<: *base, steps: [checkout]}\n  b: {<<: *base, steps: [checkout]}\n"
    assert finding(text).applied


def test_a_suppressed_image_stays() -> None:
    assert findings(job(f"{EU}/team/app:1  # migrator: ignore[distant-ecr-image] it is built there")) == []
