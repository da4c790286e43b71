"""The real Gitea on loopback, in a folder of its own: SQLite, no mail, no front end. `.ci/run` builds it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.bulk.repositories import ENVIRONMENT
from tests.places import ROOT

VERSION = "1.26.0"
BOSS = "boss"
"""The administrator, who owns the organisation; not the one that campaigns work as."""
_SETTINGS = """\
WORK_PATH = {folder}
RUN_MODE = prod
RUN_USER = {user}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = {root}

[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = {url}/
STATIC_ROOT_PATH = {static}
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false
GRACEFUL_HAMMER_TIME = 1s

[database]
DB_TYPE = sqlite3
SQLITE_TIMEOUT = 20000
SQLITE_JOURNAL_MODE = WAL

[security]
INSTALL_LOCK = true
SECRET_KEY = only-on-loopback
PASSWORD_HASH_ALGO = pbkdf2$1$8
PASSWORD_COMPLEXITY = off

[service]
DISABLE_REGISTRATION = true

[api]
MAX_RESPONSE_ITEMS = {page}

[session]
PROVIDER = memory

[log]
LEVEL = Error
MODE = console

[indexer]
ISSUE_INDEXER_TYPE = db

[cron]
ENABLED = false

[actions]
ENABLED = false

[packages]
ENABLED = false

[mailer]
ENABLED = false

[migrations]
ALLOW_LOCALNETWORKS = true
"""


def why_not() -> str:
    """Why the server cannot run here, or nothing."""
    if find() is None:
        return f"no `gitea` in PATH or .tools/bin; .ci/run builds {VERSION}"
    return ""


def find() -> str | None:
    return shutil.which("gitea", path=os.pathsep.join((str(ROOT / ".tools" / "bin"), os.environ.get("PATH", ""))))


def _static() -> str:
    """Where its templates and options are: in the module that it was built from, whose folder is noted beside it."""
    binary = find()
    assert binary
    noted = Path(binary).with_name("gitea.dir")
    return noted.read_text().strip() if noted.is_file() else str(Path(binary).parent)


class Gitea:
    """A running server. `port` stays the same when it starts again; `token` is the administrator's.

    `page` is how many things an answer lists at most: 50 unless its administrator says otherwise
    (https://docs.gitea.com/administration/config-cheat-sheet#api-api).
    """

    def __init__(self, folder: Path, page: int = 50) -> None:
        binary = find()
        assert binary
        self._binary, self.folder = binary, folder
        folder.mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._ini = folder / "app.ini"
        self._ini.write_text(
            _SETTINGS.format(
                folder=folder, port=self.port, url=self.url, static=_static(), user=_user(),
                page=page, root=str(os.geteuid() == 0).lower(),
            )
        )  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        self._command(
            "admin", "user", "create", "--admin", "--username", BOSS, "--password", "boss-pass", "--email",
            "boss@example.com", "--must-change-password=false",
        )  # fmt: skip
        said = self._command("admin", "user", "generate-access-token", "--username", BOSS, "--scopes", "all", "--raw")
        self.token = said.strip().splitlines()[-1]

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _environment(self) -> dict[str, str]:
        # It keeps a git configuration of its own, below its folder.
        mine = {name: value for name, value in ENVIRONMENT.items() if not name.startswith(("GIT_", "GITEA_"))}
        return {**mine, "HOME": str(self.folder), "GITEA_WORK_DIR": str(self.folder)}

    def _command(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._binary, *arguments, "--config", str(self._ini)], env=self._environment(), capture_output=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
        return done.stdout.decode()

    def start(self) -> None:
        with (self.folder / "gitea.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binary, "web", "--config", str(self._ini)], env=self._environment(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        until = time.monotonic() + 120
        while True:
            assert self._process.poll() is None, (self.folder / "gitea.log").read_text("utf-8", "replace")[-3000:]
            try:
                with urllib.request.urlopen(f"{self.url}/api/v1/version", timeout=5):
                    return
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < until, "it does not answer"
                time.sleep(0.05)

    def stop(self) -> None:
        """End it at once, whatever it was doing."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, user: str = "", password: str = ""
    ) -> Any:
        """Its API as the administrator, or as somebody with a password."""
        request = urllib.request.Request(f"{self.url}/api/v1{path}", method=method)
        request.add_header("Content-Type", "application/json")
        if user:
            from base64 import b64encode

            request.add_header("Authorization", f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}")
        else:
            request.add_header("Authorization", f"token {self.token}")
        try:
            with urllib.request.urlopen(request, json.dumps(body).encode() if body else None, timeout=60) as answer:
                data = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode('utf-8', 'replace')}") from None
        return json.loads(data) if data else None

    def bare(self, owner: str, name: str) -> Path:
        """Where the repository is on its disk."""
        return self.folder / "data" / "gitea-repositories" / owner.lower() / f"{name.lower()}.git"


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name
