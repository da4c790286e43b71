"""Where the token comes from: the environment, the gh command line, or git's credential helpers. It is never stored."""

from __future__ import annotations

import os
import subprocess
from urllib.parse import urlsplit

from migrator.bulk.git import git
from migrator.errors import UsageError


def find_token(api_url: str) -> str:
    """The token for the host of an API. Raises `UsageError` where there is none."""
    host = urlsplit(api_url).netloc
    cloud = host == "api.github.com"
    host = "github.com" if cloud else host
    names = (
        ("GH_TOKEN", "GITHUB_TOKEN") if cloud else ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITHUB_TOKEN")
    )
    for name in names:
        if token := os.environ.get(name, "").strip():
            return token
    if token := _from_gh(host) or _from_git(api_url, host):
        return token
    raise UsageError(f"no token for {host}: set {names[0]}, or log in with `gh auth login`")


def _from_gh(host: str) -> str:
    command = ["gh", "auth", "token", "--hostname", host]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def _from_git(api_url: str, host: str) -> str:
    asked = f"protocol={urlsplit(api_url).scheme}\nhost={host}\n\n".encode()
    # Outside of every repository, whose own helper would be asked else, and could answer.
    answer = git(None, "credential", "fill", given=asked, timeout=20)
    for line in answer.out.decode("utf-8", "replace").splitlines():
        if line.startswith("password="):
            return line.removeprefix("password=").strip()
    return ""
