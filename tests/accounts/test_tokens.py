"""Where the token is found, and where it is not taken from."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.accounts.tokens import CLOUD, NAMES, find_token
from migrator.errors import UsageError

TOKEN = "CCIPAT_0123456789"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*NAMES, "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize("name", NAMES)
def test_the_environment_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    write(home / ".circleci" / "cli.yml", "token: of-the-file\n")
    monkeypatch.setenv(name, f" {TOKEN}\n")
    assert find_token(CLOUD) == TOKEN
    assert find_token("https://ci.acme.example") == TOKEN


@pytest.mark.parametrize("file", [".circleci/cli.yml", ".config/circleci/config.yml", "xdg/circleci/config.yml"])
@pytest.mark.parametrize("host", ["", "host: https://circleci.com\n", "host: circleci.com\n"])
def test_the_settings_of_both_command_lines_are_read(
    home: Path, monkeypatch: pytest.MonkeyPatch, file: str, host: str
) -> None:
    if file.startswith("xdg"):
        monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    write(home / file, f"{host}token: {TOKEN}\nendpoint: graphql-unstable\n")
    assert find_token(CLOUD) == TOKEN


@pytest.mark.parametrize("host", ["https://circleci.com.evil.example", "https://ci.acme.example", "https://x:y", "7"])
def test_settings_of_another_host_do_not_count(home: Path, host: str) -> None:
    write(home / ".circleci" / "cli.yml", f"host: {host}\ntoken: {TOKEN}\n")
    with pytest.raises(UsageError, match="CIRCLE_TOKEN"):
        find_token(CLOUD)


def test_settings_of_the_cloud_are_not_for_a_server(home: Path) -> None:
    write(home / ".circleci" / "cli.yml", f"token: {TOKEN}\n")
    with pytest.raises(UsageError, match=r"ci\.acme\.example"):
        find_token("https://ci.acme.example")


@pytest.mark.parametrize(
    "text",
    ["", "- a\n", "token:\n", "token: 7\n", "token: [x]\n", "token: 'x\n", "\x00", "!!python/object:os.system x"],
)
def test_settings_without_a_token_are_none(home: Path, text: str) -> None:
    write(home / ".circleci" / "cli.yml", text)
    with pytest.raises(UsageError, match="no token"):
        find_token(CLOUD)


@pytest.mark.parametrize("token", ["two words", "a\nb", "caf\u00e9", "x\u200b"])
def test_what_no_header_carries_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("CIRCLE_TOKEN", token)
    with pytest.raises(UsageError, match="copy it again") as raised:
        find_token(CLOUD)
    assert token not in str(raised.value)
