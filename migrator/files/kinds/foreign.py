"""What is no CircleCI config though its name or place could be one: told by the keys at the top of its text.

The text is looked at and not parsed: templates of other programs are no YAML.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from migrator.files.kinds.naming import is_the_config
from migrator.startup.patterns import lazy


class Kind(NamedTuple):
    """`keys` are alternatives: all the names of one are at the top. `without` are there in configs alone. `path`
    is a pattern of the end of a path by which the file is known whatever its keys are; `inside` has to be in the text.
    """

    what: str
    keys: tuple[str, ...] = ()
    without: str = "workflows orbs executors"
    path: str = ""
    inside: str = ""


# Of each the format as its project documents it: circleci.com/docs/reference/testsuite-configuration-reference,
# kubernetes.io/docs/concepts/overview/working-with-objects, kubectl.docs.kubernetes.io/references/kustomize,
# helm.sh/docs/topics/charts, docs.github.com/actions/reference/workflows-and-actions,
# docs.github.com/code-security/reference/supply-chain-security/dependabot-options-reference,
# docs.docker.com/reference/compose-file, docs.gitlab.com/ci/yaml, docs.travis-ci.com/user/languages,
# learn.microsoft.com/azure/devops/pipelines/yaml-schema, support.atlassian.com/bitbucket-cloud/docs/
# bitbucket-pipelines-configuration-reference, docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference,
# spec.openapis.org/oas, pre-commit.com, docs.codecov.com/docs/codecovyml-reference, docs.conda.io,
# serverless.com/framework/docs, docs.ansible.com/ansible/latest/playbook_guide, docs.drone.io.
KINDS: Final = (
    Kind("configuration of CircleCI's test suites", ("name discover run",), path=r"/\.circleci/test-suites\.ya?ml"),
    Kind("Kubernetes manifest", ("apiVersion kind", "apiVersion metadata")),
    Kind("Helm chart", ("apiVersion name version", "apiVersion appVersion")),
    Kind("Kustomize file", path=r"/kustomization\.ya?ml"),
    Kind("GitHub workflow", ("on jobs",), path=r"/\.github/workflows/[^/]+\.ya?ml"),
    Kind("GitHub action", ("runs name", "runs description"), inside="using:"),
    Kind("Dependabot configuration", ("version updates",), path=r"/\.github/dependabot\.ya?ml"),
    Kind(
        "Docker Compose file",
        ("services",),
        without="workflows orbs executors jobs commands steps setup",
        path=r"/(?:docker-)?compose(?:[.-][\w-]+)*\.ya?ml",
    ),
    Kind("GitLab pipeline", ("stages",), inside="script:", path=r"/\.gitlab-ci\.ya?ml"),
    Kind("Travis CI configuration", ("language",), path=r"/\.travis\.ya?ml"),
    Kind("Azure pipeline", ("pool", "trigger stages", "trigger steps"), path=r"/azure-pipelines(?:[.-][\w-]+)*\.ya?ml"),
    Kind("Bitbucket pipeline", ("pipelines",), path=r"/bitbucket-pipelines\.ya?ml"),
    Kind("CloudFormation template", ("AWSTemplateFormatVersion", "Resources")),
    Kind("OpenAPI description", ("openapi info", "swagger info")),
    Kind("pre-commit configuration", ("repos",), path=r"/\.pre-commit-config\.ya?ml"),
    Kind("Codecov configuration", ("coverage", "codecov"), path=r"/\.?codecov\.ya?ml"),
    Kind("conda environment", ("channels dependencies",)),
    Kind("Serverless service", ("service provider",)),
    Kind("Ansible playbook", ("- hosts",)),
    Kind("Drone pipeline", ("kind steps",)),
)
_PATHS: Final = lazy("|".join(f"(?P<k{number}>{kind.path})" for number, kind in enumerate(KINDS) if kind.path) + r"\Z")
_TOP: Final = lazy(rb"""^(- )?(["']?)([\w.-]+)\2[ \t]*:(?=\s)""", re.MULTILINE)
_ANY_KEY: Final = frozenset(name for kind in KINDS for keys in kind.keys for name in keys.removeprefix("- ").split())
_ANY: Final = lazy("|".join(sorted(_ANY_KEY)).encode())
_CONTENT: Final = lazy(rb"^[ \t]*+[^\s#]", re.MULTILINE)
# A word without which nothing is a part of a config.
_OURS: Final = lazy(
    rb"\b(?:version|setup|orbs|jobs|workflows|job-groups|commands|executors?|steps|docker|machine|macos|parameters|image"
    rb"|run|when|unless|filters|environment|resource_class|description|display|examples|context|matrix)\b"
)


def why_foreign(path: str, data: bytes, *, is_named: bool = False) -> str:
    """Why a file is nothing of CircleCI's; empty for what may be a part of a config, and for comments alone.

    The config itself and scripts never are. Who names a file that is for no known program has it examined.
    """
    if path.endswith(".py") or is_the_config(path):
        return ""
    if kind := _known_by_path(path) or _known_by_keys(data):
        return f"is {'an' if kind[0] in 'AEIO' else 'a'} {kind}, not a CircleCI config"
    if not is_named and _OURS.search(data) is None and _CONTENT.search(data):
        return "contains no key of a CircleCI config"
    return ""


def _known_by_path(path: str) -> str:
    found = _PATHS.search("/" + path.replace("\\", "/"))
    if found is None or found.lastgroup is None:
        return ""
    return KINDS[int(found.lastgroup[1:])].what


def _known_by_keys(data: bytes) -> str:
    if _ANY.search(data) is None:
        return ""
    top = {(b"- " if dash else b"").decode() + name.decode() for dash, _, name in _TOP.findall(data)}
    if "version" in top and ("jobs" in top or "workflows" in top or "orbs" in top):
        return ""
    for kind in KINDS:
        if not top.isdisjoint(kind.without.split()):
            continue
        if any(top.issuperset(_names(keys)) for keys in kind.keys) and kind.inside.encode() in data:
            return kind.what
    return ""


def _names(keys: str) -> list[str]:
    return [keys] if keys.startswith("- ") else keys.split(" ")
