"""What `docker-login-step` tells, and that its fixes log in as the scripts did: both are run in bash and compared."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from migrator.circleci.shell.scripts import read_script
from migrator.engine.cases import Case, reports_of
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Outcome, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.rule import Requirement
from migrator.startup.records import replace
from tests.places import RULES
from tests.rule_pages import CASES
from tests.rules.login_jobs import FAILED, VALUES, log_of, once

CONFIG = ".circleci/config.yml"
LOGIN_CASES = [case for case in CASES if case.rule == "docker-login-step"]
CHANGED = [case for case in LOGIN_CASES if case.after is not None]


def migrated(text: str, *, review_too: bool = True, path: str = CONFIG, policy: Policy | None = None) -> Outcome:
    rules = load_rules(["docker-login-step"])
    return run(path, text.encode(), rules, policy or Policy(), choose_by_safety(review_too=review_too))


def config(script: str, version: str = "2.1") -> str:
    return f"version: {version}\njobs:\n  push:\n    machine: true\n    steps:\n      - run: |\n" + "".join(
        f"          {line}\n" if line else "\n" for line in script.split("\n")
    )


def told(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, Changed | Unchanged)
    return list(reports_of(outcome))


def test_nothing_that_mentions_a_login_is_silent() -> None:
    silent = [case.name for case in LOGIN_CASES if "docker login" in case.before and not case.reports]
    assert silent == ["a login that is only talked about"]


# --- both scripts in bash

_INVENTED = {"a user name that is written out", "a user name for a registry without a policy"}


@pytest.mark.parametrize("case", CHANGED, ids=lambda case: case.name)
def test_a_job_logs_in_and_runs_what_it_ran_before(case: Case, tmp_path: Path) -> None:
    assert case.after is not None
    before, after = log_of(case.before, tmp_path / "run"), log_of(case.after, tmp_path / "run")
    if case.name in _INVENTED:  # the variable has to be set to what was written out
        literal = re.search(r"login \[(.*?)\]", before[0])
        assert literal is not None
        after = [re.sub(r"^login \[.*?\]", literal.group(), line) for line in after]
    assert any(line.startswith("login") for line in before)
    assert FAILED not in before
    assert once(after) == once(before)


@pytest.mark.parametrize("case", CHANGED, ids=lambda case: case.name)
def test_a_job_whose_login_fails_runs_what_it_ran_before_or_asks_for_review(case: Case, tmp_path: Path) -> None:
    assert case.after is not None
    fail = VALUES["DOCKERHUB_USERNAME"]
    before, after = log_of(case.before, tmp_path / "run", fail), log_of(case.after, tmp_path / "run", fail)
    safe = all(line.startswith(("safe", "manual")) for line in case.reports)
    assert not safe or once(after) == once(before)


# --- spellings

LOGIN = 'docker login -u "$DOCKERHUB_USERNAME" -p "$DOCKERHUB_PASSWORD"'
CHECK = """      - docker/check:
          docker_username: DOCKERHUB_USERNAME
          docker_password: DOCKERHUB_PASSWORD
"""


def after(text: str) -> str:
    outcome = migrated(text)
    assert isinstance(outcome, Changed), outcome
    return outcome.after


def test_line_ends_of_windows_and_a_byte_order_mark_are_kept() -> None:
    text = "\ufeff" + config(f"{LOGIN}\ndocker push acme/app").replace("\n", "\r\n")
    outcome = migrated(text)
    assert isinstance(outcome, Changed)
    assert outcome.data.startswith(b"\xef\xbb\xbf")
    assert outcome.after.count("\n") == outcome.after.count("\r\n")
    assert outcome.after.replace("\r\n", "\n").endswith(f"{CHECK}      - run: |\n          docker push acme/app\n")


def test_a_missing_last_line_break_stays_missing() -> None:
    assert after(config(f"{LOGIN}\ndocker push acme/app").rstrip("\n")).endswith("          docker push acme/app")
    assert after(config(LOGIN).rstrip("\n")).endswith("docker_password: DOCKERHUB_PASSWORD")


@pytest.mark.parametrize("header", ["|", "|-", "|+", "|2", "|2-"])
def test_only_the_line_of_the_login_leaves_a_block_scalar(header: str) -> None:
    text = config(f"# one\n{LOGIN}\ndocker push \\\n  acme/app\n\ntrue # two").replace(
        "run: |\n          ", f"run: {header}\n          "
    )
    lines = [line for line in text.splitlines() if LOGIN not in line]
    new = after(text).splitlines()
    assert [line for line in new if line in lines] == lines
    assert not [line for line in new if LOGIN in line]


def test_a_comment_behind_the_login_goes_with_it() -> None:
    assert "why" not in after(config(f"{LOGIN} # why\ndocker push acme/app"))


@pytest.mark.parametrize("options", ["-l", "-el", "-eol pipefail", "-ieo pipefail", "--login -e"])
def test_a_shell_that_reads_files_keeps_its_login(options: str) -> None:
    step = f'{{shell: "/bin/bash {options}", command: docker login -u $U -p $P}}'
    outcome = migrated(config("").replace("|\n\n", f"{step}\n"))
    (line,) = told(outcome)
    assert line.endswith(f"the shell `/bin/bash {options}`, which reads files that may set variables")


@pytest.mark.parametrize(
    "script",
    [
        "$(aws ecr get-login --region us-east-1)",
        'eval "$(aws ecr get-login | sed s/-e//)"',
        "aws ecr get-login | bash",
        "aws ecr get-login | sed s/-e// | sh",
        "source <(aws ecr get-login)",
        'bash -c "$(aws ecr get-login)"',
        "sudo $(aws ecr get-login)",
        "if make; then . <(aws ecr get-login); fi",
    ],
)
def test_a_command_that_aws_writes_is_told_once(script: str) -> None:
    (line,) = told(migrated(config(script)))
    assert line.startswith("manual: `docker login` is left unchanged: the whole command comes from `aws ecr get-login`")


def test_no_password_is_told() -> None:
    secret = "k3Yx9vQ2rT8mZ4wL"
    for script in (
        f"docker login -u acme -p {secret}",
        f"docker login -u acme -p{secret}",
        f"docker login -u acme --password={secret}",
        f"docker login -u acme -password {secret}",
        f"echo {secret} | docker login -u acme --password-stdin",
        f"docker login -u acme --passwort {secret}",
        f"docker login -u acme --passwort={secret}",
        f"docker login --password-stdin -u acme <<< {secret}",
        f"sudo docker login -u acme -p {secret}",
        f"docker login -u acme -p {secret} || true",
        f"bash -c 'docker login -u acme -p {secret}'",
        f"if true; then docker login -u acme -p {secret}; fi",
        f"DOCKER_PASSWORD={secret} docker login -u acme -p $X",
        f"docker login -u acme -p {secret} >login.log",
    ):
        lines = told(migrated(config(script, version="2")))
        assert lines, script
        assert secret not in "\n".join(lines), script


def test_two_logins_side_by_side_give_two_checks() -> None:
    """The same step twice, at the end of one script and at the head of the next: neither is lost."""
    text = config(f"make\n{LOGIN}") + f"      - run: |\n          {LOGIN}\n          docker push acme/app\n"
    assert after(text).count("docker/check") == 2


@pytest.mark.parametrize("more", ["no_output_timeout: 1h", "shell: bash -e"])
def test_a_step_that_pulls_in_its_own_way_stays(more: str) -> None:
    shell = "    shell: bash\n    steps:" if "shell" in more else "    steps:"
    pull = f'      - run: {{{more}, command: "docker pull a; docker pull b"}}\n'
    assert after(config(LOGIN).replace("    steps:", shell) + pull).endswith(f"{CHECK}{pull}")


def test_what_waits_for_a_decision_is_told_without_review() -> None:
    text = config(f"make\n{LOGIN}\ndocker push acme/app")
    outcome = migrated(text, review_too=False)
    assert isinstance(outcome, Unchanged)
    assert [located.safety.value for located in outcome.left] == ["review"]


def needs_of(text: str) -> set[Requirement]:
    outcome = migrated(text)
    assert isinstance(outcome, Changed)
    return {need for located in outcome.applied for need in located.requirements}


def test_a_login_that_works_needs_what_it_needed_before() -> None:
    reason = "`docker/check` logs in to docker.io"
    login = config('docker login -u "$DOCKERHUB_USERNAME" -p "$HUB_TOKEN"')
    before = Requirement("project-env", reason, ("DOCKERHUB_USERNAME", "HUB_TOKEN"), new=False)
    assert needs_of(login) == {before}
    invoked = "workflows:\n  w:\n    jobs:\n      - push: {context: [mine, more]}\n"
    assert needs_of(login + invoked) == {replace(before, today=("mine", "more"))}


def test_the_variable_for_a_username_that_was_written_out_is_new() -> None:
    login = config('docker login -u bot -p "$HUB_TOKEN"')
    found = {(need.kind, need.variables, need.new) for need in needs_of(login)}
    assert found == {
        ("project-env", ("HUB_TOKEN",), False),
        ("project-env", ("DOCKERHUB_USERNAME",), True),
    }
    invoked = "workflows:\n  w:\n    jobs:\n      - push: {context: docker-hub-creds}\n"
    assert ("context", ("DOCKERHUB_USERNAME",), True) in {
        (need.kind, need.variables, need.new) for need in needs_of(login + invoked)
    }


def required(text: str) -> set[tuple[str, ...]]:
    outcome = migrated(text)
    assert isinstance(outcome, Changed)
    return {r.variables for located in outcome.applied for r in located.requirements}


def test_what_the_job_or_circleci_sets_is_not_required() -> None:
    built_in = config('docker login ghcr.io -u "$CIRCLE_PROJECT_USERNAME" -p "$HUB_TOKEN"')
    assert required(built_in) == {("HUB_TOKEN",)}
    own = config('docker login -u "$HUB_USER" -p "$HUB_TOKEN"')
    assert required(own) == {("HUB_USER", "HUB_TOKEN")}
    for environment in ("{HUB_USER: acme}", "[HUB_USER=acme]", "[{HUB_USER: acme}]"):
        assert required(own.replace("    steps:", f"    environment: {environment}\n    steps:")) == {("HUB_TOKEN",)}


def test_what_only_one_of_two_jobs_sets_is_required() -> None:
    steps = "    steps: &steps\n      - run: docker login -u $HUB_USER -p $HUB_TOKEN\n"
    first = f"version: 2.1\njobs:\n  a:\n    machine: true\n    environment: {{HUB_USER: acme}}\n{steps}"
    second = "  b:\n    machine: true\n    steps: *steps\n"
    assert required(first) == {("HUB_TOKEN",)}
    assert required(first + second) == {("HUB_USER", "HUB_TOKEN")}


def test_what_is_given_to_a_parameter_is_required() -> None:
    command = (
        "version: 2.1\ncommands:\n  login:\n    parameters:\n      user: {type: env_var_name, default: HUB_USER}\n"
        "      token: {type: env_var_name}\n    steps:\n"
        "      - run: docker login -u $<< parameters.user >> -p $<< parameters.token >>\n"
        "jobs:\n  push:\n    machine: true\n    steps:\n      - login: {token: HUB_TOKEN}\n"
    )
    assert required(command) == {("HUB_USER", "HUB_TOKEN")}
    other = command + "      - login: {token: OTHER_TOKEN, user: OTHER_USER}\n"
    assert required(other) == {("HUB_USER", "OTHER_USER", "HUB_TOKEN", "OTHER_TOKEN")}


def test_the_grammar_is_imported_only_for_scripts_that_mention_a_login() -> None:
    code = (
        "import sys\n"
        "from tests.rules.test_docker_login_step import config, migrated\n"
        "migrated(config('docker push acme/app'))\n"
        "assert 'tree_sitter' not in sys.modules\n"
        "migrated(config('docker login -u $U -p $P'))\n"
        "assert 'tree_sitter' in sys.modules\n"
    )
    root = RULES.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_escape_of_version_2_reads_as_before() -> None:
    script = f'{LOGIN}\ncat <<EOF >> notes\n$X\nEOF\nsed s/a/b/ <<<"$IMAGE"\necho $((1<<3))'
    before, new = yaml.safe_load(config(script, version="2")), yaml.safe_load(after(config(script, version="2")))
    old_script, new_script = before["jobs"]["push"]["steps"][0]["run"], new["jobs"]["push"]["steps"][1]["run"]
    assert new_script.replace("\\<<", "<<") == old_script.replace(LOGIN + "\n", "")
    assert not read_script(new_script).is_broken


def test_every_string_of_a_step_that_is_cut_in_two_is_escaped() -> None:
    text = config("", version="2").replace(
        "run: |\n\n", 'run: {name: Push << it >>, command: "make; docker login -u $U -p $P; make <<< x"}\n'
    )
    new = after(text)
    assert new.count(r"name: Push \<< it >>") == 2
    assert r"make \<<< x" in new


def test_an_alias_is_the_last_anchor_before_it() -> None:
    head = "version: 2.1\nlogin: &step\n  run: "
    rest = "jobs:\n  push:\n    machine: true\n    steps: [*step, &step {run: make}, *step]\n"
    assert after(f"{head}{LOGIN}\n{rest}").endswith(f"DOCKERHUB_PASSWORD\n{rest}")
    assert "login: &step\n  run: make\n" in after(f"{head}make\n{rest.replace('{run: make}', '{run: ' + LOGIN + '}')}")
