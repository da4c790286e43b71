"""The source of `circleci/docker` as far as converted configs call it: parameters by its majors, its steps in short.

After the orb's tags v2.8.2, v3.0.1 and v4.0.0: names are written with `-` up to 2, and with `_` from 3 on.
"""

from __future__ import annotations

import re
from typing import Any

_CHECK = {
    "registry": {"type": "string", "default": "docker.io"},
    "docker_username": {"type": "env_var_name", "default": "DOCKER_LOGIN"},
    "docker_password": {"type": "env_var_name", "default": "DOCKER_PASSWORD"},
    "use_docker_credentials_store": {"type": "boolean", "default": False},
    "arch": {"type": "enum", "enum": ["amd64", "arm64"], "default": "amd64"},
}
_PULL = {
    "images": {"type": "string", "default": ""},
    "ignore_docker_pull_error": {"type": "boolean", "default": False},
}
_BUILD = {
    "image": {"type": "string"},
    "tag": {"type": "string", "default": "$CIRCLE_SHA1"},
    "registry": {"type": "string", "default": "docker.io"},
    "path": {"type": "string", "default": "."},
    "dockerfile": {"type": "string", "default": "Dockerfile"},
    "extra_build_args": {"type": "string", "default": ""},
}


_LOGIN_SCRIPT = """\
#!/usr/bin/env bash
eval "$SCRIPT_UTILS"
expand_env_vars_with_prefix "PARAM_"
echo "${!PARAM_DOCKER_PASSWORD}" | docker login -u "${!PARAM_DOCKER_USERNAME}" --password-stdin "$PARAM_REGISTRY"
"""
_PULL_SCRIPT = """\
#!/usr/bin/env bash
eval "$SCRIPT_UTILS"
expand_env_vars_with_prefix "PARAM_"
echo "$PARAM_IMAGES" | sed -n 1'p' | tr ',' '\\n' | while read -r image; do
  docker pull "${image}"
done
"""


def docker_orb(reference: str) -> dict[str, Any] | None:
    """The content of a release of the docker orb, or nothing for any other orb."""
    match = re.fullmatch(r"circleci/docker@(\d+)[\d.]*", reference)
    if match is None:
        return None
    pull = _command("Docker pull", _PULL_SCRIPT, _PULL)
    pull["steps"] = [{"when": {"condition": "<< parameters.images >>", "steps": pull["steps"]}}]
    pushed = {name: _BUILD[name] for name in ("image", "tag", "registry")}
    content = {
        "commands": {
            "check": _command("Docker login", _LOGIN_SCRIPT, _CHECK),
            "pull": pull,
            "build": _command("Docker build", "docker build", _BUILD),
            "push": _command("Docker push", "docker push", pushed),
        },
        "executors": {
            "docker": {
                "parameters": {"tag": {"type": "string", "default": "3.11"}},
                "docker": [{"image": "cimg/python:<< parameters.tag >>"}],
            }
        },
    }
    return content if int(match[1]) >= 3 else _hyphens(content)


def _command(title: str, script: str, parameters: dict[str, Any]) -> dict[str, Any]:
    environment = {f"PARAM_{name.upper()}": f"<< parameters.{name} >>" for name in parameters}
    step = {"run": {"name": title, "environment": environment, "command": script}}
    return {"parameters": parameters, "steps": [step]}


def _hyphens(content: Any) -> Any:
    """The spelling of the orb's first majors."""
    if isinstance(content, dict):
        return {
            key: _hyphens(
                {name.replace("_", "-"): each for name, each in value.items()} if key == "parameters" else value
            )
            for key, value in content.items()
        }
    if isinstance(content, list):
        return [_hyphens(each) for each in content]
    if isinstance(content, str) and content.startswith("<< parameters."):
        return content.replace("_", "-")
    return content
