"""The rule `literal-secret`: what its findings say, which are safe, and what an engine makes of several at once."""

from __future__ import annotations

from textwrap import indent

import pytest

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Decision, Located, Outcome, Unchanged
from migrator.engine.passes import Proposal, choose_by_safety, run
from migrator.policy import BUILT_IN_HUB, Aws, Policy, Registry
from migrator.rule import Requirement, Safety
from migrator.startup.records import replace

HEX = "9f86d081884c7d659a2feaa0c55ad015"
OTHER = "3c59dc048e8850243be8079a5c74d079"
QUAY = Registry("quay.io", "$QUAY_USER", "$QUAY_PASS", "quay-creds")
ROTATE = "rotate it, because it stays in the history of the repository and in the removed line of the diff"


def outcome(text: str, policy: Policy | None = None, *, review_too: bool = True) -> Outcome:
    rules = load_rules(["literal-secret"])
    return run(
        ".circleci/config.yml", text.encode(), rules, policy or Policy(), choose_by_safety(review_too=review_too)
    )


def after(text: str, policy: Policy | None = None, *, review_too: bool = True) -> str:
    found = outcome(text, policy, review_too=review_too)
    assert isinstance(found, Changed | Unchanged), found
    return found.after if isinstance(found, Changed) else text


def findings(text: str, policy: Policy | None = None) -> tuple[Located, ...]:
    found = outcome(text, policy)
    assert isinstance(found, Changed | Unchanged), found
    return (*found.applied, *found.left) if isinstance(found, Changed) else found.left


def only(text: str, policy: Policy | None = None) -> Located:
    (found,) = findings(text, policy)
    return found


def images(*auths: tuple[str, str, str], context: str = "") -> str:
    """A config with one job for each image, user name and password."""
    jobs = "".join(
        f"  j{number}:\n    docker:\n      - image: {image}\n        auth: {{username: {user}, password: {password}}}\n"
        for number, (image, user, password) in enumerate(auths)
    )
    names = "".join(f"      - j{number}\n" for number in range(len(auths)))
    return f"version: 2.1\njobs:\n{jobs}workflows:\n  main:\n    jobs:\n{names}"


def script(*lines: str) -> str:
    run_step = indent("\n".join(lines), "          ")
    return (
        f"version: 2.1\njobs:\n  build:\n    machine: true\n    steps:\n      - run: |\n{run_step}\n"
        "workflows:\n  main:\n    jobs:\n      - build\n"
    )


def environment(*lines: str) -> str:
    entries = indent("\n".join(lines), "      ")
    return f"version: 2.1\njobs:\n  build:\n    machine: true\n    environment:\n{entries}\n    steps: [checkout]\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_TOKEN", "changeme"),
        ("API_TOKEN", "$OTHER_TOKEN"),
        ("API_TOKEN", "prefix-${OTHER_TOKEN}"),
        ("API_TOKEN", '"<< pipeline.parameters.token >>"'),
        ("API_TOKEN", "FAKE9f86d081884c7d659a2f"),
        ("API_TOKEN", "PROD_API_TOKEN"),
        ("API_TOKEN", "/run/secrets/token"),
        ("API_TOKEN", "123456789012345678"),
        ("API_TOKEN", "true"),
        ("API_TOKEN", '""'),
        ("API_TOKEN", "~"),
        ("API_TOKEN", "my-api-token"),
        ("API_TOKEN_URL", f"https://vault/{HEX}"),
        ("CACHE_KEY", HEX),
        ("COMMIT", HEX),
        ("PUBLIC_KEY", HEX),
        ("BYPASS", HEX),
        ("ALLOW_EMPTY_PASSWORD", "yes1yes2"),
        ("POSTGRES_PASSWORD", "postgres1"),
        ("DB_PASS", "circle-test-1"),
        ("DJANGO_SECRET_KEY", "ThisIsAnExampleKeyForTestPurposeOnly"),
        ("DATABASE_URL", "postgres://u:kT9xVq2mWz7Lb@localhost/x"),
        ("DATABASE_URL", "postgres://u:kT9xVq2mWz7Lb@db:5432/x"),
        ("DATABASE_URL", "postgres://db.acme.com/x"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("DEPLOY_SSH_KEY", "aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_aB3dE5fG7hJ9kL1mN3pQ5rS7"),
        ("ADMIN_PASSWORD", "P@ssw0rd123"),
        ("GIT_URL", "https://$GITHUB_TOKEN:x-oauth-basic@github.com/acme/app"),
        ("RECAPTCHA_SITE_KEY", "6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ"),
        ("TURNSTILE_SITEKEY", HEX),
        ("RECAPTCHA_SITE_KEYS", HEX),
        ("BUNDLE_GEMS__ACME__COM", "$GEMS_USER:$GEMS_PASSWORD"),
        ("BUNDLE_GEMS__ACME__COM", "user:password"),
        ("BUNDLE_MIRROR__RUBYGEMS__ORG", "https://mirror.acme.com/gems"),
        ("BUNDLE_BUILD__NOKOGIRI", "--use-system-libraries:x9"),
        ("BUNDLE_GEMS__ACME__COM", "vendor/cache"),
        ("AUTHORIZATION_URL", HEX),
        ("AUTHORIZATION", "enabled"),
        ("recaptchaSiteKey", HEX),
        ("recaptcha-site-key-prod", HEX),
        ("SITE_KEY_V3", HEX),
        ("SSH_PUB_KEY", HEX),
        ("S3_OBJECT_KEY", "Release-1.2-Notes_x9Y8"),
        ("BUCKET_KEY", "SalesResults-1.2"),
        ("FOREIGN_KEYS", HEX),
        ("SECRET_ID_2", HEX),
        ("TOKEN_URL_PROD", HEX),
        ("MULTIPASS", HEX),
        ("API_KEY", "rdme_" + "X" * 70),
        ("API_KEY", "glc_" + "1" * 42 + "="),
        ("API_KEY", "aB3_" + "#" * 20),
        ("DATABRICKS_TOKEN", "dapi123456789012345678a9bc01234defg5"),
        ("DEPLOY_PASSWORD", "Kt9-1234567890"),
        ("DEPLOY_PASSWORD", "prefix7-xxxx"),
        ("LOGIN_TOKEN", "sha256~_" + "x" * 30 + "-X"),
        ("GOOGLE_CREDENTIALS", "deploy-9f86d081884c.json"),
        ("SIGNING_KEY", "Release7Key9b.p12"),
        ("ANYTHING", "ghp_" + "x" * 36),
        ("SLACK_TOKEN", "xoxb-" + "1234567890-" * 3),
        ("LOGO", "2018-250-xoxo-indieweb.jpg"),
        ("DOCKER_AUTH", "enabled"),
        ("TOKEN_FINGERPRINT", HEX),
        ("ACCESS_TOKENS", "'[" + HEX + "]'"),
        ("API_TOKEN", "'{" + HEX + "}'"),
        ("SERVICE_CREDENTIALS", """'{"id": 9f86d081884c7d65'"""),
    ],
)
def test_an_entry_that_is_no_secret_stays(name: str, value: str) -> None:
    assert findings(environment(f"{name}: {value}")) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_TOKEN", HEX),
        ("apiToken", HEX),
        ("DEPLOY_PASSWORD", "hunter2"),
        ("DOCKERHUB_PASS", "correct-horse-battery"),
        ("STRIPE_KEY", HEX),
        ("API_KEY_2", HEX),
        ("DEPLOY_PASSWORD", "k7q2w9z4"),
        ("GIT_URL", f"https://{HEX}:x-oauth-basic@github.com/acme/app"),
        ("POSTGRES_PASSWORD", "kT9x-Vq2mWz7Lb"),
        ("DATABASE_URL", "postgres://u:kT9xVq2mWz7Lb@db.acme.com/x"),
        ("ANYTHING", "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"),
        ("AWS_ACCESS_KEY_ID", "AKIAQYLPMN5HFDKE2RBX"),
        ("AWS_SECRETKEY", HEX),
        *(("AWS_SECRETKEYS", HEX), ("awsSecretkey", HEX), ("S3_ACCESSKEY_2", HEX), ("S3_ACCESSKEY_PROD", HEX)),
        *(("API_KEY_PROD", HEX), ("STRIPE_KEY_LIVE", HEX), ("API_KEY_V2", HEX), ("BASIC_AUTH_STAGING", HEX)),
        *(("DB_PW_PROD", HEX), ("appDbPw", HEX), ("ADMIN_PWDS", HEX), ("APP_PASSWORDS", HEX), ("PASSCODE", HEX)),
        *(("API_TOKENS", HEX), ("BASICAUTH", HEX), ("PRIVATEKEYS", HEX), ("PRIVKEY", HEX), ("SHAREDKEY", HEX)),
        *(("STORAGE_ACCOUNTKEY", HEX), ("SSHKEY", HEX), ("MYCREDENTIALS", HEX), ("DEPLOYKEY_2", HEX)),
        *(("BUNDLE_GEMS__ACME__COM", "cafebabe:deadbeef"), ("BUNDLE_RUBYGEMS__PKG__GITHUB__COM", f"bot:{HEX}")),
        *(("BUNDLE_GEMS__ACME__COM", HEX), ("API_AUTHORIZATION", HEX)),
        ("S3_ACCESSKEY", HEX),
        ("PRIVATEKEY", HEX),
        ("CREDS", HEX),
        ("REGISTRY_CREDS", HEX),
        ("APP_PW", HEX),
        ("BASIC_AUTH", "kT9x-Vq2mWz7Lb"),
        ("NPM_AUTH", HEX),
        ("API_SECRET", "MHtPGDLNSZwX"),
        ("ANYTHING", "glrt-" + "aB3dE5fG7hJ9kL1mN3pQ"),
        *(("API_TOKEN", "'{xF8p4rv2afGu<+'"), ("API_TOKEN", "'[=cnruz543mCrf:'")),
        ("SECRET_KEY_BASE", "${SECRET_KEY_BASE:-" + HEX + "}"),
    ],
)
def test_an_entry_that_is_a_secret_goes_and_is_needed_from_then_on(name: str, value: str) -> None:
    text = environment("MODE: fast", f"{name}: {value}")
    found = only(text)
    assert found.safety is Safety.REVIEW
    assert found.requirements == (Requirement("project-env", "they were literals in the config", (name,)),)
    assert f"`{name}`" in found.message
    assert ROTATE in found.message
    assert after(text) == environment("MODE: fast")
    assert after(text, review_too=False) == text


def test_no_finding_quotes_a_secret() -> None:
    text = images(("a/b", "bot", "hunter2"), ("quay.io/a/b", "bot", "hunter3")) + environment(f"API_TOKEN: {HEX}")[20:]
    for found in (*findings(images(("a/b", "bot", "hunter2"))), *findings(script(f"export API_TOKEN={HEX}"))):
        assert "hunter" not in repr(found)
        assert HEX not in repr(found)
    assert "hunter2" not in repr(outcome(text))


def test_a_finding_names_the_variable_the_context_and_what_to_do() -> None:
    found = only(images(("a/b", "bot", "hunter2")))
    assert found.message == (
        "the literal `password` of `a/b` becomes `$DOCKERHUB_PASSWORD` from the context `docker-hub-creds`; " + ROTATE
    )
    assert found.requirements == (Requirement("context", "docker-hub-creds", ("DOCKERHUB_PASSWORD",)),)
    assert found.warnings == ("`$DOCKERHUB_PASSWORD` must be the password of `bot`",)
    assert found.safety is Safety.SAFE


@pytest.mark.parametrize(
    ("text", "policy", "safety"),
    [
        (images(("a/b", "bot", "hunter2")), Policy(), Safety.SAFE),
        (images(("quay.io/a/b", "bot", "hunter2")), Policy(), Safety.REVIEW),
        (images(("quay.io/a/b", "bot", "hunter2")), Policy(registries=(BUILT_IN_HUB, QUAY)), Safety.SAFE),
        (images(("a/b", "bot", "hunter2"), ("a/c", "bot", "hunter2")), Policy(), Safety.SAFE),
        (images(("a/b", "bot", "hunter2"), ("a/c", "bot", "hunter3")), Policy(), Safety.REVIEW),
        (images(("a/b", "bot", "hunter2"), ("a/c", "dev", "hunter2")), Policy(), Safety.REVIEW),
        (images(("a/b", "bot", "hunter2"), ("a/c", "dev", "$DOCKERHUB_PASSWORD")), Policy(), Safety.REVIEW),
        (images(("a/b", "bot", "hunter2"), ("a/c", "$ME", "$DOCKERHUB_PASSWORD")), Policy(), Safety.SAFE),
        (images(("a/b", "bot", "hun$ter2")), Policy(), Safety.REVIEW),
        (script("docker login -u bot -p hunter2"), Policy(), Safety.SAFE),
        (script("docker login -u bot -p hunter2 ghcr.io"), Policy(), Safety.REVIEW),
    ],
)
def test_a_fix_is_safe_only_where_nothing_is_guessed(text: str, policy: Policy, safety: Safety) -> None:
    assert {found.safety for found in findings(text, policy) if found.fix} == {safety}
    changed = after(text, policy, review_too=False) != text
    assert changed is (safety is Safety.SAFE)


PARAMETERS = """\
version: 2.1
executors:
  app:
    parameters: {image: {type: string, default: acme/app}}
    docker: [{image: << parameters.image >>, auth: {username: bot, password: hunter2}}]
jobs:
  a: {executor: app, steps: [checkout]}
  b: {executor: {name: app, image: GIVEN}, steps: [checkout]}
workflows: {main: {jobs: [a, b]}}
"""


@pytest.mark.parametrize("given", ["quay.io/acme/app", "registry.acme.com/app", "<< pipeline.parameters.unknown >>"])
def test_a_password_at_registries_that_parameters_decide_needs_review(given: str) -> None:
    found = only(PARAMETERS.replace("GIVEN", given), Policy(registries=(BUILT_IN_HUB, QUAY)))
    assert found.safety is Safety.REVIEW
    assert "parameters decide the registry" in found.warnings[0]


def test_a_password_at_the_one_registry_that_all_parameters_name_takes_its_variable() -> None:
    text = PARAMETERS.replace("GIVEN", "docker.io/acme/b:1")
    found = only(text)
    assert found.safety is Safety.SAFE
    assert found.requirements == (Requirement("context", "docker-hub-creds", ("DOCKERHUB_PASSWORD",)),)
    assert after(text).count("docker-hub-creds") == 2
    named = replace(BUILT_IN_HUB, images=("acme/app",))
    assert only(text, Policy(registries=(named,))).safety is Safety.REVIEW


def test_an_image_that_the_policy_does_not_name_needs_review() -> None:
    hub = Registry("docker.io", "$DOCKERHUB_USERNAME", "$DOCKERHUB_PASSWORD", "docker-hub-creds", images=("acme/*",))
    assert only(images(("other/b", "bot", "hunter2")), Policy(registries=(hub,))).safety is Safety.REVIEW
    assert only(images(("acme/b", "bot", "hunter2")), Policy(registries=(hub,))).safety is Safety.SAFE


def test_accounts_that_would_share_a_variable_are_named() -> None:
    text = images(("a/b", "bot", "hunter2"), ("a/c", "dev", "hunter3"))
    for found in findings(text):
        assert "`$DOCKERHUB_PASSWORD` would be shared by several accounts: `bot`, `dev`" in found.warnings


@pytest.mark.parametrize("reference", ['"$DOCKERHUB_PASSWORD"', "${DOCKERHUB_PASSWORD}"])
def test_the_account_of_a_login_that_has_the_variable_already_is_named_too(reference: str) -> None:
    for fed in (f"docker login -u dev -p {reference}", f"echo {reference} | docker login -u dev --password-stdin"):
        found = only(script(fed, "docker login -u bot -p hunter2"))
        assert found.safety is Safety.REVIEW
        assert "`$DOCKERHUB_PASSWORD` would be shared by several accounts: `bot`, `dev`" in found.warnings


@pytest.mark.parametrize(
    "line",
    [
        'docker login -u bot -p "$DOCKERHUB_PASSWORD"',
        'docker login -u "$DOCKERHUB_USERNAME" -p "$DOCKERHUB_PASSWORD"',
        'docker login -u dev -p "$OTHER_PASSWORD" quay.io',
        'echo docker login -u dev -p "$DOCKERHUB_PASSWORD"',
    ],
)
def test_a_login_of_the_same_account_or_with_another_variable_leaves_it_safe(line: str) -> None:
    assert only(script(line, "docker login -u bot -p hunter2")).safety is Safety.SAFE


@pytest.mark.parametrize("text", [images(("a/b", "dev", "hunter2")), script("docker login -u dev -p hunter2")])
def test_the_account_that_the_policy_writes_out_is_named_too(text: str) -> None:
    policy = Policy(registries=(replace(BUILT_IN_HUB, username="bot"),))
    found = only(text, policy)
    assert found.safety is Safety.REVIEW
    assert "`$DOCKERHUB_PASSWORD` would be shared by several accounts: `dev`, `bot`" in found.warnings
    same = only(text.replace("dev", "bot"), policy)
    assert same.safety is Safety.SAFE
    assert same.warnings == ()


def test_nothing_is_said_of_the_user_name_where_there_is_none() -> None:
    found = only(images(("a/b", "x", "hunter2")).replace("username: x, ", ""))
    assert found.warnings == ()


def test_keys_of_aws_move_together() -> None:
    text = """\
version: 2.1
jobs:
  build:
    docker:
      - image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1
        aws_auth:
          aws_access_key_id: AKIAQYLPMN5HFDKE2RBX
          aws_secret_access_key: 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
workflows: {main: {jobs: [build]}}
"""
    with_policy = only(text, Policy(aws=Aws()))
    assert with_policy.safety is Safety.SAFE
    assert with_policy.requirements == (
        Requirement("context", "aws-ecr-creds", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
    )
    assert only(text).safety is Safety.REVIEW
    with_role = only(text, Policy(aws=Aws(oidc_role_arn="arn:aws:iam::123456789012:role/pull")))
    assert with_role.safety is Safety.REVIEW
    assert any("oidc_role_arn" in warning for warning in with_role.warnings)
    one = text.replace("AKIAQYLPMN5HFDKE2RBX", "$MY_ID")
    assert only(one, Policy(aws=Aws())).safety is Safety.REVIEW


def test_the_same_keys_of_aws_at_two_images_are_one_account() -> None:
    keys = "{aws_access_key_id: AKIAQYLPMN5HFDKE2RBX, aws_secret_access_key: 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}"
    text = "version: 2.1\njobs:\n"
    for name in ("a", "b"):
        text += f"  {name}:\n    docker:\n      - image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/{name}\n"
        text += f"        aws_auth: {keys}\n"
    text += "workflows: {main: {jobs: [a, b]}}\n"
    assert [(f.safety, f.warnings) for f in findings(text, Policy(aws=Aws()))] == [(Safety.SAFE, ())] * 2
    other = text.replace("RBX", "RBY", 1)
    assert {found.safety for found in findings(other, Policy(aws=Aws()))} == {Safety.REVIEW}
    told = "`$AWS_ACCESS_KEY_ID` would be shared by several accounts: "
    told += ", ".join(f"`the keys of 123456789012.dkr.ecr.us-east-1.amazonaws.com/{name}`" for name in ("a", "b"))
    assert all(told in found.warnings for found in findings(other, Policy(aws=Aws())))


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        ("-e bot@acme.com -u bot -p hunter2 quay.io", "QUAY_PASS"),
        ("-u bot -p hunter2 --email=bot@acme.com quay.io", "QUAY_PASS"),
        ("-u bot -p hunter2 -- quay.io", "QUAY_PASS"),
        ("-u bot -p hunter2 -e bot@acme.com", "DOCKERHUB_PASSWORD"),
        ("-u bot -p hunter2 --tls-verify quay.io", "REGISTRY_PASSWORD"),
        ("-u bot -p hunter2 --authfile /tmp/auth", "REGISTRY_PASSWORD"),
        ("-u bot -p hunter2 --verbose", "DOCKERHUB_PASSWORD"),
    ],
)
def test_the_variable_is_that_of_the_registry_whatever_flags_stand_before_it(words: str, variable: str) -> None:
    found = only(script(f"docker login {words}"), Policy(registries=(BUILT_IN_HUB, QUAY)))
    assert f"`${variable}`" in found.message
    assert found.safety is (Safety.REVIEW if variable == "REGISTRY_PASSWORD" else Safety.SAFE)


def test_an_environment_wins_over_the_context_and_is_told() -> None:
    text = script("docker login -u bot -p hunter2").replace(
        "    machine: true\n", "    machine: true\n    environment:\n      DOCKERHUB_PASSWORD: $OTHER\n"
    )
    found = only(text)
    assert found.safety is Safety.REVIEW
    assert "the `environment` of job `build` sets `DOCKERHUB_PASSWORD`, which takes precedence" in found.warnings


@pytest.mark.parametrize("value", ["12345", "1.5", "yes", "true", "*a"])
def test_an_environment_wins_whatever_its_value_is(value: str) -> None:
    text = "x: &a 12345\n" + script("docker login -u bot -p hunter2").replace(
        "    machine: true\n", f"    machine: true\n    environment: {{DOCKERHUB_PASSWORD: {value}}}\n"
    )
    assert only(text).safety is Safety.REVIEW


@pytest.mark.parametrize(
    ("auth", "more", "told"),
    [
        ("{username: bot, password: &pw hunter2}", "parallelism: [*pw]", "`pw` is also used in a list"),
        ("&creds {username: bot, password: hunter2}", "environment: {<<: *creds}", "merged into `environment`"),
        ("&creds {username: bot, password: hunter2}", "environment: {<<: [*creds]}", "merged into `environment`"),
        (
            "&creds {username: bot, password: hunter2}",
            "x: &more {<<: *creds}\n    environment: *more",
            "`more` is also used for `environment`",
        ),
    ],
)
def test_a_password_that_an_anchor_carries_elsewhere_stays(auth: str, more: str, told: str) -> None:
    text = images(("acme/app:1", "bot", "hunter2")).replace("{username: bot, password: hunter2}", f"{auth}\n    {more}")
    (found,) = (found for found in findings(text) if "the literal `password`" in found.message)
    assert found.safety is Safety.MANUAL
    assert told in found.message


@pytest.mark.parametrize("merge", ["*creds", "[*creds]", "*more"])
def test_a_password_that_is_merged_into_other_auths_moves(merge: str) -> None:
    text = images(("acme/app:1", "bot", "hunter2"), ("acme/b:1", "bot", "hunter2"))
    first, second = "{username: bot, password: hunter2}", f"{{<<: {merge}}}"
    text = text.replace(first, "&creds " + first, 1).replace(f"auth: {first}", f"auth: {second}")
    text = text.replace("  j1:", "    x: &more {<<: *creds}\n  j1:")
    assert only(text).safety is Safety.SAFE
    assert "hunter2" not in after(text)


def test_a_password_that_an_anchor_carries_to_another_registry_stays() -> None:
    text = images(("acme/app:1", "bot", "&pw hunter2"), ("quay.io/a/b:1", "dev", "*pw"))
    assert after(text, Policy(registries=(BUILT_IN_HUB, QUAY))) == after(text) == text
    for found in findings(text):
        assert found.safety is Safety.MANUAL
        assert "its anchor is also used where another variable is needed" in found.message
    assert {found.safety for found in findings(text.replace("quay.io/", ""))} == {Safety.REVIEW}
    same = text.replace("quay.io/", "").replace("dev", "bot")
    assert only(same).safety is Safety.SAFE


def test_a_variable_that_the_script_sets_wins_over_the_context_and_is_told() -> None:
    found = only(script("DOCKERHUB_PASSWORD=$OTHER", "docker login -u bot -p hunter2"))
    assert found.safety is Safety.REVIEW
    assert "the script sets `DOCKERHUB_PASSWORD` itself, which takes precedence" in found.warnings
    assert only(script("MY_DOCKERHUB_PASSWORD=$OTHER", "docker login -u bot -p hunter2")).safety is Safety.SAFE


def test_a_variable_that_an_earlier_step_sets_wins_over_the_context_and_is_told() -> None:
    text = script("docker login -u bot -p hunter2")
    earlier = "      - run: echo export {}=$OTHER >> $BASH_ENV\n      - run: |\n"
    found = only(text.replace("      - run: |\n", earlier.format("DOCKERHUB_PASSWORD")))
    assert found.safety is Safety.REVIEW
    assert "a script writes `DOCKERHUB_PASSWORD` to `$BASH_ENV`, which takes precedence" in found.warnings
    assert only(text.replace("      - run: |\n", earlier.format("MODE"))).safety is Safety.SAFE


@pytest.mark.parametrize("before", ["ssh builder", "sudo ssh -A builder", "eval"])
def test_a_login_that_a_shell_expands_again_is_manual(before: str) -> None:
    found = only(script(f"{before} docker login -u bot -p hunter2"))
    assert found.safety is Safety.MANUAL
    assert "expands its value again" in found.message


@pytest.mark.parametrize(
    "lines",
    [
        (f"A_TOKEN: {HEX}", f"B_TOKEN: {OTHER}"),
        (f"A_TOKEN: {HEX}", "# between", "", f"B_TOKEN: {OTHER}", "# and", f"C_TOKEN: x{OTHER}"),
        (f"- A_TOKEN={HEX}", "# between", f"- B_TOKEN={OTHER}"),
        (f"- A_TOKEN: {HEX}", f"- B_TOKEN={OTHER}"),
        (f"{{A_TOKEN: {HEX}, B_TOKEN: {OTHER}}}",),
        (f"A_TOKEN={HEX}",),
    ],
)
def test_an_environment_of_secrets_goes_with_its_key(lines: tuple[str, ...]) -> None:
    text = environment(*lines)
    assert after(text) == "version: 2.1\njobs:\n  build:\n    machine: true\n    steps: [checkout]\n"


def test_of_an_environment_of_secrets_what_is_skipped_stays() -> None:
    text = environment(f"A_TOKEN: {HEX}", "# between", f"B_TOKEN: {OTHER}")
    rules = load_rules(["literal-secret"])

    def choose(proposal: Proposal) -> Decision:
        return Decision.SKIP if "`A_TOKEN`" in proposal.located.message else Decision.APPLY

    found = run("c.yml", text.encode(), rules, Policy(), choose)
    assert isinstance(found, Changed)
    assert found.after == environment(f"A_TOKEN: {HEX}", "# between")


def test_a_suppressed_secret_stays_and_is_masked() -> None:
    text = environment(f"A_TOKEN: {HEX}  # migrator: ignore[literal-secret]", f"B_TOKEN: {OTHER}")
    found = outcome(text)
    assert isinstance(found, Changed)
    assert f"A_TOKEN: {HEX}" in found.after
    assert "B_TOKEN" not in found.after
    assert {HEX, OTHER} <= found.secrets


def test_a_suppressed_secret_gives_its_job_no_context_by_a_body_that_another_shares() -> None:
    text = images(("acme/a", "bot", "hunter2-and-9"), ("acme/b", "bot", "hunter3-and-8"))
    text = text.replace(
        "      - j0\n      - j1\n", "      - j0: &body {filters: {branches: {only: main}}}\n      - j1: *body\n"
    )
    assert after(text).count("$DOCKERHUB_PASSWORD") == after(text).count("docker-hub-creds") + 1 == 2
    left = text.replace("hunter3-and-8}", "hunter3-and-8} # migrator: ignore[literal-secret] a dummy")
    assert after(left) == left
    assert "shared, by an anchor, with jobs that do not need the context" in only(left).message


def test_a_secret_that_is_merged_into_something_else_too_is_not_removed() -> None:
    text = "x: &creds\n  API_TOKEN: &t " + HEX + "\n" + environment("<<: *creds")
    text = text.replace("steps: [checkout]", "steps: [acme/deploy: {<<: [*creds]}]")
    found = only(text)
    assert found.safety is Safety.MANUAL
    assert "its `environment` is shared, by an anchor, with something else" in found.message
    assert after(text.replace("acme/deploy: ", "run: {command: x, environment: ").replace("]}]", "]}}]")) != text


def test_a_container_keeps_its_environment() -> None:
    text = f"""\
version: 2.1
jobs:
  build:
    docker:
      - image: cimg/go:1.22
      - image: acme/api:1
        environment:
          API_TOKEN: {HEX}
          POSTGRES_PASSWORD: postgres
"""
    found = only(text)
    assert found.safety is Safety.MANUAL
    assert "container `acme/api:1`" in found.message
    assert after(text) == text


def test_logins_of_one_script_are_fixed_one_by_one_where_their_registries_differ() -> None:
    text = script("docker login -u bot -p hunter2", "make", "docker login -u bot -p hunter3 ghcr.io")
    assert len(findings(text)) == 2
    wanted = script(
        'docker login -u bot -p "$DOCKERHUB_PASSWORD"', "make", 'docker login -u bot -p "$GHCR_PASSWORD" ghcr.io'
    )
    assert after(text, Policy(credentials="project")) == wanted
    assert "hunter3" in after(text, review_too=False)


@pytest.mark.parametrize(
    "line",
    [
        "docker login -u bot -p $PASS",
        'docker login -u bot --password="${PASS}" quay.io',
        "echo $PASS | docker login -u bot --password-stdin",
        "docker login -u bot -p << parameters.pass >>",
        "docker login -u bot -p changeme",
        "docker login -u bot -p $(cat pass)",
        "cat pass | docker login -u bot --password-stdin",
        "echo docker login -u bot -p hunter2",
        "docker run -p 8080:80 login",
        "export API_TOKEN=$OTHER",
        "export MODE=" + HEX,
        "curl -u $USER:$PASS https://acme.com",
        "curl -u bot: https://acme.com",
        'ssh builder "docker login -u bot -p $PASS && make"',
        'ssh builder "docker login -u bot -p \\$PASS && make"',
        'ssh builder "docker login -u bot -p << parameters.pass >>"',
        "docker login -u bot -p ${BOT_PASS:-changeme}",
        "docker login -u bot -p ${BOT_PASS:-$OTHER}",
        "docker login -u bot -p ${BOT_PASS:?is not set}",
        "cat \\<<< $BOT_PASS | docker login -u bot --password-stdin",
        "echo 'export API_TOKEN=$OTHER' >> $BASH_ENV",
        "echo 'export DB_PASSWORD=postgres1' >> $BASH_ENV",
    ],
)
def test_a_script_without_a_literal_secret_is_left_alone(line: str) -> None:
    assert findings(script(line)) == ()


@pytest.mark.parametrize(
    "lines",
    [
        (f"export API_TOKEN={HEX}",),
        ("curl -u bot:hunter2 https://acme.com",),
        ("curl --user=bot:hunter2 https://acme.com",),
        ("curl -ubot:hunter2 https://acme.com",),
        ('curl -u "$(cat user)":hunter2 https://acme.com',),
        ('curl -u "<< parameters.user >>:hunter2" https://acme.com',),
        ("curl -sS \\", "  --user \\", "  'a bot:hunter2' https://acme.com"),
        ("export MODE=fast \\", f"  API_TOKEN='{HEX}'"),
        ('declare -x API_TOKEN=""' + HEX,),
        ("export MIRROR=https://bot:Xk9-Vq2mWz7Lb@mirror.acme.com/",),
        ("export MODE=ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5",),
        ("docker login -u bot --password-stdin \\<<EOF", "hunter2", "EOF"),
        ("bash -c 'docker login -u bot -p hunter2'",),
        ('ssh builder "docker login -u $BOT -p hunter2 && docker pull acme/app"',),
        ("ssh builder docker login -u bot -p hunter2",),
        ("ssh builder \\<<'EOF'", "docker login -u bot -p hunter2", "EOF"),
        ("cat \\<<EOF | docker login -u bot --password-stdin", "hunter2", "EOF"),
        ("cat \\<<< hunter2 | docker login -u bot --password-stdin",),
        ("docker login -u bot -p ${BOT_PASS:-hunter2}",),
        ('docker login -u bot -p "${BOT_PASS-hunter2}" quay.io',),
        ('echo "${BOT_PASS:=hunter2}" | docker login -u bot --password-stdin',),
        (f"echo 'export API_TOKEN={HEX}' >> $BASH_ENV",),
        (f"curl -fsSu {HEX}: https://circleci.com/api/v1.1/me",),
        ("docker login -u bot -password hunter2",),
        ("echo -n correct horse 9 | docker login -u bot --password-stdin",),
        ("docker login -u bot -p hunter2", "if then"),
    ],
)
def test_what_a_script_alone_understands_is_reported(lines: tuple[str, ...]) -> None:
    found = only(script(*lines))
    assert found.safety is Safety.MANUAL
    assert ROTATE in found.message


@pytest.mark.parametrize(
    "line",
    [
        f"export API_TOKEN={HEX}",
        "curl -u bot:hunter2 https://acme.com",
        "gh auth ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5",
    ],
)
def test_what_is_told_of_a_script_says_where_the_value_should_come_from(line: str) -> None:
    message = only(script(line)).message
    assert "variable" in message
    assert "context" in message
    assert "project" in message


def test_a_login_in_an_orb_needs_its_users_to_give_the_context() -> None:
    text = "commands:\n  push:\n    steps:\n      - run: docker login -u bot -p hunter2\ndescription: an orb\n"
    (need,) = only(text).requirements
    assert need == Requirement("project-env", "the projects that use this orb provide them", ("DOCKERHUB_PASSWORD",))


def test_a_scheduled_workflow_gets_no_context_where_the_policy_says_so() -> None:
    text = images(("a/b", "bot", "hunter2")).replace(
        "  main:\n", '  main:\n    triggers: [{schedule: {cron: "0 0 * * *"}}]\n'
    )
    assert "docker-hub-creds" in after(text)
    assert "docker-hub-creds" not in after(text, Policy(scheduled="skip"))
    assert "password: $DOCKERHUB_PASSWORD" in after(text, Policy(scheduled="skip"))


def test_what_a_scheduled_workflow_without_a_context_needs_comes_from_the_project_and_is_reviewed() -> None:
    scheduled = "  nightly:\n    triggers: [{schedule: {cron: '0 0 * * *'}}]\n    jobs: [j0]\n"
    text = images(("a/b", "bot", "hunter2"))
    alone = only(text[: text.index("  main:")] + scheduled, Policy(scheduled="skip"))
    beside = only(text + scheduled, Policy(scheduled="skip"))
    project = Requirement("project-env", "the policy gives scheduled workflows no context", ("DOCKERHUB_PASSWORD",))
    assert alone.safety is beside.safety is Safety.REVIEW
    assert alone.requirements == (project,)
    assert beside.requirements == (Requirement("context", "docker-hub-creds", ("DOCKERHUB_PASSWORD",)), project)
    assert only(text + scheduled).safety is Safety.SAFE


def test_an_anchored_password_that_is_an_environment_too_waits_for_it_to_go() -> None:
    text = """\
version: 2.1
jobs:
  build:
    docker: [{image: acme/x, auth: {username: bot, password: &p correct-horse-9}}]
    environment: {DOCKER_PASS: *p}
    steps: [checkout]
"""
    assert after(text, review_too=False) == text
    wanted = text.replace("correct-horse-9", "$DOCKERHUB_PASSWORD").replace("    environment: {DOCKER_PASS: *p}\n", "")
    assert after(text) == wanted
    assert after(wanted) == wanted


def test_the_rule_settles_beside_those_about_images() -> None:
    rules = load_rules(["broken-auth", "literal-secret", "unauthenticated-image"])
    text = """\
version: 2.1
jobs:
  build:
    docker:
      - image: acme/a
        username: bot
        password: hunter2
      - image: acme/b
      - image: acme/c
        auth: {username: bot, password: hunter2}
    steps:
      - run: docker login -u bot -p hunter2
workflows:
  main:
    jobs: [build]
"""
    first = run("c.yml", text.encode(), rules, Policy(), choose_by_safety(review_too=True))
    assert isinstance(first, Changed)
    assert "hunter2" not in first.after
    assert first.after.count("docker-hub-creds") == 1
    assert isinstance(run("c.yml", first.data, rules, Policy(), choose_by_safety(review_too=True)), Unchanged)


@pytest.mark.parametrize("name", ["api-token", "X_TOKEN'$(touch PWNED)'"])
def test_an_entry_whose_name_is_no_variable_is_left_to_a_person(name: str) -> None:
    found = only(environment("MODE: fast", f'"{name}": {HEX}'))
    assert found.safety is Safety.MANUAL
    assert "no context or project can have a variable of that name" in found.message
    assert found.requirements == ()
