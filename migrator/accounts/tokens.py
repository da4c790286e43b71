"""Where the token comes from: the environment, or the settings of CircleCI's own command line. It is never stored.

The variables and files are those of `circleci` 1.x (`internal/config/config.go` of CircleCI-Public/circleci-cli, and
`XDG_CONFIG_HOME/circleci/config.yml`) and of 0.1 (`settings/settings.go`, `~/.circleci/cli.yml`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from migrator.errors import ReadError, UsageError
from migrator.files.reading import read_head

NAMES = ("CIRCLE_TOKEN", "CIRCLECI_CLI_TOKEN", "CIRCLE_CLI_TOKEN")
CLOUD = "https://circleci.com"
_MOST_BYTES = 100_000


def find_token(api_url: str) -> str:
    """The token for the CircleCI at a URL. Raises `UsageError` where there is none.

    Settings of the command line count only for the host that they name.
    """
    for name in NAMES:
        if token := os.environ.get(name, "").strip():
            return _checked(token, name)
    for file in _settings_files():
        settings = _read(file)
        if _server(str(settings.get("host") or CLOUD)) != _server(api_url):
            continue
        stored = settings.get("token")
        if isinstance(stored, str) and stored.strip():
            return _checked(stored.strip(), str(file))
    raise UsageError(
        f"no token for {api_url}: set {NAMES[0]} to a personal API token (CircleCI's user settings create one); "
        "a token that `circleci` keeps in the system's keyring is not read"
    )


def _checked(token: str, source: str) -> str:
    # What no header can carry; the value itself is not shown.
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise UsageError(f"{source}: the token contains characters that no token has; copy it again")
    return token


def _settings_files() -> list[Path]:
    home = Path.home()
    config = os.environ.get("XDG_CONFIG_HOME") or str(home / ".config")
    return [Path(config, "circleci", "config.yml"), home / ".circleci" / "cli.yml"]


def _read(file: Path) -> dict[str, Any]:
    """The settings in a file; none where it is not there or cannot be read."""
    try:
        text = read_head(file, _MOST_BYTES).decode("utf-8-sig")
    except (OSError, ReadError, UnicodeDecodeError):
        return {}
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        settings = YAML(typ="safe").load(text)
    except (YAMLError, ValueError, RecursionError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _server(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url if "//" in url else f"https://{url}")
        return (parts.hostname or "").lower(), parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return "", None
