"""Whether a job may use AWS by itself, so that other keys under the names of the AWS CLI change who it is there.

A pull needs keys under some name; the AWS CLI, its SDKs and Terraform take `AWS_ACCESS_KEY_ID` and its kin from the
environment (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html), also from a context that a
job was given for its images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from migrator.circleci.credentials.contexts import contexts_had_by
from migrator.circleci.credentials.table import Credentials
from migrator.circleci.definitions import Command, Job
from migrator.circleci.shell.scripts import read_script
from migrator.circleci.steps import CONDITIONS, Step, StepList
from migrator.circleci.workflows import Invocation
from migrator.policy import AMBIENT
from migrator.startup.records import cached_property

if TYPE_CHECKING:
    from migrator.circleci.config import Config

# docs: configuration-reference, built-in steps. None of them calls AWS with the job's own keys.
_BUILT_IN: Final = frozenset({
    "checkout", "setup_remote_docker", "save_cache", "restore_cache", "store_artifacts", "store_test_results",
    "persist_to_workspace", "attach_workspace", "add_ssh_keys",
})  # fmt: skip
# Programs that run no code of the repository and speak to no cloud.
_HARMLESS: Final = frozenset({
    "echo", "printf", "cd", "pwd", "mkdir", "cp", "mv", "rm", "ls", "cat", "touch", "chmod", "chown", "ln", "test", "[",
    "[[", "true", "false", ":", "exit", "set", "export", "date", "sleep", "which", "git", "tar", "gzip",
    "gunzip", "zip", "unzip", "sed", "awk", "grep", "head", "tail", "sort", "uniq", "wc", "tr", "cut", "tee", "curl",
    "wget", "apt-get", "apt", "apk", "yum", "dnf", "id", "whoami", "uname", "hostname", "diff", "jq", "printenv",
    "hadolint", "shellcheck", "yamllint", "flake8", "black", "ruff", "mypy", "gofmt", "golangci-lint", "df", "free",
})  # fmt: skip
_TWO_WORDS: Final = frozenset({"go build", "go vet", "go mod", "go fmt", "go version", "docker version", "docker info"})
# Orbs whose commands install or announce something, and use no cloud: github.com/CircleCI-Public.
_HARMLESS_ORBS: Final = frozenset(f"circleci/{name}" for name in ("slack", "codecov", "shellcheck", "jira", "docker"))


class AwsUsers:
    """Built for one `check`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._jobs: dict[str, bool] = {}

    def why_not_safe(self, invocation: Invocation, credentials: Credentials, harmless: frozenset[str]) -> str:
        """Why a job may not just get the context of these credentials; empty where it may.

        `harmless` are contexts whose variables are known, and are others.
        """
        names = [name for name in credentials.variables if name.startswith(AMBIENT)]
        if not names or credentials.context is None:
            return ""
        had = contexts_had_by(invocation)
        others = [name for name in had or () if name not in harmless and name != credentials.context]
        if had is None or others:
            other = f"`{others[0]}`" if others else "an expression for its contexts"
            return f"`{invocation.name}` has {other}: `{credentials.context}` may override its `{AMBIENT}*` variables"
        if self._may_use_aws(invocation):
            return f"steps of `{invocation.name}` may use AWS, and would do so with the keys of `{credentials.context}`"
        return ""

    def _may_use_aws(self, invocation: Invocation) -> bool:
        job = self._config.all_jobs.get(invocation.name)
        if job is None or invocation.overridden_with:
            return True
        if job.name not in self._jobs:
            self._jobs[job.name] = self._any_of(self._steps_of(job), job.prefix, set())
        around = [steps for steps in self._lists.values() if invocation in steps.owners]
        return self._jobs[job.name] or any(self._any_of(steps.items, "", set()) for steps in around)

    @cached_property
    def _lists(self) -> dict[int, StepList]:
        family = (self._config, *self._config.siblings)
        return {id(steps.node): steps for each in family for steps in each.step_lists}

    def _steps_of(self, owner: Job | Command) -> list[Step]:
        return [step for steps in self._lists.values() if owner in steps.owners for step in steps.items]

    def _any_of(self, steps: list[Step], prefix: str, seen: set[str]) -> bool:
        """Whether one of these steps may use AWS, or runs what nobody can read here."""
        return any(self._uses(step, prefix, seen) for step in steps)

    def _uses(self, step: Step, prefix: str, seen: set[str]) -> bool:
        if step.name == "run":
            return step.script is None or _script_may(step.script.value)
        command = self._config.all_commands.get(prefix + step.name)
        if command is not None:
            if command.name in seen:
                return False
            seen.add(command.name)
            return self._any_of(self._steps_of(command), command.prefix, seen)
        if "/" in step.name:
            alias = step.name.partition("/")[0]
            packages = [orb.package for each in (self._config, *self._config.siblings) for orb in each.orbs
                        if orb.alias == alias]  # fmt: skip
            return not packages or any(package not in _HARMLESS_ORBS for package in packages)
        return step.name not in _BUILT_IN and step.name not in CONDITIONS


def _script_may(text: str) -> bool:
    """Whether a script runs anything but programs that are known to run no other code and to speak to no cloud."""
    if "aws" in text.lower():
        return True
    script = read_script(text)
    if script.is_broken:
        return True
    for statement, _ in script.everywhere():
        for command in statement.commands:
            if not command.words:
                continue  # assignments; what is in a compound command comes by itself
            words = [word.literal for word in command.words]
            if words[0] == "sudo":
                words = words[1:] or [None]
            if words[0] not in _HARMLESS and " ".join(word or "" for word in words[:2]) not in _TWO_WORDS:
                return True
    return False
