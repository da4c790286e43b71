"""Jobs that log in, run in bash step by step, with programs that write down what they are asked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import yaml

FAILED = "the job failed"

_STUB = """#!/bin/bash
name=$(basename "$0")
if [ "$name" = docker ] && [ "$1" = login ]; then
  shift
  while [ $# -gt 0 ]; do
    case "$1" in
      --) ;;
      --password-stdin|--password-stdin=true) read -r password || true ;;
      -u|--username) user=$2; shift ;;
      -p|--password) password=$2; shift ;;
      -u=*|--username=*) user=${1#*=} ;;
      -p=*|--password=*) password=${1#*=} ;;
      -u?*) user=${1#-u} ;;
      -p?*) password=${1#-p} ;;
      *) server=$1 ;;
    esac
    shift
  done
  [ "$password" != - ] || read -r password || true
  echo "login [$user] [$password] [${server#docker.io}]" >> "$LOG"
  [ "$FAIL" != "$user" ] || exit 7
elif [ "$name $2" = "aws get-login-password" ]; then
  region=$AWS_DEFAULT_REGION
  profile=
  shift 2
  while [ $# -gt 0 ]; do
    case "$1" in
      --region) region=$2; shift ;;
      --region=*) region=${1#*=} ;;
      --profile) profile=$2; shift ;;
    esac
    shift
  done
  # A profile that is named has to be there; an empty name is none.
  [ -z "$profile" ] || exit 255
  echo "token of $region"
elif [ "$name $1" = "docker pull" ]; then
  echo "pull $2" >> "$LOG"
else
  echo "$name $*" >> "$LOG"
fi
"""
# What `check` and `pull` of the orb run (its src/scripts at 3.0.1).
_CHECK = (
    'echo "${!PARAM_PASSWORD}" | docker login -u "${!PARAM_USERNAME}" --password-stdin "$(eval echo "$PARAM_REGISTRY")"'
)
_PULL = 'for image in ${PARAM_IMAGES//,/ }; do docker pull "$image"; done'
# What `ecr_login` of the aws-ecr orb runs without the credential helper (its src/scripts/ecr_login.sh at 9.8.1).
_ECR = """
region="$(eval echo "$AWS_ECR_STR_REGION")" profile="$(eval echo "$AWS_ECR_STR_PROFILE_NAME")"
url="$(eval echo "$AWS_ECR_STR_ACCOUNT_ID").dkr.ecr.$region.$AWS_ECR_STR_AWS_DOMAIN"
docker logout "$url"
aws ecr get-login-password --region "$region" --profile "$profile" | docker login --username AWS --password-stdin "$url"
"""
VALUES = {
    name: f"<{name.lower()}>"
    for name in (
        "DOCKERHUB_USERNAME", "DOCKERHUB_PASSWORD", "DOCKER_LOGIN", "DOCKER_PASSWORD", "QUAY_USERNAME", "QUAY_PASSWORD",
        "QUAY_TOKEN", "HUB_TOKEN", "REGISTRY_USER", "REGISTRY_PASSWORD", "CACHE", "IMAGE",
    )
} | {
    "REGISTRY": "registry.example.com", "AWS_DEFAULT_REGION": "us-east-1", "REGION": "eu-west-1",
    "ACCOUNT": "123456789012", "AWS_ACCOUNT_ID": "123456789012",
}  # fmt: skip
PROGRAMS = ("docker", "aws", "make", "sed", "cat", "grep")


def _steps(text: str) -> list[object]:
    """The steps of the first job, commands and conditions written out, templates filled in; then those of others."""
    loaded = yaml.safe_load(text)
    invocations = [
        next(iter(i.values()))
        for i in loaded.get("workflows", {}).get("main", {}).get("jobs", ())
        if isinstance(i, dict)
    ]
    waiting: list[object] = [s for i in invocations for s in i.get("pre-steps", ())]
    waiting += [step for job in loaded["jobs"].values() for step in job["steps"]]
    waiting += [s for i in invocations for s in i.get("post-steps", ())]
    commands = loaded.get("commands", {})
    found: list[object] = []
    while waiting:
        step = waiting.pop(0)
        name, value = next(iter(step.items())) if isinstance(step, dict) else (step, {})
        if name in commands:
            waiting[:0] = [inner for each in commands[name]["steps"] for inner in _given(each, value)]
        elif name in ("when", "unless"):
            waiting[:0] = value["steps"]
        else:
            found.append(step)
    return found


def _given(step: object, arguments: dict[str, list[object]]) -> list[object]:
    """The steps that stand for `steps: << parameters.x >>` in a command, or the step itself."""
    if isinstance(step, dict) and "steps" in step:
        return arguments[re.sub(r"<< parameters\.(\w+) >>", r"\1", step["steps"])]
    return [step]


def _filled(text: str) -> str:
    return text.replace("<< parameters.user >>", "DOCKERHUB_USERNAME").replace("\\<<", "<<")


def log_of(text: str, folder: Path, fail: str = "") -> list[str]:
    """What the steps run, in order, and whether the job failed; a login fails where its user is `fail`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for program in PROGRAMS:
        (folder / program).write_text(_STUB, encoding="utf-8")
        (folder / program).chmod(0o755)
    log = folder / "log"
    log.touch()
    loaded = yaml.safe_load(text)
    is_2 = loaded["version"] in (2, 2.0, "2")
    shell_of_job = next(iter(loaded["jobs"].values())).get("shell", "/bin/bash -eo pipefail")
    variables = {**VALUES, "PATH": f"{folder}:{os.environ['PATH']}", "LOG": str(log), "FAIL": fail}
    for step in _steps(text):
        name, value = next(iter(step.items())) if isinstance(step, dict) else (str(step), {})
        more: dict[str, str] = {}
        shell = shell_of_job
        if name == "run":
            script = value if isinstance(value, str) else value["command"]
            shell = shell if isinstance(value, str) else value.get("shell", shell)
        elif name.endswith("/check"):
            arguments = {key.replace("-", "_"): _filled(str(text)) for key, text in value.items()}
            more = {
                "PARAM_USERNAME": arguments.get("docker_username", "DOCKER_LOGIN"),
                "PARAM_PASSWORD": arguments.get("docker_password", "DOCKER_PASSWORD"),
                "PARAM_REGISTRY": arguments.get("registry", "docker.io"),
            }
            script = _CHECK
        elif name.endswith("/pull"):
            more, script = {"PARAM_IMAGES": value["images"]}, _PULL
        elif name.endswith("/ecr_login"):
            assert value["use_credentials_helper"] is False
            more = {
                "AWS_ECR_STR_REGION": value["region"],
                "AWS_ECR_STR_ACCOUNT_ID": value["account_id"],
                "AWS_ECR_STR_PROFILE_NAME": value["profile_name"],
                "AWS_ECR_STR_AWS_DOMAIN": value.get("aws_domain", "amazonaws.com"),
            }
            script = _ECR
        else:
            continue
        script = script if is_2 else _filled(script)
        done = subprocess.run(
            [*shell.split(), "-c", script], env={**variables, **more}, cwd=folder, check=False,
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        if done.returncode:
            return [*log.read_text(encoding="utf-8").splitlines(), FAILED]
    return log.read_text(encoding="utf-8").splitlines()


def once(lines: list[str]) -> list[str]:
    """The lines without logins that repeat the last one of their registry, which change nothing."""
    latest: dict[str, str] = {}
    kept: list[str] = []
    for line in lines:
        if line.startswith("login "):
            registry = line.rpartition(" ")[2]
            if latest.get(registry) == line:
                continue
            latest[registry] = line
        if not line.startswith("docker logout "):  # before a login, as the finding says
            kept.append(line)
    return kept
